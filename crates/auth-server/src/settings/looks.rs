//! What people see and read: languages, templates, and the brand of the service.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use auth_mail::MailTemplates;
use auth_words::{Brand, BrandLink, Catalogue, Color};
use clap::Args;
use url::Url;

/// What people see and read.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Looks and languages")]
pub struct LookSettings {
    /// The language of pages and mails for whoever asks for none that there is.
    #[arg(long, env = "AUTH_LANGUAGE", default_value = "en")]
    pub language: String,

    /// A folder with templates and words of your own, such as authctl templates export writes;
    /// what is not in it is built in.
    #[arg(long, env = "AUTH_TEMPLATES")]
    pub templates: Option<PathBuf>,

    /// The logo of the service, an SVG or PNG image, beside its name and in the browser's tab.
    #[arg(long, env = "AUTH_LOGO")]
    pub logo: Option<PathBuf>,

    /// The colour of buttons and links, such as #3450c9; lightened or darkened until it can be
    /// read.
    #[arg(long, env = "AUTH_ACCENT_COLOR")]
    pub accent_color: Option<Color>,

    /// A link to the imprint, at the foot of pages and mails.
    #[arg(long, env = "AUTH_LINK_IMPRINT")]
    pub link_imprint: Option<Url>,

    /// A link to what becomes of people's data, at the foot of pages and mails.
    #[arg(long, env = "AUTH_LINK_PRIVACY")]
    pub link_privacy: Option<Url>,

    /// A link to the terms of use, at the foot of pages and mails.
    #[arg(long, env = "AUTH_LINK_TERMS")]
    pub link_terms: Option<Url>,
}

/// The largest logo, in bytes: browsers load it with the first page.
const MAX_LOGO: u64 = 256 * 1024;

/// An image and its media type.
pub(crate) type Image = (&'static str, Vec<u8>);

impl LookSettings {
    /// The words of all languages.
    ///
    /// # Errors
    /// One sentence that names the file or the setting, and the remedy.
    pub(crate) fn catalogue(&self) -> anyhow::Result<Catalogue> {
        if let Some(folder) = &self.templates {
            ensure!(
                folder.is_dir(),
                "--templates {} is no folder; `authctl templates export` writes one",
                folder.display()
            );
        }
        Ok(Catalogue::load(self.templates.as_deref(), &self.language)?)
    }

    /// The words and looks of mails.
    ///
    /// # Errors
    /// One sentence that names the file or the setting, and the remedy.
    pub(crate) fn mail_templates(&self) -> anyhow::Result<MailTemplates> {
        let (folder, catalogue) = (self.templates.as_deref(), self.catalogue()?);
        Ok(MailTemplates::load(folder, catalogue, self.brand()?)?)
    }

    /// The colour and the links.
    ///
    /// # Errors
    /// One sentence that names the setting and the remedy.
    pub(crate) fn brand(&self) -> anyhow::Result<Brand> {
        let links = [
            ("--link-imprint", "site.imprint", &self.link_imprint),
            ("--link-privacy", "site.privacy", &self.link_privacy),
            ("--link-terms", "site.terms", &self.link_terms),
        ];
        let mut brand = Brand {
            accent: self.accent_color,
            links: vec![],
        };
        for (setting, words, url) in links {
            let Some(url) = url else { continue };
            ensure!(
                matches!(url.scheme(), "http" | "https"),
                "{setting} {url} leads to no web page; give an https URL"
            );
            let url = url.to_string();
            brand.links.push(BrandLink { words, url });
        }
        Ok(brand)
    }

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
