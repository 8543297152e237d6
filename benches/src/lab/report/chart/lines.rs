use std::collections::BTreeMap;

use maud::{Markup, html};

use super::scale::{Axis, Scale};
use super::{STYLES, WIDTH, px};
use crate::lab::report::document::Table;
use crate::lab::report::format;

const LEFT: f64 = 74.0;
const RIGHT: f64 = 30.0;
const TOP: f64 = 30.0;
const PLOT_HEIGHT: f64 = 230.0;
const LEGEND_ROW: f64 = 20.0;

/// Curves.
#[derive(Clone, Debug)]
pub struct Lines {
    /// A name for files and anchors.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// How to read it.
    pub about: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// The curves.
    pub series: Vec<Series>,
    /// Points worth pointing out.
    pub marks: Vec<Mark>,
}

/// A curve.
#[derive(Clone, Debug)]
pub struct Series {
    /// Whose it is.
    pub name: String,
    /// Which colour, shape and dash it has.
    pub style: usize,
    /// Its points, from left to right.
    pub points: Vec<Point>,
}

/// A point and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Where.
    pub x: f64,
    /// How much.
    pub y: f64,
    /// The interval of `y`, where it was repeated.
    pub interval: Option<(f64, f64)>,
}

/// A point worth pointing out.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Where.
    pub x: f64,
    /// How much.
    pub y: f64,
    /// What is there.
    pub label: String,
}

struct Frame {
    x: Scale,
    y: Scale,
}

impl Frame {
    fn of(lines: &Lines) -> Self {
        let points = || lines.series.iter().flat_map(|series| &series.points);
        let ends = |point: &Point| {
            let (low, high) = point.interval.unwrap_or((point.y, point.y));
            [point.y, low, high]
        };
        Self {
            x: Scale::fit(&lines.x, points().map(|point| point.x)),
            y: Scale::fit(&lines.y, points().flat_map(ends)),
        }
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + self.x.at(value) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        TOP + (1.0 - self.y.at(value)) * PLOT_HEIGHT
    }
}

impl Lines {
    pub(super) fn drawing(&self) -> (f64, Markup) {
        let frame = Frame::of(self);
        let bottom = TOP + PLOT_HEIGHT;
        let legend_top = bottom + 56.0;
        let height = legend_top + (self.series.len().div_ceil(2) as f64) * LEGEND_ROW;
        let body = html! {
            (self.grid(&frame))
            text.soft x="4" y="16" { (self.y.label) }
            text.soft x=(px(WIDTH - RIGHT)) y=(px(bottom + 38.0)) text-anchor="end" { (self.x.label) }
            @for series in &self.series { (curve(series, &frame)) }
            @for mark in &self.marks { (mark_at(mark, &frame)) }
            @for (place, series) in self.series.iter().enumerate() {
                (legend(series, place, legend_top))
            }
        };
        (height, body)
    }

    fn grid(&self, frame: &Frame) -> Markup {
        let bottom = TOP + PLOT_HEIGHT;
        html! {
            @for tick in &frame.y.ticks {
                @let y = frame.y(*tick);
                line.grid x1=(px(LEFT)) x2=(px(WIDTH - RIGHT)) y1=(px(y)) y2=(px(y)) {}
                text.soft x=(px(LEFT - 8.0)) y=(px(y + 4.0)) text-anchor="end" { ((self.y.show)(*tick)) }
            }
            @for tick in &frame.x.ticks {
                @let x = frame.x(*tick);
                line.grid x1=(px(x)) x2=(px(x)) y1=(px(TOP)) y2=(px(bottom)) {}
                text.soft x=(px(x)) y=(px(bottom + 18.0)) text-anchor="middle" { ((self.x.show)(*tick)) }
            }
        }
    }

