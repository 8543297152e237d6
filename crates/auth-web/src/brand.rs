//! The files that an operator's brand is made of.

use actix_web::web::Bytes;
use auth_words::{Brand, Color};

/// A logo: an image that stands beside the name of the service and in the browser's tab.
#[derive(Clone, Debug)]
pub struct Logo {
    /// Its media type: `image/svg+xml` or `image/png`.
    pub content_type: &'static str,
    /// The image.
    pub bytes: Bytes,
}

/// The grounds that accents stand on, as `style.css` has them: page, surface and tint.
const LIGHT: [Color; 3] = [
    Color::new(0xf5, 0xf6, 0xf9),
    Color::new(0xff, 0xff, 0xff),
    Color::new(0xea, 0xee, 0xfc),
];
const DARK: [Color; 3] = [
    Color::new(0x11, 0x14, 0x1a),
    Color::new(0x19, 0x1e, 0x27),
    Color::new(0x22, 0x2b, 0x47),
];

/// How far a button changes under the pointer.
const STRONGER: f64 = 0.2;

/// What the brand changes of the colours of the pages, if anything. Whatever accent is set, text
/// in it and on it can be read.
pub(crate) fn style(brand: &Brand) -> Option<String> {
    let accent = brand.accent?;
    let variables = |grounds: &[Color]| {
        let accent = accent.readable_on(grounds);
        let on = accent.text();
        // Away from what is written on it, so that it reads better still.
        let away = match on == auth_words::WHITE {
            true => auth_words::INK,
            false => auth_words::WHITE,
        };
        let strong = accent.mixed(away, STRONGER).readable_on(grounds);
        format!("--accent: {accent}; --accent-strong: {strong}; --on-accent: {on};")
    };
    let (light, dark) = (variables(&LIGHT), variables(&DARK));
    Some(format!(
        ":root {{ {light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grounds_are_those_of_the_style() {
        let style = include_str!("../assets/style.css");
        let (light, dark) = style.split_once("prefers-color-scheme: dark").unwrap();
        for (part, grounds) in [(light, LIGHT), (dark, DARK)] {
            for (name, ground) in ["page", "surface", "tint"].iter().zip(grounds) {
                assert!(part.contains(&format!("--{name}: {ground};")), "{name}");
            }
        }
    }

    #[test]
    fn an_accent_changes_light_and_dark_and_none_nothing() {
        let accent = |text: &str| Brand {
            accent: text.parse().ok(),
            ..Brand::default()
        };
        let style = style(&accent("#ffcc00")).unwrap();
        assert!(
            style.contains("dark) { :root { --accent: #ffcc00;"),
            "{style}"
        );
        assert!(!style.starts_with(":root { --accent: #ffcc00;"), "{style}");
        assert_eq!(super::style(&Brand::default()), None);
    }
}
