//! Asking the operator's policy, once for each registration and each sign-in.

use std::net::IpAddr;
use std::sync::Arc;

use tracing::warn;

use super::{Accounts, NewRegistration};
use crate::error::AuthError;
use crate::events::{Event, EventKind, Origin};
use crate::policy::{Applicant, Policy, PolicyStep, Ruling};
use crate::session::Device;
use crate::strategy::AuthenticationEvent;
use crate::user::ActiveUser;

impl Accounts {
    /// Has a policy be asked before registrations and sign-ins.
    #[must_use]
    pub fn with_policy(self, policy: Arc<dyn Policy>) -> Self {
        let policy = Some(policy);
        Self { policy, ..self }
    }

    /// What the application and the operator's policy have to say before anything of a
    /// registration is kept. Neither knows, or may tell, whether an account has the address.
    pub(super) async fn before_registration(
        &self,
        new: &NewRegistration,
        ip: Option<IpAddr>,
    ) -> Result<(), AuthError> {
        self.hooks.before(new).await?;
        let Some(policy) = self.asked_before(PolicyStep::Registration) else {
            return Ok(());
        };
        let applicant = Applicant {
            user: None,
            username: new.username.as_ref().map(ToString::to_string),
            email: new.email.to_string(),
            first_name: new.first_name.to_string(),
            last_name: new.last_name.to_string(),
            provider: new.provider.as_ref().map(ToString::to_string),
            methods: vec![],
            ..applicant(PolicyStep::Registration, ip, None)
        };
        self.obey(policy, &applicant).await
    }

    /// What the policy has to say of somebody who has proven who they are, before they get a
    /// credential.
    pub(super) async fn before_sign_in(
        &self,
        user: &ActiveUser,
        proof: &AuthenticationEvent,
        device: &Device,
    ) -> Result<(), AuthError> {
        let Some(policy) = self.asked_before(PolicyStep::SignIn) else {
            return Ok(());
        };
        let agent = Some(device.user_agent.clone());
        let applicant = Applicant {
            user: Some(user.id),
            username: Some(user.username.to_string()),
            email: user.email.to_string(),
            first_name: user.first_name.to_string(),
            last_name: user.last_name.to_string(),
            methods: proof.assurance.methods().collect(),
            ..applicant(PolicyStep::SignIn, Some(device.ip), agent)
        };
        self.obey(policy, &applicant).await
    }

    fn asked_before(&self, step: PolicyStep) -> Option<&dyn Policy> {
        self.policy
            .as_deref()
            .filter(|policy| policy.rules_on(step))
    }

    async fn obey(&self, policy: &dyn Policy, applicant: &Applicant) -> Result<(), AuthError> {
        let step = applicant.step;
        match policy.rule(applicant).await {
            Ok(Ruling::Allowed) => Ok(()),
            Ok(Ruling::Refused { message }) => {
                self.tell_ruling(EventKind::PolicyRefused { step }, applicant);
                Err(AuthError::RefusedByPolicy { message })
            }
            Err(failure) => {
                let allowed = policy.allows_without_ruling();
                warn!(step = step.as_str(), %failure, allowed, "the hook gave no answer");
                self.tell_ruling(EventKind::PolicyFailed { step, allowed }, applicant);
                match allowed {
                    true => Ok(()),
                    false => Err(AuthError::Unavailable(failure.into())),
                }
            }
        }
    }

    fn tell_ruling(&self, kind: EventKind, applicant: &Applicant) {
        let event = Event {
            user: applicant.user,
            ip: applicant.ip,
            ..kind.into()
        };
        self.tell(&event);
    }
}

/// Somebody of whom the request alone is known.
fn applicant(step: PolicyStep, ip: Option<IpAddr>, user_agent: Option<String>) -> Applicant {
    let origin = Origin::current();
    let of_origin = origin.as_ref();
    Applicant {
        step,
        user: None,
        username: None,
        email: String::new(),
        first_name: String::new(),
        last_name: String::new(),
        provider: None,
        methods: vec![],
        ip: ip.or(of_origin.map(|origin| origin.ip)),
        user_agent: user_agent.or(of_origin.map(|origin| origin.user_agent.clone())),
        request_id: of_origin.map(|origin| origin.request_id.clone()),
    }
}
