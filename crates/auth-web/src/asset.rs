//! The embedded files, in every encoding they are served in.

use std::fmt::Write as _;

use actix_web::http::header::ContentEncoding;
use sha2::{Digest as _, Sha256};

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// A file of the front end.
#[derive(Debug)]
pub struct Asset {
    /// Its name.
    pub name: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// Tells its versions apart.
    pub hash: &'static str,
    /// As it was written.
    pub plain: &'static [u8],
    /// Compressed by gzip (RFC 1952).
    pub gzip: &'static [u8],
    /// Compressed by Brotli (RFC 7932).
    pub brotli: &'static [u8],
}

impl Asset {
    /// The file in this encoding.
    pub(crate) fn encoded(&self, encoding: ContentEncoding) -> &'static [u8] {
        match encoding {
            ContentEncoding::Brotli => self.brotli,
            ContentEncoding::Gzip => self.gzip,
            _ => self.plain,
        }
    }
}

/// Every file of the front end.
pub fn assets() -> &'static [Asset] {
    ASSETS
}

/// The file of this name.
pub(crate) fn named(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

/// The folder of the files as they are now.
pub(crate) fn folder() -> &'static str {
    FOLDER
}

/// The address of a file, which changes whenever any file does.
pub fn url(name: &str) -> String {
    format!("/assets/{FOLDER}/{name}")
}

/// Tells one content from another: 64 bits of its digest.
pub(crate) fn hash(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    digest.iter().take(8).fold(String::new(), |mut text, byte| {
        // Writing to a text can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
