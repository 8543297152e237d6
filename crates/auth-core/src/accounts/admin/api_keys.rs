//! API keys.

use std::time::Duration;

use super::{Actor, Admin};
use crate::api_key::{self, ApiKey, ApiKeyStore, MAX_LIFETIME};
use crate::error::{AuthError, FieldCode, FieldError, Problems};
use crate::events::AdminAction;
use crate::id::ApiKeyId;
use crate::role::Permission;
use crate::secret::{Secret, SecretText};
use crate::text::trimmed;

/// The longest name of a key, in characters.
const MAX_NAME: usize = 100;

/// A key that is wanted.
#[derive(Clone, Debug)]
pub struct ApiKeyForm {
    /// What to call it.
    pub name: String,
    /// What it is to be used for.
    pub scopes: Vec<Permission>,
    /// How long it is to work; a year at most.
    pub lifetime: Duration,
}

impl Admin {
    pub(super) fn api_key_store(&self) -> Result<&dyn ApiKeyStore, AuthError> {
        self.api_keys.as_deref().ok_or(AuthError::NotFound)
    }

    /// Makes an API key, and gives its text, which nobody can be told again.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] with every rule that is broken, [`AuthError::Forbidden`] when who
    /// makes it is no admin any more, or a failing store.
    pub async fn create_api_key(
        &self,
        by: &Actor,
        form: &ApiKeyForm,
    ) -> Result<(ApiKey, SecretText), AuthError> {
        let now = self.sessions.now();
        let mut problems = Problems::default();
        let name = problems.check(name(&form.name));
        let scopes = problems.check(scopes(&form.scopes));
        let lifetime = problems.check(lifetime(form.lifetime));
        let (Some(name), Some(scopes), Some(lifetime)) = (name, scopes, lifetime) else {
            return Err(problems.into_error());
        };
        let key = ApiKey {
            id: ApiKeyId::generate(),
            name,
            scopes,
            created_by: by.to_string(),
            maker: match by {
                Actor::User(id) => Some(*id),
                Actor::Operator { .. } => None,
                // No key makes a key, whatever its scopes say.
                Actor::Key(_) => return Err(AuthError::Forbidden),
            },
            created_at: now,
            expires_at: now + lifetime,
            last_used_at: None,
        };
        let secret = Secret::generate();
        let event = Self::event_of_many(by, AdminAction::ApiKeyCreated { key: key.id });
        let added = self
            .api_key_store()?
            .add(&key, secret.hash(), event.record());
        if !added.await? {
            return Err(AuthError::Forbidden);
        }
        self.told(&event).await;
        Ok((key, api_key::text(&secret)))
    }

    /// The keys that are not over, the oldest first, at most `limit`, starting behind `after`.
    ///
    /// # Errors
    /// A failing store.
    pub async fn api_keys(
        &self,
        after: Option<ApiKeyId>,
        limit: u32,
    ) -> Result<Vec<ApiKey>, AuthError> {
        let now = self.sessions.now();
        Ok(self.api_key_store()?.list(after, limit, now).await?)
    }

    /// Revokes a key, at once.
    ///
    /// # Errors
    /// [`AuthError::NotFound`], or a failing store.
    pub async fn revoke_api_key(&self, by: &Actor, id: ApiKeyId) -> Result<(), AuthError> {
        let event = Self::event_of_many(by, AdminAction::ApiKeyRevoked { key: id });
        if !self.api_key_store()?.revoke(id, event.record()).await? {
            return Err(AuthError::NotFound);
        }
        self.told(&event).await;
        Ok(())
    }
}

fn name(text: &str) -> Result<String, FieldError> {
    let refuse = |code, detail: &str| Err(FieldError::new("name", code, detail));
    let text = trimmed(text);
    match text.chars().count() {
        0 => refuse(FieldCode::Required, "A name is needed."),
        n if n > MAX_NAME => refuse(FieldCode::TooLong, "A name has at most 100 characters."),
        _ if text.contains(char::is_control) => refuse(
            FieldCode::InvalidCharacters,
            "A name may hold no control characters.",
        ),
        _ => Ok(text.to_owned()),
    }
}

fn scopes(wanted: &[Permission]) -> Result<Vec<Permission>, FieldError> {
    let refuse = |code, detail: String| Err(FieldError::new("scopes", code, detail));
    if let Some(scope) = wanted.iter().find(|scope| !scope.is_for_keys()) {
        let detail = format!("No key may have {scope}: only a person does that.");
        return refuse(FieldCode::InvalidFormat, detail);
    }
    let mut scopes = wanted.to_vec();
    scopes.sort_unstable();
    scopes.dedup();
    match scopes.is_empty() {
        true => refuse(FieldCode::Required, "At least one scope is needed.".into()),
        false => Ok(scopes),
    }
}

fn lifetime(wanted: Duration) -> Result<Duration, FieldError> {
    let refuse = |code, detail| Err(FieldError::new("expires_in", code, detail));
    match wanted {
        wanted if wanted < Duration::from_secs(1) => refuse(
            FieldCode::Required,
            "A lifetime is needed: every key expires.",
        ),
        wanted if wanted > MAX_LIFETIME => {
            refuse(FieldCode::TooLong, "A key works for a year at most.")
        }
        wanted => Ok(wanted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_a_name_scopes_and_an_end() {
        assert_eq!(name(" backup ").unwrap(), "backup");
        for wrong in ["", "  ", "a\nb", &"x".repeat(101)] {
            assert!(name(wrong).is_err(), "{wrong:?}");
        }
        assert!(scopes(&[]).is_err());
        assert!(scopes(&[Permission::UsersRead, Permission::RolesWrite]).is_err());
        assert!(scopes(&[Permission::ApiKeysWrite]).is_err());
        let twice = [Permission::SystemRead, Permission::SystemRead];
        assert_eq!(scopes(&twice).unwrap(), twice[..1]);
        let days = |days: u64| Duration::from_secs(days * 86_400);
        assert!(lifetime(days(365)).is_ok() && lifetime(days(366)).is_ok());
        assert!(lifetime(days(367)).is_err() && lifetime(Duration::ZERO).is_err());
    }
}
