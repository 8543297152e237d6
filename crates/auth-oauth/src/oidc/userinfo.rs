//! The userinfo endpoint (OpenID Connect Core 1.0, 5.3).

use auth_core::SecretText;
use url::Url;

use crate::Outbound;
use crate::fault::Fault;
use crate::profile::{Profile, Reading};

/// Why userinfo tells nothing.
pub(super) enum NoUserinfo {
    /// It gave nothing that can be read.
    Failed(Fault),
    /// It speaks of somebody else than the ID token.
    SomebodyElse(Fault),
}

/// What userinfo tells about this person.
pub(super) async fn fetch(
    outbound: &Outbound,
    endpoint: &Url,
    access_token: &SecretText,
    subject: &str,
    reading: &Reading,
) -> Result<Profile, NoUserinfo> {
    let json = [("accept", "application/json")];
    let reply = outbound.get_as(access_token, "userinfo", endpoint.as_str(), &json);
    let told = async { reply.await?.object() };
    let told = told.await.map_err(NoUserinfo::Failed)?;
    let about = told.required("sub").map_err(NoUserinfo::Failed)?;
    if about != subject {
        let fault = told.unexpected("sub", "that of the ID token", "another one");
        return Err(NoUserinfo::SomebodyElse(fault));
    }
    Ok(Profile::read(&told, reading))
}
