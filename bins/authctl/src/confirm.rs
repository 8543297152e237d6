//! Asking before something is destroyed.

use crate::failure::Failure;
use crate::terminal;

/// Whether whoever calls has confirmed everything in advance.
#[derive(Clone, Copy, Debug)]
pub struct Confirmation {
    yes: bool,
}

impl Confirmation {
    /// `yes` confirms everything.
    pub fn new(yes: bool) -> Self {
        Self { yes }
    }

    /// Asks a question whose answer is yes or no.
    ///
    /// # Errors
    /// When it is not answered with yes, or nobody is there to answer.
    pub fn ask(self, question: &str) -> anyhow::Result<()> {
        self.demand(question, "[y/N]", |answer| {
            matches!(answer.to_lowercase().as_str(), "y" | "yes")
        })
    }

    /// Asks a question that takes more than a keystroke to answer.
    ///
    /// # Errors
    /// When `word` is not typed, or nobody is there to type it.
    pub fn ask_for(self, question: &str, word: &str) -> anyhow::Result<()> {
        let hint = format!("Type {word} to go on:");
        self.demand(question, &hint, |answer| answer == word)
    }

    fn demand(
        self,
        question: &str,
        hint: &str,
        confirms: impl Fn(&str) -> bool,
    ) -> anyhow::Result<()> {
        if self.yes {
            return Ok(());
        }
        if !terminal::is_attended() {
            let message = format!("{question} Nobody is at a terminal to answer: add --yes");
            return Err(Failure::not_confirmed(message).into());
        }
        let answer = terminal::ask(&format!("{question} {hint}"))?;
        match confirms(answer.trim()) {
            true => Ok(()),
            false => Err(Failure::not_confirmed("Not confirmed, so nothing was changed").into()),
        }
    }
}
