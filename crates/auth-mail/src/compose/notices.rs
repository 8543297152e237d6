//! The words of what tells an owner of a change of their account.

use auth_core::mail::Notice;

use super::{Composer, Template};

const NOTHING_TO_DO: &str = "If this was you, there is nothing to do.";

impl Composer {
    pub(super) fn notice(&self, notice: Notice) -> Template {
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
}
