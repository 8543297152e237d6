//! The cookie by which a device that has signed in before is known again.

use actix_web::cookie::{Cookie, SameSite, time};
use actix_web::{HttpRequest, HttpResponse};
use auth_core::DeviceCookie;
use auth_core::SecretText;

use crate::config::HttpConfig;
use crate::cookies;

/// How the device cookie travels: `__Host-device` on https, `device-PORT` on plain http.
#[derive(Clone, Debug)]
pub(crate) struct DeviceCookieSettings {
    name: String,
    secure: bool,
}

impl DeviceCookieSettings {
    pub(crate) fn of(config: &HttpConfig) -> Self {
        let secure = config.is_https();
        let port = config
            .public_url
            .port_or_known_default()
            .unwrap_or_default();
        let name = match secure {
            true => "__Host-device".to_owned(),
            false => format!("device-{port}"),
        };
        Self { name, secure }
    }

    /// What a request presents.
    pub(crate) fn read(&self, req: &HttpRequest) -> Option<SecretText> {
        cookies::only(req.headers(), &self.name).map(SecretText::new)
    }

    /// Hands it out.
    pub(crate) fn set(&self, answer: &mut HttpResponse, cookie: &DeviceCookie) {
        let max_age = time::Duration::try_from(cookie.max_age).unwrap_or_default();
        let mut value = self.cookie(cookie.value.reveal());
        value.set_max_age(max_age);
        // The cookie's parts are ours, so they fit a header.
        let _ = answer.add_cookie(&value);
    }

    /// Takes it back.
    pub(crate) fn clear(&self, answer: &mut HttpResponse) {
        let mut cookie = self.cookie("");
        cookie.make_removal();
        let _ = answer.add_cookie(&cookie);
    }

    fn cookie<'a>(&'a self, value: &'a str) -> Cookie<'a> {
        Cookie::build(&self.name, value)
            .path("/")
            .secure(self.secure)
            .http_only(true)
            .same_site(SameSite::Lax)
            .finish()
    }
}
