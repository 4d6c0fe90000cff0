//! `cargo xtask test`: every test there is, on both engines, then one table and one line of counts.
//!
//! **Invariant:** what was not tested is counted as skipped, with its reason; with `CI` set a skip is a failure.

mod cargo;
mod prepare;
mod tally;
mod web;

use std::process::ExitCode;

use anyhow::Result;

use crate::machine::{self, Timer};
use crate::{generated, run};
use prepare::Tools;
use tally::Tally;

/// A part of the suite: its name in the table and what it does.
type Part = (&'static str, fn(Tools) -> Result<Tally>);

/// In this order: the binary embeds the web app, the browser tests start the binary.
const WEB_FIRST: &[Part] = &[("web: packages and build", web::build)];
const CARGO: &[Part] =
    &[("cargo, SQLite", cargo::sqlite), ("cargo, PostgreSQL", cargo::postgres), ("generated files are fresh", fresh)];
const WEB: &[Part] =
    &[("web: types and templates", web::check), ("web: units", web::units), ("web: browser", web::browser)];

/// Runs everything, also after a failure; `no_web` leaves the web's own tests out, for a quick look.
pub(crate) fn run(no_web: bool) -> Result<ExitCode> {
    let timer = Timer::start();
    std::fs::create_dir_all(machine::target_dir().join("xtask"))?;
    let tools = prepare::tools();
    let parts = WEB_FIRST.iter().chain(CARGO).chain(WEB.iter().filter(|_| !no_web));
    let mut rows = Vec::new();
    for (name, part) in parts {
        println!("== {name} [{}]", timer.shown());
        let took = Timer::start();
        let tally = part(tools).unwrap_or_else(|error| Tally::broken(format!("{error:#}")));
        if !tally.notes.is_empty() {
            println!("{}", tally.notes.join("\n"));
        }
        rows.push((*name, tally, took.shown()));
    }
    Ok(close(&rows, &timer.shown()))
}

/// Prints the table and the closing line.
fn close(rows: &[(&str, Tally, String)], took: &str) -> ExitCode {
    println!("\n{:<28} {:>7} {:>7} {:>8} {:>7}", "", "passed", "failed", "skipped", "took");
    let mut total = Tally::default();
    for (name, tally, took) in rows {
        println!("{name:<28} {:>7} {:>7} {:>8} {took:>7}", tally.passed, tally.failed, tally.skipped);
        total.add(tally);
    }
    println!("{:<28} {:>7} {:>7} {:>8} {took:>7}", "all", total.passed, total.failed, total.skipped);
    for note in &total.notes {
        println!("{note}");
    }
    let unskipped = !machine::in_ci() || total.skipped == 0;
    if !unskipped {
        println!("CI is set: nothing may be skipped");
    }
    println!("\n{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped);
    if total.failed == 0 && unskipped { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn fresh(tools: Tools) -> Result<Tally> {
    if !tools.node {
        return Ok(Tally::skipped(generated::count(), "node and npm are not installed"));
    }
    // The tests' own build, so that nothing is compiled with other features a second time.
    run::shown(run::cargo(&["test", "-q", "--workspace", "--lib", "--bins", "--tests", "--no-run"]))?;
    let stale = generated::stale()?;
    let notes = stale.iter().map(|path| format!("{path} is stale: run `cargo xtask bless`")).collect();
    Ok(Tally { passed: generated::count() - stale.len(), failed: stale.len(), skipped: 0, notes })
}
