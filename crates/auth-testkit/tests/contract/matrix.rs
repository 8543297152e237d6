//! Which combinations there are.

use auth_testkit::process::Program;
use libtest_mimic::Trial;

use crate::combination::{Combination, Database, Sessions};

type Settings = &'static [(&'static str, &'static str)];

const BEARER: Settings = &[("--transport", "bearer")];
const COOKIE: Settings = &[("--transport", "cookie")];

/// What a credential is, how it travels, and where accounts and sessions are kept: every value of
/// one of these four meets every value of each other one.
const ROWS: [(&str, Program, Settings, Database, Sessions); 6] = {
    use self::Database::{Postgres, Sqlite};
    use Program::{JwtServer, SessionServer};
    use Sessions::{Database as Beside, Memory, Redis};
    [
        (
            "session::sqlite::database",
            SessionServer,
            &[],
            Sqlite,
            Beside,
        ),
        (
            "session::postgres::memory",
            SessionServer,
            &[],
            Postgres,
            Memory,
        ),
        (
            "session_bearer::sqlite::redis",
            SessionServer,
            BEARER,
            Sqlite,
            Redis,
        ),
        ("jwt::sqlite::memory", JwtServer, &[], Sqlite, Memory),
        ("jwt::postgres::database", JwtServer, &[], Postgres, Beside),
        (
            "jwt_cookie::postgres::redis",
            JwtServer,
            COOKIE,
            Postgres,
            Redis,
        ),
    ]
};

const ISSUE_JWT: Settings = &[("--issue", "jwt")];

/// The server for sign-in through providers, which hands over to sessions or to tokens: all in one
/// place, and nothing in one place.
const FEDERATED: [(&str, Program, Settings, Database, Sessions); 2] = [
    (
        "oauth_session::sqlite::database",
        Program::OauthServer,
        &[],
        Database::Sqlite,
        Sessions::Database,
    ),
    (
        "oauth_jwt::postgres::redis",
        Program::OauthServer,
        ISSUE_JWT,
        Database::Postgres,
        Sessions::Redis,
    ),
];

/// Another way to run a server, and the areas of the contract that it concerns.
struct Variant {
    name: &'static str,
    program: Program,
    settings: Settings,
    areas: &'static [&'static str],
    providers: bool,
}

const HTTPS: Settings = &[("--public-url", "https://auth.example.org")];
const HTTPS_AREAS: &[&str] = &[
    "sign_up",
    "cookies",
    "cross_site",
    "cors",
    "headers",
    "client",
];

const OPTIONAL: Settings = &[("--verification", "optional")];
const OPTIONAL_AREAS: &[&str] = &[
    "sign_up",
    "races",
    "sign_in",
    "address",
    "password_reset",
    "limits_by_address",
    "client",
];

const REVOCATION_AREAS: &[&str] = &[
    "tokens",
    "sessions",
    "refresh",
    "logout",
    "deletion",
    "password_change",
    "password_reset",
    "client",
];
const KEY_AREAS: &[&str] = &["tokens", "forged_tokens", "refresh", "description"];

const PROVIDER_AREAS: &[&str] = &[
    "provider_sign_in",
    "provider_refusals",
    "provider_flows",
    "provider_attacks",
    "provider_dialects",
    "exchange",
    "identities",
    "unlinking",
    "passwordless",
    "prehijacking",
    "description",
    "if_user",
    "client",
];

const HTTPS_PROVIDER_AREAS: &[&str] = &[
    "provider_sign_in",
    "provider_flows",
    "provider_dialects",
    "exchange",
];
const TRANSPORT_PROVIDER_AREAS: &[&str] = &["provider_sign_in", "exchange", "identities", "client"];
const OPTIONAL_PROVIDER_AREAS: &[&str] = &["provider_refusals", "identities", "prehijacking"];

