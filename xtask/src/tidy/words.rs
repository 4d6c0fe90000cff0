//! What is named in code is explained in the documents: model types in the glossary, journal kinds in the audit list.

use super::Finding;
use super::scrub::Source;

const GLOSSARY: &str = "docs/glossary.md";
const AUDIT: &str = "docs/audit-events.md";

/// Every public model type must stand in the glossary.
pub(crate) fn glossary(sources: &[Source], glossary: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| is_model(&source.path)) {
        for (line, text) in source.production() {
            if let Some(name) = public_type(text).filter(|name| !has_word(glossary, name)) {
                let what = format!("`{name}` is not in {GLOSSARY}");
                found.push(Finding::new(
                    &source.path,
                    line,
                    "glossary",
                    what,
                    "add a row with the Japanese term beside it",
                ));
            }
        }
    }
    found
}

/// Every journal kind must stand in the list of audit events, and the list may name no other.
pub(crate) fn audit(sources: &[Source], audit: &str) -> Vec<Finding> {
    let mut kinds: Vec<(&str, usize, &str)> = sources.iter().flat_map(kinds).collect();
    kinds.sort_by_key(|(path, line, kind)| (*kind, !path.ends_with("/lib.rs"), *path, *line));
    kinds.dedup_by_key(|(.., kind)| *kind);
    let mut found = Vec::new();
    for (path, line, kind) in &kinds {
        if !audit.contains(&format!("`{kind}`")) {
            let what = format!("the journal kind `{kind}` is not in {AUDIT}");
            found.push(Finding::new(
                path,
                *line,
                "audit-events",
                what,
                "add a row: what happened, who, what the body holds",
            ));
        }
    }
    for (line, text) in audit.lines().enumerate() {
        let Some(kind) = text.strip_prefix("| `").and_then(|rest| rest.split_once('`')).map(|(kind, _)| kind) else {
            continue;
        };
        if is_kind(kind) && !kinds.iter().any(|(.., known)| *known == kind) {
            let what = format!("`{kind}` is no kind of any room");
            found.push(Finding::new(
                AUDIT,
                line,
                "audit-events",
                what,
                "remove the row, or add the kind to the room's KINDS",
            ));
        }
    }
    found
}

fn is_model(path: &str) -> bool {
    path.ends_with("/model.rs") || path.contains("/model/") || path.ends_with("/facts.rs")
}

fn public_type(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum "))?;
    rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}

/// The kinds a file declares (`pub const KINDS`, or constants of their own beside it) or passes on (`kind: "…"`).
fn kinds(source: &Source) -> Vec<(&str, usize, &str)> {
    let mut inside = false;
    let mut lines = Vec::new();
    let declares = source.production().any(|(_, line)| line.contains("const KINDS"));
    let room = source.path.split('/').nth(2).unwrap_or_default();
    let mut constants = Vec::new();
    for (at, line) in source.production() {
        inside |= line.contains("const KINDS");
        if inside || line.contains("kind:") || line.contains("const KIND") {
            lines.push(at);
        }
        inside &= !line.contains(';');
        if declares && line.trim_start().starts_with("pub") && line.contains("const ") {
            constants.push(at);
        }
    }
    let of_room = |text: &str| text.strip_prefix(room).is_some_and(|rest| rest.starts_with('.'));
    let named = |line: &usize, text: &str| lines.contains(line) || constants.contains(line) && of_room(text);
    let strings = source.production_strings().filter(|(line, text)| is_kind(text) && named(line, text));
    strings.map(|(line, text)| (source.path.as_str(), line, text)).collect()
}

/// `room.what_happened`
fn is_kind(text: &str) -> bool {
    let word = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit())
    };
    text.split_once('.').is_some_and(|(room, what)| word(room) && what.split('.').all(word))
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|part| part == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_model_types_need_a_row() {
        let text = "//! x\npub struct Road {\n}\npub enum Closure {\n}\nstruct Hidden;\n";
        let model = Source::new("crates/disaster/roads/src/model.rs", text);
        let other = Source::new("crates/disaster/roads/src/api.rs", text);
        let found = glossary(&[model, other], "| `Road` | 道路 |");
        assert_eq!(found.iter().map(|f| f.line).collect::<Vec<_>>(), [4]);
    }

    #[test]
    fn a_kind_may_be_a_constant_of_its_own() {
        let text = "//! x\npub const KINDS: &[&str] = &[CLOSED];\npub const CLOSED: &str = \"roads.closed\";\nconst FILE: &str = \"a.json\";\n";
        let source = Source::new("crates/disaster/roads/src/lib.rs", text);
        assert_eq!(kinds(&source), [("crates/disaster/roads/src/lib.rs", 2, "roads.closed")]);
    }

    #[test]
    fn kinds_and_the_audit_list_agree() {
        let text = "//! x\npub const KINDS: &[&str] = &[\n    \"roads.closed\",\n    \"roads.opened\",\n];\nconst FILE: &str = \"roads.json\";\n";
        let source = Source::new("crates/disaster/roads/src/lib.rs", text);
        let found = audit(&[source], "| kind | what |\n| `roads.closed` | 通行止め |\n| `roads.melted` | ? |\n");
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("lib.rs:4") && found[0].contains("roads.opened"));
        assert!(found[1].contains("audit-events.md:3") && found[1].contains("roads.melted"));
    }
}
