//! The words of one language as a script.

use std::collections::BTreeMap;
use std::io::{self, Write as _};

use actix_web::web::Bytes;
use auth_words::Words;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::asset::{self, hash};

/// `words.js` with the words in it. Its folder has all other scripts too, since they import it by
/// its name alone.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) folder: String,
    pub(crate) hash: String,
    pub(crate) plain: Bytes,
    /// Compressed by gzip (RFC 1952); nothing where that failed.
    pub(crate) gzip: Option<Bytes>,
}

/// The line of the built-in file that the words take the place of.
const EMPTY: &str = "const WORDS = {};";

/// What no script looks up: mails, and what the server itself puts into documents.
const ELSEWHERE: [&str; 3] = ["mail", "site", "error_page"];

/// The tables of words that only the console looks up.
const OF_CONSOLE: &str = "console";

impl Script {
    /// Those of the pages, with those of the console where they are for it.
    pub(crate) fn new(words: &Words, is_console: bool) -> Self {
        let for_pages = words.all().filter(|(key, _)| {
            let table = key.split('.').next().unwrap_or(key);
            let is_elsewhere = ELSEWHERE.contains(&table) || table.starts_with("mail_");
            !is_elsewhere && (is_console || !table.starts_with(OF_CONSOLE))
        });
        let texts: BTreeMap<&str, &str> = for_pages.collect();
        let json = serde_json::to_string(&texts).unwrap_or_default();
        let script = asset::named("words.js").map_or(&b""[..], |asset| asset.plain);
        let script =
            String::from_utf8_lossy(script).replacen(EMPTY, &format!("const WORDS = {json};"), 1);
        let hash = hash(script.as_bytes());
        Self {
            folder: format!("{}-{}-{hash}", asset::folder(), words.language()),
            gzip: gzip(script.as_bytes()).ok().map(Bytes::from),
            plain: script.into(),
            hash,
        }
    }

    /// The address of a script in this language.
    pub(crate) fn beside(&self, name: &str) -> String {
        format!("/assets/{}/{name}", self.folder)
    }
}

fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}
