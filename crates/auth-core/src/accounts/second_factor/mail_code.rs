//! Signing in by a mailed code instead of a password. It is one factor, and takes the place of
//! no other.

use subtle::ConstantTimeEq as _;

use super::finish::Awaited;
use super::{Accounts, Factors, FinishSignIn, FinishedSignIn, Shown};
use crate::accounts::sign_in::unknown_account;
use crate::accounts::{Pending, Step};
use crate::email::Email;
use crate::error::AuthError;
use crate::events::SignInMethod;
use crate::factor::{Waiting, WaitingFor};
use crate::limit::{Guess, GuessOf};
use crate::mail::{MailKind, NewMail};
use crate::secret::{Secret, SecretHash, SecretText};
use crate::session::{Assurance, Device, Method};
use crate::user::{ActiveUser, User};

/// Eight digits, of which a guesser gets a few tries at a time.
const DIGITS: u32 = 8;

/// The code for what waits under a handle with this hash: HMAC-SHA-256 of it, so that no code
/// rests anywhere before it is mailed.
pub(in crate::accounts) fn code_for(key: &Secret, handle: &SecretHash) -> SecretText {
    let mac = key.keyed(&[b"mail code 1", handle.to_text().as_bytes()]);
    let number = mac
        .iter()
        .take(8)
        .fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
    let width = DIGITS as usize;
    SecretText::new(format!("{:0width$}", number % 10_u64.pow(DIGITS)))
}

/// What the cause of a mail with a code begins with; the hash of the handle follows.
const CAUSE: &str = "sign_in_code:";

/// The hash of the handle that a queued code is for.
pub(in crate::accounts) fn handle_of_cause(cause: &str) -> Option<SecretHash> {
    SecretHash::from_text(cause.strip_prefix(CAUSE)?).ok()
}

impl Accounts {
    /// Mails a code to whoever has an account with a confirmed address. Neither answer nor time
    /// tells whether one has.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] where nobody signs in so, a limit, or a failing store.
    pub async fn begin_mail_sign_in(
        &self,
        email: &str,
        device: &Device,
    ) -> Result<Pending, AuthError> {
        let factors = self.known_factors()?;
        if !factors.policy.mail_codes {
            return Err(AuthError::NotFound);
        }
        let email = Email::parse("email", email)?;
        self.limits.mail_request(device.ip, self.now()).await?;
        let waiting = Waiting {
            email: Some(email.clone()),
            ..Waiting::of(WaitingFor::MailCode, None)
        };
        let pending = self.wait(&waiting, vec![Step::MailCode], device).await?;
        let mail = self.mail(MailKind::SignInCode, &email, None);
        let mail = NewMail {
            cause: format!("{CAUSE}{}", pending.handle.hash().to_text()),
            ..mail
        };
        self.stores.outbox.queue(&mail).await?;
        Ok(pending)
    }

    pub(super) async fn finish_by_mail(
        &self,
        awaited: &Awaited,
        form: FinishSignIn,
        device: &Device,
    ) -> Result<FinishedSignIn, AuthError> {
        let factors = self.known_factors()?;
        let Shown::MailCode(code) = &form.shown else {
            return Err(AuthError::InvalidFactor);
        };
        let email = awaited.waiting.email.as_ref();
        let email = email.ok_or(AuthError::InvalidToken)?;
        let user = self.stores.users.find_by_email(email).await?;
        let account = match &user {
            Some(user) => user.id.to_string(),
            None => unknown_account(email.as_str()),
        };
        let is_right = is_code(factors, &awaited.key.secret, code);
        let check = async { Ok(is_right.then(|| user.clone()).flatten().and_then(admitted)) };
        // It is guessed at in the place of the password, and counted with it: whoever reads the
        // mail must not get further guesses at the second factor by it.
        let guess = Guess {
            of: GuessOf::Password,
            by: Some(SignInMethod::MailCode),
            account: &account,
            user: user.as_ref(),
            device,
        };
        let user = self.counted_as(guess, check).await?;
        self.end_wait(&awaited.key).await?;
        let assurance = Assurance::by(Method::Mail);
        self.finish_without_password(&user, assurance, form.remember, device)
            .await
    }
}

/// Only who has confirmed the address reads its mail: the password of another account may be
/// somebody else's.
fn admitted(user: User) -> Option<ActiveUser> {
    ActiveUser::proven(user).filter(|user| user.email_verified)
}

fn is_code(factors: &Factors, handle: &SecretHash, typed: &SecretText) -> bool {
    let digits: String = typed
        .reveal()
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    let code = code_for(&factors.key, handle);
    code.reveal().as_bytes().ct_eq(digits.as_bytes()).into()
}
