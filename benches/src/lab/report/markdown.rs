//! The report as Markdown, with its plots as files beside it.

use super::document::{Block, Grid, Table};

/// The text; plots are looked for as `plots/ID.svg`.
pub fn text(title: &str, blocks: &[Block]) -> String {
    let parts: Vec<String> = blocks.iter().map(block).collect();
    format!("# {}\n\n{}\n", escaped(title), parts.join("\n\n"))
}

fn block(block: &Block) -> String {
    match block {
        Block::Heading(text) => format!("## {}", escaped(text)),
        Block::Text(text) => escaped(text),
        Block::Warning(text) => format!("> **Note.** {}", escaped(text)),
        Block::List(items) => {
            let items: Vec<String> = items
                .iter()
                .map(|item| format!("- {}", escaped(item)))
                .collect();
            items.join("\n")
        }
        Block::Code(text) => format!("```text\n{}\n```", text.replace("```", "'''")),
        Block::Table(table) => self::table(table),
        Block::Grid(grid) => self::table(&plain(grid)),
        Block::Plot(chart) => {
            let (title, about) = (escaped(chart.title()), escaped(chart.about()));
            let image = format!("![{title}](plots/{}.svg)", chart.id());
            let figures = self::table(&chart.table());
            format!(
                "**{title}** {about}\n\n{image}\n\n<details><summary>The figures of this plot</summary>\n\n{figures}\n\n</details>"
            )
        }
    }
}

/// A table with its caption.
pub fn table(table: &Table) -> String {
    let row = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
        format!("| {} |", cells.join(" | "))
    };
    let rule = (0..table.head.len()).map(|column| if column < table.words { "---" } else { "--:" });
    let rule = format!("|{}|", rule.collect::<Vec<_>>().join("|"));
    let mut lines = vec![format!("*{}*", escaped(&table.caption)), String::new()];
    lines.extend([row(&table.head), rule]);
    lines.extend(table.rows.iter().map(|cells| row(cells)));
    lines.join("\n")
}

/// A grid whose colours are signs.
fn plain(grid: &Grid) -> Table {
    let rows = grid.rows.iter().map(|(place, standings)| {
        let standings = standings
            .iter()
            .map(|(standing, text)| format!("{}{text}", standing.sign()));
        std::iter::once(place.clone()).chain(standings).collect()
    });
    Table {
        caption: grid.caption.clone(),
        head: grid.head.clone(),
        rows: rows.collect(),
        words: grid.head.len(),
    }
}

/// Text in which nothing becomes markup or a second cell: names of targets are anybody's.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\r' => escaped.push(' '),
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' => escaped.extend(['\\', letter]),
            _ => escaped.push(letter),
        }
    }
    escaped
}
