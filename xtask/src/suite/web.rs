//! The web's own tests: types, units, and every flow in a real browser.

use std::process::Command;

use anyhow::Result;

use super::prepare::Tools;
use super::tally::Tally;
use crate::{generated, machine, run, web};

/// Fetches the packages and builds the app; the binary embeds it.
pub(crate) fn build(tools: Tools) -> Result<Tally> {
    if !tools.node {
        return Ok(Tally::skipped(1, "node and npm are not installed: the web app was not built"));
    }
    web::install()?;
    web::build()?;
    Ok(Tally::default())
}

/// svelte-check over every component and module.
pub(crate) fn check(tools: Tools) -> Result<Tally> {
    if !tools.node {
        return Ok(Tally::skipped(1, "node and npm are not installed: the web app was not checked"));
    }
    let out = logged("check", |_| true)?;
    Ok(Tally::one(out.success, "svelte-check found something"))
}

/// Vitest.
pub(crate) fn units(tools: Tools) -> Result<Tally> {
    if !tools.node {
        return Ok(Tally::skipped(1, "node and npm are not installed: no unit test of the web app ran"));
    }
    let out = logged("test", |_| true)?;
    Ok(Tally::of(&out.lines, |line| line.trim_start().starts_with("Tests  "), out.success))
}

/// Chromium, against the binary it starts; the runner ends with `N passed, N failed, N skipped`.
pub(crate) fn browser(tools: Tools) -> Result<Tally> {
    if !tools.node || !tools.chromium {
        return Ok(Tally::skipped(1, "chromium with Japanese fonts is not installed: no browser test ran"));
    }
    let mut lines = logged("e2e", |_| true)?;
    let last = lines.lines.iter().rposition(|line| is_closing(line));
    let closing: Vec<String> = last.map(|at| lines.lines.swap_remove(at)).into_iter().collect();
    Ok(Tally::of(&closing, |_| true, lines.success && last.is_some()))
}

fn logged(script: &str, show: fn(&str) -> bool) -> Result<run::Logged> {
    let log = machine::target_dir().join("xtask").join(format!("web-{script}.log"));
    let mut npm: Command = run::npm(&["run", "--silent", script]);
    npm.env("NO_COLOR", "1").env("MAMORI_BIN", generated::binary());
    run::logged(npm, &log, show)
}

fn is_closing(line: &str) -> bool {
    line.contains(" passed, ") && line.contains(" failed, ") && line.ends_with(" skipped")
}
