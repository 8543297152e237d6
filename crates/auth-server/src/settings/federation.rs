//! Sign-in through providers: which ones, by setting and by file.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use auth_core::identity::ProviderId;
use auth_core::strategy::SecretText;
use clap::{Args, ValueEnum};
use serde::{Deserialize, Deserializer};

use super::secret_file::read_secret;
use super::values::{DAY, HOUR, MILLISECOND, SECOND, between};

/// Sign-in through providers.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Providers")]
pub struct FederationSettings {
    /// A provider to sign in with (repeatable, or separated by semicolons): a preset
    /// (google, github, oidc, or dev for the one in the box) and its settings, such as
    /// google,client_id=ID,client_secret_file=FILE. Without client_secret_file the secret
    /// is taken from AUTH_GOOGLE_CLIENT_SECRET, after the provider's id.
    #[arg(
        long = "provider",
        env = "AUTH_PROVIDER",
        hide_env_values = true,
        value_delimiter = ';'
    )]
    pub providers: Vec<ProviderSpec>,

    /// A TOML file with a `[[provider]]` table for each provider, with the same settings.
    #[arg(long, env = "AUTH_PROVIDERS_FILE")]
    pub providers_file: Option<PathBuf>,

    /// oauth-server: the strategy that a sign-in hands over to.
    #[arg(long, env = "AUTH_ISSUE", value_enum, default_value_t = IssuedStrategy::Session)]
    pub issue: IssuedStrategy,

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

/// The strategy that oauth-server hands over to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum IssuedStrategy {
    /// Server-side sessions.
    Session,
    /// Access and refresh tokens.
    Jwt,
}

/// What a provider's settings start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// Google.
    Google,
    /// GitHub, or a GitHub Enterprise server: OAuth 2.0 without OpenID Connect.
    Github,
    /// Any OpenID Connect provider.
    Oidc,
    /// The development provider in the box.
    Dev,
}

/// The settings of one provider, as given.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderSpec {
    /// What the others start from.
    pub preset: Preset,
    /// Its name in URLs; the preset's when left out.
    pub id: Option<String>,
    /// Its name for people.
    pub name: Option<String>,
    /// The issuer, exactly as the provider writes it; for `oidc`.
    pub issuer: Option<String>,
    /// The client that the provider knows this server as.
    pub client_id: Option<String>,
    /// The client's secret, in a file of providers only.
    #[serde(default, deserialize_with = "secret")]
    pub client_secret: Option<SecretText>,
    /// A file that holds nothing but the client's secret.
    pub client_secret_file: Option<PathBuf>,
    /// What to ask for, separated by spaces.
    pub scopes: Option<String>,
    /// Where people sign in, for a GitHub Enterprise server.
    pub web_base: Option<String>,
    /// Where its API is, for a GitHub Enterprise server.
    pub api_base: Option<String>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretText>, D::Error> {
    Ok(Some(SecretText::new(String::deserialize(deserializer)?)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProvidersFile {
    #[serde(default)]
    provider: Vec<ProviderSpec>,
}

/// Reads `preset,key=value,key=value`.
impl FromStr for ProviderSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(',');
        let preset = parts.next().unwrap_or_default().trim();
        let mut table = toml::Table::new();
        table.insert("preset".into(), preset.into());
        for part in parts {
            let pair = part.split_once('=');
            let (key, value) = pair.ok_or("write each setting as key=value, after the preset")?;
            if key.trim() == "client_secret" {
                return Err("a secret must not stand on the command line: \
                            use client_secret_file, or the environment"
                    .into());
            }
            table.insert(key.trim().into(), value.trim().into());
        }
        let spec: Result<Self, _> = table.try_into();
        spec.map_err(|error: toml::de::Error| error.message().to_owned())
    }
}

impl ProviderSpec {
    /// The provider's name in URLs.
    ///
    /// # Errors
    /// When it can't be one.
    pub fn id(&self) -> anyhow::Result<ProviderId> {
        let preset = match self.preset {
            Preset::Google => "google",
            Preset::Github => "github",
            Preset::Oidc => "oidc",
            Preset::Dev => "dev",
        };
        let id = self.id.as_deref().unwrap_or(preset);
        id.parse()
            .with_context(|| format!("--provider `{id}` can't be used"))
    }

    /// The client that the provider knows this server as.
    ///
    /// # Errors
    /// When it is missing.
    pub fn client_id(&self) -> anyhow::Result<&str> {
        let given = self.client_id.as_deref().filter(|id| !id.is_empty());
        given.context("client_id is needed")
    }

    /// The client's secret: from its file, from the file of providers, or from the
    /// environment variable that is named after the provider.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn client_secret(&self) -> anyhow::Result<Option<SecretText>> {
        if let Some(file) = &self.client_secret_file {
            let text = read_secret("client_secret_file of --provider", file)?;
            return Ok(Some(SecretText::new(text)));
        }
        let variable = self.secret_variable()?;
        let given = std::env::var(variable).ok().filter(|text| !text.is_empty());
        Ok(self.client_secret.clone().or(given.map(SecretText::new)))
    }

    /// The same for a provider that takes no client without a secret.
    ///
    /// # Errors
    /// When there is none, too.
    pub fn required_client_secret(&self) -> anyhow::Result<SecretText> {
        let variable = self.secret_variable()?;
        self.client_secret()?.with_context(|| {
            format!("its client's secret is needed: give client_secret_file or set {variable}")
        })
    }

    /// The environment variable that may hold the secret.
    fn secret_variable(&self) -> anyhow::Result<String> {
        let id = self.id()?.as_str().to_uppercase().replace('-', "_");
        Ok(format!("AUTH_{id}_CLIENT_SECRET"))
    }
}

impl FederationSettings {
    /// Every provider that is set, those of the file last.
    ///
    /// # Errors
    /// When the file can't be read, or two providers have one name.
    pub fn specs(&self) -> anyhow::Result<Vec<ProviderSpec>> {
        let mut specs = self.providers.clone();
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
            specs.extend(file.provider);
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

fn read(path: &Path, setting: &str) -> anyhow::Result<String> {
    std::fs::read_to_string(path)
        .with_context(|| format!("{setting} {} can't be read", path.display()))
}

impl fmt::Display for ProviderSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.id().map(|id| id.to_string());
        f.write_str(&id.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ProviderSpec, String> {
        text.parse()
    }

    #[test]
    fn a_provider_is_a_preset_and_its_settings() {
        let spec =
            parse("oidc,id=acme,name=Acme,issuer=https://id.acme.org,client_id=a=b").unwrap();
        assert_eq!(spec.preset, Preset::Oidc);
        assert_eq!(spec.id().unwrap().as_str(), "acme");
        assert_eq!(spec.client_id().unwrap(), "a=b");
        assert_eq!(parse("google").unwrap().id().unwrap().as_str(), "google");
    }

    #[test]
    fn what_can_not_be_a_provider_is_refused() {
        for text in [
            "",
            "gogle,client_id=x",
            "google,client_id",
            "google,secret=x",
            "google,client_secret=hunter2",
        ] {
            let error = parse(text).unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
        }
        assert!(parse("oidc,id=No Good").unwrap().id().is_err());
    }

    #[test]
    fn a_file_of_providers_may_hold_secrets_and_never_shows_them() {
        let dir = std::env::temp_dir().join(format!("providers-{}", std::process::id()));
        let write = |text: &str| std::fs::write(&dir, text).unwrap();
        let settings = FederationSettings {
            providers: vec![],
            providers_file: Some(dir.clone()),
            issue: IssuedStrategy::Session,
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
