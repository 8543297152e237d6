//! Colours that people can read (WCAG 2.2, 1.4.3).

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A colour without transparency, as CSS writes it: `#3450c9`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color([u8; 3]);

/// What is no colour.
#[derive(Debug, Error)]
#[error("a colour reads #3450c9: a # and six hexadecimal digits")]
pub struct ColorError;

/// The least contrast of text with what is behind it, at level AA.
const READABLE: f64 = 4.5;

/// How much of the other colour each step of a mixture adds.
const STEP: f64 = 0.02;

/// White.
pub const WHITE: Color = Color([255, 255, 255]);

/// What is written on light accents.
pub const INK: Color = Color([0x10, 0x15, 0x2b]);

impl Color {
    /// A colour by its parts of red, green and blue.
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue])
    }

    /// This colour, or the nearest to it towards white or [`INK`] that can be read on each of
    /// these.
    #[must_use]
    pub fn readable_on(self, grounds: &[Self]) -> Self {
        let reads = |color: &Self| {
            grounds
                .iter()
                .all(|ground| color.contrast(*ground) >= READABLE)
        };
        let lightest = grounds.iter().map(|ground| ground.luminance());
        let towards = match lightest.fold(0.0, f64::max) > 0.5 {
            true => INK,
            false => WHITE,
        };
        let mut steps = (0..=50_u8).map(|step| self.mixed(towards, f64::from(step) * STEP));
        steps.find(|color| reads(color)).unwrap_or(towards)
    }

    /// What can be read on this colour: white or [`INK`].
    #[must_use]
    pub fn text(self) -> Self {
        match self.contrast(WHITE) >= self.contrast(INK) {
            true => WHITE,
            false => INK,
        }
    }

    /// This colour with so much of another in it, from 0 to 1.
    #[must_use]
    pub fn mixed(self, other: Self, share: f64) -> Self {
        let mut mixed = [0; 3];
        for (n, part) in mixed.iter_mut().enumerate() {
            let (own, others) = (f64::from(self.0[n]), f64::from(other.0[n]));
            // Between two bytes, there is one.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let between = (own + (others - own) * share).round() as u8;
            *part = between;
        }
        Self(mixed)
    }

    /// How well two colours can be told apart, from 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// How light it is, from 0 to 1.
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|part| {
            let part = f64::from(part) / 255.0;
            match part <= 0.04045 {
                true => part / 12.92,
                false => ((part + 0.055) / 1.055).powf(2.4),
            }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl FromStr for Color {
    type Err = ColorError;

    fn from_str(text: &str) -> Result<Self, ColorError> {
        let digits = text.strip_prefix('#').ok_or(ColorError)?;
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        if digits.len() != 6 || !is_hex {
            return Err(ColorError);
        }
        let all = u32::from_str_radix(digits, 16).map_err(|_| ColorError)?;
        let [_, red, green, blue] = all.to_be_bytes();
        Ok(Self([red, green, blue]))
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_as_css_writes_them() {
        let color: Color = "#3450C9".parse().unwrap();
        assert_eq!(color.to_string(), "#3450c9");
        for bad in [
            "",
            "3450c9",
            "#345",
            "#3450cg",
            "#3450c9ff",
            "red",
            "#+12345",
        ] {
            assert!(bad.parse::<Color>().is_err(), "{bad}");
        }
    }

    #[test]
    fn contrast_is_as_defined() {
        let black = Color::new(0, 0, 0);
        assert!((black.contrast(WHITE) - 21.0).abs() < 1e-9);
        let grey: Color = "#767676".parse().unwrap();
        assert!((grey.contrast(WHITE) - 4.54).abs() < 0.01);
    }

    /// Every colour of a coarse grid, on light and on dark ground.
    #[test]
    fn any_accent_can_be_read_and_written_on() {
        let (light, dark) = ("#f5f6f9".parse().unwrap(), "#222b47".parse().unwrap());
        for all in (0..=0xff_ffff_u32).step_by(0x3_1337) {
            let [_, red, green, blue] = all.to_be_bytes();
            let color = Color::new(red, green, blue);
            for ground in [light, dark] {
                let accent = color.readable_on(&[ground]);
                assert!(accent.contrast(ground) >= 4.5, "{color} on {ground}");
                assert!(accent.text().contrast(accent) >= 4.5, "text on {accent}");
            }
        }
        let readable: Color = "#3450c9".parse().unwrap();
        assert_eq!(readable.readable_on(&[light]), readable);
    }
}
