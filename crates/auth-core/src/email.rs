//! E-mail addresses: one parse for all routes.

use std::fmt;

use caseless::default_case_fold_str;

use crate::error::{FieldCode, FieldError};
use crate::text::trimmed;

/// A mailbox address whose domain is in its IDNA form (RFC 5321, RFC 5891).
///
/// Two addresses are the same when their [`key`](Self::key)s are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    address: String,
    key: String,
}

impl Email {
    /// The longest address that SMTP can carry (RFC 5321, 4.5.3.1.3).
    pub const MAX_LEN: usize = 254;

    /// Parses `local@domain`; quoted local parts, address literals and host names
    /// without a dot are refused, since nobody signs up with them in earnest. Blanks around
    /// the address are dropped.
    ///
    /// # Errors
    /// Names `field` and what is wrong.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, FieldError> {
        let invalid = |detail| FieldError::new(field, FieldCode::InvalidFormat, detail);
        let text = trimmed(text);
        if text.is_empty() {
            return Err(FieldError::new(
                field,
                FieldCode::Required,
                "An e-mail address is needed.",
            ));
        }
        let (local, domain) = text
            .rsplit_once('@')
            .ok_or_else(|| invalid("An e-mail address has the form name@example.org."))?;
        if !local.is_ascii() || local.contains(['"', '\\']) {
            return Err(invalid(
                "The part before the @ may hold plain ASCII characters only.",
            ));
        }
        let domain = idna::domain_to_ascii_strict(domain)
            .map_err(|_| invalid("The part after the @ is not a domain name."))?;
        let address = format!("{local}@{domain}");
        if address.len() > Self::MAX_LEN {
            let detail = format!(
                "An e-mail address has at most {} characters.",
                Self::MAX_LEN
            );
            return Err(FieldError::new(field, FieldCode::TooLong, detail));
        }
        let options = email_address::Options::default()
            .without_display_text()
            .without_domain_literal()
            .with_required_tld();
        email_address::EmailAddress::parse_with_options(&address, options)
            .map_err(|_| invalid("An e-mail address has the form name@example.org."))?;
        Ok(Self::from_stored(address))
    }

    /// An address that was parsed before it was stored.
    pub fn from_stored(address: String) -> Self {
        let key = match address.is_ascii() {
            // What folding comes to for most addresses, without its work.
            true => address.to_ascii_lowercase(),
            false => default_case_fold_str(&address),
        };
        Self { address, key }
    }

    /// The address as its owner wrote it, with the domain in ASCII.
    pub fn as_str(&self) -> &str {
        &self.address
    }

    /// The case-folded form under which the address is unique.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<Email, FieldError> {
        Email::parse("email", text)
    }

    #[test]
    fn compares_case_folded_and_idna_normalised() {
        assert_eq!(
            parse("Ada@Example.ORG").unwrap().key(),
            parse("ada@example.org").unwrap().key()
        );
        assert_eq!(
            parse("a@BÜCHER.example").unwrap().as_str(),
            "a@xn--bcher-kva.example"
        );
    }

    proptest! {
        #[test]
        fn the_short_way_leads_to_the_same_key(address in "[ -~]{1,40}") {
            let folded = default_case_fold_str(&address);
            let email = Email::from_stored(address);
            prop_assert_eq!(email.key(), folded);
        }
    }

    #[test]
    fn blanks_around_an_address_are_dropped() {
        for text in [
            " ada@example.org",
            "ada@example.org \n",
            "\u{2068}ada@example.org\u{2069}",
        ] {
            assert_eq!(parse(text).unwrap().as_str(), "ada@example.org", "{text:?}");
        }
    }

    #[test]
    fn refuses_what_is_no_plain_address() {
        let long = format!("{}@example.org", "a".repeat(65));
        for text in [
            "",
            "ada",
            "ada@",
            "@example.org",
            "a b@example.org",
            "a@b",
            "a@[127.0.0.1]",
            "\"a b\"@example.org",
            "a@example.org\r\nBcc: x@example.org",
            "a@exa mple.org",
            "Ada <ada@example.org>",
            "a@-x.org",
            "a@x..org",
            ".a@x.org",
            "a..b@x.org",
            "a\0@x.org",
            "ädä@example.org",
            "a@b@example.org",
            &long,
        ] {
            assert!(parse(text).is_err(), "{text:?} was accepted");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_is_idempotent(text in "\\PC{0,80}") {
            if let Ok(email) = parse(&text) {
                prop_assert_eq!(parse(email.as_str()).unwrap(), email);
            }
        }

        #[test]
        fn no_control_character_survives(text in ".{0,40}@[a-z]{1,5}\\.org") {
            if let Ok(email) = parse(&text) {
                prop_assert!(!email.as_str().chars().any(char::is_control));
            }
        }
    }
}
