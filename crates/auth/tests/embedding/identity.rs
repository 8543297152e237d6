//! Sign-in through a provider, in a host.

use std::sync::Arc;

use auth_dev_provider::{Client, Config, spawn};
use comprehensive_auth::SecretText;
use comprehensive_auth::oauth::{OidcConfig, OidcProvider};
use reqwest::StatusCode;
use reqwest::redirect::Policy;

use crate::host::Host;

#[actix_web::test]
async fn people_are_sent_to_a_provider_and_back_to_the_hosts_path() {
    let provider = spawn(Config::new).unwrap();
    let issuer = provider.issuer().to_owned();
    let host = Host::with(|auth, _| {
        auth.provider("company", move |setup| {
            let (id, secret) = (setup.id, SecretText::new("secret"));
            let config = OidcConfig::new(id, "Company", issuer, "host", secret, setup.callback);
            Ok(Arc::new(OidcProvider::new(
                config,
                setup.outbound,
                setup.clock,
            )?))
        })
    });
    let host = host.await;
    let callback = host.at("/api/auth/oauth/company/callback");
    let client = Client::confidential("host", "secret", [callback.clone()]);
    provider.add_client(client).unwrap();

    let browser = reqwest::Client::builder().redirect(Policy::none());
    let browser = browser.build().unwrap();
    let start = browser.get(host.at("/api/auth/oauth/company/start"));
    let answer = start.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let there = answer.headers()["location"].to_str().unwrap().to_owned();
    assert!(there.starts_with(provider.issuer()), "{there}");
    let page = browser.get(&there).send().await.unwrap();
    assert_eq!(
        page.status(),
        StatusCode::OK,
        "the provider knows the callback: {there}"
    );
}
