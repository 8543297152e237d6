//! The document that all pages share, rendered once for each with the configuration as data.

use std::collections::HashMap;
use std::fmt::Write as _;

use actix_web::http::header::HeaderValue;
use actix_web::web::Bytes;
use html_escape::encode_double_quoted_attribute as escape;
use sha2::{Digest as _, Sha256};

use crate::asset;
use crate::{MAILBOX_PAGE, PAGES, WebConfig};

/// The documents and what goes with them.
pub(crate) struct Shell {
    documents: HashMap<&'static str, Document>,
    /// Content Security Policy Level 3: nothing inline, nothing from elsewhere.
    pub(crate) policy: HeaderValue,
}

/// The document of a page.
pub(crate) struct Document {
    pub(crate) html: Bytes,
    /// Tells one rendering from another.
    pub(crate) hash: String,
}

impl Shell {
    pub(crate) fn new(config: &WebConfig) -> Self {
        let servers: Vec<&str> = config.servers.iter().map(String::as_str).collect();
        let servers: Vec<&str> = servers.into_iter().filter(|s| is_origin(s)).collect();
        let servers = servers.join(" ");
        let pages = PAGES.into_iter().chain([MAILBOX_PAGE]);
        Self {
            documents: pages
                .map(|page| (page, Document::new(config, &servers, page)))
                .collect(),
            policy: policy(&servers, config.dev_mailbox),
        }
    }

    /// The document of a page.
    pub(crate) fn document(&self, page: &str) -> Option<&Document> {
        self.documents.get(page)
    }
}

impl Document {
    fn new(config: &WebConfig, servers: &str, page: &str) -> Self {
        let html = document(config, servers, page);
        Self {
            hash: hash(&html),
            html: html.into(),
        }
    }
}

/// What every page needs before it can show anything.
const FIRST: [&str; 3] = ["app.js", "client.js", "ui.js"];

/// What a page needs beside; a test compares it with what the files import.
fn files_of(page: &str) -> &'static [&'static str] {
    match page {
        "/sign-in" | "/sign-up" => &[
            "sign.js",
            "meter.js",
            "passkeys.js",
            "pending.js",
            "logos.js",
            "providers.js",
        ],
        "/mail-code" => &["mail-code.js", "pending.js"],
        "/second-step" => &[
            "second-step.js",
            "authenticator.js",
            "passkeys.js",
            "pending.js",
            "logos.js",
            "providers.js",
            "recovery.js",
            "ways.js",
        ],
        "/verify" | "/forgot" | "/reset" => &["links.js", "meter.js", "pending.js"],
        "/profile" | "/devices" => &["account.js"],
        "/security" => &[
            "security.js",
            "authenticator.js",
            "factors.js",
            "meter.js",
            "passkeys.js",
            "pending.js",
            "proof.js",
            "logos.js",
            "providers.js",
            "recovery.js",
            "ways.js",
        ],
        "/linked" => &["linked.js", "proof.js", "logos.js", "providers.js"],
        MAILBOX_PAGE => &["mailbox.js"],
        _ => &["home.js"],
    }
}

/// Where a page without JavaScript leads.
const SEE_DOCS: &str = r#": see <a href="/docs/">its description</a>"#;

/// The files are named ahead, so that a browser asks for all of them at once instead of for
/// one after another.
fn document(config: &WebConfig, servers: &str, page: &str) -> String {
    let files = FIRST.iter().chain(files_of(page));
    let preload: String = files
        .map(|name| {
            let url = asset::url(name);
            format!("<link rel=\"modulepreload\" href=\"{url}\">\n")
        })
        .collect();
    format!(
        include_str!("shell.html"),
        service = escape(&config.service_name),
        base_path = escape(&config.base_path),
        servers = escape(servers),
        mailbox = config.dev_mailbox,
        docs = config.docs,
        demo = config.demo,
        see_docs = if config.docs { SEE_DOCS } else { "" },
        style = asset::url("style.css"),
        icon = asset::url("icon.svg"),
        app = asset::url("app.js"),
        preload = preload,
    )
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

fn hash(html: &str) -> String {
    let digest = Sha256::digest(html);
    digest.iter().take(8).fold(String::new(), |mut text, byte| {
        // Writing to a text can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
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
