//! `authctl audit`: what happened, who did it, to whom, and from where.

use std::io::{self, BufWriter, Write};
use std::time::Duration;

use auth_core::accounts::admin::Admin;
use auth_core::audit::{AuditFilter, AuditOrder};
use auth_core::{AuditRecord, Clock as _, EventId, SystemClock, Timestamp, UserId};
use clap::Args;
use serde::Serialize;
use serde_json::Value;

use super::Context;
use super::stores::open_admin;
use crate::answer::{Answer, CutShort};
use crate::failure::Failure;
use crate::table::table;

/// How many lines are read at once where all are wanted.
const PAGE: u32 = 500;

/// Show the audit trail: what happened to accounts, who did it, and from where.
#[derive(Args)]
pub struct Command {
    /// Lines about this account: username, e-mail address or id, also of one that is deleted.
    #[arg(value_name = "USER")]
    user: Option<String>,

    /// Lines of what this actor did: user:ID, authctl:NAME.
    #[arg(long)]
    actor: Option<String>,

    /// Lines of this event, such as `sign_in_failed`.
    #[arg(long)]
    event: Option<String>,

    /// Lines of then or later: RFC 3339, or so long ago (24h).
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    since: Option<Timestamp>,

    /// Lines before then.
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    until: Option<Timestamp>,

    /// The most lines to show, the latest first.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,

    /// Write all of them, the oldest first, one JSON object a line (NDJSON).
    #[arg(long, conflicts_with = "limit")]
    ndjson: bool,
}

/// A line of the audit trail.
#[derive(Serialize)]
struct LineShape<'a> {
    id: String,
    at: String,
    event: &'a str,
    outcome: &'a str,
    actor: Option<&'a str>,
    user_id: Option<String>,
    session_id: Option<String>,
    ip: Option<String>,
    user_agent: Option<&'a str>,
    request_id: Option<&'a str>,
    details: Option<Value>,
}

#[derive(Serialize)]
struct LinesShape<'a> {
    events: Vec<LineShape<'a>>,
}

impl<'a> LineShape<'a> {
    fn of(record: &'a AuditRecord) -> Self {
        let details = record.details.as_deref();
        Self {
            id: record.id.to_string(),
            at: record.at().to_string(),
            event: &record.event,
            outcome: record.outcome.as_str(),
            actor: record.actor.as_deref(),
            user_id: record.user.map(|id| id.to_string()),
            session_id: record.session.map(|id| id.to_string()),
            ip: record.ip.map(|ip| ip.to_string()),
            user_agent: record.user_agent.as_deref(),
            request_id: record.request_id.as_deref(),
            details: details.and_then(|text| serde_json::from_str(text).ok()),
        }
    }
}

impl Command {
    /// Shows it.
    ///
    /// # Errors
    /// When there is no such account, or a store fails.
    pub async fn run(&self, context: &Context) -> anyhow::Result<Answer> {
        auth_server::log_to_stderr(context.settings.log, context.settings.log_level.as_deref());
        let admin = open_admin(&context.settings).await?;
        let filter = AuditFilter {
            user: self.user(&admin).await?,
            actor: self.actor.clone(),
            event: self.event.clone(),
            since: self.since,
            until: self.until,
        };
        if self.ndjson {
            return write(&admin, &filter, BufWriter::new(io::stdout())).await;
        }
        let order = AuditOrder::LatestFirst;
        let records = admin.audit(&filter, order, None, self.limit).await?;
        let events = records.iter().map(LineShape::of).collect();
        Answer::new(&LinesShape { events }, told(&records))
    }

    /// Whose lines. An account that is gone is known by its id alone.
    async fn user(&self, admin: &Admin) -> anyhow::Result<Option<UserId>> {
        let Some(name) = &self.user else {
            return Ok(None);
        };
        if let Ok(id) = name.parse() {
            return Ok(Some(id));
        }
        match admin.find(name).await {
            Ok(user) => Ok(Some(user.id)),
            Err(auth_core::AuthError::NotFound) => {
                let message =
                    format!("there is no account {name}; name one that is gone by its id");
                Err(Failure::not_found(message).into())
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn told(records: &[AuditRecord]) -> String {
    if records.is_empty() {
        return "Nothing.".to_owned();
    }
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let rows: Vec<_> = records
        .iter()
        .map(|record| {
            [
                record.at().to_string(),
                record.event.clone(),
                record.outcome.as_str().to_owned(),
                or_none(record.user.map(|id| id.to_string())),
                or_none(record.actor.clone()),
                or_none(record.ip.map(|ip| ip.to_string())),
            ]
        })
        .collect();
    table(
        ["WHEN", "EVENT", "OUTCOME", "ACCOUNT", "ACTOR", "ADDRESS"],
        &rows,
    )
}

async fn write(admin: &Admin, filter: &AuditFilter, mut out: impl Write) -> anyhow::Result<Answer> {
    let written = write_all(admin, filter, &mut out).await;
    match written {
        Ok(()) => Ok(Answer::Printed),
        Err(error) if error.downcast_ref::<io::Error>().is_some() => Err(error),
        Err(error) => Err(CutShort(Failure::from(error)).into()),
    }
}

async fn write_all(
    admin: &Admin,
    filter: &AuditFilter,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let mut after: Option<EventId> = None;
    loop {
        let order = AuditOrder::OldestFirst;
        let page = admin.audit(filter, order, after, PAGE).await?;
        for record in &page {
            writeln!(out, "{}", serde_json::to_string(&LineShape::of(record))?)?;
        }
        match page.last() {
            Some(last) => after = Some(last.id),
            None => return Ok(out.flush()?),
        }
    }
}

/// A point in time: as such, or as how long ago it was.
fn moment(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let ago: Duration = humantime::parse_duration(text).map_err(|_| {
        "give a time such as 2027-01-31T18:00:00Z, or how long ago it was, such as 24h".to_owned()
    })?;
    Ok(SystemClock.now() - ago)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_time_or_how_long_ago() {
        let at = moment("2027-01-31T18:00:00Z").unwrap();
        assert_eq!(at.to_string(), "2027-01-31T18:00:00Z");
        let ago = SystemClock.now().since(moment("24h").unwrap());
        assert!((86_399..86_410).contains(&ago.as_secs()), "{ago:?}");
        assert!(moment("yesterday").unwrap_err().contains("24h"));
    }
}
