//! What mails say. Each is written once, as a [`Template`], and laid out twice: as text and
//! as HTML. Nothing that a user chose appears in any mail, since whoever gets it may be a
//! stranger to that user.

mod layout;
mod links;
mod templates;

use auth_core::mail::Notice;

pub(crate) use links::Link;
pub use links::Links;

/// What a mail is about, with the link it carries.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// Asks to confirm the address of a sign-up.
    SignUp(Link),
    /// Asks to confirm the address of an account.
    Confirm(Link),
    /// Offers to set a new password.
    Reset(Link),
    /// Asks to confirm the new address of an account.
    ChangeEmail(Link),
    /// Tells that the address already has an account.
    AlreadyRegistered,
    /// Tells what happened to the account.
    Notice(Notice),
}

/// A mail as it will be read.
#[derive(Clone, Debug)]
pub(crate) struct Composed {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
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
#[derive(Clone, Debug)]
pub(crate) struct Composer {
    service: String,
    links: Links,
}

impl Composer {
    /// `service` is the name that mails call the service by. It stands in subjects, so
    /// control characters are dropped from it.
    pub(crate) fn new(service: &str, links: Links) -> Self {
        let service = service.chars().filter(|c| !c.is_control()).collect();
        Self { service, links }
    }

    /// Writes a mail.
    pub(crate) fn compose(&self, content: &Content) -> Composed {
        let letter = self.letter(content);
        Composed {
            text: layout::text(&letter, &self.service, self.links.home()),
            html: layout::html(&letter, &self.service, self.links.home()),
            subject: letter.subject,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auth_core::{MailKind, Secret};
    use std::time::Duration;

    fn composer() -> Composer {
        Composer::new("Tea & <Biscuits>", Links::new("https://tea.example.org/"))
    }

    /// The content that belongs to a kind, with the address its button leads to.
    fn content(kind: MailKind, token: &Secret) -> (Content, String) {
        let links = composer().links;
        let secret = token.reveal();
        let verify = format!("https://tea.example.org/verify#token={secret}");
        let reset = format!("https://tea.example.org/reset#token={secret}");
        let home = "https://tea.example.org/".to_owned();
        let (day, half_hour, hour) = (86_400, 1800, 3600);
        let lifetime = Duration::from_secs;
        match kind {
            MailKind::SignUp => (Content::SignUp(links.verify(token, lifetime(day))), verify),
            MailKind::Confirm => (Content::Confirm(links.verify(token, lifetime(day))), verify),
            MailKind::Reset => (
                Content::Reset(links.reset(token, lifetime(half_hour))),
                reset,
            ),
            MailKind::ChangeEmail => (
                Content::ChangeEmail(links.verify(token, lifetime(hour))),
                verify,
            ),
            MailKind::AlreadyRegistered => (Content::AlreadyRegistered, home),
            MailKind::Notice(notice) => (Content::Notice(notice), home),
        }
    }

    #[test]
    fn every_kind_has_its_subject() {
        let subjects = MailKind::ALL.map(|kind| {
            let (content, _) = content(kind, &Secret::generate());
            composer().compose(&content).subject
        });
        assert_eq!(
            subjects,
            [
                "Confirm your e-mail address for Tea & <Biscuits>",
                "Confirm your e-mail address for Tea & <Biscuits>",
                "Set a new password for Tea & <Biscuits>",
                "Confirm your new e-mail address for Tea & <Biscuits>",
                "You already have an account at Tea & <Biscuits>",
                "Your password for Tea & <Biscuits> was changed",
                "Your password for Tea & <Biscuits> was reset",
                "A new e-mail address for your account at Tea & <Biscuits>",
                "Your e-mail address at Tea & <Biscuits> was changed",
                "Your username at Tea & <Biscuits> was changed",
                "A new way to sign in to Tea & <Biscuits>",
                "A way to sign in to Tea & <Biscuits> was removed",
                "We signed a device out of Tea & <Biscuits>",
                "Your account at Tea & <Biscuits> was deleted",
            ]
        );
    }

    #[test]
    fn text_and_html_of_every_kind_carry_the_same_link() {
        for kind in MailKind::ALL {
            let (content, url) = content(kind, &Secret::generate());
            let mail = composer().compose(&content);
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
            let (content, _) = content(kind, &Secret::generate());
            let mail = composer().compose(&content);
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
            let (content, _) = content(kind, &Secret::generate());
            let mail = composer().compose(&content);
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
            let (content, _) = content(kind, &Secret::generate());
            let html = composer().compose(&content).html;
            for forbidden in ["<img", "<script", "<link", "src=", "url(", "@import"] {
                assert!(!html.contains(forbidden), "{forbidden} in\n{html}");
            }
        }
    }

    #[test]
    fn a_service_name_can_not_break_a_header() {
        let composer = Composer::new("Tea\r\nBcc: eve@example.org", Links::new("http://x"));
        let subject = composer.compose(&Content::AlreadyRegistered).subject;
        assert!(!subject.chars().any(char::is_control), "{subject:?}");
    }

    #[test]
    fn the_text_of_a_mail_reads_like_a_letter() {
        let token = Secret::generate();
        let (content, _) = content(MailKind::Reset, &token);
        let expected = format!(
            "Somebody, most likely you, asked for a new password for your account at \
             Tea & <Biscuits>.\n\
             \n\
             Set a new password:\n\
             https://tea.example.org/reset#token={}\n\
             \n\
             The link works once, within 30 minutes.\n\
             \n\
             If you did not ask for it, ignore this mail: your password stays as it is.\n\
             \n\
             -- \n\
             Tea & <Biscuits>\n\
             https://tea.example.org/\n",
            token.reveal()
        );
        assert_eq!(composer().compose(&content).text, expected);
    }
}
