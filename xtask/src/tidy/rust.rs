//! Rules over one Rust file: shape, length, and what must not stand in it.

use super::Finding;
use super::scrub::Source;

const FN_LINES: usize = 70;
const FILE_LINES: usize = 400;
const FILE_STOP: usize = 600;

/// Files allowed past 400 production lines, each with its reason; 600 ends it for all.
const LONG_FILES: &[(&str, &str)] =
    &[("crates/disaster/feeds/src/facts.rs", "the one page that says what every telegram can hold; types only")];

/// (what, where it may stand, what to do instead).
const BANNED: &[(&str, &[&str], &str)] = &[
    ("SystemTime::now", CLOCKS, "take `now: Timestamp`"),
    ("Utc::now", CLOCKS, "take `now: Timestamp`"),
    ("Local::now", CLOCKS, "take `now: Timestamp`"),
    ("std::time::Instant::now", CLOCKS, "use `kernel::Stopwatch` or `tokio::time`"),
    ("Uuid::new_v4", CHANCE, "take an id; handlers have `app.ids`"),
    ("Uuid::now_v7", CHANCE, "take an id; handlers have `app.ids`"),
    ("getrandom::", CHANCE, "use `Ids::fill`"),
    ("thread_rng", CHANCE, "use `Ids::fill`"),
    ("OsRng", CHANCE, "use `Ids::fill`"),
    ("env::var", SETTINGS, "settings are read once, in main"),
    ("todo!", &[], "write it, or open an issue and name it in a `TODO(#n)`"),
    ("unimplemented!", &[], "write it, or refuse with a Problem"),
    ("dbg!", &[], "remove it"),
    (".unwrap()", &[], "name the refusal, or `expect` a true impossibility with its reason"),
];

/// Only these read clocks, randomness and the environment; xtask stands outside the product.
const CLOCKS: &[&str] = &["crates/base/kernel/src/clock.rs", "crates/base/store/", "xtask/src/machine.rs"];
const CHANCE: &[&str] = &["crates/base/kernel/src/ids.rs", "crates/base/store/"];
const SETTINGS: &[&str] = &["crates/base/store/", "crates/mamori/src/main.rs", "xtask/src/machine.rs"];

/// Everything wrong with one file.
pub(crate) fn check(source: &Source) -> Vec<Finding> {
    let mut found = Vec::new();
    first_line(source, &mut found);
    lengths(source, &mut found);
    order(source, &mut found);
    banned(source, &mut found);
    attributes(source, &mut found);
    comments(source, &mut found);
    found
}

fn first_line(source: &Source, found: &mut Vec<Finding>) {
    if !source.raw.first().is_some_and(|line| line.starts_with("//! ")) {
        found.push(Finding::new(
            &source.path,
            0,
            "first-line",
            "does not begin with `//!`",
            "say in one line what the file is for",
        ));
    }
}

fn lengths(source: &Source, found: &mut Vec<Finding>) {
    for (line, name, length) in functions(&source.code) {
        if length > FN_LINES {
            let what = format!("`{name}` has {length} lines, the limit is {FN_LINES}");
            found.push(Finding::new(
                &source.path,
                line,
                "fn-length",
                what,
                "take out a part that has a name of its own",
            ));
        }
    }
    let lines = source.production().filter(|(_, line)| !line.trim().is_empty()).count();
    let listed = LONG_FILES.iter().any(|(path, _)| *path == source.path);
    if lines > FILE_STOP || (lines > FILE_LINES && !listed) {
        let what = format!("{lines} production lines, the limit is {FILE_LINES}");
        found.push(Finding::new(&source.path, 0, "file-length", what, "make a folder of operations of it"));
    }
}

