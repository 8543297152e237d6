//! Pages that browsers keep our cookies from.

use auth_core::Transport;
use auth_http::Api;

/// Trust lets a page call, but on cookie strategies its browser brings no cookie from another
/// site (SameSite=Lax), so that nobody stays signed in there.
pub(crate) fn warn(api: &Api) {
    let strategy = api.accounts().strategy().description();
    if strategy.transport != Transport::Cookie {
        return;
    }
    let own = &api.config().public_url;
    let trusted = api.config().trusted_origins.get();
    for origin in trusted
        .iter()
        .filter(|origin| !origin.shares_cookies_with(own))
    {
        tracing::warn!(
            "--trusted-origin {origin} is another site than {}: browsers keep this server's \
             cookies from its pages, so nobody can sign in there. Serve them from the same \
             site, or use bearer tokens",
            api.config().origin()
        );
    }
}
