//! The words of each mail that somebody asked for.

use std::time::Duration;

use auth_core::Purpose;
use auth_core::mail::{Code, Content, Link};

use super::{Button, Composer, Template};

impl Composer {
    pub(super) fn letter(&self, content: &Content) -> Template {
        match content {
            Content::Link(link) => self.with_its_link(link),
            Content::Code(code) => self.code(code),
            Content::AlreadyRegistered => self.already_registered(),
            Content::Notice(notice) => self.notice(*notice),
        }
    }

    fn with_its_link(&self, link: &Link) -> Template {
        match link.purpose {
            Purpose::SignUp => self.sign_up(link),
            Purpose::Verify => self.confirm(link),
            Purpose::Reset => self.reset(link),
            Purpose::ChangeEmail => self.change_email(link),
        }
    }

    fn sign_up(&self, link: &Link) -> Template {
        let service = &self.service;
        with_link(
            format!("Confirm your e-mail address for {service}"),
            format!(
                "Somebody, most likely you, wants an account at {service} with this address. \
                 To finish, confirm the address with the password that you chose."
            ),
            "Confirm the address",
            link,
            "If you did not sign up, ignore this mail: nobody can use your address unless you \
             confirm it. If you signed up several times, each link wants the password of its \
             own sign-up.",
        )
    }

    fn confirm(&self, link: &Link) -> Template {
        let service = &self.service;
        with_link(
            format!("Confirm your e-mail address for {service}"),
            format!(
                "An account at {service} was made with this address. Confirm that the address \
                 is yours with the account's password, or signed in to the account."
            ),
            "Confirm the address",
            link,
            "If you did not make it, ignore this mail. You can take the account over by asking \
             for a new password on the sign-in page.",
        )
    }

    fn reset(&self, link: &Link) -> Template {
        let service = &self.service;
        with_link(
            format!("Set a new password for {service}"),
            format!(
                "Somebody, most likely you, asked for a new password for your account at \
                 {service}."
            ),
            "Set a new password",
            link,
            "If you did not ask for it, ignore this mail: your password stays as it is.",
        )
    }

    fn change_email(&self, link: &Link) -> Template {
        let service = &self.service;
        with_link(
            format!("Confirm your new e-mail address for {service}"),
            format!(
                "Somebody, most likely you, wants to use this address for an account at \
                 {service}. To make the change, confirm the address with the account's \
                 password, or signed in to the account."
            ),
            "Confirm the address",
            link,
            "If you did not ask for it, ignore this mail: nothing changes unless you confirm.",
        )
    }

    fn code(&self, code: &Code) -> Template {
        let service = &self.service;
        let digits = code.digits.reveal();
        let lifetime = in_words(code.lifetime);
        let (first, second) = digits.split_at(digits.len() / 2);
        Template {
            subject: format!("Your code for {service}"),
            opening: vec![
                format!("Somebody, most likely you, wants to sign in to {service}. The code is:"),
                format!("{first} {second}"),
            ],
            button: Button {
                label: "Sign in".into(),
                url: code.url.reveal().to_owned(),
            },
            closing: vec![
                format!(
                    "The code works once, within {lifetime}, and only in the browser where it \
                     was asked for; so does the link."
                ),
                "If you did not ask for it, ignore this mail, and give the code to nobody: who \
                 asks you for it wants to sign in to your account."
                    .into(),
            ],
        }
    }

    fn already_registered(&self) -> Template {
        let service = &self.service;
        self.without_link(
            format!("You already have an account at {service}"),
            &[
                format!(
                    "Somebody tried to use this address for an account at {service}. It \
                     belongs to your account already, so nothing has changed."
                ),
                "If this was you, sign in as usual. If you no longer know your password, ask \
                 for a new one on the sign-in page."
                    .into(),
            ],
            "If this was not you, ignore this mail: whoever tried it learned nothing about you.",
        )
    }

    /// A letter whose button only leads to the service.
    pub(super) fn without_link(
        &self,
        subject: String,
        opening: &[String],
        closing: &str,
    ) -> Template {
        Template {
            subject,
            opening: opening.to_vec(),
            button: Button {
                label: format!("Go to {}", self.service),
                url: self.home.clone(),
            },
            closing: vec![closing.to_owned()],
        }
    }
}

/// A letter whose button does what was asked for.
fn with_link(
    subject: String,
    opening: String,
    label: &str,
    link: &Link,
    stranger: &str,
) -> Template {
    let lifetime = in_words(link.lifetime);
    Template {
        subject,
        opening: vec![opening],
        button: Button {
            label: label.to_owned(),
            url: link.url.clone(),
        },
        closing: vec![
            format!("The link works once, within {lifetime}."),
            stranger.to_owned(),
        ],
    }
}

/// A duration in the largest unit that fits it exactly, up to hours.
fn in_words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (count, unit) = match seconds {
        s if s % 3600 == 0 => (s / 3600, "hour"),
        s if s % 60 == 0 => (s / 60, "minute"),
        s => (s, "second"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_say_them() {
        for (seconds, words) in [
            (86_400, "24 hours"),
            (3600, "1 hour"),
            (5400, "90 minutes"),
            (1800, "30 minutes"),
            (60, "1 minute"),
            (2, "2 seconds"),
        ] {
            assert_eq!(in_words(Duration::from_secs(seconds)), words);
        }
    }
}
