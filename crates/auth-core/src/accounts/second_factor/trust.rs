//! Devices that their owner trusts: they are not asked for a second factor for a while.

use std::time::Duration;

use super::{Accounts, Factors};
use crate::clock::Timestamp;
use crate::factor::Held;
use crate::secret::{SecretText, Signature};
use crate::session::Device;
use crate::user::{ActiveUser, User};

/// What the signature is for, so that no other use of the key can be passed off as one.
const PURPOSE: &[u8] = b"trusted-device 1";

/// The cookie that says that a device is trusted.
#[derive(Clone, Debug)]
pub struct TrustCookie {
    /// Its value: `1.USER.EXPIRY.MAC`. The HMAC-SHA-256 is of all this, of the account's security
    /// stamp, and of the factors that it has, so that new credentials and other factors end the
    /// trust.
    pub value: SecretText,
    /// How long it is to be kept.
    pub max_age: Duration,
}

impl Accounts {
    /// Whether the device need not be asked.
    pub(super) fn is_trusted(
        &self,
        factors: &Factors,
        user: &ActiveUser,
        held: &Held,
        device: &Device,
    ) -> bool {
        let cookie = device.presents.trust.as_ref();
        let lasts = factors.policy.trusted_device;
        let is_trusted = |cookie: &SecretText| {
            let (claims, mac) = cookie.reveal().rsplit_once('.')?;
            let is_ours = signature(factors, claims, user, held).is(mac);
            let [_, owner, expiry] = claims.split('.').collect::<Vec<_>>()[..] else {
                return None;
            };
            let ends = expiry.parse().ok().filter(|_| is_ours)?;
            let is_theirs = owner == user.id.to_string();
            // A setting that was shortened holds for what was handed out before, too.
            let (now, latest) = (self.now(), self.now() + lasts);
            Some(is_theirs && now.as_secs() < ends && ends <= latest.as_secs())
        };
        cookie.and_then(is_trusted).unwrap_or_default()
    }

    /// The cookie for a device that its owner trusts; none where devices are not trusted.
    pub(super) fn trust(&self, factors: &Factors, user: &User, held: &Held) -> Option<TrustCookie> {
        let max_age = factors.policy.trusted_device;
        if max_age.is_zero() {
            return None;
        }
        let ends: Timestamp = self.now() + max_age;
        let claims = format!("1.{}.{}", user.id, ends.as_secs());
        let mac = signature(factors, &claims, user, held).to_text();
        Some(TrustCookie {
            value: SecretText::new(format!("{claims}.{mac}")),
            max_age,
        })
    }
}

fn signature(factors: &Factors, claims: &str, user: &User, held: &Held) -> Signature {
    let stamp = user.credentials_version.to_be_bytes();
    let ids = held.factors.iter().map(|factor| factor.id.to_string());
    let ids = ids.collect::<Vec<_>>().join(",");
    let parts = [PURPOSE, &stamp, ids.as_bytes(), b".", claims.as_bytes()];
    factors.key.sign(&parts)
}
