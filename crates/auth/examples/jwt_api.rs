//! Tokens that another service verifies without asking: the first server signs people in and
//! publishes its keys, the second one, which has no database, believes its tokens.

use actix_web::error::{ErrorBadGateway, ErrorUnauthorized};
use actix_web::web::Data;
use actix_web::{App, Error, HttpRequest, HttpServer, get};
use comprehensive_auth::{Auth, Jwt};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;

/// What the second service wants to know of a token (RFC 9068, 2.2).
#[derive(Deserialize)]
struct Claims {
    sub: String,
}

/// Where the tokens come from, and for whom they are.
struct Issuer(String);

impl Issuer {
    /// Whoever the token names, if the token is good. A real service keeps the keys for as
    /// long as the answer may be cached, and asks again for a key that it does not know.
    async fn subject(&self, token: &str) -> Result<String, Error> {
        let url = format!("{}/.well-known/jwks.json", self.0);
        let keys = reqwest::get(url).await.map_err(ErrorBadGateway)?;
        let keys: JwkSet = keys.json().await.map_err(ErrorBadGateway)?;
        let header = decode_header(token).map_err(ErrorUnauthorized)?;
        let key = header.kid.and_then(|kid| keys.find(&kid).cloned());
        let key = key.ok_or_else(|| ErrorUnauthorized("signed by nobody we know"))?;
        let key = DecodingKey::from_jwk(&key).map_err(ErrorUnauthorized)?;
        let mut rules = Validation::new(header.alg);
        rules.set_issuer(&[&self.0]);
        rules.set_audience(&[&self.0]);
        let token = decode::<Claims>(token, &key, &rules).map_err(ErrorUnauthorized)?;
        Ok(token.claims.sub)
    }
}

#[get("/report")]
async fn report(req: HttpRequest, issuer: Data<Issuer>) -> Result<String, Error> {
    let header = req.headers().get("authorization");
    let token = header.and_then(|header| header.to_str().ok()?.strip_prefix("Bearer "));
    let token = token.ok_or_else(|| ErrorUnauthorized("no token"))?;
    let subject = issuer.subject(token).await?;
    Ok(format!("a report for {subject}"))
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut places = std::env::args().skip(1);
    let at = places.next().unwrap_or("localhost:8080".into());
    let reports_at = places.next().unwrap_or("localhost:8081".into());

    let origin = format!("http://{at}");
    let auth = Auth::builder()
        .strategy(Jwt::with_keys_in("keys"))
        .public_url(&origin)
        .build()
        .await?;
    let accounts = move || {
        App::new()
            .configure(auth.routes("/api/auth"))
            .configure(auth.well_known())
    };
    let reports = move || {
        let issuer = Data::new(Issuer(origin.clone()));
        App::new().app_data(issuer).service(report)
    };
    let reports = HttpServer::new(reports).workers(1).bind(reports_at)?.run();
    let accounts = HttpServer::new(accounts).bind(at)?.run();
    tokio::try_join!(accounts, reports)?;
    Ok(())
}
