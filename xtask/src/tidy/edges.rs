//! The crates stand in tiers: what `cargo metadata` says of their edges equals the table of allowed ones.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde_json::Value;

use super::Finding;
use crate::run;

/// Everything wrong with the edges between the workspace's crates.
pub(crate) fn check(allowed: &[(&str, &[&str], &[&str])]) -> Result<Vec<Finding>> {
    let bytes = run::read(run::cargo(&["metadata", "--no-deps", "--format-version", "1", "--offline"]))?;
    let metadata: Value = serde_json::from_slice(&bytes)?;
    compare(&metadata, allowed)
}

fn compare(metadata: &Value, allowed: &[(&str, &[&str], &[&str])]) -> Result<Vec<Finding>> {
    let packages = metadata["packages"].as_array().context("cargo metadata without packages")?;
    let names: BTreeSet<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut found = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let Some((_, edges, tests)) = allowed.iter().find(|(of, ..)| *of == short(name)) else {
            found.push(finding(name, format!("the crate `{name}` has no line in the table of allowed edges"), NEW));
            continue;
        };
        compare_kind(package, &names, false, edges, &mut found);
        compare_kind(package, &names, true, tests, &mut found);
    }
    for (name, ..) in allowed {
        if !names.iter().any(|crate_name| short(crate_name) == *name) {
            found.push(finding(name, format!("the table names `{name}`, which is no crate"), "remove its line"));
        }
    }
    Ok(found)
}

fn compare_kind(package: &Value, names: &BTreeSet<&str>, dev: bool, allowed: &[&str], found: &mut Vec<Finding>) {
    let name = package["name"].as_str().unwrap_or_default();
    let dependencies = package["dependencies"].as_array().map(Vec::as_slice).unwrap_or_default();
    let actual: BTreeSet<&str> = dependencies
        .iter()
        .filter(|edge| (edge["kind"] == "dev") == dev)
        .filter_map(|edge| edge["name"].as_str())
        .filter(|edge| names.contains(edge))
        .map(short)
        .collect();
    let kind = if dev { "in its tests" } else { "in its code" };
    for edge in &actual {
        if !allowed.contains(edge) {
            found.push(finding(
                name,
                format!("`{}` uses `{edge}` {kind}, which the table does not allow", short(name)),
                NEW,
            ));
        }
    }
    for edge in allowed.iter().filter(|edge| !actual.contains(*edge)) {
        let what = format!("the table allows `{}` → `{edge}` {kind}, but there is no such edge", short(name));
        found.push(finding(name, what, "remove it from the table or from Cargo.toml"));
    }
}

const NEW: &str = "an edge points down only and a new one is an ADR; then add it to ALLOWED_EDGES in xtask/src/tidy.rs";

fn finding(name: &str, what: String, todo: &'static str) -> Finding {
    Finding::new(&format!("Cargo.toml of {}", short(name)), 0, "edges", what, todo)
}

fn short(name: &str) -> &str {
    name.strip_prefix("mamori-").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_must_be_in_the_table_and_in_cargo() {
        let text = r#"{"packages":[
            {"name":"mamori-store","dependencies":[{"name":"mamori-kernel","kind":null},{"name":"serde","kind":null}]},
            {"name":"mamori-kernel","dependencies":[{"name":"mamori-store","kind":"dev"}]},
            {"name":"mamori-roads","dependencies":[]}]}"#;
        let metadata: Value = serde_json::from_str(text).unwrap();
        let table: &[(&str, &[&str], &[&str])] =
            &[("kernel", &[], &[]), ("store", &["kernel", "http"], &[]), ("maps", &[], &[])];
        let found: Vec<String> = compare(&metadata, table).unwrap().into_iter().map(|f| f.what).collect();
        assert_eq!(found.len(), 4, "{found:?}");
        assert!(found[0].contains("`store` → `http`") && found[1].contains("`kernel` uses `store` in its tests"));
        assert!(found[2].contains("`mamori-roads` has no line") && found[3].contains("`maps`, which is no crate"));
    }
}
