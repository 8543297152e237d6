//! The userinfo endpoint (OpenID Connect Core 1.0, 5.3).

use auth_core::identity::Subject;
use auth_core::strategy::SecretText;
use openidconnect::{AccessToken, UserInfoUrl};
use serde::Deserialize;
use serde_json::Value;

use crate::Outbound;
use crate::fault::{Fault, json};
use crate::profile::Profile;

#[derive(Deserialize)]
struct UserInfo {
    sub: String,
    email: Option<String>,
    // Some providers send a text; it must not count, nor stand in the way.
    #[serde(default)]
    email_verified: Value,
    name: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
    preferred_username: Option<String>,
}

/// What userinfo tells about this person.
pub(super) async fn fetch(
    outbound: &Outbound,
    endpoint: &UserInfoUrl,
    access_token: &AccessToken,
    subject: &Subject,
) -> Result<Profile, Fault> {
    let token = SecretText::new(access_token.secret().as_str());
    let answer = outbound.get_as(&token, "application/json", endpoint.as_str(), &[]);
    let info: UserInfo = json("userinfo", &answer.await?)?;
    if info.sub != subject.name {
        return Err(Fault::rejected("userinfo tells about somebody else"));
    }
    Ok(Profile {
        email: info.email,
        email_verified: info.email_verified == Value::Bool(true),
        full_name: info.name,
        given_name: info.given_name,
        family_name: info.family_name,
        preferred_username: info.preferred_username,
    })
}
