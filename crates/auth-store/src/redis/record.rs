//! Sessions as Redis keeps them: one line of text, so that a look-up is a single GET and
//! decoding it takes no parser. The scripts change the two times at its head and copy
//! the rest.

use std::time::Duration;

use auth_core::secret::Salt;
use auth_core::session::{Device, SecretKind};
use auth_core::{Session, StoreError, Timestamp};

/// Spans beyond this many milliseconds, some thirty thousand years, are cut, so that
/// sums with them stay exact in Lua.
const LONGEST: u128 = 1_000_000_000_000_000;

/// What a record begins with while nobody has used the secret. Older versions read it as
/// the sign of the number that follows.
const UNUSED: &str = "+";

/// Milliseconds of a span.
pub(super) fn millis(span: Duration) -> u128 {
    span.as_millis().min(LONGEST)
}

/// The record of a session.
pub(super) fn encode(session: &Session) -> String {
    format!(
        "{}{} {} {} {} {} {} {} {} {} {} {} {} {}",
        if session.unused { UNUSED } else { "" },
        session.last_seen_at.as_millis(),
        session.tokens_until.as_millis(),
        millis(session.idle),
        session.ends_at.as_millis(),
        session.kind.as_str(),
        session.id,
        session.user_id,
        session.generation,
        session.created_at.as_millis(),
        session.auth_time.as_millis(),
        u8::from(session.remember),
        session.device.ip,
        session.device.user_agent,
    )
}

/// Reads the record of a session.
///
/// # Errors
/// [`StoreError::Failed`] when it is none.
pub(super) fn decode(record: &str) -> Result<Session, StoreError> {
    let unused = record.starts_with(UNUSED);
    let fields = Fields(record.splitn(13, ' '));
    let session = read(fields).ok_or_else(|| broken("a session"))?;
    Ok(Session { unused, ..session })
}

/// Reads a salt.
///
/// # Errors
/// [`StoreError::Failed`] when it is none.
pub(super) fn decode_salt(text: &str) -> Result<Salt, StoreError> {
    Salt::from_text(text).map_err(|_| broken("a salt"))
}

/// Redis holds something else than it was given.
pub(super) fn broken(what: &str) -> StoreError {
    StoreError::Failed(format!("the record of {what} can't be read").into())
}

/// The fields in the order of [`encode`].
fn read(mut fields: Fields<'_>) -> Option<Session> {
    Some(Session {
        last_seen_at: fields.time()?,
        tokens_until: fields.time()?,
        idle: Duration::from_millis(fields.parse()?),
        ends_at: fields.time()?,
        kind: SecretKind::from_stored(fields.text()?)?,
        id: fields.parse()?,
        user_id: fields.parse()?,
        generation: fields.parse()?,
        created_at: fields.time()?,
        auth_time: fields.time()?,
        remember: fields.parse::<u8>()? == 1,
        device: Device {
            ip: fields.parse()?,
            user_agent: fields.text()?.to_owned(),
            cookie: None,
        },
        unused: false,
    })
}

struct Fields<'a>(std::str::SplitN<'a, char>);

impl<'a> Fields<'a> {
    fn text(&mut self) -> Option<&'a str> {
        self.0.next()
    }

    fn parse<T: std::str::FromStr>(&mut self) -> Option<T> {
        self.text()?.parse().ok()
    }

    fn time(&mut self) -> Option<Timestamp> {
        self.parse().map(Timestamp::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auth_core::{SessionId, UserId};

    fn session(user_agent: &str, ip: &str) -> Session {
        Session {
            id: SessionId::generate(),
            user_id: UserId::generate(),
            kind: SecretKind::Refresh,
            generation: -7,
            created_at: Timestamp::from_millis(1),
            last_seen_at: Timestamp::from_millis(2),
            auth_time: Timestamp::from_millis(3),
            idle: Duration::from_millis(4),
            ends_at: Timestamp::from_millis(i64::MAX),
            remember: true,
            device: Device {
                user_agent: user_agent.to_owned(),
                ip: ip.parse().unwrap(),
                cookie: None,
            },
            tokens_until: Timestamp::default(),
            unused: false,
        }
    }

    #[test]
    fn every_session_survives_its_record() {
        for (user_agent, ip) in [
            ("Mozilla/5.0 (X11; Linux)", "192.0.2.1"),
            ("", "2001:db8::1"),
            (" leading, trailing and  double blanks ", "::"),
            ("né\"\\'%s", "::ffff:192.0.2.1"),
        ] {
            for unused in [false, true] {
                let session = Session {
                    unused,
                    ..session(user_agent, ip)
                };
                assert_eq!(decode(&encode(&session)).unwrap(), session);
            }
        }
    }

    #[test]
    fn what_is_no_record_is_a_failure_and_no_session() {
        let record = encode(&session("agent", "192.0.2.1"));
        for broken in ["", "1 2 3", &record.replace("refresh", "other"), "{}"] {
            assert!(matches!(decode(broken), Err(StoreError::Failed(_))));
        }
    }
}
