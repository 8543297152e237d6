//! The admin API on a listener of its own.

use std::net::TcpListener;

use actix_web::App;
use actix_web::dev::Server;
use auth_http::{AdminApi, HttpConfig, Middleware, ShownSetting};
use comprehensive_auth::Auth;
use url::Url;

use crate::listen::{self, Terms};
use crate::settings::Settings;
use crate::stop::Connections;

/// The listener of the admin API, and the URL under which it is reached.
pub(crate) struct Place {
    listener: TcpListener,
    url: Url,
}

impl Place {
    /// Listens, where the settings name a place.
    ///
    /// # Errors
    /// When the address can't be had.
    pub(crate) fn open(settings: &Settings) -> anyhow::Result<Option<Self>> {
        let Some(at) = settings.admin.admin_bind else {
            return Ok(None);
        };
        let listener = listen::bind("--admin-bind", at)?;
        let url = match &settings.admin.admin_url {
            Some(url) => url.clone(),
            None => {
                let port = listener.local_addr()?.port();
                Url::parse(&format!("http://localhost:{port}"))?
            }
        };
        Ok(Some(Self { listener, url }))
    }

    /// Where it is reached.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Serves it, on an origin of its own: pages of others, whom the contract trusts, have no
    /// business there.
    ///
    /// # Errors
    /// When the listener can't be used.
    pub(crate) fn serve(
        self,
        auth: &Auth,
        settings: &Settings,
        shown: Vec<ShownSetting>,
    ) -> anyhow::Result<(AdminApi, Server)> {
        let http = HttpConfig {
            public_url: self.url,
            trusted_origins: vec![].into(),
            cors_headers: vec![],
            ..auth.api().config().clone()
        };
        let api = AdminApi::new(auth.api().at(http), auth.admin().clone(), shown);
        let connections = Connections::on(&self.listener)?;
        let served = api.clone();
        let app = move || App::new().configure(served.routes()).wrap(Middleware);
        let terms = Terms::with_few(settings);
        let server = listen::serve_app(self.listener, terms, &connections, app)?;
        Ok((api, server))
    }
}
