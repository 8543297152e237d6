//! The development mailbox of a running server.

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use serde_json::Value;
use url::Url;

use super::{Mail, Mailbox};

/// Reads `/dev/mailbox.json` under a server's host.
#[derive(Debug)]
pub struct DevMailbox {
    http: reqwest::Client,
    url: Url,
}

impl DevMailbox {
    /// The mailbox of the server whose base URL this is.
    ///
    /// # Errors
    /// When no client can be made for it.
    pub fn of(base: &Url) -> Result<Self> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let url = base.join("/dev/mailbox.json")?;
        Ok(Self { http, url })
    }
}

#[async_trait]
impl Mailbox for DevMailbox {
    async fn all(&self, to: &str) -> Result<Vec<Mail>> {
        let answer = self.http.get(self.url.clone()).send().await?;
        let mails: Value = answer
            .error_for_status()
            .context("the server has no development mailbox")?
            .json()
            .await?;
        let mails = mails.as_array().context("the mailbox is no array")?;
        let mine = mails.iter().filter(|mail| is_to(&mail["to"], to));
        mine.map(read).collect()
    }
}

fn is_to(field: &Value, to: &str) -> bool {
    field
        .as_str()
        .is_some_and(|address| address.eq_ignore_ascii_case(to))
}

fn read(mail: &Value) -> Result<Mail> {
    let text = |name: &str| {
        let text = mail[name].as_str().map(str::to_owned);
        text.with_context(|| format!("a mail in the mailbox lacks {name}"))
    };
    Ok(Mail {
        id: text("id")?,
        to: text("to")?,
        subject: text("subject")?,
        text: text("text")?,
        html: text("html")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_the_documented_fields_and_misses_none() {
        let mail = json!({
            "id": "1", "to": "Ada@example.org", "subject": "S", "text": "T", "html": "H",
            "sent_at": "2026-01-02T03:04:05Z",
        });
        assert!(is_to(&mail["to"], "ada@example.org"));
        assert_eq!(read(&mail).unwrap().html, "H");
        assert!(read(&json!({"id": "1"})).is_err());
    }
}
