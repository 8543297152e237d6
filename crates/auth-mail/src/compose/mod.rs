//! What mails say. Each is written once, as a [`Template`], and laid out twice: as text and
//! as HTML. Nothing that a user chose appears in any mail, since whoever gets it may be a
//! stranger to that user.

mod layout;
mod notices;
mod templates;

use auth_core::mail::Mail;

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

/// Finds the words for mails: those of [`EnglishTemplates`], or others.
pub trait Templates: Send + Sync {
    /// Writes a mail. Its service and its link belong into both bodies; the subject can hold
    /// no control characters.
    fn compose(&self, mail: &Mail) -> Composed;
}

/// The words that come with this crate.
#[derive(Clone, Copy, Debug, Default)]
pub struct EnglishTemplates;

impl Templates for EnglishTemplates {
    fn compose(&self, mail: &Mail) -> Composed {
        let composer = Composer::new(&mail.service, &mail.frontend);
        let letter = composer.letter(&mail.content);
        Composed {
            text: layout::text(&letter, &composer.service, &composer.home),
            html: layout::html(&letter, &composer.service, &composer.home),
            subject: letter.subject,
        }
    }
}

/// What a mail says, apart from how it looks.
struct Template {
    subject: String,
    /// Before the button.
    opening: Vec<String>,
    button: Button,
    /// Behind the button.
    closing: Vec<String>,
}

/// A link with its label.
struct Button {
    label: String,
    url: String,
}

/// Writes the mails of one service.
struct Composer {
    service: String,
    /// The front page.
    home: String,
}

impl Composer {
    /// `service` is the name that mails call the service by. It stands in subjects, so
    /// control characters are dropped from it.
    fn new(service: &str, frontend: &str) -> Self {
        Self {
            service: service.chars().filter(|c| !c.is_control()).collect(),
            home: format!("{}/", frontend.trim_end_matches('/')),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auth_core::mail::{Code, Content, Link};
    use auth_core::{Email, MailKind, Purpose, Secret, SecretText, TokenLifetimes};
    use std::time::Duration;

    const FRONTEND: &str = "https://tea.example.org";

    fn mail(content: Content) -> Mail {
        Mail {
            id: "1".into(),
            to: Email::from_stored("ada@example.org".into()),
            content,
            service: "Tea & <Biscuits>".into(),
            frontend: FRONTEND.into(),
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
        (EnglishTemplates.compose(&mail(content)), url)
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
        let subject = EnglishTemplates.compose(&mail).subject;
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
}
