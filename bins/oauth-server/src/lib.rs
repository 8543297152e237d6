//! The contract with sign-in through providers. A provider proves who somebody is; how the
//! client then stays signed in is up to the strategy that `--issue` names.

use auth_server::settings::CredentialKind;
use auth_server::{Server, Settings, StrategySettings};
use clap::{Args, ValueEnum};
use comprehensive_auth::Strategy;
use jwt_server::JwtSettings;
use session_server::SessionSettings;

/// The server.
pub const SERVER: Server = Server {
    name: "oauth-server",
    about: "sign-in through a provider, then a session or tokens",
    port: 4003,
    needs_provider: true,
};

/// Which strategy a sign-in hands over to, and its settings.
#[derive(Clone, Debug, Args)]
pub struct OauthSettings {
    /// oauth-server: the strategy that a sign-in hands over to.
    #[arg(long, env = "AUTH_ISSUE", help_heading = "Credentials", value_enum, default_value_t = IssuedStrategy::Session)]
    pub issue: IssuedStrategy,

    /// How tokens work.
    #[command(flatten)]
    pub jwt: JwtSettings,
}

/// The strategy that a sign-in hands over to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum IssuedStrategy {
    /// Server-side sessions.
    Session,
    /// Access and refresh tokens.
    Jwt,
}

impl StrategySettings for OauthSettings {
    fn strategy(&self, settings: &Settings) -> anyhow::Result<Box<dyn Strategy>> {
        match self.issue {
            IssuedStrategy::Session => self.session().strategy(settings),
            IssuedStrategy::Jwt => self.jwt.strategy(settings),
        }
    }

    fn check(&self, settings: &Settings) -> anyhow::Result<()> {
        match self.issue {
            IssuedStrategy::Session => Ok(()),
            IssuedStrategy::Jwt => self.jwt.check(settings),
        }
    }

    fn bridged(
        &self,
        kind: CredentialKind,
        settings: &Settings,
    ) -> anyhow::Result<Box<dyn Strategy>> {
        self.jwt.bridged(kind, settings)
    }
}

impl OauthSettings {
    /// The settings of session-server among them.
    pub fn session(&self) -> SessionSettings {
        let jwt = self.jwt.clone();
        SessionSettings { jwt }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::ffi::OsString;

    use auth_server::settings::{Given, read_settings};
    use clap::{CommandFactory as _, FromArgMatches as _, Parser};

    use super::*;

    const README: &str = include_str!("../../../README.md");

    const EXAMPLE: &str = include_str!("../../../docs/auth.toml");

    /// The settings of all servers: these are theirs and those of the strategies.
    #[derive(Parser)]
    struct Everything {
        #[command(flatten)]
        common: Settings,
        #[command(flatten)]
        _strategies: OauthSettings,
    }

    /// A file of settings with this text, as it is read.
    fn read(text: &str) -> Given {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("auth.toml");
        std::fs::write(&file, text).unwrap();
        let line = ["server", "--config", file.to_str().unwrap()].map(OsString::from);
        let given = read_settings(&Everything::command(), &line);
        given.unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn the_example_of_a_file_serves_production() {
        let given = read(EXAMPLE);
        let all = Everything::from_arg_matches(&given.matches).unwrap();
        let problems = all.common.problems();
        let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
        // The one secret that is looked at without a store is not on this machine.
        assert!(
            problems.iter().all(|one| one.contains("/run/secrets/")),
            "{problems:?}"
        );
        assert_eq!(given.providers.len(), 2);
    }

    #[test]
    fn the_example_of_a_file_has_a_right_value_for_every_setting() {
        let all = EXAMPLE.lines().map(|line| match line.strip_prefix("# ") {
            Some(setting) if setting.contains(" = ") => setting,
            _ => line,
        });
        // Those that stand beside a file of theirs can't both be given.
        let is_double = |line: &str| {
            let name = line.split(" = ").next().unwrap_or_default();
            all.clone()
                .any(|other| other.starts_with(&format!("{name}-file = ")))
        };
        let text: Vec<_> = all.clone().filter(|line| !is_double(line)).collect();
        let given = read(&text.join("\n"));
        for arg in Everything::command().get_arguments() {
            let name = arg
                .get_env()
                .and(arg.get_long())
                .filter(|name| *name != "config");
            let Some(name) = name else { continue };
            let stands = |line: &str| line.starts_with(&format!("{name} = "));
            let is_read = given.from_file.contains(name);
            assert!(
                is_read || all.clone().any(stands),
                "{name} is not in docs/auth.toml"
            );
        }
    }

    /// The README's settings: name and default.
    fn documented() -> BTreeMap<String, String> {
        let cell = |row: &str, n: usize| {
            let cell = row.split('|').nth(n).unwrap_or_default().trim();
            cell.trim_matches('`').to_owned()
        };
        let rows = README.lines().filter(|line| line.starts_with("| `--"));
        rows.map(|row| (cell(row, 1), cell(row, 2))).collect()
    }

    #[test]
    fn the_readme_lists_every_setting_with_its_default_and_no_other() {
        let mut documented = documented();
        for arg in Everything::command().get_arguments() {
            let Some(name) = arg.get_long().map(|long| format!("--{long}")) else {
                continue;
            };
            let in_readme = documented.remove(&name);
            let in_readme = in_readme.unwrap_or_else(|| panic!("{name} is not in the README"));
            if let [default] = arg.get_default_values() {
                assert_eq!(
                    in_readme,
                    default.to_string_lossy(),
                    "the default of {name}"
                );
            }
            let variable = format!("AUTH_{}", name[2..].to_uppercase().replace('-', "_"));
            let env = arg
                .get_env()
                .unwrap_or_else(|| panic!("{name} has no variable"));
            assert_eq!(env.to_string_lossy(), variable);
        }
        assert!(documented.is_empty(), "unknown settings: {documented:?}");
    }
}
