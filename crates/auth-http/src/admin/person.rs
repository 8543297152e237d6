//! All that is kept about a person.

use actix_web::web::{Json, Path};
use auth_core::accounts::admin::PersonRecord;
use auth_core::{Identity, OutboxEntry, SignUp};
use serde::Serialize;
use utoipa::ToSchema;

use super::account_dto::AccountDto;
use super::api_keys::ApiKeyDto;
use super::audit::AuditEventDto;
use super::caller::Permitted;
use super::{Answer, State, id};
use crate::dto::{FactorsAnswer, IdentityDto, SessionDto};

/// All that is kept about a person.
#[derive(Serialize, ToSchema)]
#[schema(as = Person)]
pub(super) struct PersonAnswer {
    account: AccountDto,
    sessions: Vec<SessionDto>,
    identities: Vec<PersonIdentityDto>,
    /// None where there are no second factors.
    factors: Option<FactorsAnswer>,
    mails: Vec<PersonMailDto>,
    sign_ups: Vec<PersonSignUpDto>,
    /// The API keys that they have made.
    api_keys: Vec<ApiKeyDto>,
    /// What the audit trail tells of the account, the latest first, 10,000 lines at most. What
    /// operators came from is left out: this is for the person.
    history: Vec<AuditEventDto>,
    /// What it tells of what they did with other accounts and the server, alike.
    actions: Vec<AuditEventDto>,
}

/// An identity, with who the person is at the provider.
#[derive(Serialize, ToSchema)]
#[schema(as = PersonIdentity)]
struct PersonIdentityDto {
    identity: IdentityDto,
    issuer: String,
    subject: String,
}

impl From<&Identity> for PersonIdentityDto {
    fn from(identity: &Identity) -> Self {
        Self {
            identity: identity.into(),
            issuer: identity.subject.issuer.clone(),
            subject: identity.subject.name.clone(),
        }
    }
}

/// A mail that waits to be delivered.
#[derive(Serialize, ToSchema)]
#[schema(as = PersonMail)]
struct PersonMailDto {
    to: String,
    #[schema(value_type = String)]
    kind: &'static str,
    attempts: u32,
    #[schema(format = DateTime)]
    created_at: String,
}

impl From<&OutboxEntry> for PersonMailDto {
    fn from(mail: &OutboxEntry) -> Self {
        Self {
            to: mail.to.to_string(),
            kind: mail.kind.as_str(),
            attempts: mail.attempts,
            created_at: mail.created_at.to_string(),
        }
    }
}

/// A sign-up with the person's address, by them or by somebody else.
#[derive(Serialize, ToSchema)]
#[schema(as = PersonSignUp)]
struct PersonSignUpDto {
    first_name: String,
    last_name: String,
    username: String,
    email: String,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
}

impl From<&SignUp> for PersonSignUpDto {
    fn from(sign_up: &SignUp) -> Self {
        Self {
            first_name: sign_up.first_name.to_string(),
            last_name: sign_up.last_name.to_string(),
            username: sign_up.username.to_string(),
            email: sign_up.email.to_string(),
            created_at: sign_up.created_at.to_string(),
            expires_at: sign_up.expires_at.to_string(),
        }
    }
}

impl PersonAnswer {
    pub(super) fn of(record: &PersonRecord, factors: Option<FactorsAnswer>) -> Self {
        let device = |one| SessionDto::of(one, false);
        Self {
            account: (&record.user).into(),
            sessions: record.devices.iter().map(device).collect(),
            identities: record.identities.iter().map(Into::into).collect(),
            factors,
            mails: record.mails.iter().map(Into::into).collect(),
            sign_ups: record.sign_ups.iter().map(Into::into).collect(),
            api_keys: record.api_keys.iter().map(Into::into).collect(),
            history: record
                .history
                .iter()
                .map(AuditEventDto::for_person)
                .collect(),
            actions: record.actions.iter().map(Into::into).collect(),
        }
    }
}

/// All that is kept about a person, in one document.
#[utoipa::path(
    get, path = "/users/{id}/export", tag = "users",
    params(("id" = String, Path, description = "The account's id")),
    responses(
        (status = 200, description = "All of it, but for secrets and their hashes", body = PersonAnswer),
        (status = 404, description = "`not_found`"),
    )
)]
pub(super) async fn export_user(
    api: State,
    path: Path<String>,
    Permitted(by, _): Permitted,
) -> Answer<PersonAnswer> {
    let record = api.admin().person(by.actor(), id(&path)?).await?;
    let factors = record.factors.as_ref().map(|held| api.shown_factors(held));
    Ok(Json(PersonAnswer::of(&record, factors)))
}
