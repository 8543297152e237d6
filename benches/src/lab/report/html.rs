//! The report as one HTML file that needs nothing else.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::chart::{self, Chart};
use super::document::{Block, Grid, Table};

const STYLE: &str = include_str!("page.css");

/// The page.
pub fn page(title: &str, blocks: &[Block]) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) (PreEscaped(chart::STYLE)) }
            }
            body {
                main {
                    h1 { (title) }
                    (contents(blocks))
                }
            }
        }
    };
    page.into_string()
}

/// Plots in a row stand side by side where there is room.
fn contents(blocks: &[Block]) -> Markup {
    let is_plot = |block: &Block| matches!(block, Block::Plot(_));
    let groups = blocks.chunk_by(|a, b| is_plot(a) && is_plot(b));
    html! {
        @for group in groups {
            @if group.iter().all(is_plot) {
                div.plots { @for plot in group { (block(plot)) } }
            } @else {
                @for part in group { (block(part)) }
            }
        }
    }
}

fn block(block: &Block) -> Markup {
    html! {
        @match block {
            Block::Heading(text) => h2 { (text) },
            Block::Text(text) => p { (kept(text)) },
            Block::Warning(text) => p.warning { strong { "Note. " } (kept(text)) },
            Block::List(items) => ul { @for item in items { li { (kept(item)) } } },
            Block::Code(text) => pre tabindex="0" { code { (text) } },
            Block::Table(table) => (self::table(table)),
            Block::Grid(grid) => (self::grid(grid)),
            Block::Plot(chart) => (plot(chart)),
        }
    }
}

/// Prose whose lines don't break between a number and its unit, nor within a name.
fn kept(text: &str) -> String {
    let mut before = ' ';
    let keep = |letter: char| {
        let kept = match letter {
            ' ' if before.is_ascii_digit() => '\u{a0}',
            '-' if before.is_alphanumeric() => '\u{2011}',
            other => other,
        };
        before = letter;
        kept
    };
    text.chars().map(keep).collect()
}

fn plot(chart: &Chart) -> Markup {
    html! {
        figure id=(chart.id()) {
            figcaption { strong { (chart.title()) } " " (chart.about()) }
            (chart.inline())
            details {
                summary { "The figures of this plot" }
                (table(&chart.table()))
            }
        }
    }
}

fn table(table: &Table) -> Markup {
    let class = |column: usize| {
        if column < table.words {
            "word"
        } else {
            "figure"
        }
    };
    html! {
        div.scroll tabindex="0" role="region" aria-label=(table.caption) {
            table {
                caption { (table.caption) }
                thead { tr {
                    @for (column, name) in table.head.iter().enumerate() {
                        th scope="col" class=(class(column)) { (name) }
                    }
                } }
                tbody { @for row in &table.rows { tr {
                    @for (column, cell) in row.iter().enumerate() {
                        @if column == 0 { th scope="row" class=(class(column)) { (cell) } }
                        @else { td class=(class(column)) { (cell) } }
                    }
                } } }
            }
        }
    }
}

fn grid(grid: &Grid) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(grid.caption) {
            table.grid {
                caption { (grid.caption) }
                thead { tr { @for name in &grid.head { th scope="col" { (kept(name)) } } } }
                tbody { @for (place, standings) in &grid.rows { tr {
                    th scope="row" { (kept(place)) }
                    @for (standing, text) in standings { td class=(standing.name()) { (kept(text)) } }
                } } }
            }
        }
    }
}
