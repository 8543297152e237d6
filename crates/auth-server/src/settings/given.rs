//! What is given: by flags, over the environment, over a file.

use std::collections::BTreeSet;
use std::error::Error as _;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgMatches, Command};

use super::ProviderSpec;
use super::config_file::{CONFIG, ConfigFile};
use super::environment::without_empty_variables;
use super::help::readable;
use super::mask::without_secrets;

/// What was read.
#[derive(Debug)]
pub struct Given {
    /// Flags, variables, the file's values and defaults.
    pub matches: ArgMatches,
    /// The providers that the file has a table of.
    pub providers: Vec<ProviderSpec>,
    /// The names of the settings that are the file's.
    pub from_file: BTreeSet<String>,
}

/// Reads a command line, the environment and the file that either names. A flag counts more
/// than a variable, that more than the file, and the file more than a default.
///
/// # Errors
/// What is wrong with a flag or a variable; or else all that is wrong with the file, a line
/// each.
pub fn read_settings(command: &Command, args: &[OsString]) -> Result<Given, clap::Error> {
    let line = readable(without_empty_variables(command.clone()), args);
    let explicit = line.clone().try_get_matches_from(args);
    let explicit = explicit.map_err(without_secrets)?;
    let named = explicit.try_get_one::<PathBuf>(CONFIG).ok().flatten();
    let Some(path) = named else {
        return Ok(Given {
            matches: explicit,
            providers: vec![],
            from_file: BTreeSet::new(),
        });
    };
    let mut file = ConfigFile::read(path, command);
    file.yield_to(&explicit, command);
    let matches = fill_in(&mut file, &line, args)?;
    Ok(Given {
        matches,
        from_file: file.names(),
        providers: file.into_providers(),
    })
}

/// Reads the command line with the file's values for defaults, until all of those that can't
/// be used are found.
fn fill_in(
    file: &mut ConfigFile,
    command: &Command,
    args: &[OsString],
) -> Result<ArgMatches, clap::Error> {
    loop {
        let filled_in = file.as_defaults(command.clone());
        let error = match filled_in.try_get_matches_from(args) {
            Ok(matches) if file.problems().is_empty() => return Ok(matches),
            Ok(_) => return Err(refusal(file.problems())),
            Err(error) => error,
        };
        let blamed = blamed(&error, command);
        if !blamed.is_some_and(|arg| file.refuse(arg, &remedy(&error))) {
            return Err(without_secrets(error));
        }
    }
}

fn refusal(problems: &[String]) -> clap::Error {
    let sentences: Vec<_> = problems
        .iter()
        .map(|problem| format!("{}.\n", problem.trim_end_matches('.')))
        .collect();
    clap::Error::raw(ErrorKind::InvalidValue, sentences.concat())
}

/// The argument that an error is about: it says `--name <VALUE>`.
fn blamed<'c>(error: &clap::Error, command: &'c Command) -> Option<&'c Arg> {
    let Some(ContextValue::String(shown)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let flag = shown.split_whitespace().next()?.strip_prefix("--")?;
    let mut all = command.get_arguments();
    all.find(|arg| arg.get_long() == Some(flag))
}

