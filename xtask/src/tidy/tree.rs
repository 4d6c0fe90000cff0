//! Rules over the tree of files: names, dead files, left-overs, front pages, and the web's files.

use std::collections::BTreeSet;

use super::Finding;
use super::scrub::Source;

const WEB_LINES: usize = 200;
/// Names that say nothing, and layers we do not have.
const BAD_NAMES: [&str; 10] =
    ["utils", "util", "common", "misc", "helpers", "helper", "service", "repository", "manager", "dto"];

/// Rules that need only the path.
pub(crate) fn name(path: &str) -> Option<Finding> {
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = file.split('.').next().unwrap_or(file);
    let code = [".rs", ".ts", ".svelte", ".js", ".mjs"].iter().any(|ending| file.ends_with(ending));
    let folder = path.split('/').rev().skip(1).find(|part| BAD_NAMES.contains(part));
    if code && (BAD_NAMES.contains(&stem) || folder.is_some()) {
        let what = format!("`{}` says nothing", folder.unwrap_or(stem));
        return Some(Finding::new(path, 0, "names", what, "name it after what it holds"));
    }
    if file.ends_with(".snap.new") || file.ends_with(".pending-snap") {
        return Some(Finding::new(
            path,
            0,
            "left-over",
            "a snapshot nobody accepted",
            "`cargo xtask bless`, then read the change",
        ));
    }
    if [".orig", ".rej", ".bak", ".pbf", ".gpkg", ".shp", ".xlsx"].iter().any(|ending| file.ends_with(ending)) {
        return Some(Finding::new(path, 0, "left-over", "a file that does not belong in the tree", "remove it"));
    }
    None
}

/// Rust files that no module declares.
pub(crate) fn dead_files(sources: &[Source]) -> Vec<Finding> {
    let paths: BTreeSet<&str> = sources.iter().map(|source| source.path.as_str()).collect();
    let mut found = Vec::new();
    for source in sources {
        let Some((folder, module)) = module_of(&source.path) else { continue };
        let parents = [
            format!("{folder}.rs"),
            format!("{folder}/mod.rs"),
            format!("{folder}/lib.rs"),
            format!("{folder}/main.rs"),
        ];
        let declared = parents.iter().filter(|parent| paths.contains(parent.as_str())).any(|parent| {
            let parent = sources.iter().find(|other| other.path == *parent);
            parent.is_some_and(|parent| parent.code.iter().any(|line| declares(line, module)))
        });
        let alone = !parents.iter().any(|parent| paths.contains(parent.as_str()));
        if !declared && !alone {
            let what = format!("no `mod {module};` leads here");
            found.push(Finding::new(&source.path, 0, "dead-file", what, "declare it or delete it"));
        }
    }
    found
}

/// A room's front page must say its invariants.
pub(crate) fn front_page(source: &Source) -> Option<Finding> {
    let front =
        source.path.starts_with("crates/") && source.path.ends_with("/src/lib.rs") && !source.path.contains("testkit");
    let says = source.raw.iter().any(|line| line.starts_with("//! **Invariant:**"));
    let todo = "write what never happens here: `//! **Invariant:** …`";
    (front && !says).then(|| Finding::new(&source.path, 0, "front-page", "a front page without an invariant", todo))
}

/// Length of the web's files, and Japanese outside the language files.
pub(crate) fn web(path: &str, text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
    if lines > WEB_LINES {
        let what = format!("{lines} lines, the limit is {WEB_LINES}");
        found.push(Finding::new(path, 0, "web-length", what, "take a part out into a component or a model file"));
    }
    if path.ends_with(".svelte") {
        for (line, text) in without_comments(text).lines().enumerate() {
            if text.chars().any(is_japanese) {
                let todo = "put it into i18n/{ja,ja-easy,en}.json";
                found.push(Finding::new(path, line, "web-words", "Japanese written into a component", todo));
            }
        }
    }
    for (line, text) in text.lines().enumerate() {
        if [".only(", "test.skip(", "it.skip(", "describe.skip("].iter().any(|mark| text.contains(mark)) {
            found.push(Finding::new(path, line, "ignore", "a test left out or left alone", "mend it or remove it"));
        }
    }
    found
}

