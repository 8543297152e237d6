//! What an OpenID Connect provider is set up with: its preset, and what the settings change.

use anyhow::{Context as _, ensure};
use auth_core::SecretText;
use auth_oauth::{ClaimNames, ClientAuth, ClientSecret, OidcConfig, SigningClient, TrustEmail};

use crate::settings::{Preset, ProviderSpec, needed, read};

/// The preset of this name.
///
/// # Errors
/// When something that it needs is missing.
pub(super) fn openid(spec: &ProviderSpec, callback: &str) -> anyhow::Result<OidcConfig> {
    let secret = || spec.required_client_secret();
    let id = spec.client_id()?;
    let config = match spec.preset {
        Preset::Google => OidcConfig::google(id, secret()?, callback),
        Preset::Microsoft => microsoft(spec, callback)?,
        Preset::Apple => OidcConfig::apple(id, apple_key(spec)?, callback),
        Preset::Linkedin => OidcConfig::linkedin(id, secret()?, callback),
        Preset::Gitlab => {
            let base = spec.base_url.as_deref().unwrap_or("https://gitlab.com");
            plain(spec, "GitLab", base.trim_end_matches('/'), callback)?
        }
        Preset::Keycloak => {
            let base = needed(spec.base_url.as_deref(), "base_url=https://…")?;
            let realm = needed(spec.realm.as_deref(), "realm")?;
            let issuer = format!("{}/realms/{realm}", base.trim_end_matches('/'));
            plain(spec, "Keycloak", &issuer, callback)?
        }
        Preset::Auth0 => {
            let domain = needed(spec.domain.as_deref(), "domain, such as acme.eu.auth0.com,")?;
            // Auth0 writes its issuer with the slash.
            plain(spec, "Auth0", &format!("https://{domain}/"), callback)?
        }
        Preset::Oidc | Preset::Dev | Preset::Github | Preset::Discord => {
            let issuer = needed(spec.issuer.as_deref(), "issuer=https://…")?;
            plain(spec, spec.id()?.as_str(), issuer, callback)?
        }
    };
    Ok(config)
}

/// A provider that keeps to the specification. Without a secret it is a public client.
fn plain(
    spec: &ProviderSpec,
    name: &str,
    issuer: &str,
    callback: &str,
) -> anyhow::Result<OidcConfig> {
    let (id, none) = (spec.id()?, SecretText::new(""));
    let secret = spec.client_secret()?;
    Ok(OidcConfig {
        client_secret: secret.map_or(ClientSecret::None, ClientSecret::Shared),
        ..OidcConfig::new(id, name, issuer, spec.client_id()?, none, callback)
    })
}

fn microsoft(spec: &ProviderSpec, callback: &str) -> anyhow::Result<OidcConfig> {
    let tenant = needed(
        spec.tenant.as_deref(),
        "tenant=ID, or organizations, consumers or common,",
    )?;
    let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.');
    ensure!(
        tenant.bytes().all(is_name),
        "tenant is the id of a tenant, organizations, consumers or common"
    );
    let secret = spec.required_client_secret()?;
    Ok(OidcConfig::microsoft(
        tenant,
        spec.client_id()?,
        secret,
        callback,
    ))
}

fn apple_key(spec: &ProviderSpec) -> anyhow::Result<SigningClient> {
    let team_id = needed(spec.team_id.as_deref(), "team_id")?;
    let key_id = needed(spec.key_id.as_deref(), "key_id")?;
    let file = spec.key_file.as_deref();
    let file = file.context("key_file=FILE.p8 is needed")?;
    let key = SecretText::new(read(file, "key_file of --provider")?);
    let signing = SigningClient::new(team_id, key_id, &key);
    signing.with_context(|| format!("key_file {}", file.display()))
}

