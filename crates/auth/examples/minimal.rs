//! Sign-up, mail, sessions and a protected route. Mails are shown on standard error.
use actix_web::{App, HttpServer, get};
use comprehensive_auth::{Auth, CurrentUser};

#[get("/me")]
async fn me(user: CurrentUser) -> String {
    format!("Hello {}!", user.first_name)
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let at = std::env::args().nth(1).unwrap_or("localhost:8080".into());
    let url = format!("http://{at}");
    let auth = Auth::builder().public_url(url).build().await?;
    let app = move || App::new().configure(auth.routes("/api/auth")).service(me);
    Ok(HttpServer::new(app).bind(at)?.run().await?)
}
