//! Text in columns.

/// What stands between two columns.
const GAP: &str = "  ";

/// Rows under a heading, each column as wide as its widest cell.
pub fn table<const N: usize>(heading: [&str; N], rows: &[[String; N]]) -> String {
    let heading = heading.map(str::to_owned);
    aligned(std::iter::once(&heading).chain(rows))
}

/// Labels and their values.
pub fn pairs<const N: usize>(pairs: [(&str, String); N]) -> String {
    let rows = pairs.map(|(label, value)| [label.to_owned(), value]);
    aligned(rows.iter())
}

/// Rows alone, each column as wide as its widest cell.
pub fn aligned<'a, const N: usize>(rows: impl Iterator<Item = &'a [String; N]> + Clone) -> String {
    let mut widths = [0; N];
    for row in rows.clone() {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths);
        let cells: Vec<_> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        cells.join(GAP).trim_end().to_owned()
    };
    rows.map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["ada", "1"], ["jürgen", "22"]].map(|row| row.map(str::to_owned));
        assert_eq!(
            table(["NAME", "N"], &rows),
            "NAME    N\nada     1\njürgen  22"
        );
    }

    #[test]
    fn no_line_ends_in_blanks() {
        assert_eq!(
            pairs([("A", String::new()), ("Long", "x".into())]),
            "A\nLong  x"
        );
    }
}
