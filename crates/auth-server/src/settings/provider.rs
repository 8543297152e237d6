//! The settings of one provider, on the command line or in a file.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context as _, bail};
use auth_core::SecretText;
use auth_core::identity::ProviderId;
use auth_oauth::{ClientAuth, ResponseMode, TrustEmail, Userinfo};
use serde::Deserialize;

use super::provider_values as value;
use super::secret_file::read_secret;

/// What a provider's settings start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// Apple.
    Apple,
    /// Auth0, by its domain.
    Auth0,
    /// Discord: OAuth 2.0 without OpenID Connect.
    Discord,
    /// GitHub, or a GitHub Enterprise server: OAuth 2.0 without OpenID Connect.
    Github,
    /// GitLab, or a server of one's own.
    Gitlab,
    /// Google.
    Google,
    /// Keycloak, by its address and realm.
    Keycloak,
    /// LinkedIn.
    Linkedin,
    /// Microsoft Entra ID.
    Microsoft,
    /// Any OpenID Connect provider.
    Oidc,
    /// The built-in development provider.
    Dev,
}

macro_rules! settings {
    ($($(#[$meta:meta])* $name:ident: $type:ty $(= $with:literal)?,)*) => {
        /// The settings of one provider, as given.
        #[derive(Clone, Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct ProviderSpec {
            /// What the others start from.
            pub preset: Preset,
            $($(#[$meta])* #[serde(default $(, deserialize_with = $with)?)] pub $name: Option<$type>,)*
        }

        impl ProviderSpec {
            /// The names of the settings that are given, beside the preset.
            fn given(&self) -> impl Iterator<Item = &'static str> {
                let all = [$((stringify!($name), self.$name.is_some()),)*];
                all.into_iter().filter_map(|(name, given)| given.then_some(name))
            }
        }
    };
}

settings! {
    /// Its name in URLs; the preset's when left out.
    id: String,
    /// Its name for people.
    name: String,
    /// The issuer, exactly as the provider writes it, or with `{tenantid}` in it.
    issuer: String,
    /// Where its metadata is, if not below the issuer.
    discovery: String,
    /// The client that the provider knows this server as.
    client_id: String,
    /// The client's secret, in a file of providers only.
    client_secret: SecretText = "value::secret",
    /// A file that holds nothing but the client's secret.
    client_secret_file: PathBuf,
    /// How the client shows its secret.
    client_auth: ClientAuth = "value::client_auth",
    /// What to ask for, separated by spaces.
    scopes: Vec<String> = "value::words",
    /// How the answer comes back.
    response_mode: ResponseMode = "value::response_mode",
    /// Whether the ID token has to hold the nonce.
    nonce: bool = "value::switch",
    /// Whether PKCE is used.
    pkce: bool = "value::switch",
    /// Other audiences that an ID token may have, separated by spaces.
    audience: Vec<String> = "value::words",
    /// How far the provider's clock may be from ours.
    leeway: Duration = "value::leeway",
    /// Whether userinfo is asked.
    userinfo: Userinfo = "value::userinfo",
    /// When its addresses count as verified.
    trust_email: TrustEmail = "value::trust_email",
    /// The values of `amr` and `acr` by which a second factor shown there counts, separated by
    /// spaces.
    trust_factor: Vec<String> = "value::words",
    /// The claim that holds the e-mail address.
    email_claim: String,
    /// The claim that says whether it is verified.
    email_verified_claim: String,
    /// The claim that holds the whole name.
    name_claim: String,
    /// The claim that holds the given name.
    given_name_claim: String,
    /// The claim that holds the family name.
    family_name_claim: String,
    /// The claim that a username is derived from.
    username_claim: String,
    /// Microsoft: a tenant's id, or `organizations`, `consumers`, `common`.
    tenant: String,
    /// The tenants whose people may come, separated by spaces, where there are several.
    tenants: Vec<String> = "value::words",
    /// Where it is: Keycloak, or a GitLab of one's own.
    base_url: String,
    /// Keycloak's realm.
    realm: String,
    /// Auth0's domain.
    domain: String,
    /// Apple: the team that the key belongs to.
    team_id: String,
    /// Apple: the id of the key.
    key_id: String,
    /// Apple: the file of the key (`.p8`).
    key_file: PathBuf,
    /// Where people sign in, for a GitHub Enterprise server.
    web_base: String,
    /// Where its API is, for a GitHub Enterprise server.
    api_base: String,
}

/// Reads `preset,key=value,key=value`.
impl FromStr for ProviderSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(',');
        let mut table = toml::Table::new();
        let preset = parts.next().unwrap_or_default().trim();
        table.insert("preset".into(), preset.into());
        read_table(&table)?;
        for part in parts {
            let pair = part.split_once('=');
            let (key, value) = pair.ok_or("write each setting as key=value, after the preset")?;
            let (key, value) = (key.trim(), value.trim());
            if key == "client_secret" {
                return Err("a secret must not stand on the command line: \
                            use client_secret_file, or the environment"
                    .into());
            }
            let mut alone = toml::Table::new();
            alone.insert("preset".into(), preset.into());
            alone.insert(key.into(), value.into());
            // Alone, so that a message about the value says whose it is.
            read_table(&alone).map_err(|error| format!("{key}: {error}"))?;
            if table.insert(key.into(), value.into()).is_some() {
                return Err(format!("{key} is given twice"));
            }
        }
        read_table(&table)
    }
}

