//! The cookies that a device keeps beside its credential: by one it is known again when it has
//! signed in before, by the other its owner trusts it.

use actix_web::cookie::{Cookie, SameSite, time};
use actix_web::{HttpRequest, HttpResponse};
use std::time::Duration;

use auth_core::SecretText;

use crate::config::HttpConfig;
use crate::cookies;

/// How such a cookie travels: `__Host-NAME` on https, `NAME-PORT` on plain http.
#[derive(Clone, Debug)]
pub(crate) struct DeviceCookieSettings {
    name: String,
    secure: bool,
}

impl DeviceCookieSettings {
    pub(crate) fn named(name: &str, config: &HttpConfig) -> Self {
        let secure = config.is_https();
        let port = config
            .public_url
            .port_or_known_default()
            .unwrap_or_default();
        let name = match secure {
            true => format!("__Host-{name}"),
            false => format!("{name}-{port}"),
        };
        Self { name, secure }
    }

    /// What a request presents.
    pub(crate) fn read(&self, req: &HttpRequest) -> Option<SecretText> {
        cookies::only(req.headers(), &self.name).map(SecretText::new)
    }

    /// Hands it out.
    pub(crate) fn set(&self, answer: &mut HttpResponse, value: &SecretText, max_age: Duration) {
        let max_age = time::Duration::try_from(max_age).unwrap_or_default();
        let mut value = self.cookie(value.reveal());
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
