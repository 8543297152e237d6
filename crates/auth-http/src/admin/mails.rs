//! The mails that wait to be delivered.

use actix_web::HttpRequest;
use actix_web::web::{Json, Path};
use auth_core::Email;
use auth_core::mail::WaitingMail;
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::Permitted;
use super::page::{PageQuery, Part, query};
use super::{Answer, State, status};
use crate::dto::StatusAnswer;

/// A mail that waits.
#[derive(Serialize, ToSchema)]
#[schema(as = WaitingMail)]
pub(super) struct WaitingMailDto {
    id: String,
    /// What it is about; there may be more in later versions.
    #[schema(example = "reset")]
    kind: String,
    /// Where it goes: the first character, and the domain.
    #[schema(example = "a…@example.org")]
    to: String,
    /// The account it belongs to, if it belongs to one.
    user_id: Option<String>,
    /// How often delivery was tried in vain.
    attempts: u32,
    /// Whether it can be tried earlier; what is due soon may be in delivery.
    can_retry: bool,
    /// When it is tried next; while it is being delivered, the time by which that is over.
    #[schema(format = DateTime)]
    due_at: String,
    /// When it was last asked for.
    #[schema(format = DateTime)]
    created_at: String,
}

impl WaitingMailDto {
    fn of(mail: &WaitingMail, can_retry: bool) -> Self {
        Self {
            id: mail.id.clone(),
            kind: mail.kind.clone(),
            to: masked(&mail.to),
            user_id: mail.user_id.map(|id| id.to_string()),
            attempts: mail.attempts,
            can_retry,
            due_at: mail.due_at.to_string(),
            created_at: mail.created_at.to_string(),
        }
    }
}

/// Enough of an address to tell where a mail is stuck, and not whose it is.
fn masked(to: &Email) -> String {
    let (name, domain) = to.as_str().rsplit_once('@').unwrap_or_default();
    let first: String = name.chars().take(1).collect();
    format!("{first}…@{domain}")
}

/// A part of the queue.
#[derive(Serialize, ToSchema)]
#[schema(as = WaitingMails)]
pub(super) struct WaitingMailsAnswer {
    mails: Vec<WaitingMailDto>,
    /// The cursor of the next part; none where this was the last one.
    next: Option<String>,
}

/// How many mails are tried at once.
#[derive(Serialize, ToSchema)]
#[schema(as = RetriedMails)]
pub(super) struct RetriedAnswer {
    retried: u64,
}

/// The mails that wait, without whom they are for and what they say.
#[utoipa::path(
    get, path = "/mails", tag = "mail", params(PageQuery),
    responses(
        (status = 200, description = "A part of them, the first queued first", body = WaitingMailsAnswer),
        (status = 400, description = "`invalid_request`: a parameter is wrong"),
    )
)]
pub(super) async fn list_mails(
    req: HttpRequest,
    api: State,
    Permitted(by, _): Permitted,
) -> Answer<WaitingMailsAnswer> {
    let wanted: PageQuery = query(&req)?;
    let part = Part::<String>::of(wanted.cursor.as_deref(), wanted.limit)?;
    let (admin, after) = (api.admin(), part.after.as_deref());
    let mut mails = admin.mails(by.actor(), after, part.read()).await?;
    Ok(Json(WaitingMailsAnswer {
        next: part.cut(&mut mails, |mail| mail.id.clone()),
        mails: mails
            .iter()
            .map(|mail| WaitingMailDto::of(mail, admin.can_hasten(mail)))
            .collect(),
    }))
}

/// Try a mail at once instead of when it is due.
#[utoipa::path(
    post, path = "/mails/{id}/retry", tag = "mail",
    params(("id" = String, Path, description = "The mail's id")),
    responses(
        (status = 200, body = StatusAnswer,
         description = "`due`: it is tried now; `due_soon`: it is due soon anyway, or is being delivered"),
        (status = 404, description = "`not_found`: it is not in the queue any more"),
    )
)]
pub(super) async fn retry_mail(
    api: State,
    path: Path<String>,
    Permitted(by, _): Permitted,
) -> Answer<StatusAnswer> {
    let is_due = api.admin().retry_mail(by.actor(), &path).await?;
    Ok(status(if is_due { "due" } else { "due_soon" }))
}

/// Try the mails at once that were tried in vain, but for those that are due soon anyway.
#[utoipa::path(
    post, path = "/mails/retry", tag = "mail",
    responses((status = 200, description = "How many; a thousand at most", body = RetriedAnswer))
)]
pub(super) async fn retry_mails(api: State, Permitted(by, _): Permitted) -> Answer<RetriedAnswer> {
    let retried = api.admin().retry_failing_mails(by.actor()).await?;
    Ok(Json(RetriedAnswer { retried }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_masked() {
        let masked = |text: &str| masked(&Email::from_stored(text.to_owned()));
        assert_eq!(masked("ada@example.org"), "a…@example.org");
        assert_eq!(masked("ö@example.org"), "ö…@example.org");
    }
}
