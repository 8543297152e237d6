//! The systems that users come from: what their fields are called, and what they mean.

mod auth0;
mod better_auth;
mod devise;
mod django;
mod firebase;
mod flask;
mod gotrue;
mod keycloak;

use std::fmt;
use std::str::FromStr;

use auth_core::PasswordHash;
use auth_core::accounts::admin::{Arrival, Refusal};
use auth_core::password::UnfitHash;

use crate::container::{Kind, Layout, Tables};
use crate::fields::Fields;
use crate::hash::recognised;
use crate::{Options, ReadError, ndjson};

/// What users come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Our own format, an object of JSON a line.
    Ndjson,
    /// Its fields, but for identities, in CSV.
    Csv,
    /// A database of Flask with Flask-SQLAlchemy and werkzeug.
    Flask,
    /// Django.
    Django,
    /// Devise, of Rails.
    Devise,
    /// The export of a Keycloak realm.
    Keycloak,
    /// `firebase auth:export`.
    Firebase,
    /// better-auth.
    BetterAuth,
    /// The export of an Auth0 tenant.
    Auth0,
    /// GoTrue, of Supabase.
    Gotrue,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Ndjson,
        Self::Csv,
        Self::Flask,
        Self::Django,
        Self::Devise,
        Self::Keycloak,
        Self::Firebase,
        Self::BetterAuth,
        Self::Auth0,
        Self::Gotrue,
    ];

    /// The name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Flask => "flask",
            Self::Django => "django",
            Self::Devise => "devise",
            Self::Keycloak => "keycloak",
            Self::Firebase => "firebase",
            Self::BetterAuth => "better-auth",
            Self::Auth0 => "auth0",
            Self::Gotrue => "gotrue",
        }
    }

    /// Refuses to begin without what is needed.
    pub(crate) fn check(self, options: &Options) -> Result<(), ReadError> {
        match (self, &options.firebase) {
            (Self::Firebase, None) => Err(ReadError::Missing(
                "the project's password hash parameters are needed: --firebase-config FILE",
            )),
            _ => Ok(()),
        }
    }

    /// What its files can be.
    pub(crate) fn layout(self) -> Layout {
        let only = match self {
            Self::Ndjson => Some(Kind::Lines),
            Self::Csv => Some(Kind::Csv),
            Self::Flask => Some(Kind::Database),
            Self::Keycloak | Self::Firebase => Some(Kind::Document),
            _ => None,
        };
        let tables = match self {
            Self::Flask => Tables::Having(flask::COLUMNS),
            Self::Django => Tables::Named(&["auth_user"]),
            Self::BetterAuth => Tables::Joined {
                users: "user",
                others: "account",
                by: "userId",
            },
            _ => Tables::Named(&["users", "user"]),
        };
        Layout {
            only,
            tables,
            list: "users",
        }
    }

    /// Who a row tells of, or what is wrong with it; `None` for rows of other things.
    pub(crate) fn arrival(
        self,
        row: Fields,
        options: &Options,
    ) -> Option<Result<Arrival, Vec<Refusal>>> {
        let arrival = match self {
            Self::Ndjson | Self::Csv => ndjson::arrival(row, options),
            Self::Flask => flask::arrival(row, options),
            Self::Django => return django::arrival(row),
            Self::Devise => devise::arrival(row, options),
            Self::Keycloak => keycloak::arrival(row, options),
            Self::Firebase => firebase::arrival(row, options),
            Self::BetterAuth => better_auth::arrival(row, options),
            Self::Auth0 => auth0::arrival(row, options),
            Self::Gotrue => gotrue::arrival(row, options),
        };
        Some(arrival)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|source| source.as_str() == text);
        found.ok_or_else(|| {
            format!(
                "`{text}` is none of {}",
                Self::ALL.map(Self::as_str).join(", ")
            )
        })
    }
}

/// The hash in one of these fields.
fn hash_in(row: &mut Fields, names: &[&str]) -> Option<PasswordHash> {
    let hash = row.text(names)?;
    kept(row, recognised(&hash))
}

/// A hash that was read; else what is wrong with it is noted.
fn kept(row: &mut Fields, hash: Result<PasswordHash, UnfitHash>) -> Option<PasswordHash> {
    match hash {
        Ok(hash) => Some(hash),
        Err(unfit) => row.refuse("password_hash", unfit.to_string()),
    }
}
