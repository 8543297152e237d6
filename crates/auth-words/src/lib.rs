//! What people read: the words of pages and mails in their languages, and the templates that an
//! operator may replace. It knows neither pages nor mails, only texts.
//!
//! ```
//! let catalogue = auth_words::Catalogue::built_in();
//! let words = catalogue.pick(["de-AT", "en"]);
//! assert_eq!(words.fill("home.hello", &[("name", "Ada")]), "Hallo, Ada");
//! ```

mod brand;
mod catalogue;
mod color;
mod error;
mod file;
mod template;
mod words;

pub use brand::{Brand, BrandLink};
pub use catalogue::Catalogue;
pub use color::{Color, ColorError, INK, WHITE};
pub use error::TextError;
pub use file::{LANGUAGES, LanguageFile, is_left_over};
pub use template::{TemplateFile, Templates};
pub use words::Words;
