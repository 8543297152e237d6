//! The audit trail.

use actix_web::HttpRequest;
use actix_web::web::Json;
use auth_core::audit::{AuditFilter, AuditOrder};
use auth_core::{AuditRecord, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::caller::Permitted;
use super::page::{Part, moment, query};
use super::{Answer, State};
use crate::dto::history::is_by_operator;
use crate::problem::{Code, Problem};

/// Which lines of the audit trail.
#[derive(Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct AuditQuery {
    /// Those about the account with this id, be it deleted or not.
    user: Option<String>,
    /// Those of what this actor did, as `actor` names it.
    actor: Option<String>,
    /// Those of this event.
    event: Option<String>,
    /// Those of then or later.
    #[param(format = DateTime)]
    since: Option<String>,
    /// Those before then.
    #[param(format = DateTime)]
    until: Option<String>,
    /// `next` of the part before.
    cursor: Option<String>,
    /// At most so many.
    #[param(required = false, minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

impl AuditQuery {
    fn filter(&self) -> Result<AuditFilter, Problem> {
        let user = self.user.as_deref().map(str::parse::<UserId>).transpose();
        let refuse = |detail: &str| Problem::new(Code::InvalidRequest, detail);
        Ok(AuditFilter {
            user: user.map_err(|_| refuse("`user` is the id of an account."))?,
            actor: self.actor.clone(),
            event: self.event.clone(),
            since: moment("since", self.since.as_deref())?,
            until: moment("until", self.until.as_deref())?,
        })
    }
}

/// Something that happened.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEvent)]
pub(super) struct AuditEventDto {
    id: String,
    #[schema(format = DateTime)]
    at: String,
    #[schema(example = "signed_in")]
    event: String,
    /// `success` or `failure`.
    #[schema(value_type = String)]
    outcome: &'static str,
    /// Who did it; none where nobody has shown who they are.
    actor: Option<String>,
    user_id: Option<String>,
    session_id: Option<String>,
    ip: Option<String>,
    user_agent: Option<String>,
    request_id: Option<String>,
    /// What else there is to say.
    #[schema(value_type = Object)]
    details: Option<Value>,
}

impl From<&AuditRecord> for AuditEventDto {
    fn from(record: &AuditRecord) -> Self {
        let details = record.details.as_deref();
        Self {
            id: record.id.to_string(),
            at: record.at().to_string(),
            event: record.event.clone(),
            outcome: record.outcome.as_str(),
            actor: record.actor.clone(),
            user_id: record.user.map(|id| id.to_string()),
            session_id: record.session.map(|id| id.to_string()),
            ip: record.ip.map(|ip| ip.to_string()),
            user_agent: record.user_agent.clone(),
            request_id: record.request_id.clone(),
            details: details.and_then(|text| serde_json::from_str(text).ok()),
        }
    }
}

impl AuditEventDto {
    /// A line about an account for its owner: what operators come from is not their users'
    /// business.
    pub(super) fn for_person(record: &AuditRecord) -> Self {
        let line = Self::from(record);
        if !is_by_operator(record) {
            return line;
        }
        Self {
            ip: None,
            user_agent: None,
            request_id: None,
            ..line
        }
    }
}

/// A part of the audit trail.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEvents)]
pub(super) struct AuditEventsAnswer {
    events: Vec<AuditEventDto>,
    /// The cursor of the next part; none where this was the last one.
    next: Option<String>,
}

/// What happened, the latest first: who did what to whom, from where, and what came of it.
#[utoipa::path(
    get, path = "/audit", tag = "system", params(AuditQuery),
    responses((status = 200, description = "A part of it", body = AuditEventsAnswer))
)]
pub(super) async fn list_audit_events(
    req: HttpRequest,
    api: State,
    Permitted(by, _): Permitted,
) -> Answer<AuditEventsAnswer> {
    let wanted: AuditQuery = query(&req)?;
    let part = Part::of(wanted.cursor.as_deref(), wanted.limit)?;
    let (filter, order) = (wanted.filter()?, AuditOrder::LatestFirst);
    let read = api.admin().audit(&filter, order, part.after, part.read());
    let mut records = read.await.map_err(Problem::from)?;
    api.admin().tell_audit_read(by.actor(), &filter).await;
    Ok(Json(AuditEventsAnswer {
        next: part.cut(&mut records, |record| record.id.to_string()),
        events: records.iter().map(Into::into).collect(),
    }))
}
