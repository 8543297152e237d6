//! Keeping secrets out of messages about the command line.

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, CommandFactory as _};

use super::Settings;

/// A usage error without the value it complains about, if that may hold a password: a
/// malformed URL does.
pub fn without_secrets(mut error: clap::Error) -> clap::Error {
    let Some(ContextValue::String(blamed)) = error.get(ContextKind::InvalidArg) else {
        return error;
    };
    let mut definition = Settings::command();
    definition.build();
    let mut secret = definition.get_arguments().filter(|arg| holds_secret(arg));
    if secret.any(|arg| arg.to_string() == *blamed) {
        let masked = ContextValue::String("***".to_owned());
        error.insert(ContextKind::InvalidValue, masked);
    }
    error
}

/// Whether a setting may hold a secret: the help does not show its variable.
fn holds_secret(arg: &Arg) -> bool {
    arg.is_hide_env_values_set()
}

/// Whether the setting of this name may hold a secret.
pub fn is_secret(name: &str) -> bool {
    let definition = Settings::command();
    let mut all = definition.get_arguments();
    all.any(|arg| arg.get_long() == Some(name) && holds_secret(arg))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(args: [&str; 3]) -> String {
        let error = Settings::command().try_get_matches_from(args).unwrap_err();
        without_secrets(error).to_string()
    }

    #[test]
    fn a_malformed_url_is_not_repeated_and_other_values_are() {
        let url = complaint(["server", "--session-store", "redi://:hunter2@localhost"]);
        assert!(url.contains("--session-store"), "{url}");
        assert!(!url.contains("hunter2"), "{url}");
        let provider = "google,client_id=x,client_secret=hunter2";
        let provider = complaint(["server", "--provider", provider]);
        assert!(provider.contains("--provider"), "{provider}");
        assert!(!provider.contains("hunter2"), "{provider}");
        let env = complaint(["server", "--env", "prod"]);
        assert!(env.contains("'prod'"), "{env}");
    }
}
