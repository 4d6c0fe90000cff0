//! The Rust tests, once on each engine: by nextest when it is installed, else by `cargo test`.

use std::process::Command;

use anyhow::Result;

use super::prepare::Tools;
use super::tally::Tally;
use crate::{machine, run};

/// The whole workspace, on SQLite.
pub(crate) fn sqlite(_: Tools) -> Result<Tally> {
    tests("sqlite", &["--workspace"])
}

/// The crates that use a database, again on PostgreSQL.
pub(crate) fn postgres(tools: Tools) -> Result<Tally> {
    if !tools.postgres {
        return Ok(Tally::skipped(1, "PostgreSQL is not installed: no test ran on it"));
    }
    tests("postgres", &["--workspace", "--exclude", "mamori-kernel", "--exclude", "xtask"])
}

fn tests(engine: &str, packages: &[&str]) -> Result<Tally> {
    let logs = machine::target_dir().join("xtask");
    let (log, skips) = (logs.join(format!("test-{engine}.log")), logs.join(format!("skips-{engine}.txt")));
    std::fs::write(&skips, "")?;
    let mut command = if machine::which("cargo-nextest").is_some() { nextest(packages) } else { plain(packages) };
    command.env("MAMORI_TEST_ENGINE", engine).env("MAMORI_SKIPS", &skips);
    command.env("CARGO_TERM_COLOR", "never").env("INSTA_UPDATE", "no");
    // From the first error or the summary on everything is worth reading.
    let mut loud = false;
    let out = run::logged(command, &log, |line| {
        loud |=
            line.starts_with("error") || line.starts_with("failures:") || line.trim_start().starts_with("Summary [");
        loud || is_worth_showing(line)
    })?;
    let tally = Tally::of(&out.lines, is_summary, out.success).with_skips(&std::fs::read_to_string(&skips)?);
    if !out.success {
        println!("everything it printed: {}", log.display());
    }
    Ok(tally)
}

fn nextest(packages: &[&str]) -> Command {
    let mut command = run::cargo(&["nextest", "run", "--profile", "ci", "--no-fail-fast"]);
    command.args(packages).args(["--failure-output", "final", "--status-level", "slow", "--color", "never"]);
    command
}

/// Documentation examples stand in tests here, so only libraries, binaries and integration tests run.
fn plain(packages: &[&str]) -> Command {
    let mut command = run::cargo(&["test", "--lib", "--bins", "--tests", "--no-fail-fast"]);
    command.args(packages);
    command
}

fn is_worth_showing(line: &str) -> bool {
    let line = line.trim_start();
    ["Compiling mamori", "Finished", "Starting", "FAIL", "SLOW", "TIMEOUT", "LEAK", "SIG"]
        .iter()
        .any(|word| line.starts_with(word))
}

fn is_summary(line: &str) -> bool {
    line.trim_start().starts_with("Summary [") || line.starts_with("test result:")
}
