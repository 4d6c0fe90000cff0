//! Writing CSV that every reader reads and no spreadsheet runs.

use std::borrow::Cow;

/// A CSV file being written.
pub(super) struct Writer {
    text: String,
}

impl Writer {
    /// Begins a file: byte order mark, then the header.
    pub(super) fn new(columns: &[&str]) -> Self {
        let mut writer = Self { text: "\u{feff}".to_owned() };
        writer.row(columns.iter().map(|column| (*column).to_owned()));
        writer
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: impl Iterator<Item = String>) {
        for (at, cell) in cells.enumerate() {
            if at > 0 {
                self.text.push(',');
            }
            self.text.push_str(&quoted(&defused(&cell)));
        }
        self.text.push_str("\r\n");
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// A cell that a spreadsheet shows and does not run: an apostrophe goes before what begins with `=`, `+`, `-`, `@` (full
/// width too, which Japanese spreadsheets take for the same), a tab or a line end.
///
/// A number with a sign (-1.5, +81178221111) and a lone mark (－ for "nothing") run nothing and stay as they are, so that
/// strict readers read them. Whoever reads the file with a program takes one leading apostrophe off.
pub(super) fn defused(cell: &str) -> Cow<'_, str> {
    let mut chars = cell.trim_start_matches([' ', '\u{3000}']).chars();
    let runs = match chars.next() {
        Some('=' | '＝' | '@' | '＠' | '\t' | '\r' | '\n') => true,
        Some('+' | '＋' | '-' | '－' | '−') => {
            let rest = chars.as_str();
            !rest.is_empty() && !is_number(rest) && !rest.chars().all(|c| matches!(c, '-' | '－' | '−' | '―' | ' '))
        }
        _ => false,
    };
    if runs { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && text.parse::<f64>().is_ok()
}

fn quoted(cell: &str) -> Cow<'_, str> {
    if !cell.contains(['"', ',', '\r', '\n']) {
        return Cow::Borrowed(cell);
    }
    Cow::Owned(format!("\"{}\"", cell.replace('"', "\"\"")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_would_run_is_defused() {
        for runs in [
            "=HYPERLINK(\"http://x\")",
            "@SUM(A1)",
            "+1+cmd|' /C calc'!A0",
            "-2+3",
            "＝１＋１",
            "\t=1",
            " =1",
            "-A1",
            "+@x",
        ] {
            assert!(defused(runs).starts_with('\''), "{runs}");
        }
        for safe in ["", "-1.5", "+81178221111", "-", "－", "---", "八戸小学校", "'=1", "a=1", "- -", "3-24-1"] {
            assert_eq!(defused(safe), safe);
        }
    }

    #[test]
    fn a_file_has_a_mark_and_line_ends() {
        let mut file = Writer::new(&["名称", "備考"]);
        file.row(["八戸\"小\"".to_owned(), "a,b\nc".to_owned()].into_iter());
        assert_eq!(file.finish(), "\u{feff}名称,備考\r\n\"八戸\"\"小\"\"\",\"a,b\nc\"\r\n");
    }

    /// Reads one line as RFC 4180 says.
    fn read(text: &str) -> Vec<Vec<String>> {
        let (mut rows, mut row, mut cell, mut inside) = (Vec::new(), Vec::new(), String::new(), false);
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '"' if inside && chars.peek() == Some(&'"') => {
                    chars.next();
                    cell.push('"');
                }
                '"' => inside = !inside,
                ',' if !inside => row.push(std::mem::take(&mut cell)),
                '\r' if !inside && chars.peek() == Some(&'\n') => {
                    chars.next();
                    row.push(std::mem::take(&mut cell));
                    rows.push(std::mem::take(&mut row));
                }
                c => cell.push(c),
            }
        }
        assert!(!inside && cell.is_empty() && row.is_empty());
        rows
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(cells in proptest::collection::vec("[=+@a\",\r\n あ-]{0,8}", 3)) {
            let mut file = Writer::new(&["a", "b", "c"]);
            file.row(cells.iter().cloned());
            let rows = read(file.finish().trim_start_matches('\u{feff}'));
            let wanted: Vec<String> = cells.iter().map(|cell| defused(cell).into_owned()).collect();
            prop_assert_eq!(&rows[1], &wanted);
            for cell in &rows[1] {
                prop_assert!(!cell.trim_start().starts_with(['=', '@']), "{cell:?}");
            }
        }
    }
}
