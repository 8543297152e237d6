//! Lists that are read part by part.

use std::str::FromStr;

use actix_web::HttpRequest;
use actix_web::web::Query;
use auth_core::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::form_urlencoded;
use utoipa::IntoParams;

use crate::problem::{Code, Problem};

/// How many are listed at once where nothing is said, and at most.
const LIMITS: (u32, u32) = (50, 200);

/// The parameters of a request.
pub(super) fn query<T: DeserializeOwned>(req: &HttpRequest) -> Result<T, Problem> {
    let text = req.query_string();
    // Not every store can look up control characters, and nothing that is looked for has one.
    let mut values = form_urlencoded::parse(text.as_bytes());
    if values.any(|(_, value)| value.contains(char::is_control)) {
        return Err(refused("A parameter holds a control character."));
    }
    let query = Query::<T>::from_query(text);
    let invalid = |_| {
        let detail = "A parameter is unknown, repeated or of the wrong type.";
        Problem::new(Code::InvalidRequest, detail)
    };
    query.map(Query::into_inner).map_err(invalid)
}

/// The time that a parameter names.
pub(super) fn moment(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    let time = text.map(str::parse).transpose();
    time.map_err(|_| refused(&format!("`{name}` is a time such as 2027-01-31T18:00:00Z.")))
}

fn refused(detail: &str) -> Problem {
    Problem::new(Code::InvalidRequest, detail)
}

/// A part of a list.
#[derive(Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// `next` of the part before.
    pub(super) cursor: Option<String>,
    /// At most so many.
    #[param(required = false, minimum = 1, maximum = 200, default = 50)]
    pub(super) limit: Option<u32>,
}

/// Which part of a list is wanted.
pub(super) struct Part<C> {
    /// Behind what it begins; at the beginning, where nothing is said.
    pub(super) after: Option<C>,
    /// How many are shown at most.
    pub(super) limit: u32,
}

impl<C: FromStr> Part<C> {
    /// The part of these parameters.
    pub(super) fn of(cursor: Option<&str>, limit: Option<u32>) -> Result<Self, Problem> {
        let (default, most) = LIMITS;
        let limit = limit.unwrap_or(default);
        if !(1..=most).contains(&limit) {
            return Err(refused(&format!("`limit` is 1 to {most}.")));
        }
        let after = cursor.map(str::parse).transpose();
        let after = after.map_err(|_| refused("`cursor` is `next` of the part before."))?;
        Ok(Self { after, limit })
    }

    /// How many to read: one more than is shown tells whether there are more.
    pub(super) fn read(&self) -> u32 {
        self.limit + 1
    }

    /// Leaves what is shown of what was read, and gives the cursor of the next part.
    pub(super) fn cut<T>(
        &self,
        read: &mut Vec<T>,
        cursor: impl Fn(&T) -> String,
    ) -> Option<String> {
        let shown = self.limit as usize;
        let has_more = read.len() > shown;
        read.truncate(shown);
        read.last().filter(|_| has_more).map(cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_next_part_is_named_only_where_there_is_one() {
        let part = Part::<u32>::of(Some("7"), Some(2)).unwrap();
        assert_eq!((part.after, part.read()), (Some(7), 3));
        for (mut read, shown, next) in [
            (vec![8, 9, 10], vec![8, 9], Some("9")),
            (vec![8, 9], vec![8, 9], None),
            (vec![], vec![], None),
        ] {
            let named = part.cut(&mut read, |one: &u32| one.to_string());
            assert_eq!((read, named.as_deref()), (shown, next));
        }
    }

    #[test]
    fn what_is_no_part_is_refused() {
        for (cursor, limit) in [(Some("x"), None), (None, Some(0)), (None, Some(201))] {
            assert!(Part::<u32>::of(cursor, limit).is_err());
        }
        assert_eq!(Part::<u32>::of(None, None).unwrap().limit, 50);
    }
}
