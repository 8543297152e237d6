//! What an application has to say, and to do, when people register.

use std::sync::Arc;

use async_trait::async_trait;
use tracing::{Instrument as _, warn};

use super::Accounts;
use crate::email::Email;
use crate::error::{AuthError, BoxError};
use crate::identity::ProviderId;
use crate::name::PersonName;
use crate::user::User;
use crate::username::Username;

/// Somebody who is about to register; what they filled in keeps the rules.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewRegistration {
    /// Given name; empty when a provider tells none.
    pub first_name: PersonName,
    /// Family name; empty for people who have one name.
    pub last_name: PersonName,
    /// The wanted username. Nobody wishes for one at a provider: a free one is found later.
    pub username: Option<Username>,
    /// The address; confirmed only where a provider vouches for it.
    pub email: Email,
    /// The provider that they come through, if any.
    pub provider: Option<ProviderId>,
}

/// An application's part in registrations. What is not implemented does nothing.
#[async_trait]
pub trait RegistrationHooks: Send + Sync {
    /// Called before anything is kept of a sign-up by form, or of somebody whom a provider
    /// sends for the first time; not for accounts that an operator makes. The sign-up may
    /// still come to nothing, and be tried again.
    ///
    /// It is called whether or not an account has the address, and must not tell which: an
    /// answer, or a time that it takes, that depends on the application's own users says who
    /// they are (OWASP ASVS 5.0, 6.3.8).
    ///
    /// # Errors
    /// Whatever is to be the answer, best a [`FieldError`](crate::FieldError) that says what
    /// to do: then nobody is registered.
    async fn before_registration(&self, new: &NewRegistration) -> Result<(), AuthError> {
        let _ = new;
        Ok(())
    }

    /// Called once for an account that has come into being: by the link of a sign-up, by a
    /// form where addresses need not be confirmed, by a provider, by an operator. Whoever
    /// registers waits for it, so that what it makes is there at their first request, and it
    /// runs to its end also when they don't. A server that dies meanwhile does not make up
    /// for it.
    ///
    /// # Errors
    /// For the log. The account is there, whatever becomes of this.
    async fn after_registration(&self, user: &User) -> Result<(), BoxError> {
        let _ = user;
        Ok(())
    }
}

/// The hooks of an application, if it has any.
#[derive(Clone, Default)]
pub(super) struct Hooks(Option<Arc<dyn RegistrationHooks>>);

impl Hooks {
    pub(super) fn of(hooks: Arc<dyn RegistrationHooks>) -> Self {
        Self(Some(hooks))
    }

    /// Whether an application has any.
    pub(super) fn are_there(&self) -> bool {
        self.0.is_some()
    }

    pub(super) async fn before(&self, new: &NewRegistration) -> Result<(), AuthError> {
        match &self.0 {
            Some(hooks) => hooks.before_registration(new).await,
            None => Ok(()),
        }
    }

    /// In a task of its own, so that neither a client that leaves nor a panic in it takes
    /// anything else along.
    pub(super) async fn after(&self, user: &User) {
        let Some(hooks) = self.0.clone() else { return };
        let (id, user) = (user.id, user.clone());
        let hook = async move { hooks.after_registration(&user).await };
        let ended = tokio::spawn(hook.in_current_span()).await;
        if let Err(error) = ended.unwrap_or_else(|panic| Err(panic.into())) {
            warn!(user_id = %id, error, "the application's part in a registration failed");
        }
    }
}

impl Accounts {
    /// Has an application take part in registrations.
    #[must_use]
    pub fn with_registration_hooks(self, hooks: Arc<dyn RegistrationHooks>) -> Self {
        Self {
            hooks: Hooks::of(hooks),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::Semaphore;

    use super::*;
    use crate::error::{FieldCode, FieldError};
    use crate::user::tests::user;

    fn somebody() -> NewRegistration {
        NewRegistration {
            first_name: PersonName::from_stored("Ada".into()),
            last_name: PersonName::from_stored(String::new()),
            username: None,
            email: Email::from_stored("ada@example.org".into()),
            provider: None,
        }
    }

    /// Refuses everybody before, and waits for a word before it fails after.
    struct Strict {
        begun: Semaphore,
        go_on: Semaphore,
        ended: Semaphore,
    }

    impl Strict {
        fn new() -> Arc<Self> {
            let [begun, go_on, ended] = [0; 3].map(Semaphore::new);
            Arc::new(Self {
                begun,
                go_on,
                ended,
            })
        }
    }

    #[async_trait]
    impl RegistrationHooks for Strict {
        async fn before_registration(&self, _: &NewRegistration) -> Result<(), AuthError> {
            Err(FieldError::new("email", FieldCode::Reserved, "Not here.").into())
        }

        async fn after_registration(&self, _: &User) -> Result<(), BoxError> {
            self.begun.add_permits(1);
            self.go_on.acquire().await?.forget();
            self.ended.add_permits(1);
            Err("it failed".into())
        }
    }

    struct Panics;

    #[async_trait]
    impl RegistrationHooks for Panics {
        async fn after_registration(&self, _: &User) -> Result<(), BoxError> {
            panic!("as a test wants it");
        }
    }

    struct Silent;
    impl RegistrationHooks for Silent {}

    #[tokio::test]
    async fn hooks_that_do_nothing_change_nothing() {
        for hooks in [Hooks::default(), Hooks::of(Arc::new(Silent))] {
            assert!(hooks.before(&somebody()).await.is_ok());
            hooks.after(&user()).await;
        }
    }

    #[tokio::test]
    async fn a_refusal_is_the_answer() {
        let refused = Hooks::of(Strict::new()).before(&somebody()).await;
        assert!(matches!(refused, Err(AuthError::Invalid(fields)) if fields[0].field == "email"));
    }

    #[tokio::test]
    async fn what_comes_after_is_waited_for_and_may_fail() {
        let strict = Strict::new();
        strict.go_on.add_permits(1);
        Hooks::of(strict.clone()).after(&user()).await;
        assert_eq!(strict.ended.available_permits(), 1);
        Hooks::of(Arc::new(Panics)).after(&user()).await;
    }

    #[tokio::test]
    async fn what_comes_after_ends_also_when_nobody_waits() {
        let (strict, user) = (Strict::new(), user());
        let hooks = Hooks::of(strict.clone());
        tokio::select! {
            biased;
            () = hooks.after(&user) => panic!("it can't end yet"),
            begun = strict.begun.acquire() => begun.unwrap().forget(),
        }
        strict.go_on.add_permits(1);
        strict.ended.acquire().await.unwrap().forget();
    }
}
