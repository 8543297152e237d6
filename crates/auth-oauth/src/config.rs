//! Addresses that come from settings.

use url::Url;

use crate::Outbound;

/// A provider can't be set up like this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The provider's address can't be used.
    #[error("`{0}` can't be a provider's address: it must be https, without query and fragment")]
    Address(String),
    /// The redirect URI can't be used.
    #[error("`{0}` can't be a redirect URI: it must be an absolute address without fragment")]
    RedirectUri(String),
}

/// The address of a provider, if `outbound` may call it.
pub(crate) fn address(text: &str, outbound: &Outbound) -> Result<Url, ConfigError> {
    Url::parse(text)
        .ok()
        .filter(|url| url.query().is_none() && url.fragment().is_none())
        .filter(|url| outbound.permits(url))
        .ok_or_else(|| ConfigError::Address(text.to_owned()))
}

/// Where people come back to (RFC 6749, 3.1.2).
pub(crate) fn redirect_uri(text: &str) -> Result<Url, ConfigError> {
    Url::parse(text)
        .ok()
        .filter(|url| url.fragment().is_none())
        .ok_or_else(|| ConfigError::RedirectUri(text.to_owned()))
}