/// Folder whose module would declare this file, and the module's name. `None` for roots and files outside `src`.
fn module_of(path: &str) -> Option<(&str, &str)> {
    let (folder, file) = path.rsplit_once('/')?;
    let module = file.strip_suffix(".rs")?;
    let root = matches!(module, "lib" | "main" | "build") || folder.ends_with("/bin") || !path.contains("src/");
    match module {
        _ if root => None,
        "mod" => folder.rsplit_once('/'),
        _ => Some((folder, module)),
    }
}

fn declares(line: &str, module: &str) -> bool {
    let line = line.trim();
    let rest = line.split_once("mod ").map_or("", |(_, rest)| rest);
    rest.strip_suffix(';').is_some_and(|name| name.trim() == module)
}

fn is_japanese(c: char) -> bool {
    matches!(c, 'ぁ'..='ん' | 'ァ'..='ヶ' | '一'..='鿿')
}

/// The text with HTML, CSS and script comments as spaces.
fn without_comments(text: &str) -> String {
    let mut rest = text;
    let mut out = String::with_capacity(text.len());
    while !rest.is_empty() {
        let marks = [("<!--", "-->"), ("/*", "*/"), ("// ", "\n")];
        let first =
            marks.iter().filter_map(|(open, close)| rest.find(open).map(|at| (at, *close))).min_by_key(|(at, _)| *at);
        let Some((at, close)) = first else { break };
        out.push_str(&rest[..at]);
        let end = rest[at..].find(close).map_or(rest.len(), |end| at + end + close.len());
        out.extend(rest[at..end].chars().filter(|c| *c == '\n'));
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_say_nothing_are_refused() {
        for path in
            ["crates/x/src/utils.rs", "web/src/lib/helpers.ts", "crates/x/src/common/a.rs", "crates/x/src/y.snap.new"]
        {
            assert!(name(path).is_some(), "{path}");
        }
        for path in ["crates/x/src/model.rs", "docs/common.md", "web/src/service-worker.ts", "deploy/mamori.service"] {
            assert!(name(path).is_none(), "{path}");
        }
    }

    #[test]
    fn a_file_without_its_mod_is_dead() {
        let source = |path: &str, text: &str| Source::new(path, text);
        let sources = [
            source("crates/x/src/lib.rs", "//! x\npub mod api;\nmod db;\n"),
            source("crates/x/src/api.rs", "//! x\npub(crate) mod list;\n"),
            source("crates/x/src/api/list.rs", "//! x\n"),
            source("crates/x/src/api/gone.rs", "//! x\n"),
            source("crates/x/src/db.rs", "//! x\n"),
            source("crates/x/src/old.rs", "//! x\n"),
            source("crates/x/tests/it.rs", "//! x\n"),
        ];
        let dead: Vec<String> = dead_files(&sources).into_iter().map(|f| f.path).collect();
        assert_eq!(dead, ["crates/x/src/api/gone.rs", "crates/x/src/old.rs"]);
    }

    #[test]
    fn words_of_a_component_come_from_the_language_files() {
        let rules = |text: &str| web("web/src/a.svelte", text).iter().map(|f| (f.rule, f.line)).collect::<Vec<_>>();
        assert_eq!(rules("<p>{t('x')}</p>\n<!-- 見出し -->\n<style>/* 色 */</style>\n// 注\n"), []);
        assert_eq!(rules("<p>\n警報</p>"), [("web-words", 2)]);
        assert_eq!(rules(&"<p></p>\n".repeat(201)), [("web-length", 1)]);
        assert!(web("web/src/a.ts", "const a = '警報'").is_empty());
    }
}
