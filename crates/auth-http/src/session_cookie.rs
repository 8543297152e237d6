//! The session cookie: actix-session's middleware with a state that is the credential itself.

use std::collections::HashMap;

use actix_session::SessionMiddleware;
use actix_session::config::{BrowserSession, CookieContentSecurity};
use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Key, SameSite};

use crate::transport::CookieSettings;

type State = HashMap<String, String>;

/// A session state of one entry, the credential, which is also its own key in the cookie.
///
/// actix-session's ready-made stores keep a state under a key of their own; they have no
/// index by user, and an update re-creates what was deleted meanwhile. Here nothing is
/// kept beside the sessions, so nothing can contradict it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CookieState;

impl SessionStore for CookieState {
    async fn load(&self, key: &SessionKey) -> Result<Option<State>, LoadError> {
        let secret = serde_json::to_string(key.as_ref());
        let secret = secret.map_err(|e| LoadError::Deserialization(e.into()))?;
        Ok(Some(HashMap::from([("secret".into(), secret)])))
    }

    async fn save(&self, state: State, _ttl: &Duration) -> Result<SessionKey, SaveError> {
        let secret = state.into_values().next().unwrap_or_default();
        let secret: String =
            serde_json::from_str(&secret).map_err(|e| SaveError::Serialization(e.into()))?;
        SessionKey::try_from(secret).map_err(|e| SaveError::Other(e.into()))
    }

    async fn update(
        &self,
        _key: SessionKey,
        state: State,
        ttl: &Duration,
    ) -> Result<SessionKey, UpdateError> {
        let saved = self.save(state, ttl).await;
        saved.map_err(|e| UpdateError::Other(e.into()))
    }

    /// Idle time is the session manager's business.
    async fn update_ttl(&self, _key: &SessionKey, _ttl: &Duration) -> Result<(), anyhow::Error> {
        Ok(())
    }

    /// The session manager has revoked the session before the cookie is taken back.
    async fn delete(&self, _key: &SessionKey) -> Result<(), anyhow::Error> {
        Ok(())
    }
}

/// The middleware that reads and writes the session cookie: HttpOnly, SameSite=Lax, for
/// the whole host, without a domain.
///
/// It insists on signing. A credential is either 256 random bits that are looked up by their
/// hash or a token that is signed itself, so a signature adds nothing and is no line of
/// defence: the signing key is a public constant, which lets any node read the cookie of any
/// other.
pub(crate) fn middleware(cookies: &CookieSettings) -> SessionMiddleware<CookieState> {
    let key = Key::derive_from(b"auth-session: no secret, see the documentation of middleware()");
    SessionMiddleware::builder(CookieState, key)
        .cookie_name(cookies.session_name.clone())
        .cookie_secure(cookies.secure)
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_path("/".into())
        .cookie_content_security(CookieContentSecurity::Signed)
        .session_lifecycle(BrowserSession::default())
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn the_state_is_the_secret_and_back() {
        let ttl = Duration::ZERO;
        let key = SessionKey::try_from("a-secret".to_owned()).unwrap();
        let state = CookieState.load(&key).await.unwrap().unwrap();
        let saved = CookieState.save(state, &ttl).await.unwrap();
        assert_eq!(saved.as_ref(), "a-secret");
    }
}
