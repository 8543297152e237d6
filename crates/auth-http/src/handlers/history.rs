//! What happened to the account.

use actix_web::web::{Json, Query};
use auth_core::{AuthError, EventId, FieldCode, FieldError};

use super::{Answer, State};
use crate::current_user::CurrentUser;
use crate::dto::history::{SecurityEventDto, SecurityEventsAnswer, SecurityEventsQuery};

/// How many are told when nothing is said, and how many at most.
const ORDINARY: u32 = 20;
const MOST: u32 = 100;

/// What happened to the account: sign-ins, refusals, changes, and what operators did.
#[utoipa::path(
    get, path = "/security-events", tag = "profile", security(("credential" = [])),
    operation_id = "security_events", params(SecurityEventsQuery),
    responses((status = 200, description = "The latest first", body = SecurityEventsAnswer))
)]
pub(crate) async fn security_events(
    api: State,
    user: CurrentUser,
    query: Query<SecurityEventsQuery>,
) -> Answer<SecurityEventsAnswer> {
    let before = query.before.as_deref().map(event_id).transpose()?;
    let limit = query.limit.unwrap_or(ORDINARY);
    if !(1..=MOST).contains(&limit) {
        let detail = format!("This is a number from 1 to {MOST}.");
        return Err(
            AuthError::from(FieldError::new("limit", FieldCode::InvalidFormat, detail)).into(),
        );
    }
    let who = user.signed_in();
    // One more, to know whether any comes next.
    let mut records = api.accounts().history(who, before, limit + 1).await?;
    let has_more = records.len() > limit as usize;
    records.truncate(limit as usize);
    let last = records.last().filter(|_| has_more);
    Ok(Json(SecurityEventsAnswer {
        next: last.map(|record| record.id.to_string()),
        events: records.iter().map(SecurityEventDto::of).collect(),
    }))
}

fn event_id(text: &str) -> Result<EventId, AuthError> {
    text.parse().map_err(|_| {
        let detail = "This is the id of an event.";
        FieldError::new("before", FieldCode::InvalidFormat, detail).into()
    })
}
