//! Tokens that nobody should believe.

use std::fs;
use std::path::{Path, PathBuf};

use auth_jwt::Algorithm;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm as Jws, EncodingKey, crypto};
use serde_json::Value;

use crate::lab::Lab;

/// A genuine token taken apart, and the key that signed it. Each method gives the token
/// that differs from it in one way; unless it says otherwise, rightly signed.
pub struct Forge {
    pub algorithm: Algorithm,
    pub header: Value,
    pub claims: Value,
    key: EncodingKey,
    genuine: String,
}

impl Forge {
    pub fn new(algorithm: Algorithm, key_dir: &Path, genuine: &str) -> Self {
        let segments: Vec<&str> = genuine.split('.').collect();
        let json =
            |text: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap();
        let newest = key_files(key_dir).into_iter().rfind(|file| {
            let name = file.file_name().unwrap().to_str().unwrap();
            name.contains(algorithm.as_str())
        });
        let text = fs::read(newest.unwrap()).unwrap();
        Self {
            algorithm,
            header: json(segments[0]),
            claims: json(segments[1]),
            key: read_key(algorithm, &text),
            genuine: genuine.to_owned(),
        }
    }

    /// The token as it was issued.
    pub fn genuine(&self) -> &str {
        &self.genuine
    }

    /// The same header and claims, signed anew.
    pub fn again(&self) -> String {
        self.signed(&self.header.to_string(), &self.claims.to_string())
    }

    pub fn with_header(&self, name: &str, value: impl Into<Value>) -> String {
        let mut header = self.header.clone();
        header[name] = value.into();
        self.signed(&header.to_string(), &self.claims.to_string())
    }

    pub fn without_header(&self, name: &str) -> String {
        let mut header = self.header.clone();
        header.as_object_mut().unwrap().remove(name).unwrap();
        self.signed(&header.to_string(), &self.claims.to_string())
    }

    pub fn with_claim(&self, name: &str, value: impl Into<Value>) -> String {
        let mut claims = self.claims.clone();
        claims[name] = value.into();
        self.signed(&self.header.to_string(), &claims.to_string())
    }

    pub fn without_claim(&self, name: &str) -> String {
        let mut claims = self.claims.clone();
        claims.as_object_mut().unwrap().remove(name).unwrap();
        self.signed(&self.header.to_string(), &claims.to_string())
    }

    /// The claims with something put in front of the first.
    pub fn with_raw_claim(&self, member: &str) -> String {
        let claims = self.claims.to_string();
        self.signed(&self.header.to_string(), &prefixed(&claims, member))
    }

    /// The header with something put in front of the first member.
    pub fn with_raw_header(&self, member: &str) -> String {
        let header = self.header.to_string();
        self.signed(&prefixed(&header, member), &self.claims.to_string())
    }

    pub fn signed(&self, header: &str, claims: &str) -> String {
        self.signed_message(&message(header, claims))
    }

    /// Any text in the place of the first two segments.
    pub fn signed_message(&self, message: &str) -> String {
        let algorithm = self.algorithm.to_string().parse().unwrap();
        sign(message, &self.key, algorithm)
    }

    /// The genuine claims, signed with another key and algorithm.
    pub fn resigned(&self, key: &EncodingKey, algorithm: Jws) -> String {
        let mut header = self.header.clone();
        header["alg"] = format!("{algorithm:?}").into();
        let message = message(&header.to_string(), &self.claims.to_string());
        sign(&message, key, algorithm)
    }

    /// Three segments of the genuine token.
    pub fn segments(&self) -> [&str; 3] {
        let segments: Vec<&str> = self.genuine.split('.').collect();
        segments.try_into().unwrap()
    }

    /// The genuine token's time claim, moved by some seconds.
    pub fn time(&self, claim: &str, by: i64) -> i64 {
        self.claims[claim].as_i64().unwrap() + by
    }
}

/// Header and claims as they are signed.
pub fn message(header: &str, claims: &str) -> String {
    let [header, claims] = [header, claims].map(|json| URL_SAFE_NO_PAD.encode(json));
    format!("{header}.{claims}")
}

fn sign(message: &str, key: &EncodingKey, algorithm: Jws) -> String {
    let signature = crypto::sign(message.as_bytes(), key, algorithm).unwrap();
    format!("{message}.{signature}")
}

fn prefixed(object: &str, member: &str) -> String {
    object.replacen('{', &format!("{{{member},"), 1)
}

/// Key files, the oldest first.
pub fn key_files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "key"))
        .collect();
    files.sort();
    files
}

pub fn read_key(algorithm: Algorithm, text: &[u8]) -> EncodingKey {
    match algorithm {
        Algorithm::EdDsa => EncodingKey::from_ed_pem(text).unwrap(),
        Algorithm::Es256 => EncodingKey::from_ec_pem(text).unwrap(),
        Algorithm::Rs256 => EncodingKey::from_rsa_pem(text).unwrap(),
        Algorithm::Hs256 => EncodingKey::from_secret(&STANDARD.decode(text.trim_ascii()).unwrap()),
    }
}

/// Asserts that a forgery is refused with each algorithm: by a server that never saw
/// the genuine token, and by one that did and accepted it.
pub fn refused(forgery: impl Fn(&Forge) -> String) {
    for algorithm in Algorithm::ALL {
        let lab = Lab::new(algorithm);
        let forge = lab.forge();
        let forged = forgery(&forge);
        assert_ne!(forged, forge.genuine(), "{algorithm}: nothing was forged");
        assert!(!lab.accepts(&forged), "{algorithm}: {forged}");
        assert!(
            lab.accepts(forge.genuine()),
            "{algorithm}: the genuine token"
        );
        assert!(
            lab.accepts(&forge.again()),
            "{algorithm}: the same, signed anew"
        );
        assert!(!lab.accepts(&forged), "{algorithm}: {forged}");
    }
}

/// Makes one test of each line: what is forged, and how.
macro_rules! forgeries {
    ($($name:ident: $forgery:expr;)*) => {
        $(#[test]
        fn $name() {
            crate::forge::refused($forgery);
        })*
    };
}
pub(crate) use forgeries;
