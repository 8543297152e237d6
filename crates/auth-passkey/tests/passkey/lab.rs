//! A relying party, an authenticator, and the ceremonies between them.

use std::time::Duration;

use auth_passkey::software::{Knobs, SoftwareAuthenticator};
use auth_passkey::{
    Asserted, Descriptor, Expected, NewUser, Refused, RelyingParty, StoredCredential,
    UserVerification,
};
use serde_json::Value;

pub const ORIGIN: &str = "https://login.example.org";
pub const USER: &[u8] = b"user-1";
pub const CHALLENGE: &[u8] = b"a challenge of 32 random bytes..";
pub const TIMEOUT: Duration = Duration::from_secs(300);

pub fn party() -> RelyingParty {
    RelyingParty {
        id: "example.org".to_owned(),
        name: "Example".to_owned(),
        origins: vec![ORIGIN.to_owned(), "https://example.org".to_owned()],
    }
}

pub fn creation_options(exclude: &[Descriptor]) -> Value {
    let user = NewUser {
        handle: USER,
        name: "ada@example.org",
        display_name: "Ada",
    };
    party().creation_options(CHALLENGE, user, exclude, TIMEOUT)
}

pub fn request_options(allow: &[Descriptor]) -> Value {
    party().request_options(CHALLENGE, allow, UserVerification::Preferred, TIMEOUT)
}

/// A registration, with the knobs turned.
pub fn registration(turn: impl FnOnce(&mut Knobs)) -> Value {
    let mut authenticator = SoftwareAuthenticator::new();
    turn(&mut authenticator.knobs);
    authenticator
        .create(&creation_options(&[]), ORIGIN)
        .unwrap()
}

pub fn register(response: &Value) -> Result<StoredCredential, Refused> {
    party().register(CHALLENGE, response)
}

/// An account with one credential, and its authenticator.
pub struct Account {
    pub authenticator: SoftwareAuthenticator,
    pub credential: StoredCredential,
}

impl Account {
    pub fn new() -> Self {
        Self::with(|_| ())
    }

    /// With the knobs turned from the registration on.
    pub fn with(turn: impl FnOnce(&mut Knobs)) -> Self {
        let mut authenticator = SoftwareAuthenticator::new();
        turn(&mut authenticator.knobs);
        let response = authenticator.create(&creation_options(&[]), ORIGIN);
        let credential = register(&response.unwrap()).unwrap();
        Self {
            authenticator,
            credential,
        }
    }

    pub fn expected(&self) -> Expected<'_> {
        Expected {
            challenge: CHALLENGE,
            credential: &self.credential,
            user_handle: USER,
            names_user: true,
            user_verification: UserVerification::Preferred,
        }
    }

    /// An assertion, with the knobs turned.
    pub fn assertion(&mut self, turn: impl FnOnce(&mut Knobs)) -> Value {
        turn(&mut self.authenticator.knobs);
        self.authenticator
            .get(&request_options(&[]), ORIGIN)
            .unwrap()
    }

    /// What becomes of an assertion with the knobs turned.
    pub fn sign_in(&mut self, turn: impl FnOnce(&mut Knobs)) -> Result<Asserted, Refused> {
        let response = self.assertion(turn);
        party().authenticate(&self.expected(), &response)
    }
}

/// The answer with bytes of it changed: `pointer` is to their base64url.
pub fn changed(response: &Value, pointer: &str, change: impl FnOnce(&mut Vec<u8>)) -> Value {
    let mut response = response.clone();
    let part = response.pointer_mut(pointer).unwrap();
    let mut bytes = decode(part.as_str().unwrap());
    change(&mut bytes);
    *part = encode(&bytes).into();
    response
}

pub fn encode(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

pub fn decode(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(text)
        .unwrap()
}
