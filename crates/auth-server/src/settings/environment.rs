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

/// The settings of strategies. A server lacks those of the others, and passes over them: one
/// environment, or one file, may be that of several servers.
pub(super) const OF_STRATEGIES: [&str; 8] = [
    "access-ttl",
    "revocation",
    "jwt-alg",
    "jwt-remembered",
    "jwt-key-file",
    "jwt-audience",
    "jwt-issuer",
    "issue",
];

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

/// Looks for variables that nothing reads. One that is nearly a setting's name, or is one but for
/// its case, is refused, since whoever set it relies on it; another one may belong to somebody
/// else and is warned about: in the log of a server, and by what this gives, a sentence each,
/// where there is no log.
///
/// # Errors
/// A sentence that names the variable and the one that was meant.
pub fn check_variables(command: &Command) -> anyhow::Result<Vec<String>> {
    let set = std::env::vars_os().filter(|(_, value)| !is_blank(value));
    let warnings = check(command, set)?;
    warnings.iter().for_each(|text| warn!("{text}"));
    Ok(warnings)
}

fn check(
    command: &Command,
    set: impl Iterator<Item = (OsString, OsString)>,
) -> anyhow::Result<Vec<String>> {
    let mut warnings = vec![];
    let others: Vec<String> = OF_STRATEGIES.iter().map(|name| variable(name)).collect();
    let own = command.get_arguments();
    let own = own.filter_map(|arg| arg.get_env()?.to_str());
    let known: Vec<&str> = own.chain(others.iter().map(String::as_str)).collect();
    for (name, value) in set {
        let (name, value) = (name.to_string_lossy(), value.to_string_lossy());
        let upper = name.to_ascii_uppercase();
        let is_known = known.contains(&&*name);
        let is_secret = PROVIDER_SECRETS.iter().any(|end| upper.ends_with(end));
        let is_ours = is_known || is_secret;
        if !upper.starts_with(PREFIX) || is_ours || is_service_link(&name, &value) {
            continue;
        }
        match nearest(&upper, known.iter().copied()) {
            Some((right, 0..=SLIPS)) => {
                bail!("{name} is no setting: {right} may be meant")
            }
            Some(_) if !name.starts_with(PREFIX) => {}
            Some((right, _)) => warnings.push(format!(
                "{name} is no setting and has no effect; the nearest is {right}"
            )),
            None => {}
        }
    }
    Ok(warnings)
}

/// The variable of the setting with this name.
fn variable(setting: &str) -> String {
    format!("{PREFIX}{}", setting.to_ascii_uppercase().replace('-', "_"))
}

/// Whether a variable is one of those by which Kubernetes tells every container of the services
/// around it: for a service called `auth-mail` it sets `AUTH_MAIL_PORT=tcp://10.0.0.7:25`, which
/// nobody wrote and which is nearly the name of a setting.
fn is_service_link(name: &str, value: &str) -> bool {
    if name.ends_with("_SERVICE_HOST") || name.contains("_SERVICE_PORT") {
        return true;
    }
    let Some((_, behind)) = name.rsplit_once("_PORT_").filter(|(_, b)| is_port(b)) else {
        return name.ends_with("_PORT") && value.contains("://");
    };
    ["TCP", "UDP", "SCTP"]
        .iter()
        .any(|protocol| behind.contains(protocol))
}

/// Whether this begins with a number.
fn is_port(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
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

    fn check_names(names: &[&str]) -> Result<Vec<String>, String> {
        let set: Vec<_> = names.iter().map(|name| (*name, "x")).collect();
        check_set(&set)
    }

    fn check_set(set: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let set = set.iter().map(|(name, value)| (name.into(), value.into()));
        check(&Settings::command(), set).map_err(|error| error.to_string())
    }

    #[test]
    fn a_misspelt_variable_is_named_with_the_right_one() {
        for (wrong, right) in [
            ("AUTH_SESION_IDLE", "AUTH_SESSION_IDLE"),
            ("AUTH_TRUSTED_ORIGINS", "AUTH_TRUSTED_ORIGIN"),
            ("AUTH_DATABSE_URL", "AUTH_DATABASE_URL"),
            ("auth_session_idle", "AUTH_SESSION_IDLE"),
            ("AUTH_Session_Idle", "AUTH_SESSION_IDLE"),
            ("auth_sesion_idle", "AUTH_SESSION_IDLE"),
            ("AUTH_MAIL_POL", "AUTH_MAIL_POLL"),
        ] {
            let error = check_names(&[wrong]).unwrap_err();
            assert!(error.contains(wrong) && error.contains(right), "{error}");
        }
    }

    #[test]
    fn variables_of_others_do_not_stop_the_start() {
        let warnings = check_names(&["AUTH_GREETING_TEXT", "PATH", "AUTH_ENV"]).unwrap();
        let [text] = &warnings[..] else {
            panic!("{warnings:?}")
        };
        assert!(text.starts_with("AUTH_GREETING_TEXT"), "{text}");
        assert!(text.contains("has no effect"), "{text}");
        let silent = ["AUTH_ACME_CLIENT_SECRET", "auth_greeting_text"];
        assert_eq!(check_names(&silent), Ok(vec![]));
    }

    #[test]
    fn what_kubernetes_tells_of_services_is_passed_over() {
        let links = [
            ("AUTH_SERVICE_HOST", "10.0.0.7"),
            ("AUTH_SERVICE_PORT_HTTP", "80"),
            ("AUTH_PORT", "tcp://10.0.0.7:80"),
            ("AUTH_MAIL_SERVICE_PORT", "25"),
            ("AUTH_MAIL_PORT", "tcp://10.0.0.7:25"),
            ("AUTH_MAIL_PORT_25_TCP", "tcp://10.0.0.7:25"),
            ("AUTH_MAIL_PORT_25_TCP_ADDR", "10.0.0.7"),
            ("AUTH_MAIL_PORT_25_TCP_PORT", "25"),
        ];
        assert_eq!(check_set(&links), Ok(vec![]));
        for text in ["500ms", "25"] {
            let error = check_set(&[("AUTH_MAIL_PORT", text)]).unwrap_err();
            assert!(error.contains("AUTH_MAIL_POLL may be meant"), "{error}");
        }
    }

    #[test]
    fn settings_of_other_servers_are_passed_over() {
        assert_eq!(check_names(&["AUTH_ISSUE", "AUTH_JWT_ALG"]), Ok(vec![]));
        let error = check_names(&["AUTH_ISSUES"]).unwrap_err();
        assert!(error.contains("AUTH_ISSUE may be meant"), "{error}");
    }
}
