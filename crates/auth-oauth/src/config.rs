//! Addresses that come from settings.

use url::Url;

use crate::Outbound;

/// A provider can't be set up like this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The provider's address can't be used. It is not repeated, since it may hold a secret.
    #[error(
        "the provider's address must be https (http for this machine in development only), without \
         user, password, query and fragment"
    )]
    Address,
    /// The redirect URI can't be used.
    #[error("`{0}` can't be a redirect URI: it must be an absolute address without fragment")]
    RedirectUri(String),
}

/// The address of a provider, if `outbound` may call it.
pub(crate) fn address(text: &str, outbound: &Outbound) -> Result<Url, ConfigError> {
    Url::parse(text)
        .ok()
        .filter(|url| url.username().is_empty() && url.password().is_none())
        .filter(|url| url.query().is_none() && url.fragment().is_none())
        .filter(|url| outbound.permits(url))
        .ok_or(ConfigError::Address)
}

/// Where a provider's metadata is. Some name what they are asked for in the query.
pub(crate) fn metadata_address(text: &str, outbound: &Outbound) -> Result<(), ConfigError> {
    let mut url = Url::parse(text).map_err(|_| ConfigError::Address)?;
    url.set_query(None);
    address(url.as_str(), outbound).map(drop)
}

/// Where people come back to (RFC 6749, 3.1.2).
pub(crate) fn redirect_uri(text: &str) -> Result<Url, ConfigError> {
    Url::parse(text)
        .ok()
        .filter(|url| url.fragment().is_none())
        .ok_or_else(|| ConfigError::RedirectUri(text.to_owned()))
}
