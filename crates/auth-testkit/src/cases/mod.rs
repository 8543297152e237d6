//! The cases, one file for each area of the contract.

mod address;
mod bodies;
mod client;
mod cookies;
mod cors;
mod cross_site;
mod deletion;
mod description;
mod devices;
mod errors;
mod exchange;
mod expiry;
mod factor_changes;
mod factor_guesses;
mod factor_handles;
mod factor_steps;
mod forged_tokens;
mod fuzz;
mod grants;
mod headers;
mod held;
mod history;
mod identities;
mod if_user;
mod limits;
mod limits_by_address;
mod logout;
mod mail_codes;
mod names;
mod passkey_attacks;
mod passkeys;
mod password_change;
mod password_reset;
mod passwordless;
mod passwords;
mod prehijacking;
mod profile;
mod profile_limits;
mod provider_attacks;
mod provider_dialects;
mod provider_flows;
mod provider_refusals;
mod provider_sign_in;
mod races;
mod recovery_codes;
mod refresh;
mod secrets;
mod sessions;
mod sign_in;
mod sign_up;
mod timing;
mod tokens;
mod trusted_devices;
mod unlinking;

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;

use crate::case::Case;
use crate::client::Reply;

const AREAS: &[&[Case]] = &[
    sign_up::CASES,
    races::CASES,
    sign_in::CASES,
    names::CASES,
    passwords::CASES,
    grants::CASES,
    cookies::CASES,
    tokens::CASES,
    forged_tokens::CASES,
    profile::CASES,
    address::CASES,
    deletion::CASES,
    password_change::CASES,
    password_reset::CASES,
    sessions::CASES,
    refresh::CASES,
    logout::CASES,
    held::CASES,
    expiry::CASES,
    errors::CASES,
    bodies::CASES,
    fuzz::CASES,
    cross_site::CASES,
    cors::CASES,
    headers::CASES,
    description::CASES,
    limits::CASES,
    limits_by_address::CASES,
    profile_limits::CASES,
    devices::CASES,
    secrets::CASES,
    timing::CASES,
    provider_sign_in::CASES,
    provider_refusals::CASES,
    provider_flows::CASES,
    provider_attacks::CASES,
    provider_dialects::CASES,
    exchange::CASES,
    history::CASES,
    identities::CASES,
    if_user::CASES,
    unlinking::CASES,
    passwordless::CASES,
    prehijacking::CASES,
    factor_steps::CASES,
    factor_handles::CASES,
    factor_guesses::CASES,
    factor_changes::CASES,
    recovery_codes::CASES,
    trusted_devices::CASES,
    passkeys::CASES,
    passkey_attacks::CASES,
    mail_codes::CASES,
    client::CASES,
];

/// Every case.
pub fn all() -> Vec<Case> {
    AREAS.concat()
}

/// Makes calls at the same time.
async fn at_once<F>(calls: impl IntoIterator<Item = F>) -> Result<Vec<Reply>>
where
    F: Future<Output = Result<Reply>>,
{
    try_join_all(calls).await
}

/// How many answers have this status.
fn count(replies: &[Reply], status: u16) -> usize {
    replies
        .iter()
        .filter(|reply| reply.status == status)
        .count()
}

/// Expects `n` answers with `status` and all others with `other`.
fn exactly(replies: &[Reply], n: usize, status: u16, other: u16) -> Result<()> {
    let statuses: Vec<_> = replies.iter().map(|reply| reply.status.as_u16()).collect();
    ensure!(
        count(replies, status) == n && count(replies, other) == replies.len() - n,
        "{n} times {status} and otherwise {other} was expected, not {statuses:?}"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_case_has_a_name_of_its_own() {
        let all = all();
        let names: BTreeSet<_> = all.iter().map(|case| case.name).collect();
        assert_eq!(names.len(), all.len());
    }
}