/// Public functions before private ones at the outermost level, and the tests last.
fn order(source: &Source, found: &mut Vec<Finding>) {
    let mut helper: Option<&str> = None;
    for (at, line) in source.production() {
        let Some(name) = fn_name(line).filter(|_| !line.starts_with(' ')) else { continue };
        match helper {
            Some(first) if line.starts_with("pub ") => {
                let what = format!("public `{name}` stands after the helper `{first}`");
                let todo = "public items first, helpers next, tests last";
                found.push(Finding::new(&source.path, at, "order", what, todo));
                break;
            }
            None if !line.starts_with("pub") => helper = Some(name),
            _ => {}
        }
    }
    if source.tests_from > 0 && source.tests_from < source.code.len() {
        let after = source.code[source.tests_from..].iter().position(|line| line == "}");
        let end = after.map_or(source.code.len(), |after| source.tests_from + after + 1);
        let rest = source.code[end..].iter().position(|line| !line.trim().is_empty());
        if let Some(rest) = rest {
            let todo = "move the tests to the end";
            found.push(Finding::new(&source.path, end + rest, "order", "code after the tests", todo));
        }
    }
}

fn banned(source: &Source, found: &mut Vec<Finding>) {
    let std_instant = source.production().any(|(_, line)| line.contains("use std::time::") && line.contains("Instant"));
    for (at, line) in source.production() {
        for (what, allowed, instead) in BANNED {
            if line.contains(what) && !allowed.iter().any(|place| source.path.starts_with(place)) {
                found.push(Finding::new(&source.path, at, "banned", format!("`{what}`"), instead));
            }
        }
        let bare = line.contains("Instant::now") && !line.contains("std::time::") && !line.contains("tokio::time::");
        if std_instant && bare && !CLOCKS.iter().any(|place| source.path.starts_with(place)) {
            let todo = "use `kernel::Stopwatch` or `tokio::time`";
            found.push(Finding::new(&source.path, at, "banned", "`Instant::now` of std", todo));
        }
    }
}

fn attributes(source: &Source, found: &mut Vec<Finding>) {
    for (at, line) in source.code.iter().enumerate() {
        let line = line.trim_start();
        if line.starts_with("#[ignore") {
            found.push(Finding::new(&source.path, at, "ignore", "an ignored test", "mend it or remove it"));
        }
        if line.starts_with("#[allow(") || line.starts_with("#![allow(") {
            found.push(Finding::new(&source.path, at, "allow", "`#[allow]`", "use `#[expect(…, reason = \"…\")]`"));
        }
    }
}

fn comments(source: &Source, found: &mut Vec<Finding>) {
    for (at, text) in &source.comments {
        for mark in ["TODO", "FIXME", "XXX"] {
            if has_word(text, mark) && !has_issue(text, mark) {
                let todo = "open an issue and write `TODO(#n): …`, or do it now";
                found.push(Finding::new(&source.path, *at, "todo", format!("`{mark}` without an issue"), todo));
            }
        }
        if looks_like_code(text) {
            found.push(Finding::new(&source.path, *at, "dead-code", "commented-out code", "delete it; git remembers"));
        }
    }
}

fn has_issue(text: &str, mark: &str) -> bool {
    let rest = text.split_once(mark).map_or("", |(_, rest)| rest);
    let number = rest.strip_prefix("(#").and_then(|rest| rest.split_once(')')).map(|(number, _)| number);
    mark == "TODO" && number.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part == word)
}

/// A plain comment that ends like a statement and is made like one.
fn looks_like_code(text: &str) -> bool {
    let Some(text) = text.strip_prefix("//").filter(|text| !text.starts_with(['/', '!'])).map(str::trim) else {
        return false;
    };
    let begins = ["let ", "fn ", "pub ", "use ", "if ", "for ", "return ", "match ", "#["]
        .iter()
        .any(|word| text.starts_with(word));
    let statement = text.ends_with(';') && (text.contains('(') || text.contains(" = ") || text.starts_with("use "));
    statement || (begins && text.ends_with('{')) || (text.starts_with("#[") && text.ends_with(']'))
}

/// Every function of the code: line from 0, name, number of lines.
fn functions(code: &[String]) -> Vec<(usize, String, usize)> {
    let named = code.iter().enumerate().filter_map(|(at, line)| fn_name(line).map(|name| (at, name)));
    named.filter_map(|(at, name)| body_end(&code[at..]).map(|lines| (at, name.to_owned(), lines))).collect()
}

