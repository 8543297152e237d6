//! Sessions as Redis keeps them: one line of text, so that a look-up is a single GET and
//! decoding it takes no parser.
//!
//! ```text
//! [+]<last seen> <tokens until> <idle> <ends> <kind> <id> <user> <credentials version> <created>
//!     <auth time> <remember> <ip> <user agent>[RS2 <assurance>][RS<later>][US<identity>]
//! ```
//!
//! A use and a rotation write the head: the sign and the two times; and the kind and the assurance,
//! where those change. All else is copied as it stands, here as in the scripts of older versions, so whatever
//! a later version adds survives.
//!
//! The record says no version: parts behind the user agent begin with that of the version that
//! added them, of which this one knows 2. No other place is left. Versions
//! before this one refuse a record with further fields, and take anything between the user
//! agent and the identity for the user agent's end; they show it, and lose nothing of it.

use std::time::Duration;

use auth_core::secret::Salt;
use auth_core::session::{Assurance, Device, Presents, SecretKind, Spent};
use auth_core::{IdentityId, Session, StoreError, Timestamp};

/// Spans beyond this many milliseconds, some thirty thousand years, are cut, so that
/// sums with them stay exact in the scripts of older versions.
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
        "{} {} {} {} {} {} {} {} {} {} {} {}",
        head(session),
        millis(session.idle),
        session.ends_at.as_millis(),
        session.kind.as_str(),
        session.id,
        session.user_id,
        session.credentials_version,
        session.created_at.as_millis(),
        session.auth_time.as_millis(),
        u8::from(session.remember),
        session.device.ip,
        tail(session),
    )
}

/// What a use and a rotation write of a record.
fn head(session: &Session) -> String {
    let sign = if session.unused { UNUSED } else { "" };
    let last_seen_at = session.last_seen_at.as_millis();
    format!("{sign}{last_seen_at} {}", session.tokens_until.as_millis())
}

/// The record of a session that was `stored` so and has been used since.
///
/// # Errors
/// [`StoreError::Failed`] when it is none.
pub(super) fn renew(stored: &str, session: &Session) -> Result<String, StoreError> {
    let fields: Vec<_> = stored.splitn(6, ' ').collect();
    let [_, _, idle, ends, kind, rest] = fields[..] else {
        return Err(broken("a session"));
    };
    // A kind that only a later version knows is none of ours to write.
    let kind = match session.kind {
        SecretKind::Later => kind,
        known => known.as_str(),
    };
    let written = format!("{} {idle} {ends} {kind} {rest}", head(session));
    Ok(match decode(stored)?.assurance == session.assurance {
        true => written,
        false => with_assurance(&written, session),
    })
}

/// A record that says by what the person has proven who they are now; what else it says stays.
fn with_assurance(record: &str, session: &Session) -> String {
    let (record, identity) = match record.split_once(UNIT_SEPARATOR) {
        Some((record, identity)) => (record, Some(identity)),
        None => (record, None),
    };
    let mut parts = record.split(RECORD_SEPARATOR);
    let mut written = parts.next().unwrap_or_default().to_owned();
    let ours = assurance_part(session);
    let others = parts.filter(|part| !part.starts_with(ASSURANCE));
    for part in ours.as_deref().into_iter().chain(others) {
        written.push(RECORD_SEPARATOR);
        written.push_str(part);
    }
    if let Some(identity) = identity {
        written.push(UNIT_SEPARATOR);
        written.push_str(identity);
    }
    written
}

/// What the part with the assurance begins with.
const ASSURANCE: &str = "2 ";

fn assurance_part(session: &Session) -> Option<String> {
    let assurance = session.assurance.to_stored()?;
    Some(format!("{ASSURANCE}{assurance}"))
}

/// Parts the user agent, which holds no control character, from what later versions add.
const RECORD_SEPARATOR: char = '\u{1e}';

/// Parts what stands before it from the identity. What stands behind it looks like a part of
/// the user agent to servers that know of no identity.
const UNIT_SEPARATOR: char = '\u{1f}';

