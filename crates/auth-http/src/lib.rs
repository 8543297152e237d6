//! The HTTP contract on actix-web: one handler set that serves every strategy.
//!
//! ```no_run
//! # use actix_web::{App, web};
//! # use auth_http::{Api, CurrentUser};
//! # fn demo(api: Api) {
//! async fn mine(user: CurrentUser) -> String {
//!     format!("Hello {}", user.username)
//! }
//!
//! let app = App::new()
//!     .wrap(auth_http::Middleware)
//!     .route("/mine", web::get().to(mine))
//!     .configure(api.routes());
//! # }
//! ```

mod admin;
mod api;
mod body;
mod bridge;
mod client_addr;
mod config;
mod cookies;
mod cross_site;
mod current_user;
mod device_cookie;
mod dto;
mod eventual;
mod forwarded;
mod guard;
mod handlers;
mod if_user;
mod json;
mod method;
mod middleware;
mod navigation;
mod openapi;
mod origins;
mod problem;
mod qr;
mod refusal;
mod request_id;
mod return_to;
mod routes;
mod run_to_completion;
mod session_cookie;
mod strangers;
mod tracer;
mod transport;

pub use admin::{
    ADMIN_PATH, AdminApi, FigureSource, NodeFigures, OwnFigures, ShownSetting, SignInCounts,
    StoredFigures,
};
pub use api::{
    Answer, Api, Check, KeySet, Observer, Readiness, SigningKey, SigningKeys, TokenIssuer,
};
pub use config::{HttpConfig, Placement};
pub use current_user::{CurrentUser, OptionalUser, RecentlyAuthenticated, Signed};
pub use eventual::Eventual;
pub use forwarded::ForwardedHeader;
pub use guard::Guard;
pub use middleware::{Middleware, Within};
pub use origins::TrustedOrigin;
pub use problem::{Code, Problem};
pub use refusal::explained;
pub use request_id::RequestId;
pub use tracer::{TRACED, Tracer};
pub use transport::CookieSettings;