fn read_table(table: &toml::Table) -> Result<ProviderSpec, String> {
    let spec: Result<_, toml::de::Error> = table.clone().try_into();
    spec.map_err(|error| error.message().to_owned())
}

impl Preset {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Apple => "apple",
            Self::Auth0 => "auth0",
            Self::Discord => "discord",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Google => "google",
            Self::Keycloak => "keycloak",
            Self::Linkedin => "linkedin",
            Self::Microsoft => "microsoft",
            Self::Oidc => "oidc",
            Self::Dev => "dev",
        }
    }

    /// The settings that it takes beside `id`, `name`, `client_id` and `scopes`.
    const fn takes(self) -> &'static [&'static [&'static str]] {
        const SECRET: &[&str] = &["client_secret", "client_secret_file"];
        const OIDC: &[&str] = &[
            "client_auth",
            "response_mode",
            "nonce",
            "pkce",
            "audience",
            "leeway",
            "userinfo",
            "trust_email",
            "trust_factor",
            "email_claim",
            "email_verified_claim",
            "name_claim",
            "given_name_claim",
            "family_name_claim",
            "username_claim",
        ];
        match self {
            Self::Apple => &[OIDC, &["team_id", "key_id", "key_file"]],
            Self::Auth0 => &[OIDC, SECRET, &["domain"]],
            Self::Discord => &[SECRET],
            Self::Github => &[SECRET, &["web_base", "api_base"]],
            Self::Gitlab => &[OIDC, SECRET, &["base_url"]],
            Self::Google | Self::Linkedin => &[OIDC, SECRET],
            Self::Keycloak => &[OIDC, SECRET, &["base_url", "realm"]],
            Self::Microsoft => &[OIDC, SECRET, &["tenant", "tenants"]],
            Self::Oidc => &[OIDC, SECRET, &["issuer", "discovery", "tenants"]],
            Self::Dev => &[OIDC],
        }
    }
}

impl ProviderSpec {
    /// The provider's name in URLs.
    ///
    /// # Errors
    /// When it can't be one.
    pub fn id(&self) -> anyhow::Result<ProviderId> {
        let id = self.id.as_deref().unwrap_or(self.preset.as_str());
        id.parse()
            .with_context(|| format!("--provider `{id}` can't be used"))
    }

    /// Checks that the preset takes what is given.
    ///
    /// # Errors
    /// When it knows nothing of a setting.
    pub fn check(&self) -> anyhow::Result<()> {
        const ALL: &[&str] = &["id", "name", "client_id", "scopes"];
        let (preset, takes) = (self.preset.as_str(), self.preset.takes());
        let known = |name: &&str| ALL.contains(name) || takes.concat().contains(name);
        match self.given().find(|name| !known(name)) {
            Some("issuer") => anyhow::bail!(
                "{preset} has an issuer of its own: leave issuer out, or use the preset oidc"
            ),
            Some(name) => anyhow::bail!("{preset} knows no setting {name}: leave it out"),
            None => Ok(()),
        }
    }

    /// The client that the provider knows this server as.
    ///
    /// # Errors
    /// When it is missing.
    pub fn client_id(&self) -> anyhow::Result<&str> {
        needed(self.client_id.as_deref(), "client_id")
    }

