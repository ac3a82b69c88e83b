//! A table for people, on a terminal.

use std::fmt::Write as _;

use crate::plain_text::is_hidden;

/// The longest cell, in characters.
const WIDEST: usize = 60;

/// Lines with aligned columns. Whatever an agent or a model wrote loses its hidden characters.
pub(super) fn render(header: &[&str], rows: &[Vec<String>]) -> String {
    let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
    let rows: Vec<Vec<String>> =
        std::iter::once(&header).chain(rows).map(|row| row.iter().map(|cell| tame(cell)).collect()).collect();
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let mut table = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            // Writing to a string does not fail.
            let _ = write!(line, "{cell:width$}  ");
        }
        table.push_str(line.trim_end());
        table.push('\n');
    }
    table
}

/// A cell as it is shown.
pub(super) fn tame(text: &str) -> String {
    let tamed: String =
        text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !is_hidden(*c)).collect();
    if tamed.chars().count() <= WIDEST {
        return tamed;
    }
    tamed.chars().take(WIDEST.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_nothing_moves_the_cursor() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let rows = [row(["a", "plain"]), row(["long one", "\u{1b}[2Jred\nand \u{202e}turned"])];
        assert_eq!(render(&["ID", "TEXT"], &rows), "ID        TEXT\na         plain\nlong one  [2Jred and turned\n");
        assert_eq!(render(&["ID"], &[]), "ID\n");
        let long = render(&["ID"], &[vec!["x".repeat(100)]]);
        assert!(long.ends_with("x…\n") && long.lines().all(|line| line.chars().count() <= WIDEST));
    }
}
