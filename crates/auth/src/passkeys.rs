//! Passkeys, as the core wants them checked.

use std::sync::Arc;
use std::time::Duration;

use auth_core::Live;
use auth_core::factor::{
    AssertedPasskey, Passkey, PasskeyRefused, PasskeyUser, PasskeyVerifier, RegisteredPasskey,
};
use auth_core::secret::SecretHash;
use auth_http::TrustedOrigin;
use auth_passkey::{
    Descriptor, Expected, NewUser, RelyingParty, StoredCredential, UserVerification, credential_id,
};
use serde_json::Value;
use url::Host;

use crate::config::Config;
use crate::error::StartError;

/// How long a browser waits for its user.
const TIMEOUT: Duration = Duration::from_secs(300);

/// Checks passkeys of this service.
struct Passkeys {
    domain: String,
    name: String,
    /// The origins of the server, with that of the admin listener.
    own: Vec<String>,
    trusted: Live<Vec<TrustedOrigin>>,
}

impl Passkeys {
    /// This service, with the origins that are trusted now.
    fn party(&self) -> RelyingParty {
        let trusted = self.trusted.get();
        let trusted = trusted.iter().map(ToString::to_string);
        RelyingParty {
            id: self.domain.clone(),
            name: self.name.clone(),
            origins: self.own.iter().cloned().chain(trusted).collect(),
        }
    }
}

/// What checks passkeys of the service that is configured so; nothing where it has no name that
/// passkeys can be for, such as a bare address (WebAuthn, 5.1.3: a domain).
///
/// # Errors
/// A sentence when the domain that was set is not one of the public URL's.
pub(crate) fn of(config: &Config) -> Result<Option<Arc<dyn PasskeyVerifier>>, StartError> {
    let url = &config.http.public_url;
    let Some(Host::Domain(host)) = url.host() else {
        return Ok(None);
    };
    let domain = config.passkey_domain.as_deref().unwrap_or(host);
    if !is_below(host, domain) {
        return Err(StartError::Setting(format!(
            "--passkey-domain {domain} is not that of the public URL {url}: give its host, or a \
             domain that the host is below"
        )));
    }
    let admin = config.admin_url.iter();
    let admin = admin.map(|url| url.origin().ascii_serialization());
    Ok(Some(Arc::new(Passkeys {
        domain: domain.to_owned(),
        name: config.service_name.clone(),
        own: std::iter::once(config.http.origin()).chain(admin).collect(),
        trusted: config.http.trusted_origins.clone(),
    })))
}

fn is_below(host: &str, domain: &str) -> bool {
    let above = host.strip_suffix(domain);
    above.is_some_and(|above| above.is_empty() || above.ends_with('.')) && !domain.is_empty()
}

impl PasskeyVerifier for Passkeys {
    fn creation_options(
        &self,
        challenge: &SecretHash,
        user: &PasskeyUser,
        exclude: &[&Passkey],
    ) -> Value {
        let user = NewUser {
            handle: &user.handle,
            name: &user.name,
            display_name: &user.display_name,
        };
        let challenge = challenge.to_text();
        self.party()
            .creation_options(challenge.as_bytes(), user, &descriptors(exclude), TIMEOUT)
    }

    fn request_options(&self, challenge: &SecretHash, allow: &[&Passkey]) -> Value {
        let verification = match allow.is_empty() {
            true => UserVerification::Required,
            false => UserVerification::Preferred,
        };
        let challenge = challenge.to_text();
        self.party().request_options(
            challenge.as_bytes(),
            &descriptors(allow),
            verification,
            TIMEOUT,
        )
    }

    fn register(
        &self,
        challenge: &SecretHash,
        response: &Value,
    ) -> Result<RegisteredPasskey, PasskeyRefused> {
        let registered = self
            .party()
            .register(challenge.to_text().as_bytes(), response);
        let credential = registered.map_err(refused)?;
        Ok(RegisteredPasskey {
            is_device_bound: !credential.backup_eligible,
            user_verified: credential.user_verified,
            passkey: kept(&credential)?,
        })
    }

    fn used(&self, response: &Value) -> Option<String> {
        credential_id(response).map(|id| id.to_string())
    }

    fn authenticate(
        &self,
        challenge: &SecretHash,
        passkey: &Passkey,
        user_handle: &[u8],
        response: &Value,
        alone: bool,
    ) -> Result<AssertedPasskey, PasskeyRefused> {
        let mut credential = read(passkey).map_err(refused)?;
        let verification = match alone {
            true => UserVerification::Required,
            false => UserVerification::Preferred,
        };
        let challenge = challenge.to_text();
        let expected = Expected {
            challenge: challenge.as_bytes(),
            credential: &credential,
            user_handle,
            names_user: alone,
            user_verification: verification,
        };
        let asserted = self
            .party()
            .authenticate(&expected, response)
            .map_err(refused)?;
        credential.record(&asserted);
        Ok(AssertedPasskey {
            is_device_bound: !credential.backup_eligible,
            user_verified: asserted.user_verified,
            passkey: kept(&credential)?,
        })
    }
}

fn kept(credential: &StoredCredential) -> Result<Passkey, PasskeyRefused> {
    Ok(Passkey {
        credential_id: credential.id.to_string(),
        record: serde_json::to_string(credential).map_err(refused)?,
    })
}

fn read(passkey: &Passkey) -> serde_json::Result<StoredCredential> {
    serde_json::from_str(&passkey.record)
}

/// Those that can be read; what can't be is of no use to a browser.
fn descriptors(passkeys: &[&Passkey]) -> Vec<Descriptor> {
    let read = passkeys.iter().filter_map(|passkey| read(passkey).ok());
    read.map(|credential| Descriptor::from(&credential))
        .collect()
}

fn refused(error: impl std::fmt::Display) -> PasskeyRefused {
    PasskeyRefused(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_is_the_host_or_one_above_it() {
        for (host, domain, fits) in [
            ("auth.example.org", "auth.example.org", true),
            ("auth.example.org", "example.org", true),
            ("localhost", "localhost", true),
            ("badexample.org", "example.org", false),
            ("example.org", "auth.example.org", false),
            ("example.org", "", false),
        ] {
            assert_eq!(is_below(host, domain), fits, "{host} {domain}");
        }
    }
}
