//! The settings in force, for people to see.

use auth_http::ShownSetting;
use clap::parser::ValueSource;
use clap::{Arg, Command};

use super::given::Given;
use super::values::is_untidy;

/// Every setting of a command line, with its value and where it comes from. What the definition
/// of the flags knows is all there is to know, so there is no second list that could lag behind.
pub fn in_force(definition: &Command, given: &Given) -> Vec<ShownSetting> {
    let settings = definition.get_arguments();
    settings.map(|arg| shown(arg, given)).collect()
}

fn shown(arg: &Arg, given: &Given) -> ShownSetting {
    let matches = &given.matches;
    let id = arg.get_id().as_str();
    let name = arg.get_long().unwrap_or(id).to_owned();
    let env = arg.get_env();
    let env = env.map(|name| name.to_string_lossy().into_owned());
    // What is only shown, as help is, has no value.
    let is_known = matches.try_contains_id(id).is_ok();
    let values = matches.try_get_raw(id).ok().flatten().map(|values| {
        let shown = values.map(|value| {
            let value = value.to_string_lossy();
            // The definition marks what must not be shown as it is, and any URL may hold a secret.
            match arg.is_hide_env_values_set() || value.contains("://") {
                true => without_password(&value),
                false => value.into_owned(),
            }
        });
        shown.collect::<Vec<_>>().join(",")
    });
    let source = match is_known.then(|| matches.value_source(id)).flatten() {
        _ if given.from_file.contains(&name) => "file",
        Some(ValueSource::CommandLine) => "flag",
        Some(ValueSource::EnvVariable) => "environment",
        Some(_) if is_untidy(arg) => "environment",
        Some(_) => "default",
        None => "unset",
    };
    ShownSetting {
        name,
        env,
        value: values,
        source,
    }
}

/// A URL without its user, password and parameters; other words as they are.
fn without_password(url: &str) -> String {
    let plain = |text: &str| {
        text.split_once('?')
            .map_or(text, |(text, _)| text)
            .to_owned()
    };
    let Some((start, host)) = url.rsplit_once('@') else {
        return plain(url);
    };
    let (scheme, start) = start.split_once("://").unwrap_or(("", start));
    // An @ behind the host belongs to a secret there, and the host is not what follows it.
    match start.contains(['/', '?', '#']) {
        true => format!("{scheme}://***"),
        false => format!("{scheme}://***@{}", plain(host)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_shown() {
        for (url, shown) in [
            (
                "postgres://ada:s@cr:t@db:5432/auth",
                "postgres://***@db:5432/auth",
            ),
            ("postgres://ada:s@cr:t?@db:5432/auth", "postgres://***"),
            (
                "redis-sentinel://a,b/main?sentinel_password=s@cret",
                "redis-sentinel://***",
            ),
            ("https://policy.example.org/?token=s@cret", "https://***"),
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
