//! The words of each mail.

use std::time::Duration;

use auth_core::Purpose;
use auth_core::mail::{Code, Content, Link, Notice};

use super::{Button, Composer, Template};

const NOTHING_TO_DO: &str = "If this was you, there is nothing to do.";

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

    fn notice(&self, notice: Notice) -> Template {
        match notice {
            Notice::PasswordChanged => self.password_changed(),
            Notice::PasswordReset => self.password_reset(),
            Notice::EmailChangeRequested => self.email_change_requested(),
            Notice::EmailChanged => self.email_changed(),
            Notice::UsernameChanged => self.username_changed(),
            Notice::IdentityLinked => self.identity_linked(),
            Notice::IdentityUnlinked => self.identity_unlinked(),
            Notice::RefreshReused => self.refresh_reused(),
            Notice::FactorAdded => self.factor_added(),
            Notice::FactorRemoved => self.factor_removed(),
            Notice::RecoveryCodeUsed => self.recovery_code_used(),
            Notice::RecoveryCodesReplaced => self.recovery_codes_replaced(),
            Notice::FactorResetScheduled => self.factor_reset_scheduled(),
            Notice::AccountDeleted => self.account_deleted(),
        }
    }

    fn password_changed(&self) -> Template {
        let service = &self.service;
        self.without_link(
            format!("Your password for {service} was changed"),
            &[
                format!(
                    "The password of your account at {service} was changed, and all other \
                     devices were signed out."
                ),
                NOTHING_TO_DO.into(),
            ],
            "If this was not you, somebody knows your password. Ask for a new one on the \
             sign-in page at once.",
        )
    }

    fn password_reset(&self) -> Template {
        let service = &self.service;
        self.without_link(
            format!("Your password for {service} was reset"),
            &[
                format!(
                    "A new password for your account at {service} was set by a link that we \
                     had mailed to this address. All devices were signed out."
                ),
                "Look through the list of your linked accounts: whatever you do not know there \
                 can sign in. Accounts at other providers that were linked before you had \
                 confirmed this address to us were unlinked; you can link them again."
                    .into(),
                NOTHING_TO_DO.into(),
            ],
            "If this was not you, somebody can read your mail. Change the password of your \
             mailbox, then ask for a new one on the sign-in page.",
        )
    }

    fn email_change_requested(&self) -> Template {
        let service = &self.service;
        self.without_link(
            format!("A new e-mail address for your account at {service}"),
            &[
                format!(
                    "Somebody who is signed in to your account at {service}, or who runs the \
                     service, asked to replace this address by another. Nothing changes until \
                     the other address is confirmed."
                ),
                NOTHING_TO_DO.into(),
            ],
            "If this was not you, change your password at once: that signs all other devices \
             out.",
        )
    }

    fn email_changed(&self) -> Template {
        let service = &self.service;
        self.without_link(
            format!("Your e-mail address at {service} was changed"),
            &[
                format!(
                    "Your account at {service} has another e-mail address now. We will not \
                     write to this one any more."
                ),
                NOTHING_TO_DO.into(),
            ],
            "If this was not you, get in touch with the people who run the service at once.",
        )
    }

    fn username_changed(&self) -> Template {
        let service = &self.service;
        self.without_link(
            format!("Your username at {service} was changed"),
            &[
                format!(
                    "The username of your account at {service} was changed. You can sign in \
                     with the new one or with your e-mail address."
                ),
                NOTHING_TO_DO.into(),
            ],
            "If this was not you, change your password at once: that signs all other devices \
             out.",
        )
    }

    fn identity_linked(&self) -> Template {
        let service = &self.service;
        self.without_link(
            format!("A new way to sign in to {service}"),
            &[
                format!(
                    "An account at another provider was linked to your account at {service}: \
                     it can be used to sign in from now on."
                ),
                NOTHING_TO_DO.into(),
            ],
            "If this was not you, remove it from the list of your linked accounts, and change \
             your password at once: that signs all other devices out.",
        )
    }

    fn identity_unlinked(&self) -> Template {
        let service = &self.service;
        self.without_link(
            format!("A way to sign in to {service} was removed"),
            &[
                format!(
                    "An account at another provider was unlinked from your account at \
                     {service}: it can no longer be used to sign in."
                ),
                NOTHING_TO_DO.into(),
            ],
            "If this was not you, change your password at once: that signs all other devices \
             out.",
        )
    }

    fn refresh_reused(&self) -> Template {
        let service = &self.service;
        self.without_link(
            format!("We signed a device out of {service}"),
            &[
                format!(
                    "One of your devices presented a key for {service} that had been used \
                     before. It may have been copied, so we signed that device out."
                ),
                "If you had to sign in again on a device of yours, this is why.".into(),
            ],
            "Look through the list of your signed-in devices. If you do not know one of them, \
             change your password: that signs all other devices out.",
        )
    }

    fn factor_added(&self) -> Template {
        let service = &self.service;
        self.without_link(
            format!("A second step was added to your account at {service}"),
            &[
                format!(
                    "An authenticator app or a passkey was added to your account at {service}: \
                     it is asked for when somebody signs in."
                ),
                NOTHING_TO_DO.into(),
            ],
            "If this was not you, somebody is signed in to your account. Change your password at \
             once, and get in touch with the people who run the service.",
        )
    }

    fn factor_removed(&self) -> Template {
        let service = &self.service;
        self.without_link(
            format!("A second step was removed from your account at {service}"),
            &[
                format!(
                    "An authenticator app or a passkey was removed from your account at \
                     {service}."
                ),
                NOTHING_TO_DO.into(),
            ],
            "If this was not you, change your password at once: that signs all other devices \
             out. Then look through your second steps.",
        )
    }

    fn recovery_code_used(&self) -> Template {
        let service = &self.service;
        self.without_link(
            format!("A recovery code was used at {service}"),
            &[
                format!(
                    "One of the recovery codes of your account at {service} was used as the \
                     second step of a sign-in. It works no second time."
                ),
                "If this was you and your device is lost, remove it from your second steps. When \
                 few codes are left, make new ones."
                    .into(),
            ],
            "If this was not you, somebody knows your password and your recovery codes. Change \
             your password at once, and make new codes.",
        )
    }

    fn recovery_codes_replaced(&self) -> Template {
        let service = &self.service;
        self.without_link(
            format!("New recovery codes for {service}"),
            &[
                format!(
                    "The recovery codes of your account at {service} were replaced: the ones \
                     before work no more."
                ),
                NOTHING_TO_DO.into(),
            ],
            "If this was not you, change your password at once: that signs all other devices \
             out. Then make new codes.",
        )
    }

    fn factor_reset_scheduled(&self) -> Template {
        let service = &self.service;
        self.without_link(
            format!("The second steps of your account at {service} will be removed"),
            &[
                format!(
                    "The people who run {service} were told that you have lost your second \
                     steps. All of them will be removed, with your recovery codes, so that you \
                     can sign in without."
                ),
                NOTHING_TO_DO.into(),
            ],
            "If you did not ask for that, sign in with your second step: then nothing is removed. \
             And change your password, since somebody may know it.",
        )
    }

    fn account_deleted(&self) -> Template {
        let service = &self.service;
        self.without_link(
            format!("Your account at {service} was deleted"),
            &[
                format!(
                    "Your account at {service} was deleted, with everything that belonged to \
                     it. We will not write to you any more."
                ),
                NOTHING_TO_DO.into(),
            ],
            "If this was not you, get in touch with the people who run the service.",
        )
    }

    /// A letter whose button only leads to the service.
    fn without_link(&self, subject: String, opening: &[String], closing: &str) -> Template {
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
