//! `cargo xtask bless`: accepts what changed on purpose. Read the diff afterwards.

use std::process::ExitCode;

use anyhow::Result;

use crate::{generated, machine, run};

/// Accepts inline and file snapshots by running the tests that have them, then writes the generated files anew.
pub(crate) fn run() -> Result<ExitCode> {
    let mut tests = match machine::which("cargo-nextest") {
        Some(_) => run::cargo(&["nextest", "run", "--workspace", "--no-fail-fast"]),
        None => run::cargo(&["test", "--workspace", "--lib", "--bins", "--tests", "--no-fail-fast"]),
    };
    tests.env("INSTA_UPDATE", "always").env("INSTA_FORCE_PASS", "1");
    if let Err(error) = run::shown(tests) {
        println!("some tests failed for other reasons than their snapshots: {error:#}");
    }
    generated::write()?;
    println!("now read `git diff`: a snapshot nobody read is no test");
    Ok(ExitCode::SUCCESS)
}
