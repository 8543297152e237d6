//! What the session strategy does with the registry.

use std::time::Duration;

use async_trait::async_trait;
use auth_core::session::{Opening, Revoke, Rotation, SecretKind};
use auth_core::strategy::{Description, Handed, Proof, Refreshed, Revocation};
use auth_core::{
    AuthError, Authenticated, Authority, Credential, Device, Issued, Registry, Secret, Session,
    SessionId, Strategy, Transport, User, UserId,
};

/// Opaque server-side sessions (OWASP ASVS 5.0, 7.2).
#[derive(Clone)]
pub struct SessionStrategy {
    registry: Registry,
}

impl SessionStrategy {
    /// Keeps its sessions in this registry.
    pub fn new(registry: Registry) -> Self {
        Self { registry }
    }
}

#[async_trait]
impl Strategy for SessionStrategy {
    fn description(&self) -> Description {
        Description {
            name: "session",
            transport: Transport::Cookie,
            revocation: Revocation::Immediate,
            store_reads_per_request: 1,
        }
    }

    async fn issue(&self, user: &User, proof: Proof, device: &Device) -> Result<Issued, AuthError> {
        let opening = Opening {
            user,
            device,
            proof,
            kind: SecretKind::Cookie,
            token_lifetime: Duration::ZERO,
        };
        let (session, secret) = self.registry.open(opening).await?;
        Ok(issued(user.clone(), session, secret))
    }

    async fn authenticate(
        &self,
        credential: &Credential,
    ) -> Result<Option<Authenticated>, AuthError> {
        let Credential::Cookie(secret) = credential else {
            return Ok(None);
        };
        let found = self.registry.find(SecretKind::Cookie, secret).await?;
        Ok(found.map(|(session, user)| Authenticated {
            user_id: user.id,
            session_id: session.id,
            auth_time: session.auth_time,
            user: Some(user),
        }))
    }

    async fn refresh(&self, secret: &Secret) -> Result<Refreshed, AuthError> {
        let kind = SecretKind::Cookie;
        let rotation = self.registry.rotate(kind, secret, Duration::ZERO).await?;
        Ok(match rotation {
            Rotation::Rotated {
                user,
                session,
                secret,
            } => Refreshed::Granted(Box::new(issued(user, session, secret))),
            Rotation::Reused(user) => Refreshed::Reused(user),
            Rotation::Refused => Refreshed::Refused,
        })
    }

    async fn revoke(&self, user: UserId, which: Revoke) -> Result<u64, AuthError> {
        self.registry.revoke(user, which).await
    }

    async fn authority(
        &self,
        session: SessionId,
        user: &User,
    ) -> Result<Option<Authority>, AuthError> {
        self.registry.authority(session, user).await
    }

    async fn revoke_by(
        &self,
        by: &Authority,
        user: UserId,
        which: Revoke,
    ) -> Result<Option<u64>, AuthError> {
        self.registry.revoke_by(by, user, which).await
    }

    async fn list(&self, user: &User) -> Result<Vec<Session>, AuthError> {
        self.registry.list(user).await
    }
}

fn issued(user: User, session: Session, secret: Secret) -> Issued {
    Issued {
        user,
        session,
        handed: Handed::Cookie(secret),
    }
}
