//! What mails say, and how they look. Each is written once, as a `Letter`, in a language of its
//! recipient, and laid out twice: as text and as HTML. Nothing that a user chose appears in any
//! mail, since whoever gets it may be a stranger to that user.

mod layout;
mod letter;

use std::path::Path;
use std::sync::LazyLock;

use auth_core::mail::{Content, Mail};
use auth_core::{Email, Languages, Notice};
use auth_words::{Brand, Catalogue, TextError};

pub use layout::TEMPLATES;
use layout::{HTML, Page, TEXT};
use letter::{Letter, kind};

/// A mail as it will be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    /// The subject line.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML.
    pub html: String,
}

/// Finds the words for mails: [`MailTemplates`], or others.
pub trait Templates: Send + Sync {
    /// Writes a mail. Its service and its link belong into both bodies; the subject can hold
    /// no control characters.
    fn compose(&self, mail: &Mail) -> Composed;
}

/// The words of a catalogue in templates, built-in ones or an operator's.
#[derive(Debug)]
pub struct MailTemplates {
    catalogue: Catalogue,
    brand: Brand,
    templates: auth_words::Templates,
}

impl MailTemplates {
    /// The templates in this folder, `mail.txt` and `mail.html`, and the built-in ones for those
    /// that are not there.
    ///
    /// # Errors
    /// A file that can't be read or is wrong.
    pub fn load(
        folder: Option<&Path>,
        catalogue: Catalogue,
        brand: Brand,
    ) -> Result<Self, TextError> {
        let sample = sample();
        let words = catalogue.pick([]);
        let letter = Letter::new(&sample, words, "Example", "https://example.org/");
        let page = Page::new(
            (kind(&sample.content), &letter),
            ("Example", "https://example.org/"),
            words,
            &brand,
        );
        let templates = auth_words::Templates::load(folder, &TEMPLATES, &page)?;
        Ok(Self {
            templates,
            catalogue,
            brand,
        })
    }
}

impl Templates for MailTemplates {
    fn compose(&self, mail: &Mail) -> Composed {
        let words = self.catalogue.pick(mail.languages.tags());
        // The name stands in subjects, where nothing may end the line.
        let service: String = mail.service.chars().filter(|c| !c.is_control()).collect();
        let home = format!("{}/", mail.frontend.trim_end_matches('/'));
        let letter = Letter::new(mail, words, &service, &home);
        let kind = kind(&mail.content);
        let page = Page::new((kind, &letter), (&service, &home), words, &self.brand);
        Composed {
            text: page.by(&self.templates, &TEXT),
            html: page.by(&self.templates, &HTML),
            subject: letter.subject.clone(),
        }
    }
}

/// A mail to try templates with.
fn sample() -> Mail {
    Mail {
        id: "sample".into(),
        to: Email::from_stored("somebody@example.org".into()),
        content: Content::Notice(Notice::PasswordChanged),
        service: "Example".into(),
        frontend: "https://example.org".into(),
        languages: Languages::default(),
    }
}

/// The built-in words and looks, as [`MailTemplates`] has them with nothing set.
#[derive(Clone, Copy, Debug, Default)]
pub struct BuiltInTemplates;

impl Templates for BuiltInTemplates {
    fn compose(&self, mail: &Mail) -> Composed {
        match &*BUILT_IN {
            Some(templates) => templates.compose(mail),
            // A test writes every kind, so that this never happens.
            None => Composed {
                subject: String::new(),
                text: String::new(),
                html: String::new(),
            },
        }
    }
}

static BUILT_IN: LazyLock<Option<MailTemplates>> =
    LazyLock::new(|| MailTemplates::load(None, Catalogue::built_in(), Brand::default()).ok());

#[cfg(test)]
mod tests {
    use super::*;
    use auth_core::mail::{Code, Content, Link};
    use auth_core::{MailKind, Purpose, Secret, SecretText, TokenLifetimes};
    use auth_words::BrandLink;
    use std::time::Duration;

    const FRONTEND: &str = "https://tea.example.org";

    fn mail(content: Content) -> Mail {
        Mail {
            id: "1".into(),
            to: Email::from_stored("ada@example.org".into()),
            content,
            service: "Tea & <Biscuits>".into(),
            frontend: FRONTEND.into(),
            languages: Languages::default(),
        }
    }

