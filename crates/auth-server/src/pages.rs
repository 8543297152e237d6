//! The web pages, where they are built in.

use std::sync::Arc;

use actix_web::web::ServiceConfig;
use auth_http::HttpConfig;

use crate::settings::Settings;

/// Registers routes on an app.
pub(crate) type Routes = Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>;

#[cfg(feature = "pages")]
pub(crate) use auth_web::for_people;
#[cfg(feature = "pages")]
pub(crate) use built_in::{console, routes};

/// Without pages a person is shown what programs get.
#[cfg(not(feature = "pages"))]
pub(crate) async fn for_people<B: actix_web::body::MessageBody + 'static>(
    req: actix_web::dev::ServiceRequest,
    next: actix_web::middleware::Next<B>,
) -> Result<actix_web::dev::ServiceResponse, actix_web::Error> {
    Ok(next.call(req).await?.map_into_boxed_body())
}

/// None: they are not built in.
#[cfg(not(feature = "pages"))]
#[allow(clippy::unnecessary_wraps)]
pub(crate) fn routes(_: &Settings, _: &HttpConfig, _: bool) -> anyhow::Result<Option<Routes>> {
    Ok(None)
}

/// None: it is not built in.
#[cfg(not(feature = "pages"))]
#[allow(clippy::unnecessary_wraps)]
pub(crate) fn console(_: &Settings) -> anyhow::Result<Option<Routes>> {
    Ok(None)
}

#[cfg(feature = "pages")]
mod built_in {
    use auth_http::TrustedOrigin;
    use auth_web::{Logo, WebConfig};

    use super::{Arc, HttpConfig, Routes, Settings};
    use crate::settings::{Docs, Environment, Pages};

    /// The pages and client.js, unless they are left out.
    ///
    /// # Errors
    /// One sentence that names a template or a setting, and the remedy.
    pub(crate) fn routes(
        settings: &Settings,
        http: &HttpConfig,
        mailbox: bool,
    ) -> anyhow::Result<Option<Routes>> {
        if settings.pages == Pages::Off {
            return Ok(None);
        }
        let pages = auth_web::routes(&WebConfig {
            servers: servers(settings, http),
            dev_mailbox: mailbox,
            demo: settings.pages == Pages::Demo,
            ..looks(settings)?
        })?;
        Ok(Some(Arc::new(move |app| pages.clone()(app))))
    }

    /// The console, unless pages are left out.
    ///
    /// # Errors
    /// As for [`routes`].
    pub(crate) fn console(settings: &Settings) -> anyhow::Result<Option<Routes>> {
        if settings.pages == Pages::Off {
            return Ok(None);
        }
        let console = auth_web::console(&looks(settings)?)?;
        Ok(Some(Arc::new(move |app| console.clone()(app))))
    }

    /// What pages have in common: they talk to their own origin alone.
    fn looks(settings: &Settings) -> anyhow::Result<WebConfig> {
        let looks = &settings.looks;
        let logo = looks.logo()?.map(|(content_type, bytes)| Logo {
            content_type,
            bytes: bytes.into(),
        });
        Ok(WebConfig {
            base_path: settings.base_path.clone(),
            servers: vec![],
            dev_mailbox: false,
            docs: settings.docs == Docs::On,
            demo: false,
            service_name: settings.service_name.clone(),
            catalogue: looks.catalogue()?,
            templates: looks.templates.clone(),
            brand: looks.brand()?,
            logo,
        })
    }

    /// The servers that a page can be switched to: where strategies are compared, the trusted
    /// origins too, which elsewhere are somebody's front ends.
    fn servers(settings: &Settings, http: &HttpConfig) -> Vec<String> {
        let trusted = http.trusted_origins.get();
        let others = match (settings.pages, settings.env) {
            (Pages::Demo, Environment::Development) => trusted.as_slice(),
            _ => &[],
        };
        let others = others.iter().filter_map(TrustedOrigin::exact);
        let own = std::iter::once(http.origin());
        own.chain(others.map(str::to_owned)).collect()
    }
}
