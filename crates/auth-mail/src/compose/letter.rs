//! The words of a mail, by its kind.

use std::time::Duration;

use auth_core::Purpose;
use auth_core::mail::{Content, Mail, MailKind};
use auth_words::Words;
use serde::Serialize;

/// What a mail says, apart from how it looks.
#[derive(Serialize)]
pub(super) struct Letter {
    pub(super) subject: String,
    /// Before the button.
    opening: Vec<String>,
    button: Button,
    /// Behind the button.
    closing: Vec<String>,
}

/// A link with its label.
#[derive(Serialize)]
struct Button {
    label: String,
    url: String,
}

/// The kind of a mail as its words are named.
pub(super) fn kind(content: &Content) -> &'static str {
    let kind = match content {
        Content::Link(link) => match link.purpose {
            Purpose::SignUp => MailKind::SignUp,
            Purpose::Verify => MailKind::Confirm,
            Purpose::Reset => MailKind::Reset,
            Purpose::ChangeEmail => MailKind::ChangeEmail,
        },
        Content::Code(_) => MailKind::SignInCode,
        Content::AlreadyRegistered => MailKind::AlreadyRegistered,
        Content::Notice(notice) => MailKind::Notice(*notice),
    };
    kind.as_str()
}

impl Letter {
    /// Finds the words; `service` and `home` are its name and its front page.
    pub(super) fn new(mail: &Mail, words: &Words, service: &str, home: &str) -> Self {
        let (url, lifetime, code) = match &mail.content {
            Content::Link(link) => (link.url.clone(), link.lifetime, String::new()),
            Content::Code(code) => {
                let url = code.url.reveal().to_owned();
                (url, code.lifetime, in_two(code.digits.reveal()))
            }
            _ => (home.to_owned(), Duration::ZERO, String::new()),
        };
        let lifetime = in_words(lifetime, words);
        let nothing_to_do = words.text("mail.nothing_to_do");
        let values = [
            ("service", service),
            ("lifetime", &lifetime),
            ("code", &code),
            ("nothing_to_do", nothing_to_do),
        ];
        let table = format!("mail_{}", kind(&mail.content));
        let of = |key: &str| words.fill(&format!("{table}.{key}"), &values);
        let has_button = words.get(&format!("{table}.button")).is_some();
        let label = match has_button {
            true => of("button"),
            false => words.fill("mail.greeting_home", &values),
        };
        let mut closing = paragraphs(&of("note"));
        if matches!(mail.content, Content::Link(_)) {
            closing.insert(0, words.fill("mail.once", &values));
        }
        Self {
            subject: of("subject"),
            opening: paragraphs(&of("text")),
            button: Button { label, url },
            closing,
        }
    }
}

fn paragraphs(text: &str) -> Vec<String> {
    text.split("\n\n").map(str::to_owned).collect()
}

/// A code as it is read out.
fn in_two(digits: &str) -> String {
    let (first, second) = digits.split_at(digits.len() / 2);
    format!("{first} {second}")
}

/// A duration in the largest unit that fits it exactly, up to hours.
fn in_words(duration: Duration, words: &Words) -> String {
    let seconds = duration.as_secs();
    match seconds {
        s if s % 3600 == 0 => words.count("mail.hours", s / 3600),
        s if s % 60 == 0 => words.count("mail.minutes", s / 60),
        s => words.count("mail.seconds", s),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auth_words::Catalogue;

    #[test]
    fn durations_read_as_people_say_them() {
        let catalogue = Catalogue::built_in();
        for (seconds, english, german) in [
            (86_400, "24 hours", "24 Stunden"),
            (3600, "1 hour", "1 Stunde"),
            (5400, "90 minutes", "90 Minuten"),
            (1800, "30 minutes", "30 Minuten"),
            (60, "1 minute", "1 Minute"),
            (2, "2 seconds", "2 Sekunden"),
        ] {
            let said = |tag| in_words(Duration::from_secs(seconds), catalogue.pick([tag]));
            assert_eq!(
                (said("en").as_str(), said("de").as_str()),
                (english, german)
            );
        }
    }
}
