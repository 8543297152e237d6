//! Sign-in through providers: Google and GitHub where their clients are set, and any provider
//! that speaks OpenID Connect. `GET /api/auth/oauth/ID/start` leads there.
//!
//! Register `http://localhost:8080/api/auth/oauth/ID/callback` with each, and name the clients
//! by `GOOGLE_CLIENT_ID` and `GOOGLE_CLIENT_SECRET`, `GITHUB_…`, and for another one
//! `OIDC_ISSUER`, `OIDC_CLIENT_ID` and `OIDC_CLIENT_SECRET`.

use std::env::{args, var};
use std::sync::Arc;

use actix_web::{App, HttpServer, get};
use comprehensive_auth::oauth::{OidcConfig, OidcProvider};
use comprehensive_auth::{Auth, AuthBuilder, OptionalUser, SecretText};

#[get("/")]
async fn home(OptionalUser(user): OptionalUser) -> String {
    match user {
        Some(user) => format!("Hello {}!", user.first_name),
        None => "Hello stranger!".into(),
    }
}

fn with_providers(mut auth: AuthBuilder) -> AuthBuilder {
    let client = |name: &str| {
        let id = var(format!("{name}_CLIENT_ID")).ok()?;
        Some((id, var(format!("{name}_CLIENT_SECRET")).ok()?))
    };
    if let Some((id, secret)) = client("GOOGLE") {
        auth = auth.google(&id, &secret);
    }
    if let Some((id, secret)) = client("GITHUB") {
        auth = auth.github(&id, &secret);
    }
    if let (Some((id, secret)), Ok(issuer)) = (client("OIDC"), var("OIDC_ISSUER")) {
        auth = auth.provider("company", move |setup| {
            let config = OidcConfig::new(
                setup.id,
                "Our company",
                issuer,
                id,
                SecretText::new(secret),
                setup.callback,
            );
            Ok(Arc::new(OidcProvider::new(
                config,
                setup.outbound,
                setup.clock,
            )?))
        });
    }
    auth
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let at = args().nth(1).unwrap_or("localhost:8080".into());
    let builder = Auth::builder().public_url(format!("http://{at}"));
    let auth = with_providers(builder).build().await?;
    let app = move || App::new().configure(auth.routes("/api/auth")).service(home);
    Ok(HttpServer::new(app).bind(at)?.run().await?)
}
