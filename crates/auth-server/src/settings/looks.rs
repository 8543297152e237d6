//! What people see and read: languages, templates, and the brand of the service.

use std::path::PathBuf;

use anyhow::ensure;
use auth_mail::MailTemplates;
use auth_words::{Brand, BrandLink, Catalogue, Color};
use clap::Args;
use url::Url;

use super::environment::hint;
use crate::templates::{NAMES, check_mails, check_names};

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
            check_names(folder, |wrong| hint(wrong, NAMES.into_iter()))?;
        }
        Ok(Catalogue::load(self.templates.as_deref(), &self.language)?)
    }

    /// The words and looks of mails.
    ///
    /// # Errors
    /// One sentence that names the file or the setting, and the remedy.
    pub(crate) fn mail_templates(&self) -> anyhow::Result<MailTemplates> {
        let (folder, catalogue) = (self.templates.as_deref(), self.catalogue()?);
        let templates = MailTemplates::load(folder, catalogue.clone(), self.brand()?)?;
        if let Some(folder) = folder {
            check_mails(folder, &templates, &catalogue)?;
        }
        Ok(templates)
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
}