/// The name of the function that begins on this line.
fn fn_name(line: &str) -> Option<&str> {
    let mut rest = line.trim_start();
    loop {
        if let Some(name) = rest.strip_prefix("fn ") {
            return name.split(|c: char| !c.is_alphanumeric() && c != '_').next();
        }
        let word = rest.split(' ').next()?;
        let qualifier = word.starts_with("pub") || matches!(word, "const" | "async" | "unsafe" | "extern" | "\"C\"");
        rest = rest.strip_prefix(word)?.trim_start();
        if !qualifier || rest.is_empty() {
            return None;
        }
    }
}

/// How many lines to the brace that closes the body; `None` for a declaration without one.
fn body_end(code: &[String]) -> Option<usize> {
    let (mut braces, mut parens) = (0_usize, 0_usize);
    for (at, line) in code.iter().enumerate() {
        for c in line.chars() {
            match c {
                '(' | '[' => parens += 1,
                ')' | ']' => parens = parens.saturating_sub(1),
                ';' if braces == 0 && parens == 0 => return None,
                '{' => braces += 1,
                '}' if braces == 1 => return Some(at + 1),
                '}' => braces = braces.saturating_sub(1),
                _ => {}
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> Vec<(&'static str, usize)> {
        check(&Source::new("crates/disaster/roads/src/x.rs", text)).iter().map(|f| (f.rule, f.line)).collect()
    }

    #[test]
    fn a_clean_file_has_no_findings() {
        let text = "//! Roads.\n\n/// A road 道路.\npub fn a() -> u8 {\n    b()\n}\n\nfn b() -> u8 {\n    1\n}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn one() {\n        super::a().checked_add(1).unwrap();\n    }\n}\n";
        assert_eq!(rules(text), []);
    }

    #[test]
    fn each_rule_finds_its_fault() {
        let cases = [
            ("fn a() {}\n", ("first-line", 1)),
            ("//! x\nfn b() {}\npub fn a() {}\n", ("order", 3)),
            ("//! x\n#[cfg(test)]\nmod tests {\n}\nfn b() {}\n", ("order", 5)),
            ("//! x\nfn a() { Utc::now(); }\n", ("banned", 2)),
            ("//! x\nuse std::time::{Duration, Instant};\nfn a() { Instant::now(); }\n", ("banned", 3)),
            ("//! x\nfn a() { b().unwrap(); }\n", ("banned", 2)),
            ("//! x\nfn a() { std::env::var(\"X\"); }\n", ("banned", 2)),
            ("//! x\n#[allow(dead_code)]\nfn a() {}\n", ("allow", 2)),
            ("//! x\n// TODO: later\nfn a() {}\n", ("todo", 2)),
            ("//! x\n// let a = b();\nfn a() {}\n", ("dead-code", 2)),
        ];
        for (text, expected) in cases {
            assert_eq!(rules(text), [expected], "{text}");
        }
        assert_eq!(rules("//! x\n// TODO(#12): later\nfn a() {}\n"), []);
        assert_eq!(rules("//! x\nuse tokio::time::Instant;\nfn a() { Instant::now(); }\n"), []);
        assert_eq!(rules("//! x\nconst A: &str = \"todo!() .unwrap() // TODO\";\n"), []);
    }

    #[test]
    fn lengths_are_counted_from_fn_to_brace() {
        let long = format!("//! x\npub(crate) async fn a(b: [u8; 4]) {{\n{}}}\n", "    c();\n".repeat(69));
        assert_eq!(rules(&long), [("fn-length", 2)]);
        assert_eq!(rules(&long.replacen("    c();\n", "", 1)), []);
        assert_eq!(rules("//! x\ntrait A {\n    fn a(&self);\n    fn b(&self) {}\n}\n"), []);
        assert_eq!(rules(&format!("//! x\n{}", "static A: u8 = 1;\n".repeat(401))), [("file-length", 1)]);
    }
}
