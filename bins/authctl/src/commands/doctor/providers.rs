//! Whether providers of OpenID Connect tell about themselves.

use std::time::Duration;

use auth_server::{Discovery, Settings, discoveries};
use serde::Deserialize;
use url::Url;

use super::finding::Finding;
use crate::http;

const CHECK: &str = "providers";

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
}

/// Asks each for its metadata (OpenID Connect Discovery 1.0, 4).
pub async fn look(settings: &Settings) -> Vec<Finding> {
    let open = match discoveries(settings) {
        Ok(open) => open,
        Err(error) => {
            let remedy = "correct --provider or --providers-file";
            return vec![Finding::problem(CHECK, format!("{error:#}"), remedy)];
        }
    };
    let mut found = vec![];
    for discovery in open {
        let told = ask(&discovery.url, settings.federation.oauth_timeout).await;
        found.push(judge(&discovery, told));
    }
    found
}

async fn ask(url: &str, patience: Duration) -> Result<Metadata, String> {
    let url = Url::parse(url).map_err(|error| error.to_string())?;
    let client = http::client(&url, patience).map_err(|error| format!("{error:#}"))?;
    let answer = client.get(url).send().await;
    let answer = answer.map_err(|error| http::reason(&error))?;
    match answer.status().as_u16() {
        200 => answer.json().await.map_err(|error| http::reason(&error)),
        status => Err(format!("status {status}")),
    }
}

fn judge(discovery: &Discovery, told: Result<Metadata, String>) -> Finding {
    let Discovery {
        provider,
        issuer,
        url,
    } = discovery;
    match told {
        // Each tenant has an issuer of its own.
        Ok(told) if told.issuer == *issuer || issuer.contains('{') => {
            Finding::ok(CHECK, format!("{provider} is {}", told.issuer))
        }
        Ok(told) => Finding::problem(
            CHECK,
            format!("{provider} calls itself {} and not {issuer}", told.issuer),
            format!("give issuer={} to --provider {provider}", told.issuer),
        ),
        Err(why) => Finding::problem(
            CHECK,
            format!("{provider} tells nothing about itself at {url}: {why}"),
            "correct issuer= or discovery= of the provider, and see that this machine may reach it",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    #[test]
    fn an_issuer_has_to_be_the_one_of_the_settings_to_the_letter() {
        let level = |issuer: &str, told: Result<&str, &str>| {
            let discovery = Discovery {
                provider: "acme".into(),
                issuer: issuer.into(),
                url: String::new(),
            };
            let issuer = |text: &str| Metadata {
                issuer: text.to_owned(),
            };
            judge(&discovery, told.map(issuer).map_err(str::to_owned)).level
        };
        let acme = "https://id.acme.org";
        assert_eq!(level(acme, Ok(acme)), Level::Ok);
        assert_eq!(level(acme, Ok("https://id.acme.org/")), Level::Problem);
        assert_eq!(level(acme, Err("status 404")), Level::Problem);
        let tenants = "https://login.example.org/{tenantid}/v2.0";
        assert_eq!(
            level(tenants, Ok("https://login.example.org/x/v2.0")),
            Level::Ok
        );
    }
}
