//! The file that `--config` names: settings by the names of their flags, in TOML.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::builder::PossibleValue;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};
use toml::{Table, Value};

use super::ProviderSpec;
use super::environment::{OF_STRATEGIES, hint};
use super::provider::read;
use super::values::is_untidy;

/// The name of the setting that names the file, which can't stand in it.
pub(super) const CONFIG: &str = "config";

/// What the name of a setting ends with whose value is kept in a file: the twin of the one
/// without.
const IN_A_FILE: &str = "-file";

/// What a file says.
#[derive(Debug)]
pub(super) struct ConfigFile {
    path: PathBuf,
    /// The values of each setting, by the name of its flag.
    values: BTreeMap<String, Vec<String>>,
    /// The tables `[[provider]]`.
    providers: Vec<ProviderSpec>,
    /// What is wrong with it.
    problems: Vec<String>,
}

impl ConfigFile {
    /// Reads a file for a command line of these settings. What is wrong is kept, a sentence each.
    pub(super) fn read(path: &Path, command: &Command) -> Self {
        let mut file = Self {
            path: path.to_owned(),
            values: BTreeMap::new(),
            providers: vec![],
            problems: vec![],
        };
        match file.table() {
            Ok(table) => file.take_all(command, table),
            Err(problem) => file.problems.push(problem),
        }
        file
    }

    fn table(&self) -> Result<Table, String> {
        let text = read(&self.path, "--config").map_err(|error| format!("{error:#}"))?;
        toml::from_str(&text).map_err(|error| {
            // The parser's own text shows the line, which may hold a secret.
            let before = error.span().map_or("", |at| &text[..at.start]);
            let line = before.matches('\n').count() + 1;
            let problem = error.message().replace('\n', " ");
            format!("{}, line {line}: {problem}", self.name())
        })
    }

    fn take_all(&mut self, command: &Command, table: Table) {
        for (key, value) in table {
            if let Err(problem) = self.take(command, &key, value) {
                self.problems.push(format!("{}: {problem}", self.name()));
            }
        }
        self.problems.extend(self.doubles());
    }

    /// What the sentences about it begin with.
    fn name(&self) -> String {
        format!("--config {}", self.path.display())
    }

    fn take(&mut self, command: &Command, key: &str, value: Value) -> Result<(), String> {
        let known = || settings(command).filter(|name| *name != CONFIG);
        let Some(arg) = argument(command, key).filter(|_| key != CONFIG) else {
            // One file may be that of several servers.
            if OF_STRATEGIES.contains(&key) {
                return Ok(());
            }
            return Err(format!("{key} is no setting{}", hint(key, known())));
        };
        if let ("provider", Some(tables)) = (key, tables(&value)) {
            self.providers = providers(tables)?;
            return Ok(());
        }
        if key == "provider" && value.is_table() {
            const ONE_PAIR: &str = "provider: write its heading as [[provider]], in two pairs of \
                                    brackets, since there may be several";
            return Err(ONE_PAIR.to_owned());
        }
        let values = values(arg, value).map_err(|problem| format!("{key} {problem}"))?;
        // As in the environment, what is set to nothing is not set.
        if values.iter().any(|value| !value.trim().is_empty()) {
            self.values.insert(key.to_owned(), values);
        }
        Ok(())
    }

    /// A setting and its twin can't both be given.
    fn doubles(&self) -> Vec<String> {
        let pairs = self.values.keys().filter_map(|key| {
            let plain = key.strip_suffix(IN_A_FILE)?;
            self.values.contains_key(plain).then_some((plain, key))
        });
        pairs
            .map(|(plain, key)| {
                format!(
                    "{}: {plain} and {key} are both given: leave one out",
                    self.name()
                )
            })
            .collect()
    }

    /// Leaves out what the command line or the environment says, be it by the twin.
    pub(super) fn yield_to(&mut self, explicit: &ArgMatches, command: &Command) {
        let given = |key: &str| {
            argument(command, key).is_some_and(|arg| is_explicit(explicit, arg) || is_untidy(arg))
        };
        let twin = |key: &str| match key.strip_suffix(IN_A_FILE) {
            Some(plain) => given(plain),
            None => given(&format!("{key}{IN_A_FILE}")),
        };
        self.values.retain(|key, _| !given(key) && !twin(key));
        if given("provider") {
            self.providers.clear();
        }
    }

    /// The command line with these values for defaults, so that what reads a flag reads them.
    pub(super) fn as_defaults(&self, command: Command) -> Command {
        command.mut_args(
            |arg| match arg.get_long().and_then(|name| self.values.get(name)) {
                Some(values) => arg.default_values(values),
                None => arg,
            },
        )
    }

