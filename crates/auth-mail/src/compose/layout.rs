//! How mails look: one template as text, one as HTML.

use auth_words::{Brand, Color, TemplateFile, Templates, Words};
use serde::Serialize;

use super::letter::Letter;

/// What may be put into a template. No user has chosen any of it.
const VARIABLES: &[&str] = &[
    "kind",
    "language",
    "subject",
    "opening",
    "button.label",
    "button.url",
    "closing",
    "service",
    "home",
    "links",
    "accent",
    "on_accent",
];

/// The templates of mails that are built in. As text: paragraphs, the link on a line of its own,
/// and a signature (RFC 3676, 4.3). As HTML: one column that any client can show, without images,
/// scripts or style sheets; it sets no background of its own, so it follows the reader's light or
/// dark theme.
pub const TEMPLATES: [TemplateFile; 2] = [TEXT, HTML];

pub(super) const TEXT: TemplateFile = TemplateFile {
    name: "mail.txt",
    source: include_str!("../../templates/mail.txt"),
    variables: VARIABLES,
};

pub(super) const HTML: TemplateFile = TemplateFile {
    name: "mail.html",
    source: include_str!("../../templates/mail.html"),
    variables: VARIABLES,
};

/// The colour of buttons where none is set.
const ACCENT: Color = Color::new(0x1d, 0x4e, 0xd8);

/// Everything that a template can say.
#[derive(Serialize)]
pub(super) struct Page<'a> {
    kind: &'a str,
    language: &'a str,
    #[serde(flatten)]
    letter: &'a Letter,
    service: &'a str,
    home: &'a str,
    links: Vec<Foot<'a>>,
    accent: String,
    on_accent: String,
}

/// A link at the foot.
#[derive(Serialize)]
struct Foot<'a> {
    label: &'a str,
    url: &'a str,
}

impl<'a> Page<'a> {
    pub(super) fn new(
        (kind, letter): (&'a str, &'a Letter),
        (service, home): (&'a str, &'a str),
        words: &'a Words,
        brand: &'a Brand,
    ) -> Self {
        let accent = brand.accent.unwrap_or(ACCENT);
        let links = brand.links.iter();
        Self {
            kind,
            language: words.language(),
            letter,
            service,
            home,
            links: links
                .map(|link| Foot {
                    label: words.text(link.words),
                    url: &link.url,
                })
                .collect(),
            accent: accent.to_string(),
            on_accent: accent.text().to_string(),
        }
    }

    /// The mail by the template of this name, or by the built-in one where an operator's comes to
    /// nothing with it: a mail must go out.
    pub(super) fn by(&self, templates: &Templates, file: &TemplateFile) -> String {
        let written = templates.render(file.name, self).or_else(|error| {
            tracing::warn!(event = "template_failed", %error);
            Templates::load(None, &[*file], self)?.render(file.name, self)
        });
        written.unwrap_or_default()
    }
}
