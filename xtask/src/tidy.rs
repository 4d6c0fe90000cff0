//! The rules of STYLE.md that a program can hold: `cargo xtask tidy`, and a test of this crate.

mod edges;
mod rust;
mod scrub;
mod tables;
mod tree;
mod words;

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::machine;
use scrub::Source;

/// The table of allowed edges: crate, what its code uses, what its tests use besides. Tiers point down:
/// kernel ← store ← http ← identity ← feeds ← rooms ← outlets ← mamori. A new edge is an ADR.
const ALLOWED_EDGES: &[(&str, &[&str], &[&str])] = &[
    ("kernel", &[], &[]),
    ("store", &["kernel"], &["testkit"]),
    ("http", &["kernel", "store"], &["testkit"]),
    ("sheets", &["kernel"], &["testkit"]),
    ("identity", &["kernel", "store", "http"], &["testkit"]),
    ("households", &["kernel", "store", "http", "identity"], &["testkit"]),
    ("feeds", &["kernel", "store", "http"], &["testkit"]),
    ("places", &["kernel", "store", "http", "sheets"], &["testkit"]),
    ("alerts", &["kernel", "store", "http", "identity", "feeds"], &["testkit"]),
    ("maps", &["kernel", "store", "http", "sheets", "places"], &["testkit"]),
    ("shelters", &["kernel", "store", "http", "sheets", "places"], &["testkit"]),
    ("reception", &["kernel", "store", "http", "sheets", "identity", "households", "places", "shelters"], &["testkit"]),
    ("registry", &["kernel", "store", "http", "sheets"], &["testkit"]),
    ("notices", &["kernel", "store", "http", "alerts"], &["testkit", "feeds"]),
    (
        "mamori",
        &[
            "kernel",
            "store",
            "http",
            "identity",
            "households",
            "feeds",
            "places",
            "maps",
            "alerts",
            "shelters",
            "reception",
            "notices",
            "registry",
        ],
        &["testkit"],
    ),
    ("testkit", &["kernel", "store", "http", "identity"], &[]),
    ("xtask", &[], &[]),
];

/// One broken rule: where, which, and what to do.
#[derive(Debug)]
pub(crate) struct Finding {
    path: String,
    /// From 1.
    line: usize,
    rule: &'static str,
    what: String,
    todo: String,
}

impl Finding {
    /// `line` counts from 0.
    fn new(path: &str, line: usize, rule: &'static str, what: impl Into<String>, todo: &str) -> Self {
        Self { path: path.to_owned(), line: line + 1, rule, what: what.into(), todo: todo.to_owned() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: [{}] {}. Do: {}", self.path, self.line, self.rule, self.what, self.todo)
    }
}

/// Prints every broken rule and a count.
pub(crate) fn run() -> Result<ExitCode> {
    let found = findings()?;
    for finding in &found {
        println!("{finding}");
    }
    println!("tidy: {} broken rules", found.len());
    Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Every broken rule in the tree.
pub(crate) fn findings() -> Result<Vec<Finding>> {
    let root = machine::root();
    let mut paths = Vec::new();
    walk(&root, &root, &mut paths)?;
    paths.sort();
    let read = |path: &str| std::fs::read_to_string(root.join(path)).with_context(|| format!("could not read {path}"));

    let mut found: Vec<Finding> = paths.iter().filter_map(|path| tree::name(path)).collect();
    let mut sources = Vec::new();
    for path in paths.iter().filter(|path| extension(path) == "rs") {
        sources.push(Source::new(path, &read(path)?));
    }
    found.extend(sources.iter().flat_map(rust::check));
    found.extend(sources.iter().filter_map(tree::front_page));
    found.extend(tree::dead_files(&sources));
    found.extend(tables::check(&sources));
    found.extend(words::glossary(&sources, &read("docs/glossary.md").unwrap_or_default()));
    found.extend(words::audit(&sources, &read("docs/audit-events.md").unwrap_or_default()));
    for path in paths.iter().filter(|path| is_web(path)) {
        found.extend(tree::web(path, &read(path)?));
    }
    found.extend(edges::check(ALLOWED_EDGES)?);
    Ok(found)
}

fn is_web(path: &str) -> bool {
    let written = matches!(extension(path), "ts" | "svelte" | "js" | "mjs");
    path.starts_with("web/") && written && !path.ends_with("/schema.d.ts")
}

fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// What is made, fetched or kept outside version control.
const PASSED_OVER: [&str; 8] =
    [".git", "target", "node_modules", "data", "web/build", "web/.svelte-kit", "fuzz/corpus", "fuzz/target"];

fn walk(root: &Path, folder: &Path, paths: &mut Vec<String>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("could not list {}", folder.display()))? {
        let entry = entry?;
        let full = entry.path();
        let path = full.strip_prefix(root).unwrap_or(&full).to_string_lossy().into_owned();
        let name = entry.file_name();
        if PASSED_OVER.iter().any(|over| path == *over || (name == *over && *over != "data")) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            walk(root, &full, paths)?;
        } else {
            paths.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_tidy() {
        let found: Vec<String> = findings().unwrap().iter().map(ToString::to_string).collect();
        assert!(found.is_empty(), "{} broken rules:\n{}", found.len(), found.join("\n"));
    }
}
