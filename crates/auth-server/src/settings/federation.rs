//! Sign-in through providers: which ones, by setting and by file.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;
use clap::Args;
use serde::Deserialize;

use super::provider::{ProviderSpec, read};
use super::values::{DAY, HOUR, MILLISECOND, SECOND, between};

/// Sign-in through providers.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Providers")]
pub struct FederationSettings {
    /// A provider to sign in with (repeatable, or separated by semicolons): a preset (apple,
    /// auth0, discord, github, gitlab, google, keycloak, linkedin, microsoft, oidc, or dev
    /// for the built-in one) and its settings, such as
    /// google,client_id=ID,client_secret_file=FILE. Without client_secret_file the secret
    /// is taken from AUTH_GOOGLE_CLIENT_SECRET, after the provider's id.
    #[arg(
        long = "provider",
        env = "AUTH_PROVIDER",
        hide_env_values = true,
        value_delimiter = ';'
    )]
    pub providers: Vec<ProviderSpec>,

    /// The tables `[[provider]]` of the file of settings.
    #[arg(skip)]
    pub configured: Vec<ProviderSpec>,

    /// A TOML file with a `[[provider]]` table for each provider, with the same settings.
    #[arg(long, env = "AUTH_PROVIDERS_FILE")]
    pub providers_file: Option<PathBuf>,

    /// How long a person may take at a provider.
    #[arg(long, env = "AUTH_OAUTH_FLOW_LIFETIME", value_parser = between(SECOND, DAY), default_value = "10m")]
    pub oauth_flow_lifetime: Duration,

    /// How long the code works that is exchanged for tokens.
    #[arg(long, env = "AUTH_OAUTH_CODE_LIFETIME", value_parser = between(SECOND, HOUR), default_value = "60s")]
    pub oauth_code_lifetime: Duration,

    /// How long to wait for a provider.
    #[arg(long, env = "AUTH_OAUTH_TIMEOUT", value_parser = between(MILLISECOND, HOUR), default_value = "5s")]
    pub oauth_timeout: Duration,

    /// How long after an unknown key made us fetch a provider's keys anew another one is
    /// refused without asking.
    #[arg(long, env = "AUTH_OAUTH_KEY_COOLDOWN", value_parser = between(Duration::ZERO, HOUR), default_value = "10s")]
    pub oauth_key_cooldown: Duration,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProvidersFile {
    #[serde(default)]
    provider: Vec<ProviderSpec>,
}

impl FederationSettings {
    /// Every provider that is set, those of files last.
    ///
    /// # Errors
    /// When the file can't be read, or two providers have one name.
    pub fn specs(&self) -> anyhow::Result<Vec<ProviderSpec>> {
        let mut in_files = self.configured.clone();
        if let Some(path) = &self.providers_file {
            let text = read(path, "--providers-file")?;
            let file: Result<ProvidersFile, _> = toml::from_str(&text);
            // The parser's own message shows the line, which may hold a secret.
            let file = file.map_err(|error| {
                anyhow::anyhow!(
                    "--providers-file {} can't be used: {}",
                    path.display(),
                    error.message()
                )
            })?;
            in_files.extend(file.provider);
        }
        let mut specs = self.providers.clone();
        for spec in in_files {
            specs.push(spec.below_the_environment()?);
        }
        let mut seen = std::collections::HashSet::new();
        for spec in &specs {
            let id = spec.id()?;
            ensure!(
                seen.insert(id.to_string()),
                "--provider {id} is given twice: give one of the two another id="
            );
        }
        Ok(specs)
    }

    /// Checks what can be told before the providers are opened.
    ///
    /// # Errors
    /// One sentence that names the setting and the remedy.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        self.specs().map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_providers_may_hold_secrets_and_never_shows_them() {
        let dir = std::env::temp_dir().join(format!("providers-{}", std::process::id()));
        let write = |text: &str| std::fs::write(&dir, text).unwrap();
        let settings = FederationSettings {
            providers: vec![],
            configured: vec![],
            providers_file: Some(dir.clone()),
            oauth_flow_lifetime: Duration::from_secs(600),
            oauth_code_lifetime: Duration::from_secs(60),
            oauth_timeout: Duration::from_secs(5),
            oauth_key_cooldown: Duration::from_secs(10),
        };
        write("[[provider]]\npreset = \"google\"\nclient_id = \"x\"\nclient_secret = \"hunter2\"");
        let specs = settings.specs().unwrap();
        assert_eq!(specs.len(), 1);
        let secret = specs[0].client_secret().unwrap().unwrap();
        assert_eq!(secret.reveal(), "hunter2");
        assert!(!format!("{specs:?}").contains("hunter2"));
        assert!(settings.check().is_ok());
        for broken in [
            "[[provider]]\npreset = \"google\"\nclient_secret = hunter2",
            "[[provider]]\npreset = \"google\"\nclient_secrets = \"hunter2\"",
            "[[provider]]\npreset = \"dev\"\n[[provider]]\npreset = \"dev\"",
        ] {
            write(broken);
            let error = format!("{:#}", settings.specs().unwrap_err());
            assert!(error.contains("--provider"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        std::fs::remove_file(&dir).unwrap();
    }
}
