//! The document that all pages share, rendered once for each and each language, with the
//! configuration as data.

use std::collections::{BTreeMap, HashMap};

use actix_web::http::header::HeaderValue;
use actix_web::web::Bytes;
use auth_words::{BrandLink, Catalogue, TemplateFile, Templates, TextError, Words};
use serde::Serialize;

use crate::asset::hash;
use crate::brand::{self, Logo};
use crate::script::Script;
use crate::site::Site;
use crate::{WebConfig, asset};

/// What may be put into both documents.
macro_rules! variables {
    ($($own:literal),*) => {
        &["language", "service", "styles", "icon", "logo", "links", $($own),*]
    };
}

const PAGE: TemplateFile = TemplateFile {
    name: "page.html",
    source: include_str!("../templates/page.html"),
    variables: variables![
        "base_path",
        "servers",
        "languages",
        "mailbox",
        "docs",
        "demo",
        "description",
        "files",
        "app",
        "words.skip",
        "words.navigation",
        "words.needs_script",
        "words.needs_script_docs",
        "words.loading",
        "words.late",
        "words.reload"
    ],
};

const ERROR: TemplateFile = TemplateFile {
    name: "error.html",
    source: include_str!("../templates/error.html"),
    variables: variables!["title", "why", "back", "request"],
};

/// The templates of pages that are built in: the frame that all pages share, and what a person is
/// shown in place of an error.
pub const TEMPLATES: [TemplateFile; 2] = [PAGE, ERROR];

/// The documents and what goes with them.
#[derive(Debug)]
pub(crate) struct Shell {
    catalogue: Catalogue,
    editions: Vec<Edition>,
    templates: Templates,
    look: Look,
    links: Vec<BrandLink>,
    /// The colours of the brand.
    pub(crate) style: Option<Bytes>,
    pub(crate) logo: Option<Logo>,
    /// Content Security Policy Level 3: nothing inline, nothing from elsewhere.
    pub(crate) policy: HeaderValue,
}

/// The pages in one language.
#[derive(Debug)]
pub(crate) struct Edition {
    words: Words,
    /// The words as a script, and the folder that all scripts are in beside it.
    pub(crate) script: Script,
    documents: HashMap<&'static str, Document>,
}

/// The document of a page.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) html: Bytes,
    /// Tells one rendering from another.
    pub(crate) hash: String,
}

/// What all documents say of how they look.
#[derive(Clone, Debug, Serialize)]
struct Look {
    service: String,
    styles: Vec<String>,
    icon: String,
    logo: Option<String>,
}

/// A link at the foot.
#[derive(Serialize)]
struct Foot<'a> {
    label: &'a str,
    url: &'a str,
}

#[derive(Serialize)]
struct Page<'a> {
    language: &'a str,
    base_path: &'a str,
    servers: &'a str,
    languages: String,
    mailbox: bool,
    docs: bool,
    demo: bool,
    description: String,
    files: Vec<String>,
    app: String,
    words: BTreeMap<&'a str, &'a str>,
    links: Vec<Foot<'a>>,
    #[serde(flatten)]
    look: &'a Look,
}

#[derive(Serialize)]
struct ErrorPage<'a> {
    language: &'a str,
    title: &'a str,
    why: &'a str,
    back: &'a str,
    request: String,
    links: Vec<Foot<'a>>,
    #[serde(flatten)]
    look: &'a Look,
}

/// Where the files of a brand are; their hash tells their versions apart.
fn brand_url(name: &str, bytes: &[u8]) -> String {
    format!("/brand/{}/{name}", hash(bytes))
}

impl Shell {
    pub(crate) fn new(config: &WebConfig, site: Site) -> Result<Self, TextError> {
        let servers: Vec<&str> = config.servers.iter().map(String::as_str).collect();
        let servers: Vec<&str> = servers.into_iter().filter(|s| is_origin(s)).collect();
        let servers = servers.join(" ");
        let style = brand::style(&config.brand).map(Bytes::from);
        let logo = config.logo.clone();
        let logo_url = logo.as_ref().map(|logo| brand_url("logo", &logo.bytes));
        let own_style = style.iter().map(|style| brand_url("colors.css", style));
        let look = Look {
            service: config.service_name.clone(),
            styles: site.styles().chain(own_style).collect(),
            icon: logo_url.clone().unwrap_or_else(|| asset::url("icon.svg")),
            logo: logo_url,
        };
        let words = config.catalogue.pick([]).clone();
        let script = Script::new(&words, site.is_console());
        let sample = page((config, site), &servers, "/", &words, &script, &look);
        let folder = config.templates.as_deref();
        // The two have little in common: each is tried with its own.
        let frame = Templates::load(folder, &[PAGE], sample)?;
        let templates = Templates::load(
            folder,
            &[ERROR],
            error(&config.brand.links, "failed", "-", &words, &look),
        )?;
        let editions = config.catalogue.all().map(|words| {
            let script = Script::new(words, site.is_console());
            let documents = site.pages().map(|address| {
                let values = page((config, site), &servers, address, words, &script, &look);
                Ok((address, Document::new(frame.render(PAGE.name, values)?)))
            });
            Ok(Edition {
                documents: documents.collect::<Result<_, TextError>>()?,
                words: words.clone(),
                script,
            })
        });
        Ok(Self {
            editions: editions.collect::<Result<_, TextError>>()?,
            catalogue: config.catalogue.clone(),
            templates,
            look,
            style,
            logo,
            links: config.brand.links.clone(),
            policy: policy(&servers, config.dev_mailbox),
        })
    }

