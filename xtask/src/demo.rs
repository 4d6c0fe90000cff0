//! `cargo xtask demo`: from a clean clone to a running demo, saying what it does and how long it takes.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::machine::{self, Timer};
use crate::{run, web};

/// Builds the web app and the binary, then becomes `mamori demo` with the given arguments.
pub(crate) fn run(args: &[OsString]) -> Result<ExitCode> {
    let timer = Timer::start();
    say(timer, "1/3 web: packages and build (the first time about a minute)");
    let fetched = web::install()?;
    let built = web::build()?;
    if !fetched && !built {
        say(timer, "    already built");
    }
    say(timer, "2/3 mamori: compiling (the first time several minutes, later seconds)");
    run::shown(run::cargo(&["build", "--profile", "demo", "-p", "mamori"]))?;
    say(timer, "3/3 starting the demo; Ctrl-C ends it");
    let mut mamori = Command::new(machine::target_dir().join("demo").join("mamori"));
    mamori.arg("demo").args(args).current_dir(machine::root());
    become_it(mamori)
}

fn say(timer: Timer, what: &str) {
    println!("[{}] {what}", timer.shown());
}

/// Takes our place, so that Ctrl-C and signals reach the demo itself.
#[cfg(unix)]
fn become_it(mut command: Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    Err(command.exec().into())
}

#[cfg(not(unix))]
fn become_it(mut command: Command) -> Result<ExitCode> {
    let status = command.status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
