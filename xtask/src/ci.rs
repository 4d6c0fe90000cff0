//! `cargo xtask ci`: everything a change must pass.

use std::process::ExitCode;

use anyhow::Result;

use crate::machine::{self, Timer};
use crate::{run, suite, tidy};

/// A check: its name, and whether the tree passes it.
type Check = (&'static str, fn() -> Result<bool>);

const CHECKS: [Check; 5] =
    [("format", format), ("lints", lints), ("tidy", rules), ("licences", licences), ("tests", tests)];

/// Runs every check, also after one failed, and says at the end which did.
pub(crate) fn run() -> ExitCode {
    let timer = Timer::start();
    let mut failed = Vec::new();
    for (name, check) in CHECKS {
        println!("== {name} [{}]", timer.shown());
        match check() {
            Ok(true) => {}
            Ok(false) => failed.push(name),
            Err(error) => {
                println!("{error:#}");
                failed.push(name);
            }
        }
    }
    if failed.is_empty() {
        println!("ci: everything passed [{}]", timer.shown());
        return ExitCode::SUCCESS;
    }
    println!("ci: failed: {} [{}]", failed.join(", "), timer.shown());
    ExitCode::FAILURE
}

fn format() -> Result<bool> {
    run::shown(run::cargo(&["fmt", "--all", "--check"])).map(|()| true)
}

fn lints() -> Result<bool> {
    run::shown(run::cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])).map(|()| true)
}

fn rules() -> Result<bool> {
    Ok(tidy::run()? == ExitCode::SUCCESS)
}

/// Advisories are left out: their database is fetched from a place that is no package registry.
fn licences() -> Result<bool> {
    if machine::which("cargo-deny").is_none() {
        println!("skipped: cargo-deny is not installed (`cargo install cargo-deny --locked` takes some minutes)");
        return Ok(true);
    }
    run::shown(run::cargo(&["deny", "--offline", "check", "licenses", "bans", "sources"])).map(|()| true)
}

fn tests() -> Result<bool> {
    Ok(suite::run(false)? == ExitCode::SUCCESS)
}
