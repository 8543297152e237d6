//! Signing in by a passkey alone, whose device has verified its user.

use serde_json::Value;

use super::check::strengthened;
use super::finish::{Awaited, challenge};
use super::{Accounts, Factors, FinishSignIn, FinishedSignIn, Shown};
use crate::accounts::{Pending, Step};
use crate::error::AuthError;
use crate::events::SignInMethod;
use crate::factor::{Factor, Held, Waiting, WaitingFor};
use crate::session::{Assurance, Device};
use crate::user::ActiveUser;

impl Accounts {
    /// Begins a sign-in by a passkey alone: what waits, and what a browser needs.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] where there are no passkeys, or a limit.
    pub async fn begin_passkey_sign_in(
        &self,
        device: &Device,
    ) -> Result<(Pending, Value), AuthError> {
        let verifier = self.known_factors()?.passkeys()?;
        self.limits.passkey(device.ip, self.now()).await?;
        let waiting = Waiting::of(WaitingFor::Passkey, None);
        let pending = self.wait(&waiting, vec![Step::Passkey], device).await?;
        let challenge = challenge(&pending.handle, &pending.client);
        Ok((pending, verifier.request_options(&challenge, &[])))
    }

    pub(super) async fn finish_by_passkey(
        &self,
        awaited: &Awaited,
        form: FinishSignIn,
        device: &Device,
    ) -> Result<FinishedSignIn, AuthError> {
        let factors = self.known_factors()?;
        let Shown::Passkey(response) = &form.shown else {
            return Err(AuthError::InvalidFactor);
        };
        let owner = self.owner_of_passkey(factors, response).await?;
        let (user, held, factor) = owner.ok_or(AuthError::InvalidFactor)?;
        let challenge = &awaited.challenge;
        let check = self.try_passkey(factors, &user, &factor, challenge, response, true);
        let by = self
            .counted(Some(SignInMethod::Passkey), &user, device, check)
            .await?;
        self.end_wait(&awaited.key).await?;
        self.keep_factors(&user, &held).await?;
        let assurance = strengthened(Assurance::default(), &by, self.now());
        self.finish_without_password(&user, assurance, form.remember, device)
            .await
    }

    /// Whose passkey was used, by our records.
    async fn owner_of_passkey(
        &self,
        factors: &Factors,
        response: &Value,
    ) -> Result<Option<(ActiveUser, Held, Factor)>, AuthError> {
        let Some(id) = factors.passkeys()?.used(response) else {
            return Ok(None);
        };
        let Some(owner) = factors.store.owner_of_passkey(&id).await? else {
            return Ok(None);
        };
        let user = self.stores.users.find(owner).await?;
        let user = user.and_then(ActiveUser::proven);
        let user = user.filter(|user| self.is_confirmed_enough(user));
        let Some(user) = user else { return Ok(None) };
        let held = self.held_in(factors, user.id).await?;
        let factor = held.passkey(&id).cloned();
        Ok(factor.map(|factor| (user, held, factor)))
    }
}
