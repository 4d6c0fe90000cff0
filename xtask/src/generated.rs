//! Files that are generated and committed: what makes them, whether they are fresh, and writing them anew.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{machine, run, web};

/// (file, arguments of the binary that print it).
const PRINTED: &[(&str, &[&str])] =
    &[("openapi/mamori.json", &["openapi"]), ("deploy/mamori.toml", &["config", "reference"])];
/// The web's types, made by `npm run types` from `openapi/mamori.json`.
const TYPES: &str = "web/src/lib/api/schema.d.ts";

/// Where cargo puts the development binary.
pub(crate) fn binary() -> PathBuf {
    machine::target_dir().join("debug").join("mamori")
}

/// The generated files that are not what their generator says today. Changes nothing.
pub(crate) fn stale() -> Result<Vec<&'static str>> {
    let mut stale = Vec::new();
    for (path, args) in PRINTED {
        let fresh = print(args)?;
        if fs::read(machine::root().join(path)).unwrap_or_default() != fresh {
            stale.push(*path);
        }
    }
    let file = machine::root().join(TYPES);
    let before = fs::read(&file).unwrap_or_default();
    make_types()?;
    if fs::read(&file)? != before {
        fs::write(&file, before)?;
        stale.push(TYPES);
    }
    Ok(stale)
}

/// How many there are.
pub(crate) fn count() -> usize {
    PRINTED.len() + 1
}

/// Writes every generated file anew.
pub(crate) fn write() -> Result<()> {
    run::shown(run::cargo(&["build", "-q", "-p", "mamori"]))?;
    for (path, args) in PRINTED {
        let file = machine::root().join(path);
        fs::write(&file, print(args)?).with_context(|| format!("could not write {path}"))?;
        println!("wrote {path}");
    }
    make_types()?;
    println!("wrote {TYPES}");
    Ok(())
}

fn print(args: &[&str]) -> Result<Vec<u8>> {
    let mut mamori = Command::new(binary());
    mamori.args(args).current_dir(machine::root());
    run::read(mamori)
}

fn make_types() -> Result<()> {
    web::install()?;
    run::read(run::npm(&["run", "--silent", "types"])).map(drop)
}
