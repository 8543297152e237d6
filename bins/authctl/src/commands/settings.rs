//! `authctl settings`: what is in force, and where it comes from.

use auth_server::settings::Given;
use clap::parser::ValueSource;
use clap::{Arg, CommandFactory as _};
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
    source: Source,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum Source {
    Flag,
    Environment,
    File,
    Default,
    Unset,
}

/// Shows every setting of the servers. What the definition of the flags knows is all there
/// is to know, so there is no second list that could lag behind.
pub fn show(given: &Given) -> anyhow::Result<Answer> {
    let definition = ServerSettings::command();
    let settings = definition
        .get_arguments()
        .map(|arg| Setting::of(arg, given));
    let shape = SettingsShape {
        settings: settings.collect(),
    };
    let rows: Vec<_> = shape.settings.iter().map(Setting::row).collect();
    Answer::new(&shape, table(["SETTING", "VALUE", "FROM"], &rows))
}

impl Setting {
    fn of(arg: &Arg, given: &Given) -> Self {
        let id = arg.get_id().as_str();
        let name = arg.get_long().unwrap_or(id).to_owned();
        let env = arg
            .get_env()
            .map(|name| name.to_string_lossy().into_owned());
        let values = given.matches.get_raw(id).map(|values| {
            let shown = values.map(|value| {
                let value = value.to_string_lossy();
                // The definition marks what must not be shown as it is.
                match arg.is_hide_env_values_set() {
                    true => without_password(&value),
                    false => value.into_owned(),
                }
            });
            shown.collect::<Vec<_>>().join(",")
        });
        Self {
            env,
            value: values,
            source: match given.from_file.contains(&name) {
                true => Source::File,
                false => Source::of(given.matches.value_source(id)),
            },
            name,
        }
    }

    fn row(&self) -> [String; 3] {
        let value = self.value.clone().unwrap_or_else(|| "-".to_owned());
        [
            format!("--{}", self.name),
            value,
            self.source.describe(self),
        ]
    }
}

impl Source {
    fn of(source: Option<ValueSource>) -> Self {
        match source {
            Some(ValueSource::CommandLine) => Self::Flag,
            Some(ValueSource::EnvVariable) => Self::Environment,
            Some(_) => Self::Default,
            None => Self::Unset,
        }
    }

    fn describe(self, setting: &Setting) -> String {
        match self {
            Self::Flag => "flag".to_owned(),
            Self::Environment => setting.env.clone().unwrap_or_default(),
            Self::File => "file".to_owned(),
            Self::Default => "default".to_owned(),
            Self::Unset => "-".to_owned(),
        }
    }
}

/// A URL without its user, password and parameters; other words as they are.
fn without_password(url: &str) -> String {
    let (start, host) = match url.rsplit_once('@') {
        Some((start, host)) => (Some(start), host),
        None => (None, url),
    };
    let host = host.split_once('?').map_or(host, |(host, _)| host);
    match start {
        Some(start) => {
            let scheme = start.split_once("://").map_or("", |(scheme, _)| scheme);
            format!("{scheme}://***@{host}")
        }
        None => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_shown() {
        for (url, shown) in [
            (
                "postgres://ada:s@cr:t?@db:5432/auth",
                "postgres://***@db:5432/auth",
            ),
            ("postgres://db/auth?password=secret", "postgres://db/auth"),
            (
                "smtps://ada:secret@mail.example.org",
                "smtps://***@mail.example.org",
            ),
            ("ada:secret@mail", "://***@mail"),
            ("sqlite:/var/lib/auth.db", "sqlite:/var/lib/auth.db"),
            ("redis://localhost", "redis://localhost"),
            ("dev", "dev"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
