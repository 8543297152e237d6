//! Which combinations there are.

use auth_testkit::process::Program;
use libtest_mimic::Trial;

use crate::combination::{Combination, Database, Sessions};

const PROGRAMS: [(&str, Program); 2] = [
    ("session", Program::SessionServer),
    ("jwt", Program::JwtServer),
];

const DATABASES: [(&str, Database); 2] = [
    ("sqlite", Database::Sqlite),
    ("postgres", Database::Postgres),
];

const SESSIONS: [(&str, Sessions); 3] = [
    ("database", Sessions::Database),
    ("memory", Sessions::Memory),
    ("redis", Sessions::Redis),
];

const ISSUE_JWT: &[(&str, &str)] = &[("--issue", "jwt")];

/// Sign-in through providers that hands over to either strategy.
const FEDERATED: [(&str, &[(&str, &str)]); 2] = [("oauth_session", &[]), ("oauth_jwt", ISSUE_JWT)];

/// Where it is tried: all in one place, and nothing in one place.
const FEDERATED_STORES: [(&str, Database, Sessions); 2] = [
    ("sqlite::database", Database::Sqlite, Sessions::Database),
    ("postgres::redis", Database::Postgres, Sessions::Redis),
];

/// Another way to run a server, and the areas of the contract that it concerns.
struct Variant {
    name: &'static str,
    program: Program,
    settings: &'static [(&'static str, &'static str)],
    areas: &'static [&'static str],
    providers: bool,
}

const HTTPS: &[(&str, &str)] = &[("--public-url", "https://auth.example.org")];
const HTTPS_AREAS: &[&str] = &["sign_up", "cookies", "cross_site", "cors", "headers"];

const OPTIONAL: &[(&str, &str)] = &[("--verification", "optional")];
const OPTIONAL_AREAS: &[&str] = &[
    "sign_up",
    "races",
    "sign_in",
    "address",
    "password_reset",
    "limits_by_address",
];

const REVOCATION_AREAS: &[&str] = &[
    "tokens",
    "sessions",
    "refresh",
    "logout",
    "deletion",
    "password_change",
    "password_reset",
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
];

const HTTPS_PROVIDER_AREAS: &[&str] = &[
    "provider_sign_in",
    "provider_flows",
    "provider_dialects",
    "exchange",
];
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
        name: "jwt::https",
        program: Program::JwtServer,
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
        name: "jwt::hs256",
        program: Program::JwtServer,
        settings: &[("--jwt-alg", "HS256")],
        areas: KEY_AREAS,
        providers: false,
    },
    Variant {
        name: "session::providers",
        program: Program::SessionServer,
        settings: &[],
        areas: PROVIDER_AREAS,
        providers: true,
    },
    Variant {
        name: "jwt::providers",
        program: Program::JwtServer,
        settings: &[],
        areas: PROVIDER_AREAS,
        providers: true,
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
    Variant {
        name: "oauth_jwt::optional_verification",
        program: Program::OauthServer,
        settings: &[OPTIONAL[0], ISSUE_JWT[0]],
        areas: OPTIONAL_PROVIDER_AREAS,
        providers: true,
    },
];

/// A test for every case in every combination, and for the cases that a variant concerns.
pub fn tests() -> Vec<Trial> {
    let combinations = PROGRAMS.into_iter().flat_map(|(strategy, program)| {
        DATABASES
            .into_iter()
            .flat_map(move |(database_name, database)| {
                SESSIONS
                    .into_iter()
                    .map(move |(sessions_name, sessions)| Combination {
                        database,
                        sessions,
                        ..Combination::of(
                            format!("{strategy}::{database_name}::{sessions_name}"),
                            program,
                        )
                    })
            })
    });
    let variants = VARIANTS.iter().flat_map(|variant| {
        let combination = Combination {
            settings: variant.settings,
            providers: variant.providers,
            ..Combination::of(variant.name.to_owned(), variant.program)
        };
        let mut trials = combination.tests();
        trials.retain(|trial| {
            let case = trial.name().strip_prefix(variant.name).unwrap_or_default();
            variant
                .areas
                .iter()
                .any(|area| case.starts_with(&format!("::{area}::")))
        });
        trials
    });
    combinations
        .chain(federated())
        .flat_map(|combination| combination.tests())
        .chain(variants)
        .collect()
}

fn federated() -> impl Iterator<Item = Combination> {
    FEDERATED.into_iter().flat_map(|(strategy, settings)| {
        FEDERATED_STORES
            .into_iter()
            .map(move |(stores, database, sessions)| Combination {
                database,
                sessions,
                settings,
                ..Combination::of(format!("{strategy}::{stores}"), Program::OauthServer)
            })
    })
}
