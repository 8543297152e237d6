//! The web pages: every flow of the contract in a browser, plain HTML, CSS and ES modules
//! embedded in the binary.
//!
//! ```no_run
//! # use actix_web::App;
//! # use auth_web::WebConfig;
//! let pages = auth_web::routes(&WebConfig {
//!     base_path: "/api/auth".into(),
//!     servers: vec!["http://localhost:4001".into(), "http://localhost:4002".into()],
//!     dev_mailbox: true,
//!     docs: true,
//!     demo: false,
//!     service_name: "Example".into(),
//!     catalogue: auth_words::Catalogue::built_in(),
//!     templates: None,
//!     brand: auth_words::Brand::default(),
//!     logo: None,
//! })?;
//! let app = App::new().configure(pages);
//! # Ok::<(), auth_words::TextError>(())
//! ```

mod asset;
mod brand;
mod errors;
mod language;
mod script;
mod serve;
mod shell;
mod site;

use std::path::PathBuf;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::ALLOW;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{Handler, Resource, Responder};

pub use asset::{Asset, assets, url};
pub use brand::Logo;
pub use errors::for_people;
pub use shell::TEMPLATES;

use auth_words::{Brand, Catalogue, TextError};
use shell::Shell;
use site::Site;

/// What the pages have to know.
#[derive(Clone, Debug)]
pub struct WebConfig {
    /// The path under which the contract's routes hang on every server, such as `/api/auth`.
    pub base_path: String,
    /// The origins of the servers to choose from (RFC 6454, such as
    /// `https://accounts.example.org`), the one to start with first. The pages may connect
    /// to these and no others; what is not an http or https origin is left out.
    pub servers: Vec<String>,
    /// Whether `/dev/mailbox.json` is served, so that there is a page for it.
    pub dev_mailbox: bool,
    /// Whether `/docs` is served, so that the pages may lead there.
    pub docs: bool,
    /// Whether they show how the server in use works, and how others differ.
    pub demo: bool,
    /// The name of the service, as people read it.
    pub service_name: String,
    /// The words, in all languages there are.
    pub catalogue: Catalogue,
    /// A folder with an operator's own [`TEMPLATES`].
    pub templates: Option<PathBuf>,
    /// The colours of the service, and links at the foot of each page.
    pub brand: Brand,
    /// The logo of the service.
    pub logo: Option<Logo>,
}

/// The addresses of the pages. All are answered with one document, which differs only in the
/// files it asks for ahead; the address decides what it shows.
pub const PAGES: [&str; 13] = [
    "/",
    "/sign-in",
    "/sign-up",
    "/mail-code",
    "/second-step",
    "/verify",
    "/forgot",
    "/reset",
    "/profile",
    "/security",
    "/devices",
    "/history",
    "/linked",
];

/// The page of the development mailbox.
pub const MAILBOX_PAGE: &str = "/dev/mailbox";

/// Registers the pages, their assets under `/assets/` and the client library as
/// `/client.js`, with its types as `/client.d.ts`. Beside them what browsers and crawlers look
/// for: `/favicon.ico`, `/robots.txt`, and `/.well-known/change-password` (W3C, A Well-Known URL
/// for Changing Passwords). [`for_people`] has to stand around the app for errors to be pages.
///
/// # Errors
/// A template that can't be read or is wrong.
pub fn routes(
    config: &WebConfig,
) -> Result<impl FnOnce(&mut ServiceConfig) + Clone + use<>, TextError> {
    let shell = Data::from(Arc::new(Shell::new(config, Site::Accounts)?));
    let mailbox = config.dev_mailbox.then_some(MAILBOX_PAGE);
    Ok(move |app: &mut ServiceConfig| {
        app.app_data(shell);
        for page in PAGES.into_iter().chain(mailbox) {
            app.service(reading(page, serve::page));
        }
        files(app);
        app.service(reading("/client.js", serve::client))
            .service(reading("/client.d.ts", serve::client))
            .service(reading(
                "/.well-known/change-password",
                serve::change_password,
            ));
    })
}

/// What every set of pages serves beside them.
fn files(app: &mut ServiceConfig) {
    app.service(reading("/assets/{folder}/{name:.+}", serve::asset))
        .service(reading("/brand/{hash}/{name}", serve::brand))
        .service(reading("/favicon.ico", serve::favicon))
        .service(reading("/robots.txt", serve::robots));
}

/// The addresses of the pages of the [console], all answered with one document too.
pub const CONSOLE_PAGES: [&str; 8] = [
    "/",
    "/sign-in",
    "/second-step",
    "/people",
    "/person",
    "/audit",
    "/keys",
    "/mails",
];

/// Registers the console: the pages of operators, for the origin of the admin API, with their
/// assets. They use the admin API under `/api/admin`, and sign in by the contract under
/// `base_path`, both of their own origin, whatever `servers` says.
///
/// # Errors
/// A template that can't be read or is wrong.
pub fn console(
    config: &WebConfig,
) -> Result<impl FnOnce(&mut ServiceConfig) + Clone + use<>, TextError> {
    let own = WebConfig {
        servers: vec![],
        dev_mailbox: false,
        demo: false,
        ..config.clone()
    };
    let shell = Data::from(Arc::new(Shell::new(&own, Site::Console)?));
    Ok(move |app: &mut ServiceConfig| {
        app.app_data(shell);
        for page in CONSOLE_PAGES {
            app.service(reading(page, serve::page));
        }
        files(app);
    })
}

/// A resource for GET and HEAD; other methods are answered as RFC 9110, 15.5.6 wants it.
fn reading<H, Args>(path: &str, handler: H) -> Resource
where
    H: Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    H::Output: Responder + 'static,
{
    let refuse = || async {
        HttpResponse::MethodNotAllowed()
            .insert_header((ALLOW, "GET, HEAD"))
            .finish()
    };
    web::resource(path)
        .route(web::get().to(handler.clone()))
        .route(web::head().to(handler))
        .default_service(web::to(refuse))
}