    /// The mail of a kind as it goes out, with the address its button leads to.
    fn composed(kind: MailKind) -> (Composed, String) {
        let link = |purpose| {
            let lifetime = TokenLifetimes::default().of(purpose);
            Content::Link(Link::new(FRONTEND, purpose, Secret::generate(), lifetime))
        };
        let content = match kind {
            MailKind::SignUp => link(Purpose::SignUp),
            MailKind::Confirm => link(Purpose::Verify),
            MailKind::Reset => link(Purpose::Reset),
            MailKind::ChangeEmail => link(Purpose::ChangeEmail),
            MailKind::SignInCode => {
                let code = SecretText::new("12345678");
                Content::Code(Code::new(FRONTEND, code, Duration::from_secs(600)))
            }
            MailKind::AlreadyRegistered => Content::AlreadyRegistered,
            MailKind::Notice(notice) => Content::Notice(notice),
        };
        let url = match &content {
            Content::Link(link) => link.url.clone(),
            Content::Code(code) => code.url.reveal().to_owned(),
            _ => format!("{FRONTEND}/"),
        };
        (BuiltInTemplates.compose(&mail(content)), url)
    }

    #[test]
    fn every_kind_has_its_subject() {
        let subjects = MailKind::ALL.map(|kind| composed(kind).0.subject);
        assert_eq!(
            subjects,
            [
                "Confirm your e-mail address for Tea & <Biscuits>",
                "Confirm your e-mail address for Tea & <Biscuits>",
                "Set a new password for Tea & <Biscuits>",
                "Confirm your new e-mail address for Tea & <Biscuits>",
                "Your code for Tea & <Biscuits>",
                "You already have an account at Tea & <Biscuits>",
                "Your password for Tea & <Biscuits> was changed",
                "Your password for Tea & <Biscuits> was reset",
                "A new e-mail address for your account at Tea & <Biscuits>",
                "Your e-mail address at Tea & <Biscuits> was changed",
                "Your username at Tea & <Biscuits> was changed",
                "A new way to sign in to Tea & <Biscuits>",
                "A way to sign in to Tea & <Biscuits> was removed",
                "We signed a device out of Tea & <Biscuits>",
                "A second step was added to your account at Tea & <Biscuits>",
                "A second step was removed from your account at Tea & <Biscuits>",
                "A recovery code was used at Tea & <Biscuits>",
                "New recovery codes for Tea & <Biscuits>",
                "The second steps of your account at Tea & <Biscuits> will be removed",
                "Your account at Tea & <Biscuits> was deleted",
            ]
        );
    }

    #[test]
    fn text_and_html_of_every_kind_carry_the_same_link() {
        for kind in MailKind::ALL {
            let (mail, url) = composed(kind);
            assert!(mail.text.contains(&format!("{url}\n")), "{}", mail.text);
            assert!(
                mail.html.contains(&format!("href=\"{url}\"")),
                "{}",
                mail.html
            );
        }
    }

    #[test]
    fn mails_with_a_token_say_how_long_it_works_and_what_a_stranger_should_do() {
        let cases = [
            (MailKind::SignUp, "24 hours"),
            (MailKind::Confirm, "24 hours"),
            (MailKind::Reset, "30 minutes"),
            (MailKind::ChangeEmail, "1 hour"),
        ];
        for (kind, lifetime) in cases {
            let (mail, _) = composed(kind);
            let rule = format!("The link works once, within {lifetime}.");
            for body in [&mail.text, &mail.html] {
                assert!(body.contains(&rule), "{body}");
                assert!(body.contains("ignore this mail"), "{body}");
            }
        }
    }

    #[test]
    fn the_service_name_is_escaped_in_html_and_plain_in_text() {
        for kind in MailKind::ALL {
            let (mail, _) = composed(kind);
            assert!(mail.text.contains("Tea & <Biscuits>"), "{}", mail.text);
            assert!(
                mail.html.contains("Tea &amp; &lt;Biscuits&gt;"),
                "{}",
                mail.html
            );
            assert!(!mail.html.contains("<Biscuits>"), "{}", mail.html);
        }
    }

