//! What people see on a page, as XPath.

use std::fmt;

/// Something on a page.
#[derive(Clone, Debug)]
pub struct Locator(String);

impl Locator {
    /// The expression.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same, but only inside of something.
    #[must_use]
    pub fn within(self, outer: &Self) -> Self {
        Self(format!("{}{}", outer.0, self.0))
    }
}

impl fmt::Display for Locator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Anything that an expression of one's own finds.
pub fn any(xpath: impl Into<String>) -> Locator {
    Locator(xpath.into())
}

/// The heading of the page.
pub fn heading(text: &str) -> Locator {
    any(format!("//h1[normalize-space()=\"{text}\"]"))
}

/// A button by what it says, or by what it tells a screen reader.
pub fn button(text: &str) -> Locator {
    any(format!(
        "//button[normalize-space()=\"{text}\" or starts-with(@aria-label, \"{text}\")]"
    ))
}

/// A link by what it says.
pub fn link(text: &str) -> Locator {
    any(format!("//a[normalize-space()=\"{text}\"]"))
}

/// A field by its label.
pub fn field(label: &str) -> Locator {
    any(format!(
        "//input[@id=//label[normalize-space()=\"{label}\"]/@for]"
    ))
}

/// The message next to a field.
pub fn error_of(label: &str) -> Locator {
    any(format!(
        "//div[@class=\"field\"][.//label[normalize-space()=\"{label}\"]]/p[@class=\"error\"]"
    ))
}

/// A form by what it is called.
pub fn form(name: &str) -> Locator {
    any(format!("//form[@aria-label=\"{name}\"]"))
}

/// The content of the page, without what frames it.
pub fn main() -> Locator {
    any("//main")
}

/// The links between the pages.
pub fn nav() -> Locator {
    any("//nav")
}

/// A piece of text in the content of the page, within one element.
pub fn text(part: &str) -> Locator {
    any(format!(
        "//main//*[text()[contains(normalize-space(.), \"{part}\")]]"
    ))
}

/// The switch to another server.
pub fn switch() -> Locator {
    any("//button[@class=\"switch\"]")
}
