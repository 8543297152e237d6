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
pub(crate) use built_in::routes;

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

#[cfg(feature = "pages")]
mod built_in {
    use auth_http::TrustedOrigin;
    use auth_web::{Logo, WebConfig};

    use super::{Arc, HttpConfig, Routes, Settings};
    use crate::settings::{Environment, Pages};

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
        let looks = &settings.looks;
        let logo = looks.logo()?.map(|(content_type, bytes)| Logo {
            content_type,
            bytes: bytes.into(),
        });
        let pages = auth_web::routes(&WebConfig {
            base_path: http.base_path.clone(),
            servers: servers(settings, http),
            dev_mailbox: mailbox,
            docs: http.docs,
            demo: settings.pages == Pages::Demo,
            service_name: settings.service_name.clone(),
            catalogue: looks.catalogue()?,
            templates: looks.templates.clone(),
            brand: looks.brand()?,
            logo,
        })?;
        Ok(Some(Arc::new(move |app| pages.clone()(app))))
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
