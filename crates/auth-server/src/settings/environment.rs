//! What the environment says: variables that are set to nothing, and misspelt ones.

use std::ffi::{OsStr, OsString};

use anyhow::bail;
use clap::Command;
use clap::builder::Resettable;
use strsim::damerau_levenshtein;
use tracing::warn;

/// What the names of all variables begin with.
const PREFIX: &str = "AUTH_";

/// What the names of variables end with that hold a provider's secret: they are named after
/// the provider, so there is no list of them.
const PROVIDER_SECRETS: [&str; 2] = ["_CLIENT_SECRET", "_CLIENT_SECRET_FILE"];

/// A name this many slips away from a right one is a misspelt one.
const SLIPS: usize = 2;

/// A command line that takes an empty or blank variable for one that is not set, as compose
/// files write it: `AUTH_PUBLIC_URL: ${PUBLIC_URL:-}`.
pub fn without_empty_variables(command: Command) -> Command {
    command.mut_args(|arg| {
        let given = arg.get_env().and_then(std::env::var_os);
        match given {
            Some(value) if is_blank(&value) => arg.env(Resettable::Reset),
            _ => arg,
        }
    })
}

fn is_blank(value: &OsStr) -> bool {
    value.to_string_lossy().trim().is_empty()
}

/// Looks for variables that nothing reads. One that is nearly a setting's name is refused,
/// since whoever set it relies on it; another one may belong to somebody else (an
/// orchestrator sets `AUTH_SERVICE_HOST` for a service called `auth`) and is warned about.
///
/// # Errors
/// A sentence that names the variable and the one that was meant.
pub fn check_variables(command: &Command) -> anyhow::Result<()> {
    let set = std::env::vars_os().filter(|(_, value)| !is_blank(value));
    check(command, set.map(|(name, _)| name))
}

fn check(command: &Command, set: impl Iterator<Item = OsString>) -> anyhow::Result<()> {
    let known: Vec<&str> = command
        .get_arguments()
        .filter_map(|arg| arg.get_env()?.to_str())
        .collect();
    for name in set {
        let name = name.to_string_lossy();
        let is_ours = known.contains(&&*name) || PROVIDER_SECRETS.iter().any(|s| name.ends_with(s));
        if !name.starts_with(PREFIX) || is_ours {
            continue;
        }
        match nearest(&name, known.iter().copied()) {
            Some((right, 0..=SLIPS)) => {
                bail!("{name} is no setting: {right} may be meant")
            }
            Some((right, _)) => {
                warn!("{name} is no setting and has no effect; the nearest is {right}");
            }
            None => {}
        }
    }
    Ok(())
}

/// The right name that is nearest to a wrong one, and how many slips lie between.
fn nearest<'k>(wrong: &str, known: impl Iterator<Item = &'k str>) -> Option<(&'k str, usize)> {
    let by_slips = known.map(|right| (right, damerau_levenshtein(wrong, right)));
    by_slips.min_by_key(|(_, slips)| *slips)
}

/// The end of a sentence about a wrong name: which one may be meant.
pub(super) fn hint<'k>(wrong: &str, known: impl Iterator<Item = &'k str>) -> String {
    match nearest(wrong, known) {
        Some((right, 0..=SLIPS)) => format!(": {right} may be meant"),
        Some((right, _)) => format!(": the nearest is {right}"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::settings::Settings;

    fn check_names(names: &[&str]) -> Result<(), String> {
        let set = names.iter().map(OsString::from);
        check(&Settings::command(), set).map_err(|error| error.to_string())
    }

    #[test]
    fn a_misspelt_variable_is_named_with_the_right_one() {
        for (wrong, right) in [
            ("AUTH_SESION_IDLE", "AUTH_SESSION_IDLE"),
            ("AUTH_TRUSTED_ORIGINS", "AUTH_TRUSTED_ORIGIN"),
            ("AUTH_DATABSE_URL", "AUTH_DATABASE_URL"),
        ] {
            let error = check_names(&[wrong]).unwrap_err();
            assert!(error.contains(wrong) && error.contains(right), "{error}");
        }
    }

    #[test]
    fn variables_of_others_do_not_stop_the_start() {
        let names = [
            "AUTH_SERVICE_HOST",
            "AUTH_PORT_4001_TCP",
            "PATH",
            "AUTH_ENV",
        ];
        assert_eq!(check_names(&names), Ok(()));
        assert_eq!(check_names(&["AUTH_ACME_CLIENT_SECRET"]), Ok(()));
    }
}
