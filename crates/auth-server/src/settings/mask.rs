//! Keeping secrets out of messages about the command line.

use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue};

use super::Settings;

/// A usage error without the value it complains about, if that may hold a password: a
/// malformed URL does.
pub fn without_secrets(mut error: clap::Error) -> clap::Error {
    let Some(ContextValue::String(blamed)) = error.get(ContextKind::InvalidArg) else {
        return error;
    };
    let mut definition = Settings::command();
    definition.build();
    // Those whose environment variable the help does not show.
    let mut secret = definition
        .get_arguments()
        .filter(|arg| arg.is_hide_env_values_set());
    if secret.any(|arg| arg.to_string() == *blamed) {
        let masked = ContextValue::String("***".to_owned());
        error.insert(ContextKind::InvalidValue, masked);
    }
    error
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
