//! An application that embeds the session strategy.

use actix_web::{App, HttpServer, get, web};
use anyhow::anyhow;
use auth_core::accounts::Verification;
use comprehensive_auth::{Auth, CurrentUser};

/// What is measured.
pub const ROUTE: &str = "/me";

#[get("/me")]
async fn me(user: CurrentUser) -> web::Json<String> {
    web::Json(user.email.to_string())
}

/// Serves it on this port of the loopback address until the process ends, with its data in the
/// current folder.
pub fn serve(port: u16) -> anyhow::Result<()> {
    let at = format!("127.0.0.1:{port}");
    actix_web::rt::System::new().block_on(async {
        let auth = Auth::builder()
            .public_url(format!("http://{at}"))
            .configure(|config| config.accounts.verification = Verification::Optional);
        let auth = auth.build().await.map_err(|error| anyhow!("{error}"))?;
        let app = move || App::new().configure(auth.routes("/api/auth")).service(me);
        Ok(HttpServer::new(app).bind(at)?.run().await?)
    })
}
