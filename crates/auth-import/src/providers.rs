//! What providers are called elsewhere, and who vouches for their people.

use auth_core::Timestamp;
use auth_core::accounts::admin::ArrivingIdentity;

use crate::Options;
use crate::fields::Fields;

/// Names of providers in exports, our names for them, and their issuers.
const WELL_KNOWN: [(&[&str], &str, &str); 6] = [
    (
        &["google", "google.com", "google-oauth2", "google_oauth2"],
        "google",
        "https://accounts.google.com",
    ),
    (
        &["apple", "apple.com"],
        "apple",
        "https://appleid.apple.com",
    ),
    (&["github", "github.com"], "github", "https://github.com"),
    (&["gitlab", "gitlab.com"], "gitlab", "https://gitlab.com"),
    (
        &["discord", "discord.com"],
        "discord",
        "https://discord.com",
    ),
    (
        &["linkedin", "linkedin.com", "linkedin_oidc"],
        "linkedin",
        "https://www.linkedin.com/oauth",
    ),
];

/// Somebody at a provider, as a file tells it.
#[derive(Debug, Default)]
pub struct Told {
    /// The provider's name there.
    pub provider: Option<String>,
    /// Who vouches, if it says so.
    pub issuer: Option<String>,
    /// The provider's name for the person.
    pub subject: Option<String>,
    /// The address there.
    pub email: Option<String>,
    /// When it was linked.
    pub linked_at: Option<Timestamp>,
}

impl Told {
    /// The identity; `row` takes what is wrong with it.
    pub fn identity(self, row: &mut Fields, options: &Options) -> Option<ArrivingIdentity> {
        let (Some(provider), Some(subject)) = (self.provider, self.subject) else {
            return row.refuse("identities", "an identity needs a provider and a subject");
        };
        let known = WELL_KNOWN
            .iter()
            .find(|(names, ..)| names.contains(&provider.as_str()));
        let given = options.issuers.iter().find(|(name, _)| *name == provider);
        let issuer = self
            .issuer
            .or_else(|| given.map(|(_, issuer)| issuer.clone()))
            .or_else(|| known.map(|(_, _, issuer)| (*issuer).to_owned()));
        let Some(issuer) = issuer else {
            let reason = "the issuer of one of them is not known: name it by --issuer";
            return row.refuse("identities", reason);
        };
        let provider = known.map_or(provider, |(_, name, _)| (*name).to_owned());
        Some(ArrivingIdentity {
            provider,
            issuer,
            subject,
            email: self.email,
            linked_at: self.linked_at,
        })
    }
}
