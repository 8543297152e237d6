//! `authctl user create`.

use std::io::Read as _;

use anyhow::Context as _;
use auth_core::accounts::admin::AccountForm;
use auth_core::{Password, User};
use clap::Args;
use zeroize::Zeroizing;

use super::Desk;
use super::shape::OneUser;
use crate::answer::Answer;
use crate::failure::Failure;
use crate::terminal;

/// No password that the rules allow is longer, in bytes.
const MAX_STDIN: u64 = 16 * 1024;

/// The account to make.
#[derive(Args)]
pub struct Create {
    /// The username.
    #[arg(value_name = "USERNAME")]
    username: String,

    /// The e-mail address; it counts as verified.
    #[arg(long)]
    email: String,

    /// The given name.
    #[arg(long)]
    first_name: String,

    /// The family name; not everybody has one.
    #[arg(long, default_value = "")]
    last_name: String,

    /// Read the password from standard input, where it ends with the input.
    #[arg(long, conflicts_with = "invite")]
    password_stdin: bool,

    /// Set no password: mail a link by which the owner sets one.
    #[arg(long)]
    invite: bool,

    /// Have the owner confirm the address first.
    #[arg(long)]
    unverified: bool,
}

impl Create {
    /// Makes the account, under the rules of registration; a reserved username may be given
    /// away.
    ///
    /// # Errors
    /// When a rule is broken, somebody has the username or the address, there is no
    /// password, or a store fails.
    pub async fn run(&self, desk: &Desk<'_>) -> anyhow::Result<Answer> {
        desk.context.settings.check_accounts()?;
        let (admin, by) = (&desk.admin, &desk.actor);
        let new = admin.draft(&self.form())?;
        let user = match self.invite {
            true => admin.invite(by, new).await?,
            false => {
                let new = admin.with_password(new, &self.password()?).await?;
                admin.create(by, new).await?
            }
        };
        self.answer(&user)
    }

    fn form(&self) -> AccountForm {
        AccountForm {
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            username: self.username.clone(),
            email: self.email.clone(),
            email_verified: !self.unverified,
        }
    }

    fn password(&self) -> anyhow::Result<Password> {
        if self.password_stdin {
            return read_password();
        }
        if !terminal::is_attended() {
            let message = "a password is needed and nobody is at a terminal to type it: \
                           give --password-stdin, or --invite to let the owner choose it";
            return Err(Failure::usage(message).into());
        }
        let first = terminal::ask_hidden("Password:")?;
        let second = terminal::ask_hidden("The same again:")?;
        if first != second {
            return Err(Failure::usage("the two passwords differ: try again").into());
        }
        Ok(Password::new(first.as_str()))
    }

    fn answer(&self, user: &User) -> anyhow::Result<Answer> {
        let mut text = format!("Made user {} with id {}.", user.username, user.id);
        if self.invite || self.unverified {
            text += &format!("\nA running server mails a link to {}.", user.email);
        }
        Answer::new(&OneUser::from(user), text)
    }
}

/// All of standard input but for the end of its last line.
fn read_password() -> anyhow::Result<Password> {
    let mut text = Zeroizing::new(String::new());
    let read = std::io::stdin().take(MAX_STDIN).read_to_string(&mut text);
    read.context("the password can't be read from standard input")?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(Password::new(line.strip_suffix('\r').unwrap_or(line)))
}
