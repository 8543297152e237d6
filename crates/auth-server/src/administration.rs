//! The admin API and its console on a listener of their own.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::App;
use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use auth_core::{Clock as _, Live, SystemClock};
use auth_http::{AdminApi, HttpConfig, Middleware, ShownSetting};
use comprehensive_auth::{Auth, AuthBuilder};
use url::Url;

use crate::figures::{Figures, SignIns};
use crate::listen::{self, Terms};
use crate::pages::{self, Routes, for_people};
use crate::settings::Settings;
use crate::stop::Connections;

/// The listener of the admin API, and the URL under which it is reached.
pub(crate) struct Place {
    listener: TcpListener,
    url: Url,
    /// The pages, where they are served.
    console: Option<Routes>,
    sign_ins: Arc<SignIns>,
}

impl Place {
    /// Listens, where the settings name a place.
    ///
    /// # Errors
    /// When the address can't be had, or a template of the pages is wrong.
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
        Ok(Some(Self {
            listener,
            url,
            console: pages::console(settings)?,
            sign_ins: Arc::new(SignIns::new()),
        }))
    }

    /// Where it is reached.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Has the overview hear of sign-ins.
    pub(crate) fn observing(&self, builder: AuthBuilder) -> AuthBuilder {
        builder.on_events(self.sign_ins.clone())
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
        shown: Live<Vec<ShownSetting>>,
    ) -> anyhow::Result<(AdminApi, Server)> {
        let http = HttpConfig {
            public_url: self.url,
            trusted_origins: vec![].into(),
            own_pages_only: true,
            cors_headers: vec![],
            ..auth.api().config().clone()
        };
        let figures = Figures::new(auth.clone(), self.sign_ins, SystemClock.now());
        let api = AdminApi::new(
            auth.api().at(http),
            auth.admin().clone(),
            shown,
            Arc::new(figures),
        );
        let connections = Connections::on(&self.listener)?;
        let served = api.clone();
        let console = self.console;
        let app = move || {
            let console = console.clone();
            App::new()
                .configure(|app| {
                    if let Some(console) = console {
                        console(app);
                    }
                })
                .configure(served.routes())
                .wrap(Middleware)
                .wrap(from_fn(for_people))
        };
        let terms = Terms::with_few(settings);
        let server = listen::serve_app(self.listener, terms, &connections, app)?;
        Ok((api, server))
    }
}
