//! What makes pages and mails an operator's.

use crate::color::Color;

/// The looks and links of a service; none for the built-in ones.
#[derive(Clone, Debug, Default)]
pub struct Brand {
    /// The colour of buttons and links.
    pub accent: Option<Color>,
    /// What stands at the foot of every page and mail.
    pub links: Vec<BrandLink>,
}

/// A link to what a law or an operator wants people to find.
#[derive(Clone, Debug)]
pub struct BrandLink {
    /// The key of its words, such as `site.imprint`.
    pub words: &'static str,
    /// Where it leads.
    pub url: String,
}
