//! Reads a Rust file the way a rule needs it: code with comments and texts blanked out, and those beside it.

/// A Rust file, line by line.
pub(crate) struct Source {
    /// From the workspace's root.
    pub(crate) path: String,
    pub(crate) raw: Vec<String>,
    /// The same lines with comments and the insides of string and char literals as spaces.
    pub(crate) code: Vec<String>,
    /// String literals: line (from 0) where they begin, and their text.
    pub(crate) strings: Vec<(usize, String)>,
    /// Comments: line (from 0) and text from its slashes.
    pub(crate) comments: Vec<(usize, String)>,
    /// Line (from 0) where the tests at the end begin; the number of lines when there are none.
    pub(crate) tests_from: usize,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let mut scrub = Scrub { chars: text.chars().collect(), ..Scrub::default() };
        scrub.run();
        let code: Vec<String> = scrub.code.lines().map(str::to_owned).collect();
        let tests_from = if is_test_file(path) { 0 } else { tests_from(&code) };
        Self {
            path: path.to_owned(),
            raw: text.lines().map(str::to_owned).collect(),
            code,
            strings: scrub.strings,
            comments: scrub.comments,
            tests_from,
        }
    }

    /// The production lines of the code, with their numbers from 0.
    pub(crate) fn production(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.iter().take(self.tests_from).map(String::as_str).enumerate()
    }

    /// The string literals of the production part.
    pub(crate) fn production_strings(&self) -> impl Iterator<Item = (usize, &str)> {
        self.strings.iter().filter(|(line, _)| *line < self.tests_from).map(|(line, text)| (*line, text.as_str()))
    }
}

/// Tests, benches, examples, and the crate that exists for tests.
fn is_test_file(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    parts.iter().any(|part| matches!(*part, "tests" | "benches" | "examples" | "testkit" | "fuzz" | "tests.rs"))
}

fn tests_from(code: &[String]) -> usize {
    let is_module = |line: &String| line.trim_start().starts_with("mod ") && line.contains('{');
    (0..code.len())
        .find(|&at| {
            let next = code[at + 1..].iter().find(|line| !line.trim().is_empty() && !line.trim().starts_with('#'));
            code[at].starts_with("#[cfg(test)]") && next.is_some_and(is_module)
        })
        .unwrap_or(code.len())
}

#[derive(Default)]
struct Scrub {
    chars: Vec<char>,
    at: usize,
    line: usize,
    code: String,
    strings: Vec<(usize, String)>,
    comments: Vec<(usize, String)>,
}

impl Scrub {
    fn run(&mut self) {
        while let Some(c) = self.peek(0) {
            match (c, self.peek(1)) {
                ('/', Some('/')) => self.line_comment(),
                ('/', Some('*')) => self.block_comment(),
                ('"', _) => self.string(None),
                ('r', Some('"' | '#')) if self.starts_word() && self.raw_hashes().is_some() => self.raw_string(),
                ('\'', _) => self.quote(),
                _ => self.keep(),
            }
        }
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn keep(&mut self) {
        if let Some(c) = self.peek(0) {
            self.code.push(c);
            self.step(c);
        }
    }

    /// Passes a character over, leaving a space (or the end of the line) in the code.
    fn blank(&mut self) -> char {
        let c = self.peek(0).unwrap_or('\n');
        self.code.push(if c == '\n' { '\n' } else { ' ' });
        self.step(c);
        c
    }

    fn step(&mut self, c: char) {
        self.line += usize::from(c == '\n');
        self.at += 1;
    }

    fn line_comment(&mut self) {
        let (line, mut text) = (self.line, String::new());
        while self.peek(0).is_some_and(|c| c != '\n') {
            text.push(self.blank());
        }
        self.comments.push((line, text));
    }

    fn block_comment(&mut self) {
        let (line, mut depth, mut text) = (self.line, 0_usize, String::new());
        while let Some(c) = self.peek(0) {
            let pair = (c, self.peek(1));
            depth = match pair {
                ('/', Some('*')) => depth + 1,
                ('*', Some('/')) => depth - 1,
                _ => depth,
            };
            text.push(self.blank());
            if matches!(pair, ('/', Some('*')) | ('*', Some('/'))) {
                text.push(self.blank());
            }
            if depth == 0 {
                break;
            }
        }
        self.comments.push((line, text));
    }

    fn starts_word(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.chars.get(at));
        before.is_none_or(|c| !c.is_alphanumeric() && *c != '_') || before == Some(&'b')
    }

    fn raw_hashes(&self) -> Option<usize> {
        let hashes = self.chars[self.at + 1..].iter().take_while(|c| **c == '#').count();
        (self.peek(1 + hashes) == Some('"')).then_some(hashes)
    }

    fn raw_string(&mut self) {
        let hashes = self.raw_hashes().unwrap_or(0);
        for _ in 0..=hashes {
            self.keep();
        }
        self.string(Some(hashes));
    }

    /// From the opening quote to past the closing one; `raw` has its number of hashes and no escapes.
    fn string(&mut self, raw: Option<usize>) {
        self.keep();
        let (line, mut text) = (self.line, String::new());
        while let Some(c) = self.peek(0) {
            if c == '"' && (1..=raw.unwrap_or(0)).all(|ahead| self.peek(ahead) == Some('#')) {
                break;
            }
            text.push(self.blank());
            if c == '\\' && raw.is_none() && self.peek(0).is_some() {
                text.push(self.blank());
            }
        }
        self.keep();
        self.strings.push((line, text));
    }

    /// A char literal, or the quote of a lifetime.
    fn quote(&mut self) {
        let literal = self.peek(1) == Some('\\') || self.peek(2) == Some('\'');
        self.keep();
        if !literal {
            return;
        }
        if self.blank() == '\\' {
            self.blank();
        }
        while self.peek(0).is_some_and(|c| c != '\'' && c != '\n') {
            self.blank();
        }
        self.keep();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        Source::new("src/x.rs", text).code.join("\n")
    }

    #[test]
    fn texts_and_comments_are_blanked_and_lines_kept() {
        assert_eq!(code("let a = \"}\"; // }"), "let a = \" \";     ");
        assert_eq!(code("r#\"a\"b\"# + 1"), "r#\"   \"# + 1");
        assert_eq!(code("'}' '\\'' &'a str"), "' ' '  ' &'a str");
        assert_eq!(code("a /* { /* */\n } */ b").lines().count(), 2);
        assert_eq!(code("b\"\\\"}\" c"), "b\"   \" c");
    }

    #[test]
    fn strings_comments_and_tests_are_found() {
        let source = Source::new("src/x.rs", "//! x\nfn a() { b(\"SELECT 1\") }\n\n#[cfg(test)]\nmod tests {\n}\n");
        assert_eq!(source.strings, [(1, "SELECT 1".to_owned())]);
        assert_eq!(source.comments, [(0, "//! x".to_owned())]);
        assert_eq!(source.tests_from, 3);
        assert_eq!(Source::new("crates/x/tests/it.rs", "//! x\n").tests_from, 0);
        assert_eq!(Source::new("src/x.rs", "//! x\n#[cfg(test)]\nmod tests;\nfn a() {}\n").tests_from, 4);
    }
}
