//! The routes of the contract, one call each.

use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Client, Reply, Transport};
use crate::account::Person;

impl Client {
    /// `POST /register`.
    ///
    /// # Errors
    /// When no valid answer comes; so for every call here.
    pub async fn register(&self, person: &Person) -> Result<Reply> {
        self.post("/register", &person.form()).await
    }

    /// `POST /verify` without a password.
    ///
    /// # Errors
    /// See [`register`](Self::register).
    pub async fn verify(&self, token: &str) -> Result<Reply> {
        self.post("/verify", &json!({ "token": token })).await
    }

    /// `POST /verify` with the password chosen at the sign-up, or the account's.
    ///
    /// # Errors
    /// See [`register`](Self::register).
    pub async fn confirm(&self, token: &str, password: &str) -> Result<Reply> {
        let body = json!({ "token": token, "password": password });
        self.post("/verify", &body).await
    }

    /// `POST /verify/resend`.
    ///
    /// # Errors
    /// See [`register`](Self::register).
    pub async fn resend(&self, email: &str) -> Result<Reply> {
        self.post("/verify/resend", &json!({ "email": email }))
            .await
    }

    /// `POST /login`.
    ///
    /// # Errors
    /// See [`register`](Self::register).
    pub async fn login(&self, identifier: &str, password: &str) -> Result<Reply> {
        let body = json!({ "identifier": identifier, "password": password });
        self.post("/login", &body).await
    }

    /// `POST /login` with `remember`.
    ///
    /// # Errors
    /// See [`register`](Self::register).
    pub async fn login_remembered(&self, person: &Person) -> Result<Reply> {
        let mut body = person.login();
        body["remember"] = true.into();
        self.post("/login", &body).await
    }

    /// `POST /logout`.
    ///
    /// # Errors
    /// See [`register`](Self::register).
    pub async fn logout(&self) -> Result<Reply> {
        self.call(Method::POST, "/logout").send().await
    }

    /// `POST /refresh`, with whatever the client holds for that.
    ///
    /// # Errors
    /// See [`register`](Self::register).
    pub async fn refresh(&self) -> Result<Reply> {
        match (self.strategy.transport, self.credential().refresh) {
            (Transport::Bearer, Some(token)) => {
                self.post("/refresh", &json!({ "refresh_token": token }))
                    .await
            }
            _ => self.call(Method::POST, "/refresh").send().await,
        }
    }

    /// `GET /profile`.
    ///
    /// # Errors
    /// See [`register`](Self::register).
    pub async fn profile(&self) -> Result<Reply> {
        self.get("/profile").await
    }

    /// `PATCH /profile`.
    ///
    /// # Errors
    /// See [`register`](Self::register).
    pub async fn patch_profile(&self, patch: &Value) -> Result<Reply> {
        self.call(Method::PATCH, "/profile")
            .json(patch)
            .send()
            .await
    }

    /// `DELETE /profile` with the current password, or without a body.
    ///
    /// # Errors
    /// See [`register`](Self::register).
    pub async fn delete_profile(&self, current_password: Option<&str>) -> Result<Reply> {
        let call = self.call(Method::DELETE, "/profile");
        match current_password {
            Some(password) => call.json(&json!({ "current_password": password })),
            None => call,
        }
        .send()
        .await
    }

    /// `POST /password/change`.
    ///
    /// # Errors
    /// See [`register`](Self::register).
    pub async fn change_password(&self, current: &str, new: &str) -> Result<Reply> {
        let body = json!({ "current_password": current, "new_password": new });
        self.post("/password/change", &body).await
    }

    /// `POST /password/forgot`.
    ///
    /// # Errors
    /// See [`register`](Self::register).
    pub async fn forgot(&self, email: &str) -> Result<Reply> {
        self.post("/password/forgot", &json!({ "email": email }))
            .await
    }

    /// `POST /password/reset`.
    ///
    /// # Errors
    /// See [`register`](Self::register).
    pub async fn reset(&self, token: &str, password: &str) -> Result<Reply> {
        let body = json!({ "token": token, "password": password });
        self.post("/password/reset", &body).await
    }

    /// `GET /security-events`, with this query.
    ///
    /// # Errors
    /// See [`register`](Self::register).
    pub async fn security_events(&self, query: &str) -> Result<Reply> {
        self.get(&format!("/security-events{query}")).await
    }

    /// `GET /sessions`.
    ///
    /// # Errors
    /// See [`register`](Self::register).
    pub async fn sessions(&self) -> Result<Reply> {
        self.get("/sessions").await
    }

    /// `DELETE /sessions/{id}`.
    ///
    /// # Errors
    /// See [`register`](Self::register).
    pub async fn revoke(&self, session: &str) -> Result<Reply> {
        let path = format!("/sessions/{session}");
        self.call(Method::DELETE, &path).send().await
    }

    /// `DELETE /sessions`.
    ///
    /// # Errors
    /// See [`register`](Self::register).
    pub async fn revoke_others(&self) -> Result<Reply> {
        self.call(Method::DELETE, "/sessions").send().await
    }

    /// `GET` of any path.
    ///
    /// # Errors
    /// See [`register`](Self::register).
    pub async fn get(&self, path: &str) -> Result<Reply> {
        self.call(Method::GET, path).send().await
    }

    /// `POST` of JSON to any path.
    ///
    /// # Errors
    /// See [`register`](Self::register).
    pub async fn post(&self, path: &str, body: &Value) -> Result<Reply> {
        self.call(Method::POST, path).json(body).send().await
    }
}
