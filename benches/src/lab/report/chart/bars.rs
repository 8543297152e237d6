use maud::{Markup, html};

use super::{STYLES, WIDTH, px};
use crate::lab::report::document::Table;

const ROW: f64 = 44.0;
const TOP: f64 = 8.0;
const VALUE_ROOM: f64 = 104.0;

/// Horizontal bars, each of one or several parts.
#[derive(Clone, Debug)]
pub struct Bars {
    /// A name for files and anchors.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// How to read it.
    pub about: String,
    /// What the parts of a bar are.
    pub parts: Vec<String>,
    /// The bars.
    pub bars: Vec<Bar>,
    /// A value for people.
    pub show: fn(f64) -> String,
}

/// One bar.
#[derive(Clone, Debug)]
pub struct Bar {
    /// Whose it is.
    pub name: String,
    /// What else there is to say about it.
    pub note: String,
    /// Which colour it has.
    pub style: usize,
    /// The values of its parts, as many as the chart has.
    pub values: Vec<f64>,
}

impl Bar {
    fn sum(&self) -> f64 {
        self.values.iter().sum()
    }
}

impl Bars {
    pub(super) fn drawing(&self) -> (f64, Markup) {
        let legend = if self.parts.len() > 1 { 26.0 } else { 0.0 };
        let most = self
            .bars
            .iter()
            .map(Bar::sum)
            .fold(f64::MIN_POSITIVE, f64::max);
        let height = TOP + legend + self.bars.len() as f64 * ROW;
        let body = html! {
            @if self.parts.len() > 1 { (self.legend()) }
            @for (place, bar) in self.bars.iter().enumerate() {
                (self.bar(bar, TOP + legend + place as f64 * ROW, most))
            }
        };
        (height, body)
    }

    fn legend(&self) -> Markup {
        html! {
            @for (part, name) in self.parts.iter().enumerate() {
                @let x = 2.0 + part as f64 * (WIDTH / self.parts.len() as f64);
                g.s5 { rect class=(format!("part{part}")) x=(px(x)) y="5" width="18" height="12" {} }
                text.soft x=(px(x + 26.0)) y="15" { (name) }
            }
        }
    }

    fn bar(&self, bar: &Bar, top: f64, most: f64) -> Markup {
        let room = WIDTH - VALUE_ROOM - 4.0;
        let mut from = 2.0;
        let parts: Vec<(f64, f64)> = bar
            .values
            .iter()
            .map(|value| {
                let part = (from, value / most * room);
                from += part.1;
                part
            })
            .collect();
        html! {
            text x="2" y=(px(top + 14.0)) { (bar.name) }
            text.soft x=(px(WIDTH - 4.0)) y=(px(top + 14.0)) text-anchor="end" { (bar.note) }
            g class=(format!("s{}", bar.style % STYLES)) {
                @for (part, (x, width)) in parts.iter().enumerate().filter(|(_, (_, width))| *width > 0.0) {
                    rect class=(format!("part{part}")) x=(px(*x)) y=(px(top + 20.0))
                        width=(px(*width)) height="14" {}
                }
            }
            text x=(px(from + 7.0)) y=(px(top + 31.5)) { ((self.show)(bar.sum())) }
        }
    }

    pub(super) fn table(&self) -> Table {
        let mut head = vec!["strategy", "what else"];
        head.extend(self.parts.iter().map(|part| &**part));
        let mut table = Table::new(&self.title, 2, &head);
        for bar in &self.bars {
            let words = [bar.name.clone(), bar.note.clone()];
            table.row(
                words
                    .into_iter()
                    .chain(bar.values.iter().map(|value| (self.show)(*value))),
            );
        }
        if table.rows.iter().all(|row| row[1].is_empty()) {
            table.head.remove(1);
            table.rows.iter_mut().for_each(|row| drop(row.remove(1)));
            table.words = 1;
        }
        table
    }
}