/// What an error says is to be done.
fn remedy(error: &clap::Error) -> String {
    if let Some(ContextValue::Strings(words)) = error.get(ContextKind::ValidValue) {
        return format!("use {}", words.join(" or "));
    }
    match error.source() {
        Some(cause) => cause.to_string(),
        None => "give another value".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, FromArgMatches as _};

    use super::*;
    use crate::settings::{Environment, Pages, Settings};

    /// Reads a file of this text, and these arguments.
    fn read(text: &str, args: &[&str]) -> Result<(Settings, Given), String> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("auth.toml");
        std::fs::write(&file, text).unwrap();
        let line = ["server", "--config", file.to_str().unwrap()];
        let line = line.iter().chain(args).map(OsString::from);
        let line: Vec<_> = line.collect();
        let given = read_settings(&Settings::command(), &line).map_err(|e| e.to_string())?;
        let mut settings = Settings::from_arg_matches(&given.matches).unwrap();
        settings.federation.configured = given.providers.clone();
        Ok((settings, given))
    }

    #[test]
    fn a_file_holds_texts_numbers_switches_lists_times_and_tables() {
        let (settings, given) = read(
            "env = \"production\"\nworkers = 3\npages = false\nlimit-sign-in-ip = \"7/1m\"\n\
             trusted-origin = [\"https://a.org\", \"https://b.org\"]\n\
             bridge = \"jwt\"\nbridge-until = 2027-01-31T18:00:00Z\npublic-url = \"\"\n\
             [[provider]]\npreset = \"google\"\nclient_id = \"x\"\nclient_secret = \"hunter2\"\n",
            &[],
        )
        .unwrap();
        assert_eq!(settings.env, Environment::Production);
        assert_eq!((settings.workers, settings.pages), (Some(3), Pages::Off));
        assert_eq!(settings.limits.limit_sign_in_ip.count, 7);
        assert_eq!(settings.trusted_origins.len(), 2);
        assert!(settings.bridge.bridge_until.is_some() && settings.public_url.is_none());
        let specs = settings.federation.specs().unwrap();
        assert_eq!(specs.len(), 1);
        assert!(given.from_file.contains("provider") && given.from_file.contains("env"));
    }

    #[test]
    fn a_flag_counts_more_than_the_file_and_so_does_its_twin() {
        let file = "session-idle = \"1h\"\nsession-absolute = \"2h\"\n\
                    mail-file = \"/nowhere\"\ndatabase-url = \"sqlite:a.db\"\n\
                    trusted-origin = [\"https://a.org\"]\n[[provider]]\npreset = \"google\"\n";
        let flags = [
            ["--session-idle", "5m"],
            ["--mail", "file:/mails"],
            ["--database-url-file", "/url"],
            ["--trusted-origin", "https://b.org"],
            ["--provider", "github"],
        ];
        let (settings, given) = read(file, flags.as_flattened()).unwrap();
        let sessions = &settings.sessions;
        let times = [sessions.session_idle, sessions.session_absolute];
        assert_eq!(times.map(|time| time.as_secs()), [300, 7200]);
        assert_eq!(settings.mail.mail_file, None);
        assert_eq!(settings.stores.database_url, None);
        assert_eq!(settings.trusted_origins.len(), 1);
        assert_eq!(settings.federation.specs().unwrap().len(), 1);
        let from_file: Vec<_> = given.from_file.iter().collect();
        assert_eq!(from_file, ["session-absolute"]);
    }

    #[test]
    fn everything_wrong_with_a_file_is_told_at_once() {
        let error = read(
            "session-idle = 30\nenv = \"prod\"\nworkers = 0\nsession-store = \"redi://:hunter2@x\"\n\
             [mails]\n",
            &[],
        )
        .unwrap_err();
        for told in [
            "auth.toml: session-idle can't be \"30\": use a number with its unit",
            "auth.toml: env can't be \"prod\": use development or production.",
            "auth.toml: mails is no setting: mail may be meant.",
            "auth.toml: workers can't be \"0\": 0 is not in 1..=1024.",
            "auth.toml: session-store can't be what is given: ",
        ] {
            assert!(error.contains(told), "{told}\n{error}");
        }
        assert!(!error.contains("hunter2"), "{error}");
        assert_eq!(error.lines().count(), 5, "{error}");
    }

    #[test]
    fn a_fault_of_a_file_is_told_with_its_remedy() {
        for (text, told) in [
            (
                "sesion-idle = \"1h\"",
                "sesion-idle is no setting: session-idle may be meant.",
            ),
            (
                "session_idle = \"1h\"",
                "session_idle is no setting: session-idle may be meant.",
            ),
            (
                "lifetime = \"1h\"",
                "lifetime is no setting: the nearest is ",
            ),
            ("config = \"x\"", "config is no setting"),
            ("help = true", "help is no setting"),
            ("[session]\nidle = \"1h\"", "session is no setting"),
            (
                "[public-url]\nhost = \"x\"",
                "public-url wants a text, a number, true or false.",
            ),
            ("workers = [1, 2]", "workers wants one value, not a list."),
            (
                "trusted-origin = [[\"https://a.org\"]]",
                "trusted-origin wants a list of texts.",
            ),
            ("docs = true\npages = hunter2", "line 2: "),
            ("docs = true\ndocs = false", "line 2: "),
            (
                "mail = \"dev\"\nmail-file = \"x\"",
                "mail and mail-file are both given: leave one out.",
            ),
            (
                "[[provider]]\npreset = \"gogle\"",
                "[[provider]] number 1 can't be used: unknown variant",
            ),
            (
                "[[provider]]\npreset = \"google\"\nsecret = \"hunter2\"",
                "unknown field `secret`",
            ),
        ] {
            let error = read(text, &[]).unwrap_err();
            assert!(error.contains(told), "{told}\n{error}");
            assert!(error.contains("auth.toml"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let line = ["server", "--config", "/nowhere.toml"].map(OsString::from);
        let error = read_settings(&Settings::command(), &line).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("--config /nowhere.toml can't be read"),
            "{error}"
        );
    }
}
