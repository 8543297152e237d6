//! Device cookies: how a device that has signed in before is known again (OWASP, "Slow
//! Down Online Guessing Attacks with Device Cookies").

use std::time::Duration;

use crate::clock::Timestamp;
use crate::secret::SecretText;
use crate::secret::{Secret, Signature};
use crate::user::User;

/// How long a device is known after it last signed in; browsers keep no cookie longer than
/// 400 days (RFC 6265bis, 5.5).
const LIFETIME: Duration = Duration::from_secs(400 * 86_400);

/// What the signature is for, so that no other use of the key can be passed off as one.
const PURPOSE: &[u8] = b"device-cookie 1";

/// A device cookie as it is handed out.
#[derive(Clone, Debug)]
pub struct DeviceCookie {
    /// Its value.
    pub value: SecretText,
    /// How long it is to be kept.
    pub max_age: Duration,
}

/// Makes and recognises device cookies.
///
/// A cookie is `1.USER.NONCE.EXPIRY.MAC`: whose device it is, a random name for the device,
/// the Unix time in seconds at which it ends, and an HMAC-SHA-256 of all this and of the
/// account's [`credentials_version`](User::credentials_version), so that new credentials make every device
/// a stranger. It proves nothing but that somebody once signed in with it: it earns a
/// count of failures of its own, and only at the account that it names.
#[derive(Clone, Debug)]
pub struct DeviceCookies {
    key: Secret,
}

impl DeviceCookies {
    /// Signs with a key that all servers of a database share.
    pub fn new(key: Secret) -> Self {
        Self { key }
    }

    /// A cookie for the device by which this user has just signed in.
    pub(crate) fn issue(&self, user: &User, now: Timestamp) -> DeviceCookie {
        // Twelve random bytes, since the count of a device needs a name and no secret.
        let nonce: String = Secret::generate().reveal().chars().take(16).collect();
        let claims = format!("1.{}.{nonce}.{}", user.id, (now + LIFETIME).as_secs());
        let mac = self.signature(&claims, user).to_text();
        DeviceCookie {
            value: SecretText::new(format!("{claims}.{mac}")),
            max_age: LIFETIME,
        }
    }

    /// The name of the device that presents `cookie`, if it has signed in to this account
    /// under its present credentials.
    pub(crate) fn recognise(&self, cookie: &str, user: &User, now: Timestamp) -> Option<String> {
        let (claims, mac) = cookie.rsplit_once('.')?;
        if !self.signature(claims, user).is(mac) {
            return None;
        }
        let mut parts = claims.split('.').skip(1);
        let (owner, nonce, expiry) = (parts.next()?, parts.next()?, parts.next()?);
        let is_live = now.as_secs() < expiry.parse().ok()?;
        (is_live && owner == user.id.to_string()).then(|| nonce.to_owned())
    }

    fn signature(&self, claims: &str, user: &User) -> Signature {
        let credentials_version = user.credentials_version.to_be_bytes();
        self.key
            .sign(&[PURPOSE, &credentials_version, claims.as_bytes()])
    }
}
