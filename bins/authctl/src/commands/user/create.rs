//! `authctl user create`.

use std::io::Read as _;

use anyhow::Context as _;
use auth_core::error::Problems;
use auth_core::mail::NewMail;
use auth_core::user::{Created, NewUser};
use auth_core::{
    AuthError, Clock as _, Email, MailKind, Password, PersonName, SystemClock, User, UserId,
    Username,
};
use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use super::shape::UserShape;
use crate::answer::Answer;
use crate::commands::Context;
use crate::commands::stores::OpenAccounts;
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

#[derive(Serialize)]
struct Made {
    user: UserShape,
}

impl Create {
    /// Makes the account, under the rules of registration; a reserved username may be given
    /// away.
    ///
    /// # Errors
    /// When a rule is broken, somebody has the username or the address, there is no
    /// password, or a store fails.
    pub async fn run(&self, context: &Context, open: &OpenAccounts) -> anyhow::Result<Answer> {
        let settings = &context.settings;
        settings.check_accounts()?;
        let mut new = self.parse()?;
        if !self.invite {
            let password = self.password()?;
            let words = [
                new.first_name.as_str(),
                new.last_name.as_str(),
                new.username.as_str(),
                new.email.as_str(),
            ];
            auth_server::password_policy(settings)
                .check("password", &password, &words)
                .map_err(AuthError::from)?;
            new.password_hash = Some(auth_server::hasher(settings)?.hash(&password).await?);
        }
        let mail = self.mail(&new);
        match open.accounts.users.create(&new, &mail).await? {
            Created::Made(user) => self.answer(&user),
            Created::UsernameTaken => Err(taken("username_taken", "username", &self.username)),
            Created::EmailTaken => Err(taken("email_taken", "e-mail address", &self.email)),
            Created::IdentityTaken => anyhow::bail!("an account without an identity has one"),
        }
    }

    /// The account without its password. Everything that is wrong is told at once.
    fn parse(&self) -> Result<NewUser, AuthError> {
        let mut problems = Problems::default();
        let first_name = problems.check(PersonName::parse("first_name", &self.first_name));
        let last_name = problems.check(PersonName::optional("last_name", &self.last_name));
        let username = problems.check(Username::parse("username", &self.username));
        let email = problems.check(Email::parse("email", &self.email));
        match (first_name, last_name, username, email) {
            (Some(first_name), Some(last_name), Some(username), Some(email)) => Ok(NewUser {
                id: UserId::generate(),
                first_name,
                last_name,
                username,
                email,
                email_verified: !self.unverified,
                password_hash: None,
                identity: None,
                created_at: SystemClock.now(),
            }),
            _ => Err(problems.into_error()),
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

    /// Reading the link that sets a password proves the address too, so one mail will do.
    fn mail(&self, new: &NewUser) -> Vec<NewMail> {
        let kind = match (self.invite, self.unverified) {
            (true, _) => MailKind::Reset,
            (false, true) => MailKind::Confirm,
            (false, false) => return vec![],
        };
        vec![NewMail::new(kind, &new.email, Some(new.id), new.created_at)]
    }

    fn answer(&self, user: &User) -> anyhow::Result<Answer> {
        let mut text = format!("Made user {} with id {}.", user.username, user.id);
        if self.invite || self.unverified {
            text += &format!("\nA running server mails a link to {}.", user.email);
        }
        let made = Made {
            user: UserShape::from(user),
        };
        Answer::new(&made, text)
    }
}

fn taken(code: &'static str, what: &str, value: &str) -> anyhow::Error {
    Failure::failed(
        code,
        format!("the {what} {value} is taken: choose another one"),
    )
    .into()
}

/// All of standard input but for the end of its last line.
fn read_password() -> anyhow::Result<Password> {
    let mut text = Zeroizing::new(String::new());
    let read = std::io::stdin().take(MAX_STDIN).read_to_string(&mut text);
    read.context("the password can't be read from standard input")?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(Password::new(line.strip_suffix('\r').unwrap_or(line)))
}