/// What stands at the end: the user agent and what came later.
fn tail(session: &Session) -> String {
    let mut tail = session.device.user_agent.clone();
    if let Some(assurance) = assurance_part(session) {
        tail.push(RECORD_SEPARATOR);
        tail.push_str(&assurance);
    }
    if let Some(identity) = session.identity {
        tail.push(UNIT_SEPARATOR);
        tail.push_str(&identity.to_string());
    }
    tail
}

/// The user agent, the assurance and the identity.
fn split_tail(text: &str) -> Option<(&str, Assurance, Option<IdentityId>)> {
    let (text, identity) = match text.split_once(UNIT_SEPARATOR) {
        Some((text, identity)) => (text, Some(identity.parse().ok()?)),
        None => (text, None),
    };
    let mut parts = text.split(RECORD_SEPARATOR);
    let user_agent = parts.next()?;
    let assurance = parts.find_map(|part| part.strip_prefix(ASSURANCE));
    let assurance = assurance.map(Assurance::from_stored).unwrap_or_default();
    Some((user_agent, assurance, identity))
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

/// What is kept of a secret that was spent.
pub(super) fn encode_spent(session: &Session, salt: Salt, at: Timestamp) -> String {
    format!("{} {} {}", session.id, salt.to_text(), at.as_millis())
}

/// Reads what is kept of a secret that was spent.
///
/// # Errors
/// [`StoreError::Failed`] when it is nothing of the kind.
pub(super) fn decode_spent(mark: &str, is_latest: bool) -> Result<Spent, StoreError> {
    let mut fields = Fields(mark.splitn(3, ' '));
    let mut read = || {
        let salt = fields.text().and(fields.text())?;
        Some(Spent {
            salt: Salt::from_text(salt).ok()?,
            at: fields.time()?,
            is_latest,
        })
    };
    read().ok_or_else(|| broken("a spent secret"))
}

/// Redis holds something else than it was given.
pub(super) fn broken(what: &str) -> StoreError {
    StoreError::Failed(format!("the record of {what} can't be read").into())
}

/// The fields in the order of [`encode`].
fn read(mut fields: Fields<'_>) -> Option<Session> {
    let mut session = Session {
        last_seen_at: fields.time()?,
        tokens_until: fields.time()?,
        idle: Duration::from_millis(fields.parse()?),
        ends_at: fields.time()?,
        kind: SecretKind::from_stored(fields.text()?),
        id: fields.parse()?,
        user_id: fields.parse()?,
        credentials_version: fields.parse()?,
        created_at: fields.time()?,
        auth_time: fields.time()?,
        remember: fields.parse::<u8>()? == 1,
        device: Device {
            ip: fields.parse()?,
            user_agent: String::new(),
            presents: Presents::default(),
        },
        unused: false,
        identity: None,
        assurance: Assurance::default(),
    };
    let (user_agent, assurance, identity) = split_tail(fields.text()?)?;
    session.device.user_agent = user_agent.to_owned();
    session.identity = identity;
    session.assurance = assurance;
    Some(session)
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
    use auth_core::session::Method;
    use auth_core::{SessionId, UserId};

    fn session(user_agent: &str, ip: &str) -> Session {
        Session {
            id: SessionId::generate(),
            user_id: UserId::generate(),
            kind: SecretKind::Refresh,
            credentials_version: -7,
            created_at: Timestamp::from_millis(1),
            last_seen_at: Timestamp::from_millis(2),
            auth_time: Timestamp::from_millis(3),
            idle: Duration::from_millis(4),
            ends_at: Timestamp::from_millis(i64::MAX),
            remember: true,
            device: Device {
                user_agent: user_agent.to_owned(),
                ip: ip.parse().unwrap(),
                presents: Presents::default(),
            },
            tokens_until: Timestamp::default(),
            unused: false,
            identity: None,
            assurance: Assurance::default(),
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
                let opened_by_one = Session {
                    identity: Some(IdentityId::generate()),
                    ..session
                };
                assert_eq!(decode(&encode(&opened_by_one)).unwrap(), opened_by_one);
                let at = Timestamp::from_millis(5);
                let proven = Session {
                    assurance: Assurance::by(Method::Password).and_second(Method::Totp, at),
                    ..opened_by_one
                };
                assert_eq!(decode(&encode(&proven)).unwrap(), proven);
            }
        }
    }

    /// What a record of a later version looks like, with an identity or without.
    fn of_a_later_version(identity: Option<IdentityId>) -> (Session, String) {
        let session = Session {
            identity,
            ..session("agent 1.0", "192.0.2.1")
        };
        let later = "agent 1.0\u{1e}3 field\u{1e}other";
        let record = encode(&session).replace("agent 1.0", later);
        assert!(record.contains(later));
        (session, record)
    }

    #[test]
    fn what_a_later_version_adds_is_passed_over_and_survives_uses_and_rotations() {
        for identity in [None, Some(IdentityId::generate())] {
            let (read, record) = of_a_later_version(identity);
            assert_eq!(decode(&record).unwrap(), read);
            let touched = Session {
                last_seen_at: Timestamp::from_millis(20),
                ..read.clone()
            };
            let rotated = Session {
                tokens_until: Timestamp::from_millis(30),
                unused: true,
                ..touched.clone()
            };
            let mut stored = record.clone();
            for (next, head) in [(touched, "20 0 4 "), (rotated, "+20 30 4 ")] {
                stored = renew(&stored, &next).unwrap();
                assert_eq!(stored, record.replacen("2 0 4 ", head, 1));
                assert_eq!(decode(&stored).unwrap(), next);
            }
        }
    }

    #[test]
    fn what_is_proven_later_is_written_beside_what_others_have_added() {
        for identity in [None, Some(IdentityId::generate())] {
            let (read, record) = of_a_later_version(identity);
            let at = Timestamp::from_millis(5);
            let mut stored = record.clone();
            for method in [Method::Totp, Method::SoftwareKey] {
                let assurance = decode(&stored).unwrap().assurance.and_second(method, at);
                let next = Session {
                    assurance,
                    ..read.clone()
                };
                stored = renew(&stored, &next).unwrap();
                assert_eq!(decode(&stored).unwrap(), next);
                let part = format!("\u{1e}2 {}", assurance.to_stored().unwrap());
                assert_eq!(stored.replace(&part, ""), record);
            }
        }
    }

    #[test]
    fn the_records_of_older_versions_are_read() {
        let rest = "4 9 cookie 018f3f6e-0000-7000-8000-000000000001 \
                    018f3f6e-0000-7000-8000-000000000002 0 1 3 0 192.0.2.1 an agent";
        let record = format!("2 0 {rest}");
        let session = decode(&record).unwrap();
        assert!(!session.unused && session.identity.is_none());
        assert_eq!(session.device.user_agent, "an agent");
        assert_eq!(encode(&session), record);
        let unused = decode(&format!("+{record}")).unwrap();
        assert!(unused.unused);
        assert_eq!(renew(&record, &unused).unwrap(), format!("+{record}"));
    }

    #[test]
    fn what_is_kept_of_a_spent_secret_comes_back() {
        let (salt, at) = (Salt::generate(), Timestamp::from_millis(7));
        let mark = encode_spent(&session("agent", "192.0.2.1"), salt, at);
        let is_latest = true;
        let expected = Spent {
            salt,
            at,
            is_latest,
        };
        assert_eq!(decode_spent(&mark, is_latest).unwrap(), expected);
        for broken in ["", "1 2", "1 2 3"] {
            assert!(decode_spent(broken, is_latest).is_err());
        }
    }

    #[test]
    fn what_is_no_record_is_a_failure_and_no_session() {
        let record = encode(&session("agent", "192.0.2.1"));
        for broken in ["", "1 2 3", &record[..10], "{}"] {
            assert!(matches!(decode(broken), Err(StoreError::Failed(_))));
        }
    }
}
