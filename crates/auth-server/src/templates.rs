//! The templates and words that are built in.

use auth_words::LANGUAGES;

/// Each file of a folder of templates with what is built in: its place in the folder, and its
/// content. They are what `--templates` takes.
pub fn built_in_templates() -> Vec<(&'static str, &'static str)> {
    let words = LANGUAGES.iter().map(|file| (file.path, file.source));
    let mails = auth_mail::TEMPLATES.iter();
    #[cfg(feature = "pages")]
    let pages = auth_web::TEMPLATES.iter();
    #[cfg(not(feature = "pages"))]
    let pages = [].iter();
    let templates = mails.chain(pages).map(|file| (file.name, file.source));
    words.chain(templates).collect()
}
