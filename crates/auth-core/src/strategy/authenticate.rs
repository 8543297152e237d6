//! Who presents a credential.

use std::time::Duration;

use super::scheme::{Scheme, SchemeId};
use super::{RevocationMode, Strategy};
use crate::cache::{Present, Validity};
use crate::clock::Timestamp;
use crate::credential::{Claims, Credential, Presented};
use crate::error::AuthError;
use crate::id::{SessionId, UserId};
use crate::session::Session;
use crate::user::ActiveUser;

/// Who presented a valid credential.
#[derive(Clone, Debug)]
pub struct Authenticated {
    /// The user.
    pub user_id: UserId,
    /// The signed-in device.
    pub session_id: SessionId,
    /// When the person last proved who they are.
    pub auth_time: Timestamp,
    /// The version of the user's credentials that this one was issued under. Whoever has the
    /// user at hand compares the two.
    pub credentials_version: i64,
    /// The user, if authentication came across the record.
    pub user: Option<ActiveUser>,
    /// What kind of credential it is.
    pub scheme: SchemeId,
    /// For how long this holds if nothing changes.
    pub validity: Validity,
}

impl Strategy {
    /// Who presents this credential; `None` when it is not, or no longer, valid.
    ///
    /// # Errors
    /// When a store fails, or the format can't read.
    pub async fn authenticate(
        &self,
        credential: &Credential,
    ) -> Result<Option<Authenticated>, AuthError> {
        let Credential::Access(transport, text) = credential else {
            return Ok(None);
        };
        let present = self.present()?;
        for scheme in self.schemes(present.now) {
            if scheme.transport == *transport
                && let Some(presented) = scheme.format.read(text.reveal(), present.now)?
            {
                return self.authenticate_by(scheme, presented, present).await;
            }
        }
        Ok(None)
    }

    /// The same for what a format of this server has read.
    async fn authenticate_by(
        &self,
        scheme: &Scheme,
        presented: Presented,
        present: Present,
    ) -> Result<Option<Authenticated>, AuthError> {
        let who = match presented {
            Presented::Secret(secret) => {
                let found = self.sessions.find(scheme.kind(), &secret).await?;
                let by = scheme.id();
                found.map(|(session, user)| Authenticated::by(&session, user, present, by))
            }
            Presented::Token(claims) if claims.lifetime <= present.longest_lifetime => {
                self.check(&claims, present, scheme.id()).await?
            }
            Presented::Token(_) => None,
        };
        Ok(who.map(|who| match &self.bridge {
            Some(bridge) if scheme.id() != self.own.id() => who.until(bridge.until),
            _ => who,
        }))
    }

    /// By which circumstances a credential is judged now.
    ///
    /// # Errors
    /// When the format can't read.
    pub(crate) fn present(&self) -> Result<Present, AuthError> {
        let now = self.sessions.now();
        let mut edition = self.own.format.edition(now)?;
        for scheme in self.all().skip(1) {
            // Whoever can't read those can still read its own.
            let other = scheme.format.edition(now).unwrap_or_default();
            edition = edition.wrapping_add(other);
        }
        Ok(Present {
            now,
            edition,
            longest_lifetime: self.longest_lifetime(),
        })
    }

    /// Asks what the mode wants to know about a token's session; `None` when the token is dead.
    async fn check(
        &self,
        claims: &Claims,
        present: Present,
        by: SchemeId,
    ) -> Result<Option<Authenticated>, AuthError> {
        let (session, user) = (claims.session_id, claims.user_id);
        let validity = Validity::of_token(claims, present);
        Ok(match (self.check, claims.credentials_version) {
            (RevocationMode::Stateless, Some(credentials_version)) => Some(Authenticated::claimed(
                claims,
                credentials_version,
                None,
                validity,
                by,
            )),
            (RevocationMode::Denylist, Some(credentials_version)) => {
                let denial = self.sessions.denial(session, user).await?;
                let user = denial.user;
                let user = user.and_then(|user| ActiveUser::under(user, credentials_version));
                let who = Authenticated::claimed(claims, credentials_version, user, validity, by);
                (!denial.denied).then_some(who)
            }
            // A token that does not say under which credentials it was issued has to be
            // looked up.
            (RevocationMode::Checked, named) | (_, named @ None) => {
                let found = self.sessions.find_by_id(session, user).await?;
                let current =
                    |session: &Session| named.is_none_or(|it| it == session.credentials_version);
                let found = found.filter(|(session, _)| current(session));
                found.map(|(session, user)| {
                    let version = session.credentials_version;
                    let validity = validity.within(&session);
                    Authenticated::claimed(claims, version, Some(user), validity, by)
                })
            }
        })
    }

    /// The longest lifetime of a token that this server or one beside it issues, in whole
    /// seconds.
    pub(super) fn longest_lifetime(&self) -> Duration {
        let own = self.longest_token_lifetime();
        let longest = own.max(self.sessions.peers().longest_ttl());
        Duration::from_secs(longest.as_millis().div_ceil(1000) as u64)
    }
}

impl Authenticated {
    /// By the secret of a session.
    fn by(session: &Session, user: ActiveUser, present: Present, scheme: SchemeId) -> Self {
        let always = Validity {
            period: Timestamp::default()..session.ends_at,
            touch_at: session.ends_at,
            edition: present.edition,
            lifetime: Duration::ZERO,
        };
        Self {
            validity: always.within(session),
            user_id: user.id,
            session_id: session.id,
            auth_time: session.auth_time,
            credentials_version: session.credentials_version,
            user: Some(user),
            scheme,
        }
    }

    /// No longer than this, whatever it would hold by itself.
    fn until(mut self, end: Option<Timestamp>) -> Self {
        if let Some(end) = end {
            self.validity.period.end = self.validity.period.end.min(end);
        }
        self
    }

    /// By a token.
    fn claimed(
        claims: &Claims,
        credentials_version: i64,
        user: Option<ActiveUser>,
        validity: Validity,
        scheme: SchemeId,
    ) -> Self {
        Self {
            validity,
            user_id: claims.user_id,
            session_id: claims.session_id,
            auth_time: claims.auth_time,
            credentials_version,
            user,
            scheme,
        }
    }
}

impl Validity {
    /// That of a token by itself.
    fn of_token(claims: &Claims, present: Present) -> Self {
        let (begins_at, ends_at) = claims.period;
        Self {
            period: begins_at..ends_at,
            touch_at: ends_at,
            edition: present.edition,
            lifetime: claims.lifetime,
        }
    }

    /// The same for what ends with this session.
    fn within(self, session: &Session) -> Self {
        let ends_at = self.period.end.min(session.expires_at());
        Self {
            period: self.period.start..ends_at,
            touch_at: self.touch_at.min(session.touch_at()),
            ..self
        }
    }
}
