//! Asking the person at the terminal.

use std::io::{self, IsTerminal as _, Write as _};

use anyhow::{Context as _, ensure};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

/// Whether there is a person who can read a question and answer it.
pub fn is_attended() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks on standard error, so that standard output holds the answer alone.
///
/// # Errors
/// When the terminal is gone.
pub fn ask(question: &str) -> anyhow::Result<Zeroizing<String>> {
    write!(io::stderr(), "{question} ")?;
    let mut line = Zeroizing::new(String::new());
    let read = io::stdin().read_line(&mut line);
    ensure!(
        read.context("the answer can't be read")? > 0,
        "there was no answer; nothing was done"
    );
    let typed = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(typed);
    Ok(line)
}

/// Asks for something that nobody may read over a shoulder.
///
/// # Errors
/// When the terminal is gone or can't be told to be quiet.
pub fn ask_hidden(question: &str) -> anyhow::Result<Zeroizing<String>> {
    let _quiet = Quiet::start().context("the terminal can't be told not to show the password")?;
    ask(question)
}

/// While it lives the terminal shows no typing but the end of the line.
struct Quiet {
    before: Termios,
}

impl Quiet {
    fn start() -> rustix::io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        quiet.local_modes.insert(LocalModes::ECHONL);
        // What was typed before the question is no answer to it.
        tcsetattr(io::stdin(), OptionalActions::Flush, &quiet)?;
        Ok(Self { before })
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // A terminal that is gone needs no restoring.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
    }
}
