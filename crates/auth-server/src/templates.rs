//! The templates and words that are built in, and whether those of an operator will do.

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use auth_core::mail::{Code, Content, Link};
use auth_core::{Email, Languages, Mail, Purpose, Secret, SecretText};
use auth_mail::{MailTemplates, Templates as _};
use auth_words::{Catalogue, LANGUAGES, is_left_over};

/// The templates that can stand in a folder, also of pages that this build lacks: servers with and
/// without pages may share it.
pub(crate) const NAMES: [&str; 4] = ["mail.txt", "mail.html", "page.html", "error.html"];

/// The folder of words, whose files are named after languages.
const WORDS: &str = "lang";

/// Each file of a folder of templates with what is built in: its place in the folder, and its
/// content. They are what `--templates` takes.
pub fn built_in_templates() -> Vec<(&'static str, &'static str)> {
    let words = LANGUAGES.iter().map(|file| (file.path, file.source));
    let mails = auth_mail::TEMPLATES.iter();
    #[cfg(feature = "pages")]
    let pages = auth_web::TEMPLATES.iter();
    #[cfg(not(feature = "pages"))]
    let pages = [].iter();
    let templates = mails.chain(pages).map(|file| (file.name, file.source));
    words.chain(templates).collect()
}

/// Looks for files of a folder of templates that nothing would read. Whoever put one there relies
/// on it. `hint` ends the sentence with the name that may be meant.
///
/// # Errors
/// One sentence that names the file.
pub(crate) fn check_names(folder: &Path, hint: impl Fn(&str) -> String) -> anyhow::Result<()> {
    let unreadable = || format!("--templates {} can't be read", folder.display());
    for entry in fs::read_dir(folder).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if is_left_over(&name) || name == WORDS {
            continue;
        }
        let place = path.display();
        ensure!(
            NAMES.contains(&&*name),
            "--templates: nothing reads {place}{}",
            hint(&name)
        );
        // Also of a page, where this server shows none.
        File::open(&path).with_context(|| format!("--templates: {place} can't be read"))?;
    }
    Ok(())
}

/// Where the mails lead that templates are tried with.
const FRONTEND: &str = "https://example.org";

/// The code of a mail that templates are tried with, and how mails tell it.
const CODE: (&str, &str) = ("13572468", "1357 2468");

/// Writes every mail that somebody waits for in every language: each has to hold its link, and its
/// code if it has one. Without them nobody confirms an address or gets into their account again.
///
/// # Errors
/// One sentence that names the template and what has to be put in.
pub(crate) fn check_mails(
    folder: &Path,
    templates: &MailTemplates,
    catalogue: &Catalogue,
) -> anyhow::Result<()> {
    for words in catalogue.all() {
        for content in awaited() {
            check_mail(folder, templates, words.language(), content)?;
        }
    }
    Ok(())
}

/// What mails with a link say.
fn awaited() -> Vec<Content> {
    let purposes = [
        Purpose::SignUp,
        Purpose::Verify,
        Purpose::Reset,
        Purpose::ChangeEmail,
    ];
    let lifetime = Duration::from_secs(600);
    let links = purposes.map(|purpose| Link::new(FRONTEND, purpose, Secret::generate(), lifetime));
    let code = Code::new(FRONTEND, SecretText::new(CODE.0), lifetime);
    let links = links.into_iter().map(Content::Link);
    links.chain([Content::Code(code)]).collect()
}

fn check_mail(
    folder: &Path,
    templates: &MailTemplates,
    language: &str,
    content: Content,
) -> anyhow::Result<()> {
    let (url, code) = match &content {
        Content::Link(link) => (link.url.clone(), None),
        Content::Code(code) => (code.url.reveal().to_owned(), Some(CODE.1)),
        _ => return Ok(()),
    };
    let mail = templates.compose(&Mail {
        id: "sample".to_owned(),
        to: Email::from_stored("somebody@example.org".to_owned()),
        content,
        service: "Example".to_owned(),
        frontend: FRONTEND.to_owned(),
        languages: Languages::of([language]),
    });
    for (name, body) in [("mail.txt", &mail.text), ("mail.html", &mail.html)] {
        let file = folder.join(name);
        ensure!(
            body.contains(&url),
            "--templates: {} leaves the link out of mails that need it: put in `button.url`",
            file.display()
        );
        if code.is_some_and(|code| !body.contains(code)) {
            bail!(
                "--templates: {} leaves the code out of mails that need it ({language}): put in \
                 `opening`, and `{{code}}` into the text of `mail_sign_in_code`",
                file.display()
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::LookSettings;

    #[test]
    fn every_template_has_a_name_that_a_folder_may_hold() {
        for (name, _) in built_in_templates() {
            let is_words = Path::new(name).starts_with(WORDS);
            assert!(is_words || NAMES.contains(&name), "{name}");
        }
    }

    /// What is said of a folder with this file.
    fn told_of(name: &str, source: &str) -> Result<(), String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, source).unwrap();
        told(folder.path())
    }

    fn told(folder: &Path) -> Result<(), String> {
        let looks = LookSettings {
            language: "en".to_owned(),
            templates: Some(folder.to_owned()),
            logo: None,
            accent_color: None,
            link_imprint: None,
            link_privacy: None,
            link_terms: None,
        };
        let loaded = looks.mail_templates().map(drop);
        loaded.map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn a_mail_without_its_link_or_its_code_is_refused() {
        let whole = "{{ button.url }} {% for part in opening %}{{ part }}{% endfor %}";
        for name in ["mail.txt", "mail.html"] {
            told_of(name, whole).unwrap();
            for (source, missing) in [
                ("", "button.url"),
                (
                    "{% for part in opening %}{{ part }}{% endfor %}",
                    "button.url",
                ),
                (
                    "{% if kind == 'reset' %}{{ button.url }}{% endif %}",
                    "button.url",
                ),
                ("{{ button.url }}", "opening"),
            ] {
                let error = told_of(name, source).unwrap_err();
                assert!(error.contains(name) && error.contains(missing), "{error}");
            }
        }
        let words = "[mail_sign_in_code]\ntext = \"Hier ist er.\"\n";
        let error = told_of("lang/de.toml", words).unwrap_err();
        assert!(
            error.contains("(de)") && error.contains("{code}"),
            "{error}"
        );
    }

    #[test]
    fn a_file_that_nothing_reads_is_named_with_the_right_name() {
        let error = told_of("mial.html", "").unwrap_err();
        assert!(
            error.contains("mial.html: mail.html may be meant"),
            "{error}"
        );
        assert!(told_of("style.css", "").is_err());
        assert!(told_of("lang/de.tml", "").is_err());
        for name in [".gitignore", "mail.html~", "..data/mail.html"] {
            told_of(name, "").unwrap();
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_nowhere_is_named() {
        for name in ["mail.txt", "page.html", "lang"] {
            let folder = tempfile::tempdir().unwrap();
            std::os::unix::fs::symlink("nowhere", folder.path().join(name)).unwrap();
            let error = told(folder.path()).unwrap_err();
            assert!(
                error.contains(name) && error.contains("can't be read"),
                "{error}"
            );
        }
    }
}
