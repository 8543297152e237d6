//! `authctl settings`: what is in force, and where it comes from.

use auth_server::settings::{ShownSetting, in_force};
use clap::{ArgMatches, CommandFactory as _};
use serde::Serialize;

use crate::answer::Answer;
use crate::server_settings::ServerSettings;
use crate::table::table;

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
pub fn show(matches: &ArgMatches) -> anyhow::Result<Answer> {
    let settings = in_force(&ServerSettings::command(), matches);
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
