//! Signing in through a provider: out to it, back from it, and on to the strategy.

use std::net::IpAddr;

use tracing::warn;

use super::{Accounts, Federation, SignInOutcome, SignedIn};
use crate::credential::Transport;
use crate::error::AuthError;
use crate::events::{Event, EventKind, SignInMethod};
use crate::id::SessionId;
use crate::identity::{
    Answer, Challenge, Flow, FlowKey, IdentityProvider, Intent, ProviderError, ProviderId,
    Providers,
};
use crate::password::Password;
use crate::secret::{Secret, SecretText};
use crate::session::Device;

/// A wish to go to a provider and come back.
#[derive(Clone, Debug)]
pub struct AuthorizationRequest {
    /// Which provider.
    pub provider: String,
    /// Where the browser goes in the end; the caller has checked that it may.
    pub return_to: String,
    /// Whether the person has to show the provider anew who they are.
    pub fresh: bool,
    /// The secret of the browser's flow cookie, if it has one from another flow.
    pub browser: Option<Secret>,
}

/// The way to a provider.
#[derive(Clone, Debug)]
pub struct AuthorizationRedirect {
    /// Where to send the browser.
    pub url: String,
    /// Names the flow; it comes back in the callback's URL.
    pub state: Secret,
    /// What the browser has to bring back, and nobody else.
    pub browser: Secret,
    /// Whether the browser had no flow cookie before. Of tabs that begin at the same time
    /// each gets a secret of its own, and a cookie of one name keeps only the last.
    pub is_first: bool,
}

/// What a browser brings back from a provider, unchecked.
#[derive(Clone, Debug)]
pub struct ProviderCallback {
    /// The state that names the flow.
    pub state: SecretText,
    /// The code, or the provider's error.
    pub outcome: Result<SecretText, String>,
    /// Who answers (RFC 9207).
    pub issuer: Option<String>,
    /// What the answer says about the person ([`Answer::user`]).
    pub user: Option<SecretText>,
    /// The secret of the browser's flow cookie.
    pub browser: Option<Secret>,
    /// The secret of the cookie that this flow alone has, if it has one.
    pub tab: Option<Secret>,
    /// The live session that the browser presents, where browsers present one by themselves.
    pub session: Option<SessionId>,
}

/// A flow that came to its end, well or not.
#[derive(Debug)]
pub struct Finished {
    /// Where the browser goes.
    pub return_to: String,
    /// What came of it.
    pub outcome: Result<Outcome, AuthError>,
}

/// What came of a flow.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A cookie strategy signs the browser in.
    SignedIn(SignInOutcome),
    /// The browser is to exchange this code for its tokens.
    HandedOver(Secret),
    /// The identity belongs to the account that asked for it.
    Linked,
}

impl Accounts {
    /// The same without providers to sign in with.
    #[must_use]
    pub fn without_providers(self) -> Self {
        let federation = Federation {
            providers: Providers::default(),
            ..self.federation
        };
        Self { federation, ..self }
    }

    /// Begins a sign-in through a provider.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] for an unknown provider, [`AuthError::ProviderUnavailable`],
    /// or a limit.
    pub async fn begin_sign_in(
        &self,
        request: AuthorizationRequest,
        ip: IpAddr,
    ) -> Result<AuthorizationRedirect, AuthError> {
        self.begin(request, Intent::SignIn, ip).await
    }

    /// Begins to link an identity to the signed-in account. It is a new way to sign in,
    /// so it takes the password or a fresh sign-in (OWASP ASVS 5.0, 7.5.1), and an account
    /// whose address is confirmed: otherwise a stranger could prepare an account for
    /// somebody and keep a way into it.
    ///
    /// # Errors
    /// [`AuthError::EmailUnverified`], [`AuthError::ReauthRequired`], and those of
    /// [`begin_sign_in`](Self::begin_sign_in).
    pub async fn begin_link(
        &self,
        who: &SignedIn,
        current_password: Option<&Password>,
        request: AuthorizationRequest,
        device: &Device,
    ) -> Result<AuthorizationRedirect, AuthError> {
        if self.federation.providers.get(&request.provider).is_none() {
            return Err(AuthError::NotFound);
        }
        if !who.user.email_verified {
            return Err(AuthError::EmailUnverified);
        }
        self.reauthenticate(who, current_password, device).await?;
        let intent = Intent::Link {
            user_id: who.user.id,
            session_id: who.session_id,
            credentials_version: who.user.credentials_version,
        };
        self.begin(request, intent, device.ip).await
    }

