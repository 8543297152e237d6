//! What answers where.

use actix_web::middleware::from_fn;
use actix_web::web::{self, Bytes, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource, Responder};

use crate::request::Dialect;
use crate::{DevProvider, authorize, discovery, gate, github, token, userinfo};

const STYLE: &str = include_str!("../templates/style.css");

impl DevProvider {
    /// Everything the provider answers, under the path of its issuer:
    /// `App::new().configure(provider.routes())`. Each worker gets a clone.
    ///
    /// An issuer without a path takes over all that is left: configure it last.
    pub fn routes(&self) -> impl FnOnce(&mut ServiceConfig) + Clone + Send + use<> {
        let provider = self.clone();
        move |app| {
            let gatekeeper = provider.clone();
            app.service(
                web::scope(provider.path())
                    .app_data(Data::new(provider.clone()))
                    .service(authorization(Dialect::OpenId))
                    .service(authorization(Dialect::GitHub))
                    .route("/.well-known/openid-configuration", web::get().to(document))
                    .route("/jwks", web::get().to(jwks))
                    .route("/token", web::post().to(exchange))
                    .route("/userinfo", web::get().to(tell))
                    .route("/userinfo", web::post().to(tell))
                    .route("/login/oauth/access_token", web::post().to(github_exchange))
                    .route("/user", web::get().to(github_user))
                    .route("/user/emails", web::get().to(github_emails))
                    .route("/style.css", web::get().to(style))
                    .wrap(from_fn(move |request, next| {
                        gate::pass(gatekeeper.clone(), request, next)
                    })),
            );
        }
    }
}

fn authorization(dialect: Dialect) -> Resource {
    web::resource(dialect.path())
        .get(
            move |provider: Data<DevProvider>, request: HttpRequest| async move {
                authorize::ask(&provider, &request, dialect)
            },
        )
        .post(move |provider: Data<DevProvider>, body: Bytes| async move {
            authorize::decide(&provider, &body, dialect)
        })
}

async fn document(provider: Data<DevProvider>) -> impl Responder {
    discovery::document(&provider)
}

async fn jwks(provider: Data<DevProvider>) -> impl Responder {
    discovery::jwks(&provider)
}

async fn exchange(
    provider: Data<DevProvider>,
    request: HttpRequest,
    body: Bytes,
) -> impl Responder {
    token::exchange(&provider, &request, &body).await
}

async fn tell(provider: Data<DevProvider>, request: HttpRequest) -> impl Responder {
    userinfo::answer(&provider, &request)
}

async fn github_exchange(
    provider: Data<DevProvider>,
    request: HttpRequest,
    body: Bytes,
) -> impl Responder {
    github::exchange(&provider, &request, &body).await
}

async fn github_user(provider: Data<DevProvider>, request: HttpRequest) -> impl Responder {
    github::user(&provider, &request)
}

async fn github_emails(provider: Data<DevProvider>, request: HttpRequest) -> impl Responder {
    github::emails(&provider, &request)
}

async fn style() -> impl Responder {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .body(STYLE)
}
