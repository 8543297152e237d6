//! What makes an ID token a proof (OpenID Connect Core 1.0, 3.1.3.7 and 3.1.3.8).

use std::time::{Duration, UNIX_EPOCH};

use auth_core::Timestamp;
use auth_core::identity::Challenge;
use openidconnect::core::{
    CoreIdToken, CoreIdTokenClaims, CoreIdTokenVerifier, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    AccessToken, AccessTokenHash, ClaimsVerificationError, ClientId, Nonce,
    SignatureVerificationError,
};

use super::directory::Metadata;
use crate::fault::Fault;

/// How far the clocks may be apart.
const LEEWAY: Duration = Duration::from_secs(5);

/// How long ago an ID token may have been issued.
const MAX_AGE: Duration = Duration::from_secs(600);

/// The longest subject identifier (OpenID Connect Core 1.0, 2).
const MAX_SUBJECT: usize = 255;

/// Without `none` and the algorithms whose key would be the client secret.
const ALLOWED: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// What an ID token has to fit.
pub(super) struct Expected<'a> {
    pub(super) client_id: ClientId,
    pub(super) challenge: &'a Challenge,
    pub(super) access_token: &'a AccessToken,
    pub(super) now: Timestamp,
}

/// Why an ID token proves nothing.
pub(super) enum Refusal {
    /// Its key is not among the known ones; the provider may have others by now.
    UnknownKey,
    /// For good.
    Final(Fault),
}

/// The claims of an ID token that is signed by one of the provider's keys and is what the
/// challenge asked for.
pub(super) fn verify<'t>(
    id_token: &'t CoreIdToken,
    metadata: &Metadata,
    expected: &Expected<'_>,
) -> Result<&'t CoreIdTokenClaims, Refusal> {
    let verifier = verifier(metadata, expected);
    let nonce = Nonce::new(expected.challenge.nonce.reveal().to_owned());
    let claims = id_token
        .claims(&verifier, &nonce)
        .map_err(|error| refusal(&error))?;
    check_authorized_party(claims, &expected.client_id)
        .and_then(|()| check_subject(claims))
        .and_then(|()| check_access_token(id_token, claims, &verifier, expected.access_token))
        .map_err(|text| Refusal::Final(Fault::rejected(text)))?;
    Ok(claims)
}

fn verifier<'a>(metadata: &Metadata, expected: &Expected<'a>) -> CoreIdTokenVerifier<'a> {
    let (now, since) = (expected.now, expected.challenge.authenticated_since);
    // As for a public client: the secret is no key, whatever the header says.
    CoreIdTokenVerifier::new_public_client(
        expected.client_id.clone(),
        metadata.issuer().clone(),
        metadata.jwks().clone(),
    )
    .set_allowed_algs(allowed_algorithms(metadata))
    // What else may be in `aud` follows from `azp`, which the crate leaves to us.
    .set_other_audience_verifier_fn(|_| true)
    .set_time_fn(move || {
        let millis = (now - LEEWAY).as_millis();
        (UNIX_EPOCH + Duration::from_millis(u64::try_from(millis).unwrap_or(0))).into()
    })
    .set_issue_time_verifier_fn(move |issued_at| check_issue_time(timestamp(issued_at), now))
    .set_auth_time_verifier_fn(move |at| check_auth_time(at.map(timestamp), since, now))
}

fn allowed_algorithms(metadata: &Metadata) -> Vec<CoreJwsSigningAlgorithm> {
    let listed = metadata.id_token_signing_alg_values_supported();
    if listed.is_empty() {
        return vec![CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256];
    }
    let allowed = ALLOWED.into_iter();
    allowed.filter(|one| listed.contains(one)).collect()
}

/// An instant of the crate's. Its type has a name only in a crate that we don't need otherwise.
pub(super) fn timestamp(at: impl Into<std::time::SystemTime>) -> Timestamp {
    let since_epoch = at.into().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::default() + since_epoch
}

fn check_issue_time(issued_at: Timestamp, now: Timestamp) -> Result<(), String> {
    if issued_at > now + LEEWAY || now.since(issued_at) > MAX_AGE {
        return Err("iat".to_owned());
    }
    Ok(())
}

fn check_auth_time(
    at: Option<Timestamp>,
    since: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), String> {
    let Some(at) = at else { return Ok(()) };
    let stale = since.is_some_and(|since| at + LEEWAY < since);
    if stale || at > now + LEEWAY {
        return Err("auth_time".to_owned());
    }
    Ok(())
}

fn check_authorized_party(
    claims: &CoreIdTokenClaims,
    client_id: &ClientId,
) -> Result<(), &'static str> {
    match claims.authorized_party() {
        Some(party) if party != client_id => Err("the ID token's azp is another client"),
        None if claims.audiences().len() > 1 => {
            Err("the ID token is for several clients and has no azp")
        }
        _ => Ok(()),
    }
}

fn check_subject(claims: &CoreIdTokenClaims) -> Result<(), &'static str> {
    if (1..=MAX_SUBJECT).contains(&claims.subject().chars().count()) {
        Ok(())
    } else {
        Err("the ID token's sub is empty or too long")
    }
}

fn check_access_token(
    id_token: &CoreIdToken,
    claims: &CoreIdTokenClaims,
    verifier: &CoreIdTokenVerifier<'_>,
    access_token: &AccessToken,
) -> Result<(), &'static str> {
    let Some(stated) = claims.access_token_hash() else {
        return Ok(());
    };
    let (Ok(algorithm), Ok(key)) = (id_token.signing_alg(), id_token.signing_key(verifier)) else {
        return Err("the ID token is not signed");
    };
    match AccessTokenHash::from_token(access_token, algorithm, key) {
        Ok(actual) if actual == *stated => Ok(()),
        _ => Err("the ID token belongs to another access token"),
    }
}

/// The crate's errors quote claims; what remains of them is a sentence.
fn refusal(error: &ClaimsVerificationError) -> Refusal {
    use ClaimsVerificationError as Claims;
    use SignatureVerificationError as Signature;
    let text = match error {
        Claims::SignatureVerification(Signature::NoMatchingKey) => return Refusal::UnknownKey,
        Claims::SignatureVerification(Signature::AmbiguousKeyId(_)) => {
            "the ID token does not say which of several keys signed it"
        }
        Claims::SignatureVerification(
            Signature::NoSignature | Signature::DisallowedAlg(_) | Signature::UnsupportedAlg(_),
        ) => "the ID token is not signed by an algorithm that is allowed",
        Claims::SignatureVerification(_) => "the ID token's signature is wrong",
        Claims::Expired(_) => "the ID token's exp or iat is not of now",
        Claims::InvalidAudience(_) => "the ID token is for another client",
        Claims::InvalidAuthTime(_) => "the person did not sign in at the provider anew",
        Claims::InvalidIssuer(_) => "the ID token's iss is another issuer",
        Claims::InvalidNonce(_) => "the ID token's nonce is not the one that was sent",
        _ => "the ID token's form is not supported",
    };
    Refusal::Final(Fault::rejected(text))
}
