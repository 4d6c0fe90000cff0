//! Only a room's `db.rs` (or `db/`) names its tables.

use std::collections::BTreeMap;

use super::Finding;
use super::scrub::Source;

/// Words that stand before a table's name in SQL.
const BEFORE: [&str; 8] = ["from", "into", "update", "join", "table", "on", "exists", "only"];

/// Every place that names a table it does not own.
pub(crate) fn check(sources: &[Source]) -> Vec<Finding> {
    let mut owners: BTreeMap<String, (String, &str)> = BTreeMap::new();
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| is_data_layer(&source.path)) {
        for (line, table) in created(source) {
            let owner = room(&source.path);
            match owners.get(&table) {
                Some((other, path)) if other != owner => {
                    let what = format!("table `{table}` is also made in {path}");
                    found.push(Finding::new(&source.path, line, "tables", what, "name tables after their room"));
                }
                _ => {
                    owners.insert(table, (owner.to_owned(), &source.path));
                }
            }
        }
    }
    for source in sources {
        for (line, table) in named(source) {
            let Some((owner, _)) = owners.get(&table) else { continue };
            let makes_it = created(source).contains(&(line, table.clone()));
            if !makes_it && (owner != room(&source.path) || !is_data_layer(&source.path)) {
                let what = format!("names the table `{table}` of `{owner}`");
                let todo = "ask the room through a function of its db.rs, or through its journal entries";
                found.push(Finding::new(&source.path, line, "tables", what, todo));
            }
        }
    }
    found
}

/// The room a file belongs to: its crate's folder.
fn room(path: &str) -> &str {
    path.split("/src/").next().unwrap_or(path)
}

/// `db.rs`, `db/…`, and all of `store`, which is the data layer itself.
fn is_data_layer(path: &str) -> bool {
    path.starts_with("crates/base/store/") || path.ends_with("/db.rs") || path.contains("/db/")
}

/// The tables a file makes.
fn created(source: &Source) -> Vec<(usize, String)> {
    let mut tables = Vec::new();
    for (line, text) in source.production_strings() {
        let words: Vec<String> = words(text).map(|(_, word)| word).collect();
        for at in 0..words.len() {
            if words[at] == "create" && words.get(at + 1).is_some_and(|word| word == "table") {
                let rest = &words[at + 2..];
                let skip = if rest.first().is_some_and(|word| word == "if") { 3 } else { 0 };
                tables.extend(rest.get(skip).map(|table| (line, table.clone())));
            }
        }
    }
    tables
}

/// What stands where SQL names a table, in the production strings of a file.
fn named(source: &Source) -> Vec<(usize, String)> {
    let mut tables = Vec::new();
    for (line, text) in source.production_strings() {
        let lower = text.to_lowercase();
        if !["select ", "insert ", "update ", "delete ", "create ", "drop ", "alter "]
            .iter()
            .any(|verb| lower.contains(verb))
        {
            continue;
        }
        let mut before = String::new();
        for (newlines, word) in words(text) {
            if BEFORE.contains(&before.as_str()) {
                tables.push((line + newlines, word.clone()));
            }
            before = word;
        }
    }
    tables
}

/// The words of a text in lower case, each with the number of line ends before it.
fn words(text: &str) -> impl Iterator<Item = (usize, String)> + '_ {
    text.lines().enumerate().flat_map(|(line, text)| {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        words.map(move |word| (line, word.to_lowercase()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_named_in_its_own_db_alone() {
        let source = |path: &str, sql: &str| Source::new(path, &format!("//! x\nconst Q: &str = \"{sql}\";\n"));
        let sources = [
            source("crates/disaster/roads/src/db.rs", "CREATE TABLE IF NOT EXISTS roads_closures (id UUID)"),
            source("crates/disaster/roads/src/db/list.rs", "SELECT id FROM roads_closures"),
            source("crates/disaster/roads/src/api.rs", "SELECT id FROM roads_closures"),
            source("crates/disaster/alerts/src/db.rs", "SELECT 1 FROM x JOIN roads_closures ON 1"),
            source("crates/disaster/alerts/src/model.rs", "the roads_closures document, from roads_closures"),
            source("crates/disaster/maps/src/db.rs", "create table roads_closures (id UUID)"),
        ];
        let found: Vec<String> = check(&sources).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 3, "{found:#?}");
        assert!(
            found[0].starts_with("crates/disaster/maps/src/db.rs:2: [tables] table `roads_closures` is also made in")
        );
        assert!(found[1].contains("roads/src/api.rs:2") && found[2].contains("alerts/src/db.rs:2"));
    }
}