    #[test]
    fn html_loads_nothing_and_runs_nothing() {
        for kind in MailKind::ALL {
            let html = composed(kind).0.html;
            for forbidden in ["<img", "<script", "<link", "src=", "url(", "@import"] {
                assert!(!html.contains(forbidden), "{forbidden} in\n{html}");
            }
        }
    }

    #[test]
    fn a_service_name_can_not_break_a_header() {
        let mail = Mail {
            service: "Tea\r\nBcc: eve@example.org".into(),
            ..mail(Content::AlreadyRegistered)
        };
        let subject = BuiltInTemplates.compose(&mail).subject;
        assert!(!subject.chars().any(char::is_control), "{subject:?}");
    }

    #[test]
    fn the_text_of_a_mail_reads_like_a_letter() {
        let (mail, url) = composed(MailKind::Reset);
        let expected = format!(
            "Somebody, most likely you, asked for a new password for your account at \
             Tea & <Biscuits>.\n\
             \n\
             Set a new password:\n\
             {url}\n\
             \n\
             The link works once, within 30 minutes.\n\
             \n\
             If you did not ask for it, ignore this mail: your password stays as it is.\n\
             \n\
             -- \n\
             Tea & <Biscuits>\n\
             https://tea.example.org/\n"
        );
        assert_eq!(mail.text, expected);
    }

    fn in_german(kind: MailKind) -> Composed {
        let content = match kind {
            MailKind::Notice(notice) => Content::Notice(notice),
            _ => Content::AlreadyRegistered,
        };
        let languages = Languages::of(["de-AT", "en"]);
        let german = Mail {
            languages,
            ..mail(content)
        };
        BuiltInTemplates.compose(&german)
    }

    #[test]
    fn a_mail_is_in_the_language_of_its_recipient() {
        let mail = in_german(MailKind::Notice(Notice::PasswordChanged));
        assert_eq!(
            mail.subject,
            "Ihr Passwort für Tea & <Biscuits> wurde geändert"
        );
        assert!(mail.text.contains("Falls Sie das waren"), "{}", mail.text);
        assert!(mail.html.contains("<html lang=\"de\">"), "{}", mail.html);
    }

    #[test]
    fn no_mail_has_a_place_that_nothing_is_put_in_for() {
        for kind in MailKind::ALL {
            for mail in [composed(kind).0, in_german(kind)] {
                for text in [&mail.subject, &mail.text] {
                    assert!(!text.contains(['{', '}']), "{text}");
                    assert!(!text.contains("mail_"), "{text}");
                }
            }
        }
    }

    #[test]
    fn links_and_the_accent_of_a_service_are_in_its_mails() {
        let brand = Brand {
            accent: "#ffcc00".parse().ok(),
            links: vec![BrandLink {
                words: "site.imprint",
                url: "https://example.org/imprint?a=1&b=2".into(),
            }],
        };
        let templates = MailTemplates::load(None, Catalogue::built_in(), brand).unwrap();
        let mail = templates.compose(&mail(Content::AlreadyRegistered));
        assert!(
            mail.text
                .ends_with("Imprint: https://example.org/imprint?a=1&b=2\n")
        );
        assert!(
            mail.html.contains("background:#ffcc00;color:#10152b"),
            "{}",
            mail.html
        );
        assert!(mail.html.contains("imprint?a=1&amp;b=2\""), "{}", mail.html);
    }

    #[test]
    fn an_operators_template_takes_the_place_of_the_built_in_one() {
        let folder = tempfile::tempdir().unwrap();
        let own = "{{ kind }}: {{ button.url }} {% for p in opening %}{{ p }}{% endfor %}";
        std::fs::write(folder.path().join("mail.txt"), own).unwrap();
        let load = || {
            let catalogue = Catalogue::built_in();
            MailTemplates::load(Some(folder.path()), catalogue, Brand::default())
        };
        let composed = load().unwrap().compose(&mail(Content::AlreadyRegistered));
        assert!(
            composed
                .text
                .starts_with("already_registered: https://tea.example.org/ ")
        );
        assert!(composed.html.contains("<!doctype html>"));
        std::fs::write(folder.path().join("mail.txt"), "{{ first_name }}").unwrap();
        let refused = load().unwrap_err().to_string();
        assert!(refused.contains("mail.txt, line 1: nothing is put in for `first_name`"));
    }
}