    /// The figures: one row for each place, or where the axis has lines of its own for each of
    /// these; one column for each curve.
    pub(super) fn table(&self) -> Table {
        let mut head = vec![&*self.x.label];
        head.extend(self.series.iter().map(|series| &*series.name));
        let mut table = Table::new(&self.title, 1, &head);
        let points = self.series.iter().flat_map(|series| &series.points);
        // Positive floats sort like their bits.
        let places: BTreeMap<u64, f64> = points.map(|point| (point.x.to_bits(), point.x)).collect();
        for x in places.into_values().filter(|x| self.x.shows(*x)) {
            let cells = self.series.iter().map(|series| self.figure(series, x));
            table.row(std::iter::once((self.x.show)(x)).chain(cells));
        }
        table
    }

    fn figure(&self, series: &Series, x: f64) -> String {
        let point = series.points.iter().find(|point| point.x == x);
        point.map_or_else(|| format::ABSENT.into(), |point| (self.y.show)(point.y))
    }
}

fn curve(series: &Series, frame: &Frame) -> Markup {
    let places: Vec<(f64, f64)> = series
        .points
        .iter()
        .map(|point| (frame.x(point.x), frame.y(point.y)))
        .collect();
    let path: Vec<String> = places
        .iter()
        .map(|(x, y)| format!("{},{}", px(*x), px(*y)))
        .collect();
    // A shape at each of very many points would hide the curve.
    let every = places.len().div_ceil(12).max(1);
    html! {
        g class=(class(series)) {
            polyline.line points=(path.join(" ")) stroke-dasharray=(dash(series.style)) {}
            @for point in &series.points {
                @if let Some((low, high)) = point.interval.filter(|(low, high)| high > low) {
                    @let x = px(frame.x(point.x));
                    line.whisker x1=(x) x2=(x) y1=(px(frame.y(low))) y2=(px(frame.y(high))) {}
                }
            }
            @for (x, y) in places.iter().step_by(every) { (shape(series.style, *x, *y)) }
        }
    }
}

fn mark_at(mark: &Mark, frame: &Frame) -> Markup {
    let (x, y) = (frame.x(mark.x), frame.y(mark.y));
    let (anchor, shift) = if x > WIDTH * 0.6 {
        ("end", -12.0)
    } else {
        ("start", 12.0)
    };
    html! {
        circle.ring cx=(px(x)) cy=(px(y)) r="8" {}
        text.halo x=(px(x + shift)) y=(px(y - 8.0)) text-anchor=(anchor) { (mark.label) }
    }
}

fn legend(series: &Series, place: usize, top: f64) -> Markup {
    let x = if place.is_multiple_of(2) {
        8.0
    } else {
        WIDTH / 2.0 + 4.0
    };
    let y = top + (place / 2) as f64 * LEGEND_ROW;
    html! {
        g class=(class(series)) {
            line.line x1=(px(x)) x2=(px(x + 30.0)) y1=(px(y)) y2=(px(y))
                stroke-dasharray=(dash(series.style)) {}
            (shape(series.style, x + 15.0, y))
        }
        text x=(px(x + 38.0)) y=(px(y + 4.5)) { (series.name) }
    }
}

fn class(series: &Series) -> String {
    format!("s{}", series.style % STYLES)
}

fn dash(style: usize) -> &'static str {
    ["none", "7 3", "2 3", "10 3 2 3"][style % 4]
}

/// A shape of its own for each style, so that colour is not all that tells curves apart.
fn shape(style: usize, x: f64, y: f64) -> Markup {
    let path = match style % STYLES {
        0 => return html! { circle.shape cx=(px(x)) cy=(px(y)) r="4.5" {} },
        1 => "M-4,-4h8v8h-8z",
        2 => "M0,-5.5L5,4H-5z",
        3 => "M0,-5.5L5,0L0,5.5L-5,0z",
        4 => "M0,5.5L5,-4H-5z",
        5 => "M-1.7,-5h3.4v3.3h3.3v3.4h-3.3v3.3h-3.4v-3.3h-3.3v-3.4h3.3z",
        6 => "M-5,-2.5h10v5h-10z",
        _ => "M-2.5,-5h5v10h-5z",
    };
    html! { path.shape d=(path) transform=(format!("translate({} {})", px(x), px(y))) {} }
}
