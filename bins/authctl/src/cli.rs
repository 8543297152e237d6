//! The command line.

use std::ffi::OsString;
use std::process::ExitCode;

use auth_server::settings::{Given, check_variables, read_settings, without_secrets};
use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser};

use crate::answer::{self, Format};
use crate::commands::Command;
use crate::failure::Failure;
use crate::server_settings::ServerSettings;

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 failed, 2 wrong usage or not confirmed, 3 not found.
With --json standard output holds one document, also of a failure: {\"error\":{\"code\",\"message\"}}.
Every setting of the servers is taken, so that authctl finds what they work on: see --help.";

/// Settings that matter most here; the short help leaves the others out.
const COMMON: [&str; 6] = [
    "json",
    "yes",
    "env",
    "data_dir",
    "database_url",
    "session_store",
];

/// Administers what the servers work on: the database, accounts and signing keys.
#[derive(Parser)]
#[command(name = "authctl", version, after_help = EXIT_CODES)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub base: Base,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Args)]
#[command(next_help_heading = "Every command")]
pub struct Base {
    /// Print one JSON document instead of text.
    #[arg(long)]
    pub json: bool,

    /// Confirm everything in advance: for scripts.
    #[arg(long)]
    pub yes: bool,

    /// What the servers are told.
    #[command(flatten)]
    pub settings: ServerSettings,
}

/// A command line that was understood.
pub struct Invocation {
    /// What it says.
    pub cli: Cli,
    /// How it says it: which values are given where, and which are defaults.
    pub given: Given,
}

impl Invocation {
    /// Reads a command line, the environment and the file of settings.
    ///
    /// # Errors
    /// When something is missing or malformed, and also when help is asked for.
    pub fn parse(args: impl Iterator<Item = OsString>) -> Result<Self, Refusal> {
        let args: Vec<OsString> = args.collect();
        let refuse = |error| Refusal::new(error, &args);
        let given = read_settings(&definition(), &args).map_err(refuse)?;
        let mut cli = Cli::from_arg_matches(&given.matches).map_err(refuse)?;
        let federation = &mut cli.base.settings.common.federation;
        federation.configured = given.providers.clone();
        check_variables(&ServerSettings::command()).map_err(|unknown| {
            refuse(clap::Error::raw(
                ErrorKind::InvalidValue,
                format!("{unknown}\n"),
            ))
        })?;
        Ok(Self { cli, given })
    }

    /// Who reads the answer.
    pub fn format(&self) -> Format {
        format(self.cli.base.json)
    }
}

fn format(json: bool) -> Format {
    if json { Format::Json } else { Format::Text }
}

/// The flags may stand before and after the command.
fn definition() -> clap::Command {
    Cli::command().mut_args(|arg| {
        let is_common = COMMON.contains(&arg.get_id().as_str());
        arg.global(true).hide_short_help(!is_common)
    })
}

/// A command line that was not understood, or that asks for help.
pub struct Refusal {
    error: clap::Error,
    format: Format,
}

impl Refusal {
    fn new(error: clap::Error, args: &[OsString]) -> Self {
        // What was not understood can't tell its own format.
        let format = format(args.iter().any(|arg| arg == "--json"));
        Self {
            error: without_secrets(error),
            format,
        }
    }

    /// Prints the help that was asked for, or what is wrong.
    pub fn report(&self) -> ExitCode {
        if self.format == Format::Text || !self.error.use_stderr() {
            // Nobody is left to be told when this can't be written.
            let _ = self.error.print();
            return ExitCode::from(u8::try_from(self.error.exit_code()).unwrap_or(2));
        }
        answer::fail(self.format, &Failure::usage(first_paragraph(&self.error)))
    }
}

/// What is wrong, without the advice on usage that follows it.
fn first_paragraph(error: &clap::Error) -> String {
    let text = error.to_string();
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let words: Vec<_> = paragraph.split_whitespace().collect();
    words.join(" ").trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Invocation, Refusal> {
        let args = ["authctl"].iter().chain(args).map(OsString::from);
        Invocation::parse(args)
    }

    #[test]
    fn the_command_line_is_well_formed() {
        definition().debug_assert();
    }

    #[test]
    fn flags_may_stand_before_and_after_the_command() {
        for args in [
            ["--json", "--data-dir", "x", "user", "list"],
            ["user", "list", "--data-dir", "x", "--json"],
            ["user", "--data-dir", "x", "list", "--json"],
        ] {
            let Ok(invocation) = parse(&args) else {
                panic!("{args:?} was refused")
            };
            assert_eq!(invocation.format(), Format::Json, "{args:?}");
            let data_dir = &invocation.cli.base.settings.common.data_dir;
            assert_eq!(data_dir.to_str(), Some("x"), "{args:?}");
        }
    }
}
