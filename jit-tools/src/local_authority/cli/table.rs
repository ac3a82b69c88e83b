//! A table for people, on a terminal.

use std::fmt::Write as _;

use crate::plain_text::characters;

/// The longest cell, in characters.
const MAX_CELL: usize = 60;

/// A cell: a text that is cut where it is too long, and an end that never is.
pub(super) struct Cell {
    text: String,
    end: String,
}

impl Cell {
    /// A cell whose `end` says something about its text that no reader may miss.
    pub(super) fn with_end(text: impl Into<String>, end: impl Into<String>) -> Self {
        Self { text: text.into(), end: end.into() }
    }

    fn shown(&self) -> String {
        let end = tame(&self.end);
        let text = tame(&self.text);
        let room = MAX_CELL.saturating_sub(end.chars().count());
        if text.chars().count() <= room {
            return text.trim_end().to_owned() + &end;
        }
        text.chars().take(room.saturating_sub(1)).chain(['…']).chain(end.chars()).collect()
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::with_end(text, "")
    }
}

/// Lines with aligned columns. Whatever an agent or a model wrote loses its hidden characters.
pub(super) fn render(header: &[&str], rows: Vec<Vec<Cell>>) -> String {
    let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
    let rows = rows.into_iter().map(|row| row.iter().map(Cell::shown).collect());
    let rows: Vec<Vec<String>> = std::iter::once(header).chain(rows).collect();
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
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

/// A cell as it is shown. Two spaces are what is between columns, so that there are none within one.
fn tame(text: &str) -> String {
    let mut tamed = String::with_capacity(text.len());
    // White space first: a line break is one, and hidden as well.
    let shown = characters(text).filter(|(c, is_hidden)| c.is_whitespace() || !is_hidden).map(|(c, _)| c);
    for c in shown.map(|c| if c.is_whitespace() { ' ' } else { c }) {
        if c != ' ' || !tamed.ends_with(' ') {
            tamed.push(c);
        }
    }
    tamed
}

/// A text by itself, as it is shown in a cell.
pub(super) fn cut(text: String) -> String {
    Cell::from(text).shown()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row<const N: usize>(cells: [&str; N]) -> Vec<Cell> {
        cells.map(|cell| Cell::from(cell.to_owned())).into()
    }

    #[test]
    fn columns_are_aligned_and_nothing_moves_the_cursor() {
        let rows = vec![row(["a", "plain"]), row(["long one", "\u{1b}[2Jred\nand \u{202e}turned"])];
        assert_eq!(render(&["ID", "TEXT"], rows), "ID        TEXT\na         plain\nlong one  [2Jred and turned\n");
        assert_eq!(render(&["ID"], Vec::new()), "ID\n");
    }

    #[test]
    fn no_cell_imitates_a_column() {
        let table = render(&["ID", "NAME", "RISK"], vec![row(["1", "x   low\u{3000} \u{3164}\u{13441} yes", "high"])]);
        assert_eq!(table, "ID  NAME       RISK\n1   x low yes  high\n");
    }

    #[test]
    fn a_cell_that_is_cut_is_seen_to_be_and_keeps_its_end() {
        let long = "x".repeat(100);
        let table = render(&["ID"], vec![row([&long]), vec![Cell::with_end(long.clone(), " +1 more member")]]);
        let lines: Vec<&str> = table.lines().collect();
        assert!(lines[1].ends_with("xx…") && lines[2].ends_with("xx… +1 more member"), "{table}");
        assert!(lines.iter().all(|line| line.chars().count() <= MAX_CELL));
    }
}