    /// The client's secret: from its file, from the file of providers, or from the
    /// environment variable that is named after the provider, which may name a file too.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn client_secret(&self) -> anyhow::Result<Option<SecretText>> {
        if let Some(file) = &self.client_secret_file {
            let text = read_secret("client_secret_file of --provider", file)?;
            return Ok(Some(SecretText::new(text)));
        }
        match &self.client_secret {
            Some(secret) => Ok(Some(secret.clone())),
            None => self.secret_of_the_environment(),
        }
    }

    fn secret_of_the_environment(&self) -> anyhow::Result<Option<SecretText>> {
        let [variable, names_file] = self.secret_variables()?;
        let secret = match (set(&variable), set(&names_file)) {
            (Some(_), Some(_)) => {
                bail!("{variable} and {names_file} are both set: leave one out")
            }
            (None, Some(file)) => Some(read_secret(&names_file, Path::new(&file))?),
            (secret, None) => secret,
        };
        Ok(secret.map(SecretText::new))
    }

    /// What a file says of a provider: the environment counts more.
    pub(super) fn below_the_environment(mut self) -> anyhow::Result<Self> {
        if self.secret_of_the_environment()?.is_some() {
            (self.client_secret, self.client_secret_file) = (None, None);
        }
        Ok(self)
    }

    /// The same for a provider that takes no client without a secret.
    ///
    /// # Errors
    /// When there is none, too.
    pub fn required_client_secret(&self) -> anyhow::Result<SecretText> {
        let [variable, _] = self.secret_variables()?;
        self.client_secret()?.with_context(|| {
            format!("its client's secret is needed: give client_secret_file or set {variable}")
        })
    }

    /// The environment variables that may hold the secret, or name a file that does.
    fn secret_variables(&self) -> anyhow::Result<[String; 2]> {
        let id = self.id()?.as_str().to_uppercase().replace('-', "_");
        let name = |what: &str| format!("AUTH_{id}_{what}");
        Ok([name("CLIENT_SECRET"), name("CLIENT_SECRET_FILE")])
    }
}

/// A variable that is set to something.
fn set(variable: &str) -> Option<String> {
    let value = std::env::var(variable).ok();
    value.filter(|text| !text.trim().is_empty())
}

/// A setting that a preset can't do without.
///
/// # Errors
/// When it is missing or empty.
pub(crate) fn needed<'s>(value: Option<&'s str>, name: &str) -> anyhow::Result<&'s str> {
    let given = value.filter(|text| !text.trim().is_empty());
    given.with_context(|| format!("{name} is needed"))
}

/// What a file holds; `setting` names it in the error.
///
/// # Errors
/// When it can't be read.
pub(crate) fn read(path: &Path, setting: &str) -> anyhow::Result<String> {
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
    fn the_same_settings_can_be_said_in_a_file() {
        let flag = parse(
            "oidc,nonce=off,pkce=off,userinfo=optional,trust_email=text,leeway=90s,scopes=a b,\
             audience=x y,client_auth=client_secret_post,response_mode=form_post",
        )
        .unwrap();
        let file: ProviderSpec = toml::from_str(
            "preset = \"oidc\"\nnonce = false\npkce = \"off\"\nuserinfo = \"optional\"\n\
             trust_email = \"text\"\nleeway = \"90s\"\nscopes = [\"a\", \"b\"]\naudience = \"x y\"\n\
             client_auth = \"client_secret_post\"\nresponse_mode = \"form_post\"",
        )
        .unwrap();
        assert_eq!(format!("{flag:?}"), format!("{file:?}"));
        assert_eq!(flag.leeway, Some(Duration::from_secs(90)));
        assert_eq!(flag.scopes.unwrap(), ["a", "b"]);
        assert_eq!((flag.nonce, flag.pkce), (Some(false), Some(false)));
        let trusting = parse("oidc,trust_email=true").unwrap();
        assert_eq!(trusting.trust_email, Some(TrustEmail::Always));
    }

    #[test]
    fn a_value_that_cant_be_one_is_named_and_not_repeated() {
        for setting in [
            "nonce",
            "pkce",
            "userinfo",
            "trust_email",
            "leeway",
            "client_auth",
            "response_mode",
        ] {
            let error = parse(&format!("oidc,{setting}=hunter2")).unwrap_err();
            assert!(error.starts_with(setting), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        assert!(parse("oidc,leeway=11m").unwrap_err().contains("leeway"));
        assert!(parse("oidc,id=a,id=b").unwrap_err().contains("twice"));
    }

    #[test]
    fn a_preset_refuses_what_it_knows_nothing_of() {
        for text in [
            "google,issuer=https://id.example",
            "github,nonce=off",
            "discord,trust_email=true",
            "oidc,team_id=x",
            "apple,client_secret_file=/x",
        ] {
            assert!(parse(text).unwrap().check().is_err(), "{text}");
        }
        let spec = parse("microsoft,tenant=x,trust_email=true,email_claim=upn").unwrap();
        spec.check().unwrap();
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
}
