//! What can go wrong on request.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

macro_rules! misbehaviours {
    ($($name:ident = $wire:literal, $title:literal;)*) => {
        /// A way to misbehave, asked for with the field `misbehave` of the decision, for that
        /// sign-in only. Everything else about the sign-in stays as it should be.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Misbehaviour {
            $(#[doc = concat!("`", $wire, "`: ", $title, ".")] $name,)*
        }

        impl Misbehaviour {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its stable name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $wire,)* }
            }

            /// What happens, in a few words.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

misbehaviours! {
    WrongIss = "wrong_iss", "The ID token names another issuer";
    WrongAud = "wrong_aud", "The ID token is for another client";
    ExtraAudWithoutAzp = "extra_aud_without_azp", "The ID token is for another client too and has no azp";
    WrongAzp = "wrong_azp", "The ID token's azp is another client";
    MissingSub = "missing_sub", "The ID token has no sub";
    MissingIat = "missing_iat", "The ID token has no iat";
    MissingExp = "missing_exp", "The ID token has no exp";
    Expired = "expired", "The ID token expired an hour ago";
    IatInFuture = "iat_in_future", "The ID token is issued in an hour";
    MissingNonce = "missing_nonce", "The ID token has no nonce";
    WrongNonce = "wrong_nonce", "The ID token has the nonce of another request";
    OldAuthTime = "old_auth_time", "The person signed in at the provider a day ago";
    NoAuthTime = "no_auth_time", "Nothing says when the person signed in, as at Google";
    SecondFactor = "second_factor", "The ID token says that a second factor was shown";
    WrongAtHash = "wrong_at_hash", "The ID token belongs to another access token";
    NoKid = "no_kid", "The ID token does not name its key";
    UnknownKid = "unknown_kid", "The ID token names a key that is not published";
    AlgNone = "alg_none", "The ID token is not signed";
    AlgHs256 = "alg_hs256", "The ID token is signed by HS256 with the client secret (empty for a public client)";
    BadSignature = "bad_signature", "The ID token's signature is broken";
    RotateBeforeSigning = "rotate_before_signing", "The provider changes its key just before it signs the ID token";
    NoIdToken = "no_id_token", "The answer holds no ID token";
    UnverifiedEmail = "unverified_email", "The e-mail address is not verified";
    EmailVerifiedAsString = "email_verified_as_string", "email_verified is the text true";
    NoEmailVerified = "no_email_verified", "Nothing says whether the e-mail address is verified, as at Entra ID";
    EmailsAsList = "emails_as_list", "The e-mail address comes in the list emails, as at Azure AD B2C";
    NoEmail = "no_email", "There is no e-mail address";
    OtherSubInUserinfo = "other_sub_in_userinfo", "Userinfo tells about somebody else";
    UserinfoFails = "userinfo_fails", "Userinfo answers 500";
    UpdatedAtAsText = "updated_at_as_text", "updated_at is a text, as at Auth0";
    LocaleAsObject = "locale_as_object", "locale is an object, as at LinkedIn";
    ExpiresInAsText = "expires_in_as_text", "expires_in is a text, as at Azure";
    ScopeAsList = "scope_as_list", "scope is a list, as at Twitch";
    ClockAhead = "clock_ahead", "The provider's clock is 30 s ahead";
    ExtraAud = "extra_aud", "The ID token is for another client too";
    AccessTokenAsIdToken = "access_token_as_id_token", "The ID token is of the type of access tokens";
    MacToken = "mac_token", "The access token is no bearer token";
    SlowToken = "slow_token", "The token endpoint answers late";
    FailingToken = "failing_token", "The token endpoint answers 500";
    TokenNotJson = "token_not_json", "The token endpoint answers with a web page";
    HugeTokenAnswer = "huge_token_answer", "The token endpoint answers with 8 MiB";
    RedirectingToken = "redirecting_token", "The token endpoint redirects elsewhere";
    WrongIssInCallback = "wrong_iss_in_callback", "The callback names another issuer (RFC 9207)";
    MissingIssInCallback = "missing_iss_in_callback", "The callback names no issuer (RFC 9207)";
    Deny = "deny", "The provider refuses";
}

impl fmt::Display for Misbehaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// There is no misbehaviour of that name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no misbehaviour `{0}`")]
pub struct UnknownMisbehaviour(
    /// The name.
    pub String,
);

impl FromStr for Misbehaviour {
    type Err = UnknownMisbehaviour;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|one| one.as_str() == name);
        found
            .copied()
            .ok_or_else(|| UnknownMisbehaviour(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_misbehaviour() {
        for one in Misbehaviour::ALL {
            assert_eq!(one.as_str().parse(), Ok(*one));
        }
        assert_eq!(
            "tired".parse::<Misbehaviour>(),
            Err(UnknownMisbehaviour("tired".into()))
        );
    }
}