    /// Ends a flow: checks what the browser brought back, and does what the flow was for.
    ///
    /// # Errors
    /// [`AuthError::InvalidFlow`] when nothing is known of the flow, and with it of where
    /// the browser wants to go. All later errors are in the answer.
    pub async fn finish(
        &self,
        provider: &str,
        callback: ProviderCallback,
        device: &Device,
    ) -> Result<Finished, AuthError> {
        let provider = self
            .federation
            .providers
            .get(provider)
            .ok_or(AuthError::NotFound)?;
        let state = callback.state.reveal().parse::<Secret>();
        let state = state.map_err(|_| AuthError::InvalidFlow)?;
        let (flow, bound_to) = self.taken(provider.id(), &state, &callback).await?;
        let challenge = challenge(&flow, &state, bound_to);
        // What a sign-in hands over is picked up with the cookie that all tabs share.
        let browser = callback.browser.as_ref().unwrap_or(bound_to);
        let answer = self.check_session(&flow, &callback);
        let outcome = match answer.and_then(|()| answer_of(&callback)) {
            Ok(answer) => {
                self.conclude(&*provider, &flow, &answer, &challenge, browser, device)
                    .await
            }
            Err(error) => Err(error),
        };
        if outcome.is_ok() {
            let until = self.now() + self.config.flow_lifetime;
            let flows = &self.federation.flows;
            // Whoever is signed in by now is not kept waiting for the sake of a reload.
            if let Err(error) = flows.remember(&state.hash(), &flow, until).await {
                warn!(%error, "a flow that ended well is not remembered");
            }
        }
        if let (Intent::SignIn, Err(error)) = (flow.intent, &outcome) {
            let by = SignInMethod::Provider(provider.id().clone());
            let reason = reason_of(error);
            let event = Event::from(EventKind::SignInFailed { by, reason });
            self.tell(&event.from_address(device.ip));
        }
        Ok(Finished {
            return_to: flow.return_to,
            outcome,
        })
    }

    /// Where the browser of a flow wants to go, although it can't end the flow: one that
    /// loads a callback again after it succeeded, or a tab whose cookie another tab
    /// replaced. Nobody is signed in by it, and nothing is spent.
    ///
    /// # Errors
    /// [`AuthError::InvalidFlow`] when nothing is known of the flow.
    pub async fn destination(&self, provider: &str, state: &str) -> Result<String, AuthError> {
        let provider = self.federation.providers.get(provider);
        let provider = provider.ok_or(AuthError::NotFound)?;
        let state: Secret = state.parse().map_err(|_| AuthError::InvalidFlow)?;
        let flows = &self.federation.flows;
        let hash = state.hash();
        let known = flows.return_to(&hash, provider.id(), self.now()).await?;
        known.ok_or(AuthError::InvalidFlow)
    }

