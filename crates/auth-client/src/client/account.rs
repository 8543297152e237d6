//! Accounts, their addresses and passwords.

use serde_json::{Value, json};

use super::Client;
use crate::dto::{
    Confirmation, Grant, ProfilePatch, Registered, Registration, SignIn, StatusAnswer, User,
    UserAnswer,
};
use crate::error::Error;
use crate::secret::Secret;

impl Client {
    /// Signs up.
    ///
    /// # Errors
    /// [`Error::Problem`] when the server refuses; so for every call.
    pub async fn register(&self, person: &Registration) -> Result<Registered, Error> {
        let answer = self.post(&["register"]).json(person).once().await?;
        if answer.is(reqwest::StatusCode::CREATED) {
            let UserAnswer { user } = answer.json()?;
            return Ok(Registered::Ready(Box::new(user)));
        }
        answer.json::<StatusAnswer>()?;
        Ok(Registered::VerificationSent)
    }

    /// Confirms an address with the token from the mailed link, and signs in.
    ///
    /// # Errors
    /// See [`register`](Self::register).
    pub async fn verify(&self, confirmation: &Confirmation) -> Result<SignIn, Error> {
        let call = self.post(&["verify"]).json(confirmation);
        call.signed().await?.json()
    }

    /// Asks for another confirmation mail. The answer is the same for every address.
    ///
    /// # Errors
    /// See [`register`](Self::register).
    pub async fn resend_verification(&self, email: &str) -> Result<(), Error> {
        let call = self.post(&["verify", "resend"]);
        done(call.json(&json!({ "email": email })).once().await)
    }

    /// The signed-in user.
    ///
    /// # Errors
    /// See [`register`](Self::register).
    pub async fn profile(&self) -> Result<User, Error> {
        self.get(&["profile"]).signed().await?.json()
    }

    /// Changes names, the username or the address, and gives the user as it is then.
    ///
    /// # Errors
    /// See [`register`](Self::register).
    pub async fn change_profile(&self, patch: &ProfilePatch) -> Result<User, Error> {
        self.patch(&["profile"]).json(patch).signed().await?.json()
    }

    /// Deletes the account. The password may be left out after a fresh sign-in.
    ///
    /// # Errors
    /// See [`register`](Self::register).
    pub async fn delete_account(&self, current_password: Option<&Secret>) -> Result<(), Error> {
        let call = self.delete(&["profile"]).json(&proof(current_password));
        done(call.signed().await)?;
        self.forget_all();
        Ok(())
    }

    /// Changes the password. Every other session ends; this client gets a new credential.
    ///
    /// # Errors
    /// See [`register`](Self::register).
    pub async fn change_password(&self, current: &Secret, new: &Secret) -> Result<Grant, Error> {
        let body = json!({ "current_password": current, "new_password": new });
        let call = self.post(&["password", "change"]).json(&body);
        call.signed().await?.json()
    }

    /// Asks for a link to set a new password. The answer is the same for every address.
    ///
    /// # Errors
    /// See [`register`](Self::register).
    pub async fn forgot_password(&self, email: &str) -> Result<(), Error> {
        let call = self.post(&["password", "forgot"]);
        done(call.json(&json!({ "email": email })).once().await)
    }

    /// Sets a new password with the token from the mailed link. Every session ends.
    ///
    /// # Errors
    /// See [`register`](Self::register).
    pub async fn reset_password(&self, token: &Secret, new: &Secret) -> Result<(), Error> {
        let body = json!({ "token": token, "password": new });
        done(self.post(&["password", "reset"]).json(&body).once().await)
    }
}

/// The proof that changes of the account may want.
pub(super) fn proof(current_password: Option<&Secret>) -> Value {
    match current_password {
        Some(password) => json!({ "current_password": password }),
        None => json!({}),
    }
}

/// An answer that says no more than that it is done.
pub(super) fn done(answer: Result<super::exchange::Answer, Error>) -> Result<(), Error> {
    answer?.json::<StatusAnswer>()?;
    Ok(())
}