    /// Takes out what it says of a setting that can't be so, and whether it said anything.
    pub(super) fn refuse(&mut self, arg: &Arg, remedy: &str) -> bool {
        let name = arg.get_long().unwrap_or_default();
        let Some(values) = self.values.remove(name) else {
            return false;
        };
        let shown = match arg.is_hide_env_values_set() {
            true => "what is given".to_owned(),
            // What can't be shown in a line is shown as it is written.
            false => {
                let values: Vec<_> = values.iter().map(|value| format!("{value:?}")).collect();
                values.join(", ")
            }
        };
        let problem = format!("{}: {name} can't be {shown}: {remedy}", self.name());
        self.problems.push(problem);
        true
    }

    /// What is wrong with it.
    pub(super) fn problems(&self) -> &[String] {
        &self.problems
    }

    /// The names of the settings that it decides on.
    pub(super) fn names(&self) -> BTreeSet<String> {
        let providers = (!self.providers.is_empty()).then(|| "provider".to_owned());
        self.values.keys().cloned().chain(providers).collect()
    }

    /// Its tables of providers.
    pub(super) fn into_providers(self) -> Vec<ProviderSpec> {
        self.providers
    }
}

/// Whether somebody said so by a flag or a variable.
fn is_explicit(matches: &ArgMatches, arg: &Arg) -> bool {
    let source = matches.value_source(arg.get_id().as_str());
    source.is_some_and(|source| source != ValueSource::DefaultValue)
}

/// The names of all settings: what has a variable is one.
pub(super) fn settings(command: &Command) -> impl Iterator<Item = &str> {
    let all = command
        .get_arguments()
        .filter(|arg| arg.get_env().is_some());
    all.filter_map(Arg::get_long)
}

fn argument<'c>(command: &'c Command, name: &str) -> Option<&'c Arg> {
    let mut all = command
        .get_arguments()
        .filter(|arg| arg.get_env().is_some());
    all.find(|arg| arg.get_long() == Some(name))
}

fn tables(value: &Value) -> Option<&[Value]> {
    let list = value
        .as_array()
        .filter(|list| list.iter().any(Value::is_table));
    list.map(Vec::as_slice)
}

fn providers(tables: &[Value]) -> Result<Vec<ProviderSpec>, String> {
    let one = |(n, table): (usize, &Value)| {
        let spec: Result<ProviderSpec, toml::de::Error> = table.clone().try_into();
        // The first line says what is wrong, and shows no value.
        let problem = |error: toml::de::Error| error.message().replace('\n', " ");
        spec.map_err(|error| {
            format!(
                "[[provider]] number {} can't be used: {}",
                n + 1,
                problem(error)
            )
        })
    };
    tables.iter().enumerate().map(one).collect()
}

/// What a value is as text, one or several.
fn values(arg: &Arg, value: Value) -> Result<Vec<String>, &'static str> {
    const WANTED: &str = "wants a text, a number, true or false";
    match value {
        Value::Array(list) if matches!(arg.get_action(), ArgAction::Append) => {
            let list = list.into_iter().map(|value| text(arg, value));
            list.collect::<Option<_>>().ok_or("wants a list of texts")
        }
        Value::Array(_) => Err("wants one value, not a list"),
        value => Ok(vec![text(arg, value).ok_or(WANTED)?]),
    }
}

fn text(arg: &Arg, value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Datetime(time) => Some(time.to_string()),
        Value::Boolean(on) => Some(switch(arg, on).to_owned()),
        Value::Array(_) | Value::Table(_) => None,
    }
}

/// The word for a boolean: most settings that are one are switched on and off.
fn switch(arg: &Arg, on: bool) -> &'static str {
    let words = arg.get_possible_values();
    let is_switch = words
        .iter()
        .map(PossibleValue::get_name)
        .any(|word| word == "on");
    match (is_switch, on) {
        (true, true) => "on",
        (true, false) => "off",
        (false, true) => "true",
        (false, false) => "false",
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::settings::Settings;

    /// What is wrong with a file of this text.
    fn problems(text: &str) -> Vec<String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let read = ConfigFile::read(file.path(), &Settings::command());
        read.problems().to_vec()
    }

    #[test]
    fn settings_of_other_servers_are_passed_over() {
        let all = OF_STRATEGIES.map(|name| format!("{name} = \"x\"\n"));
        assert_eq!(problems(&all.concat()), [""; 0]);
        let told = problems("isue = \"jwt\"");
        assert!(told[0].contains("isue is no setting"), "{told:?}");
    }

    #[test]
    fn a_heading_in_one_pair_of_brackets_is_told_apart() {
        let told = problems("[provider]\npreset = \"google\"\n");
        assert!(
            told.len() == 1 && told[0].contains("[[provider]]"),
            "{told:?}"
        );
    }
}
