//! `authctl settings`: what is in force, and where it comes from; and whether a server would
//! start with it.

use std::ffi::OsString;

use auth_server::settings::{Given, ShownSetting, in_force};
use auth_server::{Findings, Server, StrategySettings, examine};
use clap::parser::ValueSource;
use clap::{Args, CommandFactory as _, Subcommand, ValueEnum};
use jwt_server::JwtSettings;
use oauth_server::OauthSettings;
use serde::Serialize;
use session_server::SessionSettings;

use crate::answer::Answer;
use crate::server_settings::ServerSettings;
use crate::table::table;

/// Show the settings that are in force, and where each comes from.
#[derive(Args)]
pub struct Command {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Subcommand)]
enum Action {
    /// Say whether a server would start with these settings, and what it would warn of: nothing
    /// is started, and no store is opened.
    Check {
        /// Which server.
        #[arg(long, value_enum, default_value_t = Which::Session)]
        server: Which,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Which {
    Session,
    Jwt,
    Oauth,
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// When the answer can't be written as JSON.
    pub fn run(&self, given: &Given) -> anyhow::Result<Answer> {
        match self.action {
            None => show(given),
            Some(Action::Check { server }) => check(server, given),
        }
    }
}

#[derive(Serialize)]
struct FindingsShape {
    server: &'static str,
    /// What would keep it from starting.
    problems: Vec<String>,
    /// What it would warn of.
    warnings: Vec<String>,
}

/// Reads the settings as the server itself would: the flags of this command line are handed on,
/// the rest it finds where it always does.
fn check(which: Which, given: &Given) -> anyhow::Result<Answer> {
    let args = flags(given);
    let (server, Findings { problems, warnings }) = match which {
        Which::Session => found::<SessionSettings>(session_server::SERVER, &args),
        Which::Jwt => found::<JwtSettings>(jwt_server::SERVER, &args),
        Which::Oauth => found::<OauthSettings>(oauth_server::SERVER, &args),
    };
    let starts = problems.is_empty();
    let outcome = match starts {
        true => format!("{server} would start with these settings."),
        false => format!("{server} would not start:"),
    };
    let told = problems.iter().map(|problem| format!("\n  {problem}"));
    let warned = warnings.iter().map(|text| format!("\n  warning: {text}"));
    let text = std::iter::once(outcome)
        .chain(told)
        .chain(warned)
        .collect::<String>();
    let shape = FindingsShape {
        server,
        problems,
        warnings,
    };
    let answer = Answer::new(&shape, text)?;
    Ok(match starts {
        true => answer,
        false => answer.in_part(),
    })
}

fn found<S: Args + StrategySettings>(
    server: Server,
    args: &[OsString],
) -> (&'static str, Findings) {
    (server.name, examine::<S>(&server, args))
}

/// The settings that were given as flags, as a command line.
fn flags(given: &Given) -> Vec<OsString> {
    let definition = ServerSettings::command();
    let mut line = vec![OsString::from("authctl")];
    for arg in definition.get_arguments() {
        let id = arg.get_id().as_str();
        let is_flag = given.matches.value_source(id) == Some(ValueSource::CommandLine);
        let (Some(name), true) = (arg.get_long(), is_flag) else {
            continue;
        };
        for value in given.matches.get_raw(id).into_iter().flatten() {
            let mut flag = OsString::from(format!("--{name}="));
            flag.push(value);
            line.push(flag);
        }
    }
    line
}

#[derive(Serialize)]
struct SettingsShape {
    settings: Vec<Setting>,
}

#[derive(Serialize)]
struct Setting {
    /// The flag without its dashes.
    name: String,
    /// The environment variable.
    env: Option<String>,
    /// The value without its password; absent when there is none.
    value: Option<String>,
    /// `flag`, `environment`, `default` or `unset`.
    source: &'static str,
}

/// Shows every setting of the servers.
fn show(given: &Given) -> anyhow::Result<Answer> {
    let settings = in_force(&ServerSettings::command(), given);
    let shape = SettingsShape {
        settings: settings.into_iter().map(Setting::from).collect(),
    };
    let rows: Vec<_> = shape.settings.iter().map(Setting::row).collect();
    Answer::new(&shape, table(["SETTING", "VALUE", "FROM"], &rows))
}

impl From<ShownSetting> for Setting {
    fn from(shown: ShownSetting) -> Self {
        Self {
            name: shown.name,
            env: shown.env,
            value: shown.value,
            source: shown.source,
        }
    }
}

impl Setting {
    fn row(&self) -> [String; 3] {
        let value = self.value.clone().unwrap_or_else(|| "-".to_owned());
        let from = match self.source {
            "environment" => self.env.clone().unwrap_or_default(),
            "unset" => "-".to_owned(),
            other => other.to_owned(),
        };
        [format!("--{}", self.name), value, from]
    }
}
