//! The document that all pages share, rendered once with the configuration as data.

use std::fmt::Write as _;

use actix_web::http::header::HeaderValue;
use actix_web::web::Bytes;
use html_escape::encode_double_quoted_attribute as escape;
use sha2::{Digest as _, Sha256};

use crate::WebConfig;
use crate::asset;

/// The document and what goes with it.
pub(crate) struct Shell {
    pub(crate) html: Bytes,
    /// Tells one rendering from another.
    pub(crate) hash: String,
    /// Content Security Policy Level 3: nothing inline, nothing from elsewhere.
    pub(crate) policy: HeaderValue,
}

impl Shell {
    pub(crate) fn new(config: &WebConfig) -> Self {
        let servers: Vec<&str> = config.servers.iter().map(String::as_str).collect();
        let servers: Vec<&str> = servers.into_iter().filter(|s| is_origin(s)).collect();
        let servers = servers.join(" ");
        let html = document(config, &servers);
        Self {
            hash: hash(&html),
            html: html.into(),
            policy: policy(&servers),
        }
    }
}

/// What the document needs before it can show anything; asked for at once instead of
/// one after another.
const FIRST: [&str; 4] = ["app.js", "client.js", "ui.js", "home.js"];

fn document(config: &WebConfig, servers: &str) -> String {
    let preload = FIRST.map(|name| {
        let url = asset::url(name);
        format!("<link rel=\"modulepreload\" href=\"{url}\">\n")
    });
    format!(
        include_str!("shell.html"),
        service = escape(&config.service_name),
        base_path = escape(&config.base_path),
        servers = escape(servers),
        mailbox = config.dev_mailbox,
        style = asset::url("style.css"),
        icon = asset::url("icon.svg"),
        app = asset::url("app.js"),
        preload = preload.concat(),
    )
}

fn policy(servers: &str) -> HeaderValue {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
         connect-src 'self' {servers}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    // Origins are plain ASCII, so the first never fails; the second is as strict.
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// Whether a text is an http or https origin and nothing that could widen the policy.
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://");
    let host = host.or_else(|| text.strip_prefix("http://"));
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    host.is_some_and(|host| !host.is_empty() && host.chars().all(plain))
}

fn hash(html: &str) -> String {
    let digest = Sha256::digest(html);
    digest.iter().take(8).fold(String::new(), |mut text, byte| {
        // Writing to a text can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_origins_reach_the_policy() {
        for good in [
            "https://a.example.org",
            "http://localhost:4001",
            "http://[::1]:80",
        ] {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "",
            "https://",
            "*",
            "https://*.example.org",
            "https://a b",
            "https://a;script-src *",
            "https://a/path",
            "data:",
            "'unsafe-inline'",
            "https://a\r\nx: y",
        ] {
            assert!(!is_origin(bad), "{bad:?}");
        }
    }
}
