//! Changing and deleting an account.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::{Accounts, SignedIn};
use crate::effects::Effects;
use crate::email::Email;
use crate::error::{AuthError, FieldCode, FieldError, Problems};
use crate::events::{Event, EventKind};
use crate::language::Language;
use crate::mail::{MailKind, NewMail, Notice};
use crate::name::PersonName;
use crate::password::Password;
use crate::profile::{Profile, ProfileFields};
use crate::session::Device;
use crate::user::{Deleted, UpdateConditions, Updated, User, UserChanges};
use crate::username::Username;

/// What a person wants to change; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct ProfilePatch {
    /// A new given name.
    pub first_name: Option<String>,
    /// A new family name.
    pub last_name: Option<String>,
    /// A new username.
    pub username: Option<String>,
    /// Another language for pages and mails; empty: what the browser asks for.
    pub language: Option<String>,
    /// A new address; needs `current_password` or a fresh sign-in.
    pub email: Option<String>,
    /// The current password.
    pub current_password: Option<Password>,
}

/// How often a change of the application's fields is made anew because another one came first.
const MERGE_ATTEMPTS: u32 = 8;

impl Accounts {
    /// Has accounts hold fields of the application, under these rules.
    #[must_use]
    pub fn with_profile_fields(self, rules: Arc<dyn ProfileFields>) -> Self {
        Self {
            profile_fields: Some(rules),
            ..self
        }
    }

    /// Whether accounts hold fields of the application.
    pub fn has_profile_fields(&self) -> bool {
        self.profile_fields.is_some()
    }

    /// Changes the profile. A new address changes nothing until it is confirmed; the old
    /// one is told. It withdraws the link to any other that was asked for before. `fields`
    /// is a merge patch (RFC 7396) of what the application keeps; of two that come at once
    /// neither undoes the other.
    ///
    /// # Errors
    /// [`AuthError::Invalid`], [`AuthError::UsernameTaken`], [`AuthError::ReauthRequired`],
    /// or a limit.
    pub async fn change_profile(
        &self,
        who: &SignedIn,
        patch: ProfilePatch,
        fields: Option<&Map<String, Value>>,
        device: &Device,
    ) -> Result<User, AuthError> {
        let user = &who.user;
        let merged = fields.map(|fields| self.patched(&user.profile, fields));
        let parsed = parse(&patch, |text| self.new_username(user, text));
        let (changes, new_email) = with_problems_of(parsed, merged.transpose())?;
        let asked_for_email = new_email.is_some();
        let new_email = new_email.filter(|email| email.key() != user.email.key());
        let mut mail = vec![];
        if let Some(email) = &new_email {
            self.reauthenticate(who, patch.current_password.as_ref(), device)
                .await?;
            mail = self.change_of_address(user, email);
        }
        let renames = changes.username.is_some();
        let of_a_name = renames || new_email.is_some();
        self.limits
            .profile_change(user.id, of_a_name, self.now())
            .await?;
        if renames {
            mail.extend(self.notice(Notice::UsernameChanged, user));
        }
        let event = |kind| {
            let event = Event::from(kind).of(user.id).in_session(who.session_id);
            event.from_address(device.ip)
        };
        let changed = event(EventKind::ProfileChanged);
        let asked = new_email.map(|_| event(EventKind::EmailChangeRequested));
        let effects = Effects::mail(mail)
            .told_by(changed.record())
            .told_by(asked.as_ref().and_then(Event::record));
        let along = UpdateConditions {
            effects,
            withdraw_email_change: asked_for_email,
            ..UpdateConditions::default()
        };
        match self.update_fields(who, changes, fields, along).await? {
            Updated::Changed(user) => {
                self.tell(&changed);
                asked.iter().for_each(|event| self.tell(event));
                Ok(user)
            }
            Updated::UsernameTaken => Err(AuthError::UsernameTaken),
            Updated::EmailTaken => Err(AuthError::EmailTaken),
            Updated::Refused => Err(AuthError::Unauthenticated),
            Updated::LastAdmin => Err(AuthError::LastAdmin),
        }
    }

    /// The profile that a merge patch leads to.
    fn patched(
        &self,
        profile: &Profile,
        patch: &Map<String, Value>,
    ) -> Result<Profile, Vec<FieldError>> {
        match &self.profile_fields {
            Some(rules) => profile.patched(patch, &**rules),
            None => {
                let detail = "No fields of an application are kept here.";
                Err(FieldError::new("profile", FieldCode::InvalidFormat, detail).into())
            }
        }
    }

