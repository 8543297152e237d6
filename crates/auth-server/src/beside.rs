//! What a server offers beside the contract.

use actix_web::web::ServiceConfig;
use auth_dev_provider::DevProvider;
use auth_http::HttpConfig;
use auth_mail::DevMailbox;
use auth_web::WebConfig;

use crate::mailbox;
use crate::settings::{Environment, Pages, Settings};

/// The web pages, and what there is in development only: the mailbox and the provider in
/// the box.
#[derive(Clone)]
pub(crate) struct Beside {
    pages: Option<WebConfig>,
    mailbox: Option<DevMailbox>,
    provider: Option<DevProvider>,
}

impl Beside {
    pub(crate) fn new(
        settings: &Settings,
        http: &HttpConfig,
        mailbox: Option<DevMailbox>,
        provider: Option<DevProvider>,
    ) -> Self {
        let pages = (settings.pages == Pages::On).then(|| WebConfig {
            base_path: http.base_path.clone(),
            servers: servers(settings, http),
            dev_mailbox: mailbox.is_some(),
            service_name: settings.service_name.clone(),
        });
        Self {
            pages,
            mailbox,
            provider,
        }
    }

    pub(crate) fn register(self, app: &mut ServiceConfig) {
        if let Some(pages) = self.pages {
            app.configure(auth_web::routes(&pages));
        }
        if let Some(mailbox) = self.mailbox {
            mailbox::register(app, mailbox);
        }
        if let Some(provider) = self.provider {
            app.configure(provider.routes());
        }
    }
}

/// The servers that a page can be switched to: in development the trusted origins too,
/// which elsewhere are somebody's front ends.
fn servers(settings: &Settings, http: &HttpConfig) -> Vec<String> {
    let others = match settings.env {
        Environment::Development => http.trusted_origins.as_slice(),
        Environment::Production => &[],
    };
    let own = std::iter::once(http.origin());
    own.chain(others.iter().cloned()).collect()
}
