//! Plots as small SVG, drawn here: colours follow the page's light or dark, no font or
//! script is needed, and the text stays text. plotters settles colours when it draws, and
//! charming draws in JavaScript.

mod bars;
mod lines;
mod scale;

use maud::{Markup, PreEscaped, html};

use super::document::Table;

pub use bars::{Bar, Bars};
pub use lines::{Lines, Mark, Point, Series};
pub use scale::{Axis, Spacing};

/// The width that plots are drawn at; they scale.
const WIDTH: f64 = 480.0;

/// How many styles of series there are; shapes and dashes differ too, not only colours.
const STYLES: usize = 8;

/// The colours of plots, in light and dark.
pub const STYLE: &str = include_str!("chart.css");

/// A plot.
#[derive(Clone, Debug)]
pub enum Chart {
    /// Curves.
    Lines(Lines),
    /// Horizontal bars.
    Bars(Bars),
}

impl Chart {
    /// A name for files and anchors.
    pub fn id(&self) -> &str {
        match self {
            Self::Lines(lines) => &lines.id,
            Self::Bars(bars) => &bars.id,
        }
    }

    /// What it shows, as a heading.
    pub fn title(&self) -> &str {
        match self {
            Self::Lines(lines) => &lines.title,
            Self::Bars(bars) => &bars.title,
        }
    }

    /// How to read it.
    pub fn about(&self) -> &str {
        match self {
            Self::Lines(lines) => &lines.about,
            Self::Bars(bars) => &bars.about,
        }
    }

    /// Its figures.
    pub fn table(&self) -> Table {
        match self {
            Self::Lines(lines) => lines.table(),
            Self::Bars(bars) => bars.table(),
        }
    }

    /// As a part of a page that has [`STYLE`].
    pub fn inline(&self) -> Markup {
        let (height, body) = self.drawing();
        let (title, about) = (
            format!("{}-title", self.id()),
            format!("{}-about", self.id()),
        );
        html! {
            svg viewBox=(view_box(height)) role="img" aria-labelledby=(format!("{title} {about}")) {
                title id=(title) { (self.title()) }
                desc id=(about) { (self.about()) }
                (body)
            }
        }
    }

    /// As a file of its own.
    pub fn standalone(&self) -> String {
        let (height, body) = self.drawing();
        let document = html! {
            svg xmlns="http://www.w3.org/2000/svg" class="alone" viewBox=(view_box(height))
                width=(WIDTH * 1.5) height=(height * 1.5) role="img" {
                title { (self.title()) }
                desc { (self.about()) }
                style { (PreEscaped(STYLE)) }
                rect class="ground" width="100%" height="100%" {}
                (body)
            }
        };
        document.into_string()
    }

    fn drawing(&self) -> (f64, Markup) {
        match self {
            Self::Lines(lines) => lines.drawing(),
            Self::Bars(bars) => bars.drawing(),
        }
    }
}

fn view_box(height: f64) -> String {
    format!("0 0 {WIDTH} {height:.0}")
}

/// Coordinates with a tenth of a pixel, so that equal data draws equal files.
fn px(value: f64) -> String {
    format!("{value:.1}")
}
