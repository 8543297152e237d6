//! Signatures of Standard Webhooks, symmetric: HMAC-SHA-256 of id, time and body.

use auth_core::webhook::WebhookSecret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The value of `webhook-signature`: one signature for each secret, with blanks between.
///
/// `timestamp` is that of `webhook-timestamp`, in seconds since 1970.
pub fn signature(secrets: &[WebhookSecret], id: &str, timestamp: i64, body: &str) -> String {
    let signatures = secrets
        .iter()
        .map(|secret| one(secret, id, timestamp, body));
    signatures.collect::<Vec<_>>().join(" ")
}

#[allow(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn one(secret: &WebhookSecret, id: &str, timestamp: i64, body: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.bytes());
    let mut mac = mac.expect("HMAC takes any key");
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &str = r#"{"test": 2432232314}"#;

    fn published() -> WebhookSecret {
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap()
    }

    /// The example that Standard Webhooks' own libraries are tested with.
    #[test]
    fn the_published_example_is_signed_as_published() {
        let signed = signature(&[published()], ID, 1_614_265_330, BODY);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn two_secrets_make_two_signatures_and_everything_counts() {
        let other = WebhookSecret::generate();
        let both = signature(&[published(), other.clone()], ID, 1, BODY);
        let parts: Vec<_> = both.split(' ').collect();
        assert_eq!(parts[0], signature(&[published()], ID, 1, BODY));
        assert_eq!(parts[1], signature(&[other], ID, 1, BODY));
        for changed in [
            signature(&[published()], "msg_2", 1, BODY),
            signature(&[published()], ID, 2, BODY),
            signature(&[published()], ID, 1, "{}"),
        ] {
            assert_ne!(changed, parts[0]);
        }
    }
}
