//! Answers, and the short words in which cases say what they expect of them.

use anyhow::{Context as _, Result, bail, ensure};
use auth_client::SetCookie;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, SET_COOKIE};
use serde_json::Value;

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Reply {
    /// What was asked, for messages.
    pub request: String,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
    json: Value,
}

impl Reply {
    pub(crate) async fn read(request: String, response: reqwest::Response) -> Result<Self> {
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response
            .bytes()
            .await
            .with_context(|| format!("{request} answered {status} and then broke off"))?;
        Ok(Self {
            request,
            status,
            headers,
            json: serde_json::from_slice(&body).unwrap_or_default(),
            body: body.into(),
        })
    }

    /// The body as JSON; null when it is something else.
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header, if it is there and readable.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Where it sends the browser.
    ///
    /// # Errors
    /// When it is no redirect that is followed by GET (RFC 9110, 15.4.4).
    pub fn location(&self) -> Result<&str> {
        ensure!(self.status == 303, "{self} leads nowhere");
        let location = self.header("location");
        location.with_context(|| format!("{self} does not say where"))
    }

    /// A value in the fragment of where it sends the browser.
    ///
    /// # Errors
    /// When it sends it nowhere.
    pub fn in_fragment(&self, name: &str) -> Result<Option<String>> {
        let fragment = self.location()?.split_once('#');
        let fragment = fragment.map_or("", |(_, fragment)| fragment);
        let mut pairs = url::form_urlencoded::parse(fragment.as_bytes());
        let found = pairs.find(|(known, _)| known == name);
        Ok(found.map(|(_, value)| value.into_owned()))
    }

    /// The media type without its parameters.
    pub fn media_type(&self) -> &str {
        let full = self.header("content-type").unwrap_or_default();
        full.split(';').next().unwrap_or_default().trim()
    }

    /// The cookies it sets; what is no cookie is left to [`SetCookie::parse`] to refuse.
    pub fn set_cookies(&self) -> Vec<SetCookie> {
        let headers = self.headers.get_all(SET_COOKIE).iter();
        let texts = headers.filter_map(|value| value.to_str().ok());
        texts
            .filter_map(|text| SetCookie::parse(text).ok())
            .collect()
    }

    /// The error code.
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }

    /// Expects this status.
    ///
    /// # Errors
    /// When it is another one.
    pub fn is(self, status: u16) -> Result<Self> {
        ensure!(self.status == status, "{self} instead of {status}");
        Ok(self)
    }

    /// Expects 200.
    ///
    /// # Errors
    /// When it is another status.
    pub fn ok(self) -> Result<Self> {
        self.is(200)
    }

    /// Expects 200 and exactly this body.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn says(self, body: &Value) -> Result<Self> {
        let reply = self.ok()?;
        ensure!(reply.json == *body, "{reply} instead of {body}");
        Ok(reply)
    }

    /// Expects this error.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn refused(self, status: u16, code: &str) -> Result<Self> {
        let reply = self.is(status)?;
        ensure!(reply.code() == code, "{reply} instead of the code {code}");
        Ok(reply)
    }

    /// Expects 422 for exactly one field and rule.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn refused_field(self, field: &str, code: &str) -> Result<Self> {
        let reply = self.refused(422, "validation_failed")?;
        let errors = reply.field_errors();
        ensure!(
            errors == [(field, code)],
            "{reply} instead of {field}: {code}"
        );
        Ok(reply)
    }

    /// Expects 401 for a request that nobody signed.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn unauthenticated(self) -> Result<Self> {
        self.refused(401, "unauthenticated")
    }

    /// The fields named in an error and the rules they break.
    pub fn field_errors(&self) -> Vec<(&str, &str)> {
        let errors = self.json["errors"].as_array().into_iter().flatten();
        errors
            .map(|e| {
                let part = |key: &str| e[key].as_str().unwrap_or_default();
                (part("field"), part("code"))
            })
            .collect()
    }

    /// A text in the body, by JSON pointer (RFC 6901).
    ///
    /// # Errors
    /// When there is none.
    pub fn string(&self, pointer: &str) -> Result<String> {
        match self.json.pointer(pointer) {
            Some(Value::String(text)) => Ok(text.clone()),
            _ => bail!("{self} has no text at {pointer}"),
        }
    }
}

impl std::fmt::Display for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = self.text();
        let start: String = text.chars().take(300).collect();
        write!(f, "{} answered {} {start}", self.request, self.status)
    }
}
