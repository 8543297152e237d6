//! What people read of a command line: what is wrong with a value, and what `-h` and `--help`
//! print, settings by groups, in the short form a line each.

use std::ffi::OsString;

use clap::{Arg, Command};

use super::values::{explained, tidied};

const AFTERWARDS: &str = "\
Each setting is a variable too (--session-idle: AUTH_SESSION_IDLE), and a key in the file that \
--config names (session-idle).\nA flag counts more than a variable, and that more than the file.";

/// What the clauses begin with that the short form leaves out.
const DETAILS: [&str; 5] = [". ", "; ", ": ", " [default: ", " (repeatable"];

/// How the help says that a flag may be given several times.
const REPEATABLE: &str = "(repeatable)";

/// What the long help says besides of a setting.
const MORE: [(&str, &str); 1] = [(
    "mail",
    "Behind a question mark an smtp URL takes tls=required, opportunistic or none (by default \
     STARTTLS where it is offered), ca=FILE with more certification authorities, auth=plain, login \
     or xoauth2, and token_file=FILE, an access token that is read at each login.",
)];

/// The command line whose faults are told by whole sentences, and as its help is to show it, if
/// that is asked for.
pub(super) fn readable(command: Command, args: &[OsString]) -> Command {
    let is_short = args.iter().any(|arg| arg == "-h");
    if !is_short && args.iter().all(|arg| arg != "--help") {
        return command.mut_args(|arg| tidied(explained(arg)));
    }
    let command = match command.get_after_help() {
        Some(_) => command,
        None => command.after_help(AFTERWARDS),
    };
    match is_short {
        true => command.term_width(0).mut_args(|arg| brief(plain(arg))),
        false => command.mut_args(|arg| in_full(plain(arg))),
    }
}

/// A value is not called by the name of its setting once more.
fn plain(arg: Arg) -> Arg {
    let own = arg.get_id().as_str().to_uppercase();
    let names = arg.get_value_names().unwrap_or_default();
    match names.iter().any(|name| name.as_str() == own) {
        true => arg.value_name("VALUE"),
        false => arg,
    }
}

/// With how a variable holds several values, and all else there is to say.
fn in_full(arg: Arg) -> Arg {
    let Some(help) = arg.get_long_help().or(arg.get_help()) else {
        return arg;
    };
    let mut help = help.to_string();
    if let Some(delimiter) = arg.get_value_delimiter() {
        help = help.replace(REPEATABLE, &several(delimiter));
    }
    let more = MORE.iter().find(|(id, _)| arg.get_id() == id);
    let more = more
        .map(|(_, more)| format!("\n\n{more}"))
        .unwrap_or_default();
    arg.long_help(format!("{help}{more}"))
}

fn several(delimiter: char) -> String {
    format!("(repeatable; in one value, as in a variable, separated by `{delimiter}`)")
}

/// With the first clause of what is to be said.
fn brief(arg: Arg) -> Arg {
    let Some(help) = arg.get_help().map(ToString::to_string) else {
        return arg;
    };
    let ends = DETAILS.iter().filter_map(|details| help.find(details));
    let first = ends.min().map_or(&*help, |end| &help[..end]);
    arg.help(first.trim_end_matches('.').to_owned())
        .hide_env(true)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::settings::Settings;

    fn help(flag: &str) -> String {
        let mut command = readable(Settings::command(), &[flag.into()]);
        match flag {
            "-h" => command.render_help().to_string(),
            _ => command.render_long_help().to_string(),
        }
    }

    #[test]
    fn the_short_help_has_a_line_for_each_setting() {
        let help = help("-h");
        let (settings, _) = help.split_once("\nEach setting").unwrap();
        let lines = settings.lines().filter(|line| line.starts_with("      --"));
        let settings = Settings::command().get_arguments().count();
        assert_eq!(lines.clone().count(), settings, "{help}");
        for line in lines {
            let told = line.trim().split_once("  ").unwrap_or_default().1;
            assert!(!told.trim().is_empty() && line.len() < 200, "{line}");
        }
    }

    #[test]
    fn the_long_help_says_what_stands_nowhere_else() {
        let words: Vec<_> = help("--help")
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        let help = words.join(" ");
        assert!(help.contains("separated by `,`"), "{help}");
        assert!(!help.contains(REPEATABLE), "{help}");
        for parameter in ["tls=required", "ca=FILE", "auth=plain", "token_file=FILE"] {
            assert!(help.contains(parameter), "{parameter}");
        }
    }

    #[test]
    fn every_setting_is_in_a_group() {
        let command = Settings::command();
        let stray = command
            .get_arguments()
            .filter(|arg| arg.get_help_heading().is_none());
        let stray: Vec<_> = stray.filter_map(Arg::get_long).collect();
        assert_eq!(stray, [""; 0]);
        let help = help("--help");
        for group in [
            "Listening",
            "Operation",
            "Cross-origin",
            "Stores",
            "Mail",
            "Passwords",
            "Lifetimes",
            "Second factors",
            "Providers",
            "Limits",
        ] {
            assert!(help.contains(&format!("\n{group}:\n")), "{group}");
        }
        assert!(help.contains("[env: AUTH_SESSION_IDLE"), "{help}");
    }
}
