//! The logo of the service, which pages show.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};

use super::LookSettings;

/// The largest logo, in bytes: browsers load it with the first page.
const MAX_LOGO: u64 = 256 * 1024;

/// An image and its media type.
pub(crate) type Image = (&'static str, Vec<u8>);

impl LookSettings {
    /// The logo.
    ///
    /// # Errors
    /// One sentence that names the file and the remedy.
    pub(crate) fn logo(&self) -> anyhow::Result<Option<Image>> {
        self.logo.as_deref().map(image).transpose()
    }
}

fn image(file: &Path) -> anyhow::Result<Image> {
    let name = file.display();
    let size = fs::metadata(file).with_context(|| format!("--logo {name} can't be read"))?;
    ensure!(
        size.len() <= MAX_LOGO,
        "--logo {name} is too large; give an image of at most 256 KiB"
    );
    let bytes = fs::read(file).with_context(|| format!("--logo {name} can't be read"))?;
    match media_type(&bytes) {
        Some(media_type) => Ok((media_type, bytes)),
        None => bail!("--logo {name} is neither SVG nor PNG; give one of these"),
    }
}

/// The type of an image by what it begins with, whatever its file is called.
fn media_type(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some("image/png");
    }
    let text = std::str::from_utf8(bytes).ok()?.trim_start();
    let begins = text.starts_with("<svg") || text.starts_with("<?xml") || text.starts_with("<!--");
    (begins && text.contains("<svg")).then_some("image/svg+xml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logo_is_known_by_its_content() {
        assert_eq!(media_type(b"\x89PNG\r\n\x1a\n..."), Some("image/png"));
        let svg = b"<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
        assert_eq!(media_type(svg), Some("image/svg+xml"));
        for other in [
            &b"<html><svg></svg></html>"[..],
            b"GIF89a",
            b"",
            b"<?xml?><a/>",
        ] {
            assert_eq!(media_type(other), None);
        }
    }

    #[test]
    fn a_logo_that_can_not_be_shown_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("logo");
        let told = || image(&file).unwrap_err().to_string();
        assert!(told().ends_with("can't be read"));
        fs::write(&file, "GIF89a").unwrap();
        assert!(told().ends_with("is neither SVG nor PNG; give one of these"));
        fs::write(&file, vec![0; 256 * 1024 + 1]).unwrap();
        assert!(told().ends_with("give an image of at most 256 KiB"));
    }
}