    /// Takes the flow that one of the browser's secrets began.
    async fn taken<'a>(
        &self,
        provider: &ProviderId,
        state: &Secret,
        callback: &'a ProviderCallback,
    ) -> Result<(Flow, &'a Secret), AuthError> {
        for secret in callback.tab.iter().chain(&callback.browser) {
            let key = FlowKey::of(state, secret);
            let flows = &self.federation.flows;
            if let Some(flow) = flows.finish(&key, provider, self.now()).await? {
                return Ok((flow, secret));
            }
        }
        Err(AuthError::InvalidFlow)
    }

    /// A link ends in the session that began it: a cookie alone may have been planted by
    /// somebody who wants a visitor's identity linked to an account of their own. Tokens
    /// don't travel with a redirect, so that there the flow cookie has to do.
    fn check_session(&self, flow: &Flow, callback: &ProviderCallback) -> Result<(), AuthError> {
        let by_cookie = self.strategy.transport() == Transport::Cookie;
        match flow.intent {
            Intent::Link { session_id, .. }
                if by_cookie && callback.session != Some(session_id) =>
            {
                Err(AuthError::Unauthenticated)
            }
            _ => Ok(()),
        }
    }

    async fn begin(
        &self,
        request: AuthorizationRequest,
        intent: Intent,
        ip: IpAddr,
    ) -> Result<AuthorizationRedirect, AuthError> {
        let provider = self.federation.providers.get(&request.provider);
        let provider = provider.ok_or(AuthError::NotFound)?;
        let now = self.now();
        self.limits.provider_flow(provider.id(), ip, now).await?;
        let is_first = request.browser.is_none();
        let (state, browser) = (
            Secret::generate(),
            request.browser.unwrap_or_else(Secret::generate),
        );
        let flow = Flow {
            provider: provider.id().clone(),
            intent,
            return_to: request.return_to,
            started_at: now,
            fresh: request.fresh,
        };
        let url = provider
            .authorization_url(&challenge(&flow, &state, &browser))
            .await?;
        let key = FlowKey::of(&state, &browser);
        let expires_at = now + self.config.flow_lifetime;
        self.federation.flows.begin(&key, &flow, expires_at).await?;
        Ok(AuthorizationRedirect {
            url,
            state,
            browser,
            is_first,
        })
    }

    async fn conclude(
        &self,
        provider: &dyn IdentityProvider,
        flow: &Flow,
        answer: &Answer,
        challenge: &Challenge,
        browser: &Secret,
        device: &Device,
    ) -> Result<Outcome, AuthError> {
        let proven = provider.identify(answer, challenge).await?;
        match flow.intent {
            Intent::SignIn => {
                let (user, identity) = self.resolve(provider, &proven).await?;
                let proof = self.proof_of(flow, &proven, identity);
                self.hand_over(&user, proof, browser, device).await
            }
            Intent::Link {
                user_id,
                session_id,
                credentials_version,
            } => {
                self.link(provider, &proven, user_id, session_id, credentials_version)
                    .await?;
                Ok(Outcome::Linked)
            }
        }
    }
}

/// Why nobody was signed in. The answer tells more to whom it concerns.
fn reason_of(error: &AuthError) -> &'static str {
    match error {
        AuthError::AccessDenied => "access_denied",
        AuthError::ProviderUnavailable(_) => "provider_unavailable",
        AuthError::ProviderFailed(_) => "provider_failed",
        AuthError::LinkRequired => "link_required",
        AuthError::EmailUnverified => "email_unverified",
        _ => "refused",
    }
}

/// What the flow asks of the provider. The nonce and the PKCE verifier derive from the
/// state and the browser's secret, so that they need not be kept anywhere.
fn challenge(flow: &Flow, state: &Secret, browser: &Secret) -> Challenge {
    let derived = |purpose| SecretText::new(browser.joined_with(state, purpose).reveal());
    Challenge {
        state: SecretText::new(state.reveal()),
        nonce: derived("nonce"),
        pkce_verifier: derived("pkce"),
        authenticated_since: flow.fresh.then_some(flow.started_at),
    }
}

/// The provider's answer, or what its error means (RFC 6749, 4.1.2.1).
fn answer_of(callback: &ProviderCallback) -> Result<Answer, AuthError> {
    match &callback.outcome {
        Ok(code) => Ok(Answer {
            code: code.clone(),
            issuer: callback.issuer.clone(),
            user: callback.user.clone(),
        }),
        Err(error) => Err(match error.as_str() {
            "access_denied" | "login_required" | "consent_required" | "interaction_required" => {
                AuthError::AccessDenied
            }
            "temporarily_unavailable" | "server_error" => {
                AuthError::ProviderUnavailable("it says so itself".into())
            }
            _ => AuthError::ProviderFailed("it refused the request".into()),
        }),
    }
}

impl From<ProviderError> for AuthError {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Unavailable(cause) => Self::ProviderUnavailable(cause),
            ProviderError::Rejected(cause) => Self::ProviderFailed(cause),
        }
    }
}