/// The preset as the settings change it.
///
/// # Errors
/// When they contradict each other.
pub(super) fn adjusted(spec: &ProviderSpec, preset: OidcConfig) -> anyhow::Result<OidcConfig> {
    let config = OidcConfig {
        id: spec.id()?,
        name: spec.name.clone().unwrap_or(preset.name),
        discovery: spec.discovery.clone().or(preset.discovery),
        tenants: spec.tenants.clone().unwrap_or(preset.tenants),
        client_auth: spec.client_auth.or(preset.client_auth),
        scopes: spec.scopes.clone().unwrap_or(preset.scopes),
        response_mode: spec.response_mode.unwrap_or(preset.response_mode),
        nonce: spec.nonce.unwrap_or(preset.nonce),
        pkce: spec.pkce.unwrap_or(preset.pkce),
        audiences: spec.audience.clone().unwrap_or(preset.audiences),
        leeway: spec.leeway.unwrap_or(preset.leeway),
        userinfo: spec.userinfo.unwrap_or(preset.userinfo),
        claims: claims(spec, preset.claims),
        trust_email: spec.trust_email.unwrap_or(preset.trust_email),
        trust_factor: spec.trust_factor.clone().unwrap_or(preset.trust_factor),
        ..preset
    };
    let several = config.issuer.contains("{tenantid}");
    ensure!(
        several || config.tenants.is_empty(),
        "tenants is for an issuer of several tenants: name the one tenant in the issuer"
    );
    // Whoever has a tenant of their own can give its people any address ("nOAuth").
    ensure!(
        !several || config.trust_email != TrustEmail::Always || !config.tenants.is_empty(),
        "trust_email=true would believe every tenant's administrator: name the trusted ones by \
         tenants, or let the claim xms_edov say which addresses are verified \
         (email_verified_claim=xms_edov,trust_email=text)"
    );
    ensure!(
        config.client_auth != Some(ClientAuth::None)
            || matches!(config.client_secret, ClientSecret::None),
        "client_auth=none goes without a secret: leave one of the two out"
    );
    Ok(config)
}

/// What the preset knows about whether an address is verified is about its own claim.
fn claims(spec: &ProviderSpec, preset: ClaimNames) -> ClaimNames {
    let verified = spec.email_verified_claim.clone();
    let known = preset.email_verified.filter(|_| spec.email_claim.is_none());
    let or = |given: &Option<String>, preset| given.clone().unwrap_or(preset);
    ClaimNames {
        email: or(&spec.email_claim, preset.email),
        email_verified: verified.or(known),
        name: or(&spec.name_claim, preset.name),
        given_name: or(&spec.given_name_claim, preset.given_name),
        family_name: or(&spec.family_name_claim, preset.family_name),
        username: or(&spec.username_claim, preset.username),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLBACK: &str = "https://auth.example.org/callback";

    fn config(text: &str) -> anyhow::Result<OidcConfig> {
        let mut spec: ProviderSpec = text.parse().map_err(anyhow::Error::msg)?;
        spec.check()?;
        spec.client_id.get_or_insert("x".into());
        spec.client_secret.get_or_insert(SecretText::new("s3cret"));
        adjusted(&spec, openid(&spec, CALLBACK)?)
    }

    #[test]
    fn a_preset_knows_its_issuer() {
        for (text, issuer) in [
            ("google", "https://accounts.google.com"),
            ("gitlab", "https://gitlab.com"),
            (
                "gitlab,base_url=https://git.example/",
                "https://git.example",
            ),
            ("linkedin", "https://www.linkedin.com/oauth"),
            (
                "keycloak,base_url=https://id.example/,realm=main",
                "https://id.example/realms/main",
            ),
            (
                "auth0,domain=acme.eu.auth0.com",
                "https://acme.eu.auth0.com/",
            ),
            (
                "microsoft,tenant=common",
                "https://login.microsoftonline.com/{tenantid}/v2.0",
            ),
            (
                "microsoft,tenant=t-1",
                "https://login.microsoftonline.com/t-1/v2.0",
            ),
        ] {
            assert_eq!(config(text).unwrap().issuer, issuer, "{text}");
        }
    }

    #[test]
    fn what_is_said_of_an_address_is_said_of_the_claim_it_was_said_of() {
        let own = config("microsoft,tenant=t-1").unwrap().claims;
        assert_eq!(own.email_verified.as_deref(), Some("xms_edov"));
        let mapped = config("microsoft,tenant=t-1,email_claim=upn").unwrap();
        assert_eq!(mapped.claims.email, "upn");
        assert_eq!(mapped.claims.email_verified, None);
    }

    #[test]
    fn settings_that_contradict_each_other_are_refused() {
        for text in [
            "microsoft",
            "microsoft,tenant=a/b",
            "microsoft,tenant=common,trust_email=true",
            "microsoft,tenant=t-1,tenants=t-2",
            "keycloak,realm=main",
            "oidc,issuer=https://id.example,client_auth=none",
            "apple,team_id=T,key_id=K,key_file=/nowhere",
        ] {
            assert!(config(text).is_err(), "{text}");
        }
        config("microsoft,tenant=common,trust_email=true,tenants=t-1 t-2").unwrap();
    }
}
