//! The pages on a port of their own, against servers on other origins:
//! `cargo run -p auth-web --example serve -- --port 4100 --api http://localhost:4001`.
//! Those servers have to trust `http://localhost:4100`.

use actix_web::{App, HttpServer};
use auth_web::WebConfig;
use clap::Parser;

#[derive(Parser)]
struct Arguments {
    /// The port of the pages.
    #[arg(long, default_value_t = 4100)]
    port: u16,
    /// The origin of a server, the one to start with first; repeatable.
    #[arg(long, default_value = "http://localhost:4001")]
    api: Vec<String>,
    /// The base path of the servers.
    #[arg(long, default_value = "/api/auth")]
    base_path: String,
    /// The name of the service.
    #[arg(long, default_value = "Example accounts")]
    service_name: String,
    /// Offer the page of the development mailbox, which only a server's own origin fills.
    #[arg(long)]
    mailbox: bool,
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let arguments = Arguments::parse();
    let pages = auth_web::routes(&WebConfig {
        base_path: arguments.base_path,
        servers: arguments.api,
        dev_mailbox: arguments.mailbox,
        docs: false,
        demo: true,
        service_name: arguments.service_name,
        catalogue: auth_words::Catalogue::built_in(),
        templates: None,
        brand: auth_words::Brand::default(),
        logo: None,
    })
    .map_err(std::io::Error::other)?;
    println!("The pages are at http://localhost:{}", arguments.port);
    HttpServer::new(move || App::new().configure(pages.clone()))
        .bind(("127.0.0.1", arguments.port))?
        .workers(1)
        .run()
        .await
}
