//! Second factors: ending a sign-in that takes one, and what the account has.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Client;
use super::account::done;
use crate::dto::{
    AddedFactor, Factor, FactorAnswer, FactorProof, Factors, NewTotp, Pending, RecoveryCodesAnswer,
    SignIn,
};
use crate::error::Error;
use crate::secret::Secret;

impl Client {
    /// Ends a sign-in by what it lacks; it may lack one thing more.
    ///
    /// # Errors
    /// [`Error::Problem`] when the server refuses; so for every call.
    pub async fn finish_sign_in(
        &self,
        pending: &Pending,
        proof: &FactorProof,
    ) -> Result<SignIn, Error> {
        let mut body = proof.to_json();
        body["pending"] = json!(pending.id);
        let call = self.post(&["login", "factor"]).json(&body);
        call.once().await?.json()
    }

    /// The second factors of whoever is signed in.
    ///
    /// # Errors
    /// See [`finish_sign_in`](Self::finish_sign_in).
    pub async fn factors(&self) -> Result<Factors, Error> {
        self.get(&["factors"]).signed().await?.json()
    }

    /// Begins to add an authenticator app, with the password or after a fresh sign-in.
    ///
    /// # Errors
    /// See [`finish_sign_in`](Self::finish_sign_in).
    pub async fn begin_totp(&self, current_password: Option<&Secret>) -> Result<NewTotp, Error> {
        let call = self
            .post(&["factors", "totp"])
            .json(&with(current_password));
        call.signed().await?.json()
    }

    /// Adds the authenticator app that shows this code.
    ///
    /// # Errors
    /// See [`finish_sign_in`](Self::finish_sign_in).
    pub async fn confirm_totp(&self, new: &NewTotp, code: &str) -> Result<AddedFactor, Error> {
        let body = json!({ "id": new.id, "code": code });
        let call = self.post(&["factors", "totp", "confirm"]).json(&body);
        call.signed().await?.json()
    }

    /// Gives a factor another name.
    ///
    /// # Errors
    /// See [`finish_sign_in`](Self::finish_sign_in).
    pub async fn rename_factor(&self, factor: Uuid, name: &str) -> Result<Factor, Error> {
        let call = self.patch(&["factors", &factor.to_string()]);
        let answer = call.json(&json!({ "name": name })).signed().await?;
        Ok(answer.json::<FactorAnswer>()?.factor)
    }

    /// Removes a factor.
    ///
    /// # Errors
    /// See [`finish_sign_in`](Self::finish_sign_in).
    pub async fn remove_factor(
        &self,
        factor: Uuid,
        current_password: Option<&Secret>,
    ) -> Result<(), Error> {
        let call = self.delete(&["factors", &factor.to_string()]);
        done(call.json(&with(current_password)).signed().await)
    }

    /// Makes new recovery codes in place of those there are.
    ///
    /// # Errors
    /// See [`finish_sign_in`](Self::finish_sign_in).
    pub async fn replace_recovery_codes(
        &self,
        current_password: Option<&Secret>,
    ) -> Result<Vec<Secret>, Error> {
        let call = self.post(&["factors", "recovery-codes"]);
        let answer = call.json(&with(current_password)).signed().await?;
        Ok(answer.json::<RecoveryCodesAnswer>()?.recovery_codes)
    }

    /// Shows a second factor again, for what asks for a recent one.
    ///
    /// # Errors
    /// See [`finish_sign_in`](Self::finish_sign_in).
    pub async fn show_factor(&self, proof: &FactorProof) -> Result<(), Error> {
        let call = self.post(&["factors", "verify"]).json(&proof.to_json());
        done(call.signed().await)
    }
}

fn with(current_password: Option<&Secret>) -> Value {
    match current_password {
        Some(password) => json!({ "current_password": password }),
        None => json!({}),
    }
}
