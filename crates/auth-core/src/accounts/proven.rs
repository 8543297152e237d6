//! From an identity that a provider has proven to a signed-in client.

use super::federation::Outcome;
use super::{Accounts, SignInOutcome};
use crate::clock::Timestamp;
use crate::credential::Transport;
use crate::error::AuthError;
use crate::id::IdentityId;
use crate::identity::{Flow, FlowKey, IdentityProvider, OneTimeCode, ProvenIdentity};
use crate::secret::Secret;
use crate::session::{Assurance, Device, Method};
use crate::strategy::AuthenticationEvent;
use crate::user::ActiveUser;

impl Accounts {
    /// The account that a proven identity signs in to; a new one at the first time.
    pub(super) async fn resolve(
        &self,
        provider: &dyn IdentityProvider,
        proven: &ProvenIdentity,
    ) -> Result<(ActiveUser, IdentityId), AuthError> {
        let (user, identity) = match self.federation.identities.owner(&proven.subject).await? {
            Some(owner) => owner,
            None => self.provision(provider, proven).await?,
        };
        let user = ActiveUser::proven(user).ok_or(AuthError::InvalidCredentials)?;
        if !self.is_confirmed_enough(&user) {
            return Err(AuthError::EmailUnverified);
        }
        Ok((user, identity))
    }

    /// What a flow has proven.
    pub(super) fn proof_of(
        &self,
        flow: &Flow,
        proven: &ProvenIdentity,
        identity: IdentityId,
    ) -> AuthenticationEvent {
        let at = self.proven_at(flow, proven);
        let assurance = Assurance::by(Method::Provider);
        AuthenticationEvent {
            at,
            remember: false,
            identity: Some(identity),
            assurance: match proven.second_factor {
                true => assurance.and_second(Method::ProviderFactor, at.min(self.now())),
                false => assurance,
            },
        }
    }

    /// When the person proved who they are. A provider that states no time may have shown
    /// nothing but a session it remembers, so it counts as fresh only when the flow asked
    /// for a fresh sign-in; otherwise as just too old to be one.
    fn proven_at(&self, flow: &Flow, proven: &ProvenIdentity) -> Timestamp {
        let unstated = match flow.fresh {
            true => self.now(),
            false => self.now() - self.config.reauth_within,
        };
        proven.auth_time.unwrap_or(unstated)
    }

    /// A cookie goes out with the redirect; tokens wait for the page behind it, so that
    /// none of them is ever in a URL.
    pub(super) async fn hand_over(
        &self,
        user: &ActiveUser,
        proof: AuthenticationEvent,
        browser: &Secret,
        device: &Device,
    ) -> Result<Outcome, AuthError> {
        match self.strategy.transport() {
            Transport::Cookie => {
                let outcome = self.sign_in_proven(user, proof, device).await?;
                Ok(Outcome::SignedIn(outcome))
            }
            Transport::Bearer => {
                let code = Secret::generate();
                let handover = OneTimeCode {
                    user_id: user.id,
                    credentials_version: user.credentials_version,
                    auth_time: proof.at,
                    identity: proof.identity,
                    assurance: proof.assurance,
                };
                let (key, until) = (
                    FlowKey::of(&code, browser),
                    self.now() + self.config.handover_lifetime,
                );
                let flows = &self.federation.flows;
                flows.hand_over(&key, &handover, until).await?;
                Ok(Outcome::HandedOver(code))
            }
        }
    }

    async fn sign_in_proven(
        &self,
        user: &ActiveUser,
        proof: AuthenticationEvent,
        device: &Device,
    ) -> Result<SignInOutcome, AuthError> {
        let outcome = self.enter(user, proof, device).await?;
        self.of_a_live_identity(outcome, user, proof, device).await
    }

    /// Exchanges the code of a hand-over for a credential, in the browser that began.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`] when the code is unknown, spent, expired, another
    /// browser's, or the account's credentials changed or the identity was unlinked meanwhile.
    pub async fn exchange(
        &self,
        code: &str,
        browser: Option<&Secret>,
        device: &Device,
    ) -> Result<SignInOutcome, AuthError> {
        let Some(handover) = self.picked_up(code, browser).await? else {
            // Only wrong codes count, so that any number of people may arrive at once. Nobody
            // guesses a code; the limit keeps whoever tries from keeping the store busy.
            let attempt = self.limits.token(device.ip, self.now()).await?;
            let refused = Err(AuthError::InvalidToken);
            let ip = device.ip;
            return self.limits.conclude("exchange", ip, attempt, refused).await;
        };
        let user = self.stores.users.find(handover.user_id).await?;
        let user = user.and_then(|user| ActiveUser::under(user, handover.credentials_version));
        let user = user.ok_or(AuthError::InvalidToken)?;
        let proof = AuthenticationEvent {
            at: handover.auth_time,
            remember: false,
            identity: handover.identity,
            assurance: handover.assurance,
        };
        self.sign_in_proven(&user, proof, device).await
    }

    async fn picked_up(
        &self,
        code: &str,
        browser: Option<&Secret>,
    ) -> Result<Option<OneTimeCode>, AuthError> {
        let (Ok(code), Some(browser)) = (code.parse::<Secret>(), browser) else {
            return Ok(None);
        };
        let key = FlowKey::of(&code, browser);
        Ok(self.federation.flows.redeem(&key, self.now()).await?)
    }
}