    /// The pages in the first of these languages that there are.
    pub(crate) fn edition(&self, tags: &[String]) -> Option<&Edition> {
        let words = self.catalogue.pick(tags.iter().map(String::as_str));
        let mut editions = self.editions.iter();
        editions.find(|edition| edition.words.language() == words.language())
    }

    /// The words as a script in this folder.
    pub(crate) fn script(&self, folder: &str) -> Option<&Script> {
        let mut scripts = self.editions.iter().map(|edition| &edition.script);
        scripts.find(|script| script.folder == folder)
    }

    /// The page for an error, by the name of its words.
    pub(crate) fn error(&self, edition: &Edition, kind: &str, id: &str) -> Option<String> {
        let values = error(&self.links, kind, id, &edition.words, &self.look);
        self.templates.render(ERROR.name, values).ok()
    }
}

impl Edition {
    /// The document of a page.
    pub(crate) fn document(&self, page: &str) -> Option<&Document> {
        self.documents.get(page)
    }
}

impl Document {
    fn new(html: String) -> Self {
        Self {
            hash: hash(html.as_bytes()),
            html: html.into(),
        }
    }
}

fn links<'a>(all: &'a [BrandLink], words: &'a Words) -> Vec<Foot<'a>> {
    let links = all.iter().map(|link| Foot {
        label: words.text(link.words),
        url: &link.url,
    });
    links.collect()
}

/// What the document itself says, in `site` of the words.
const OWN_WORDS: [&str; 7] = [
    "skip",
    "navigation",
    "needs_script",
    "needs_script_docs",
    "loading",
    "late",
    "reload",
];

/// The files are named ahead, so that a browser asks for all of them at once instead of for
/// one after another.
fn page<'a>(
    (config, site): (&'a WebConfig, Site),
    servers: &'a str,
    address: &str,
    words: &'a Words,
    script: &Script,
    look: &'a Look,
) -> Page<'a> {
    let files = site.files(address);
    let own = OWN_WORDS.map(|name| (name, words.get(&format!("site.{name}")).unwrap_or(name)));
    Page {
        language: words.language(),
        base_path: &config.base_path,
        servers,
        languages: config
            .catalogue
            .all()
            .map(Words::language)
            .collect::<Vec<_>>()
            .join(" "),
        mailbox: config.dev_mailbox,
        docs: config.docs,
        demo: config.demo,
        description: words.fill(site.description(), &[("service", &look.service)]),
        files: files.map(|name| script.beside(name)).collect(),
        app: script.beside(site.app()),
        words: own.into(),
        links: links(&config.brand.links, words),
        look,
    }
}

fn error<'a>(
    brand: &'a [BrandLink],
    kind: &str,
    id: &str,
    words: &'a Words,
    look: &'a Look,
) -> ErrorPage<'a> {
    let text = |key: &str| words.get(key).unwrap_or_default();
    ErrorPage {
        language: words.language(),
        title: text(&format!("error_page.{kind}")),
        why: text(&format!("error_page.{kind}_why")),
        back: text("error_page.back"),
        request: words.fill("error_page.request", &[("id", id)]),
        links: links(brand, words),
        look,
    }
}

/// Only the development mailbox frames something: a mail, with its own styles.
fn policy(servers: &str, dev_mailbox: bool) -> HeaderValue {
    let frames = if dev_mailbox {
        " frame-src 'self';"
    } else {
        ""
    };
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
         connect-src 'self' {servers};{frames} form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    // Origins are plain ASCII, so the first never fails; the second is as strict.
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// Whether a text is an http or https origin and nothing that could widen the policy.
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://");
    let host = host.or_else(|| text.strip_prefix("http://"));
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    host.is_some_and(|host| !host.is_empty() && host.chars().all(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_origins_reach_the_policy() {
        for good in [
            "https://a.example.org",
            "http://localhost:4001",
            "http://[::1]:80",
        ] {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "",
            "https://",
            "*",
            "https://*.example.org",
            "https://a b",
            "https://a;script-src *",
            "https://a/path",
            "data:",
            "'unsafe-inline'",
            "https://a\r\nx: y",
        ] {
            assert!(!is_origin(bad), "{bad:?}");
        }
    }
}