    /// Makes a change. One of the application's fields is made anew when another one came
    /// first: it is merged into what that left behind.
    async fn update_fields(
        &self,
        who: &SignedIn,
        mut changes: UserChanges,
        fields: Option<&Map<String, Value>>,
        along: UpdateConditions,
    ) -> Result<Updated, AuthError> {
        let Some(fields) = fields else {
            let by = self.authority(who).await?;
            return self.update(who.user.id, by, &changes, along).await;
        };
        let mut before = who.user.profile.clone();
        for _ in 0..MERGE_ATTEMPTS {
            changes.profile = Some(self.patched(&before, fields).map_err(AuthError::Invalid)?);
            let if_unchanged = UpdateConditions {
                if_profile: Some(before.clone()),
                ..along.clone()
            };
            // Looked at each time: it may have been signed out meanwhile.
            let by = self.authority(who).await?;
            let updated = self.update(who.user.id, by, &changes, if_unchanged).await?;
            if !matches!(updated, Updated::Refused) {
                return Ok(updated);
            }
            match self.stores.users.find(who.user.id).await? {
                Some(now) if now.profile.stored() != before.stored() => before = now.profile,
                _ => return Ok(updated),
            }
        }
        let retry_after = Duration::from_secs(1);
        Err(AuthError::Overloaded { retry_after })
    }

    /// Deletes the account with everything that belongs to it; the owner is told.
    ///
    /// # Errors
    /// [`AuthError::ReauthRequired`], [`AuthError::Invalid`] for a wrong password,
    /// [`AuthError::LastAdmin`], or a limit.
    pub async fn delete_account(
        &self,
        who: &SignedIn,
        current_password: Option<&Password>,
        device: &Device,
    ) -> Result<(), AuthError> {
        self.reauthenticate(who, current_password, device).await?;
        let user = &who.user;
        let event = Event::from(EventKind::AccountDeleted).of(user.id);
        let event = event.from_address(device.ip);
        let effects = Effects::mail(self.notice(Notice::AccountDeleted, user));
        let effects = effects.told_by(event.record());
        let by = self.authority(who).await?;
        let users = &self.stores.users;
        match users.delete(user.id, Some(&by), &effects).await? {
            Deleted::Done => {}
            Deleted::Refused => return Err(AuthError::Unauthenticated),
            Deleted::LastAdmin => return Err(AuthError::LastAdmin),
        }
        self.end_sessions(user.id).await;
        self.tell(&event);
        self.forgive(user).await;
        Ok(())
    }

    /// The username that somebody asks for, which must not be reserved unless it is only
    /// written anew.
    fn new_username(&self, user: &User, text: &str) -> Result<Option<Username>, FieldError> {
        match renamed(user, text)? {
            Some(name) if name.key() != user.username.key() => {
                self.config.reserved.check("username", name).map(Some)
            }
            name => Ok(name),
        }
    }

    /// The mails that a wanted new address brings about. When somebody has the address
    /// already, it is they who are told; that is found out at delivery, so that whoever
    /// asked learns nothing.
    fn change_of_address(&self, user: &User, email: &Email) -> Vec<NewMail> {
        let mut mail = self.notice(Notice::EmailChangeRequested, user);
        mail.push(self.mail(MailKind::ChangeEmail, email, Some(user.id)));
        mail
    }
}

/// The username that is asked for, unless the account has it already: then it may be one
/// that nobody could take today.
pub(super) fn renamed(user: &User, text: &str) -> Result<Option<Username>, FieldError> {
    match Username::meant(text) {
        Some(name) if name == user.username => Ok(None),
        _ => Username::parse("username", text).map(Some),
    }
}

/// What was parsed, unless there is something wrong with it or with the application's fields:
/// then all of that.
fn with_problems_of<T>(
    parsed: Result<T, AuthError>,
    merged: Result<Option<Profile>, Vec<FieldError>>,
) -> Result<T, AuthError> {
    match (parsed, merged) {
        (parsed, Ok(_)) => parsed,
        (Err(AuthError::Invalid(mut problems)), Err(more)) => {
            problems.extend(more);
            Err(AuthError::Invalid(problems))
        }
        (Ok(_), Err(problems)) => Err(AuthError::Invalid(problems)),
        (Err(error), Err(_)) => Err(error),
    }
}

/// The changes to make at once, and the new address.
pub(super) fn parse(
    patch: &ProfilePatch,
    new_username: impl Fn(&str) -> Result<Option<Username>, FieldError>,
) -> Result<(UserChanges, Option<Email>), AuthError> {
    let mut problems = Problems::default();
    let first_name = patch.first_name.as_ref();
    let first_name = first_name.map(|text| PersonName::parse("first_name", text));
    let first_name = problems.check(first_name.transpose());
    let last_name = patch.last_name.as_ref();
    let last_name = last_name.map(|text| PersonName::optional("last_name", text));
    let last_name = problems.check(last_name.transpose());
    let username = patch.username.as_ref().map(|text| new_username(text));
    let username = problems.check(username.transpose());
    let language = patch.language.as_deref().map(language);
    let language = problems.check(language.transpose());
    let email = patch.email.as_ref();
    let email = problems.check(email.map(|text| Email::parse("email", text)).transpose());
    match (first_name, last_name, username, language, email) {
        (Some(first_name), Some(last_name), Some(username), Some(language), Some(email)) => {
            let changes = UserChanges {
                first_name,
                last_name,
                username: username.flatten(),
                language,
                ..UserChanges::default()
            };
            Ok((changes, email))
        }
        _ => Err(problems.into_error()),
    }
}

/// The language that is asked for; an empty text asks for none.
fn language(text: &str) -> Result<Option<Language>, FieldError> {
    match text {
        "" => Ok(None),
        tag => Language::parse("language", tag).map(Some),
    }
}
