//! The shapes of sign-in through providers.

use auth_core::SecretText;
use auth_core::accounts::ProviderCallback;
use auth_core::id::SessionId;
use auth_core::{Identity, IdentityProvider, Secret};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::RefreshTransport;

/// A provider one can sign in with.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProviderDto {
    /// Its name in `/oauth/{provider}/start`.
    #[schema(example = "google")]
    id: String,
    /// Its name for people.
    #[schema(example = "Google")]
    name: String,
}

impl From<&dyn IdentityProvider> for ProviderDto {
    fn from(provider: &dyn IdentityProvider) -> Self {
        Self {
            id: provider.id().to_string(),
            name: provider.name().to_owned(),
        }
    }
}

/// The way to a provider and where to go in the end.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StartQuery {
    /// A path here, or a URL of a trusted origin, without a fragment; `/` when left out.
    pub(crate) return_to: Option<String>,
    /// `login` asks the person to show the provider anew who they are.
    pub(crate) prompt: Option<String>,
}

/// What a provider sends back through the browser (RFC 6749, 4.1.2; RFC 9207).
#[derive(Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallbackQuery {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// What a browser presents beside the parameters of a callback.
pub(crate) struct Browser {
    /// The secret of the flow cookie that all tabs share.
    pub(crate) shared: Option<Secret>,
    /// The secret of the cookie that this flow alone has.
    pub(crate) tab: Option<Secret>,
    /// The live session.
    pub(crate) session: Option<SessionId>,
}

impl CallbackQuery {
    /// Its parameters by name.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            ("state", &self.state),
            ("code", &self.code),
            ("error", &self.error),
            ("iss", &self.iss),
        ];
        all.into_iter()
            .filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }

    /// What names the flow.
    pub(crate) fn state(&self) -> &str {
        self.state.as_deref().unwrap_or_default()
    }

    /// The same, together with what the browser presents that brought it, and what a provider
    /// says about the person beside it.
    pub(crate) fn brought_by(self, browser: Browser, user: Option<SecretText>) -> ProviderCallback {
        ProviderCallback {
            state: SecretText::new(self.state.unwrap_or_default()),
            outcome: match (self.error, self.code) {
                (None, Some(code)) => Ok(SecretText::new(code)),
                (error, _) => Err(error.unwrap_or_default()),
            },
            issuer: self.iss,
            user,
            browser: browser.shared,
            tab: browser.tab,
            session: browser.session,
        }
    }
}

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LinkBody {
    /// As for `/oauth/{provider}/start`.
    pub(crate) return_to: Option<String>,
    /// May be left out after a fresh sign-in.
    #[schema(format = Password, max_length = 128)]
    pub(crate) current_password: Option<String>,
}

/// Where to go.
#[derive(Serialize, ToSchema)]
pub(crate) struct LinkAnswer {
    /// The provider's page. Only the browser that got this answer can come back from it.
    pub(crate) url: String,
}

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ExchangeBody {
    /// The code from the fragment.
    #[schema(
        required,
        min_length = 43,
        max_length = 43,
        pattern = "^[A-Za-z0-9_-]{43}$"
    )]
    pub(crate) code: String,
    /// As at sign-in: where the refresh token is to travel.
    pub(crate) refresh: RefreshTransport,
}

/// An account at a provider that can sign in to this one.
#[derive(Serialize, ToSchema)]
#[schema(as = Identity)]
pub(crate) struct IdentityDto {
    id: String,
    #[schema(example = "google")]
    provider: String,
    /// The address that the provider told when it was linked.
    email: Option<String>,
    #[schema(format = DateTime)]
    linked_at: String,
}

impl From<&Identity> for IdentityDto {
    fn from(identity: &Identity) -> Self {
        Self {
            id: identity.id.to_string(),
            provider: identity.provider.to_string(),
            email: identity.email.clone(),
            linked_at: identity.linked_at.to_string(),
        }
    }
}

/// The linked accounts.
#[derive(Serialize, ToSchema)]
pub(crate) struct IdentitiesAnswer {
    pub(crate) identities: Vec<IdentityDto>,
}