const VARIANTS: &[Variant] = &[
    Variant {
        name: "session::https",
        program: Program::SessionServer,
        settings: HTTPS,
        areas: HTTPS_AREAS,
        providers: false,
    },
    Variant {
        name: "session::optional_verification",
        program: Program::SessionServer,
        settings: OPTIONAL,
        areas: OPTIONAL_AREAS,
        providers: false,
    },
    Variant {
        name: "jwt::optional_verification",
        program: Program::JwtServer,
        settings: OPTIONAL,
        areas: OPTIONAL_AREAS,
        providers: false,
    },
    Variant {
        name: "jwt::stateless",
        program: Program::JwtServer,
        settings: &[("--revocation", "stateless")],
        areas: REVOCATION_AREAS,
        providers: false,
    },
    Variant {
        name: "jwt::checked",
        program: Program::JwtServer,
        settings: &[("--revocation", "checked")],
        areas: REVOCATION_AREAS,
        providers: false,
    },
    Variant {
        name: "jwt::es256",
        program: Program::JwtServer,
        settings: &[("--jwt-alg", "ES256")],
        areas: KEY_AREAS,
        providers: false,
    },
    Variant {
        name: "jwt::rs256",
        program: Program::JwtServer,
        settings: &[("--jwt-alg", "RS256")],
        areas: KEY_AREAS,
        providers: false,
    },
    Variant {
        name: "jwt::hs256",
        program: Program::JwtServer,
        settings: &[("--jwt-alg", "HS256")],
        areas: KEY_AREAS,
        providers: false,
    },
    Variant {
        name: "session_bearer::providers",
        program: Program::SessionServer,
        settings: BEARER,
        areas: TRANSPORT_PROVIDER_AREAS,
        providers: true,
    },
    Variant {
        name: "jwt_cookie::providers",
        program: Program::JwtServer,
        settings: COOKIE,
        areas: TRANSPORT_PROVIDER_AREAS,
        providers: true,
    },
    Variant {
        name: "jwt_cookie::https",
        program: Program::JwtServer,
        settings: &[HTTPS[0], COOKIE[0]],
        areas: HTTPS_AREAS,
        providers: false,
    },
    Variant {
        name: "oauth_session::https",
        program: Program::OauthServer,
        settings: HTTPS,
        areas: HTTPS_PROVIDER_AREAS,
        providers: true,
    },
    Variant {
        name: "oauth_jwt::https",
        program: Program::OauthServer,
        settings: &[HTTPS[0], ISSUE_JWT[0]],
        areas: HTTPS_PROVIDER_AREAS,
        providers: true,
    },
    Variant {
        name: "oauth_session::optional_verification",
        program: Program::OauthServer,
        settings: OPTIONAL,
        areas: OPTIONAL_PROVIDER_AREAS,
        providers: true,
    },
];

/// A test for every case in every combination, and for the cases that a variant concerns.
pub fn tests() -> Vec<Trial> {
    let [whole, in_part] = FEDERATED.map(row);
    let combinations = ROWS.into_iter().map(row).chain([whole]);
    let variants = VARIANTS.iter().flat_map(|variant| {
        let combination = Combination {
            settings: variant.settings,
            providers: variant.providers,
            ..Combination::of(variant.name.to_owned(), variant.program)
        };
        within(variant.areas, &combination)
    });
    combinations
        .flat_map(|combination| combination.tests())
        .chain(within(PROVIDER_AREAS, &in_part))
        .chain(variants)
        .chain(clustered())
        .collect()
}

fn row(row: (&str, Program, Settings, Database, Sessions)) -> Combination {
    let (name, program, settings, database, sessions) = row;
    Combination {
        settings,
        database,
        sessions,
        ..Combination::of(name.to_owned(), program)
    }
}

/// The cases of these areas.
fn within(areas: &[&str], combination: &Combination) -> Vec<Trial> {
    let mut trials = combination.tests();
    trials.retain(|trial| {
        let case = trial.name().strip_prefix(&combination.name);
        let case = case.unwrap_or_default();
        // A combination that can't run has one test, which says so.
        case.is_empty()
            || areas
                .iter()
                .any(|area| case.starts_with(&format!("::{area}::")))
    });
    trials
}

/// What concerns sessions, with these on a Redis cluster.
fn clustered() -> impl Iterator<Item = Trial> {
    let programs = [
        ("session", Program::SessionServer),
        ("jwt", Program::JwtServer),
    ];
    programs.into_iter().flat_map(|(strategy, program)| {
        let combination = Combination {
            sessions: Sessions::Cluster,
            ..Combination::of(format!("{strategy}::sqlite::redis_cluster"), program)
        };
        within(REVOCATION_AREAS, &combination)
    })
}
