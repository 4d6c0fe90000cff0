//! The project's own tool: `cargo xtask demo`, `test`, `ci`, `bench`, `bless`, `tidy`.
//!
//! Few dependencies, so that it compiles in seconds on a fresh machine.
//!
//! **Invariant:** it builds, runs and reads; nothing it does changes a tracked file, except `bless`.

mod bench;
mod bless;
mod ci;
mod demo;
mod generated;
mod machine;
mod run;
mod suite;
mod tidy;
mod web;

use std::process::ExitCode;

use anyhow::{Result, bail};
use lexopt::prelude::{Long, Value, ValueExt};

const USAGE: &str = "\
usage: cargo xtask <command>

  demo [arguments of `mamori demo`]  build everything and run the demo
  test [--no-web]                    every test there is, on both engines, and one closing line of counts
  ci                                 format, lints, tidy, test, licences, generated files
  bench [group] [--json]             the figures the project holds itself to
  bless                              accept snapshots and write the generated files anew
  tidy                               the rules of docs and style that a program can hold";

fn main() -> ExitCode {
    match dispatch() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn dispatch() -> Result<ExitCode> {
    let mut args = lexopt::Parser::from_env();
    let command = match args.next()? {
        Some(Value(command)) => command.string()?,
        Some(Long("help")) | None => {
            println!("{USAGE}");
            return Ok(ExitCode::SUCCESS);
        }
        Some(other) => bail!("{}\n\n{USAGE}", other.unexpected()),
    };
    match command.as_str() {
        "demo" => demo::run(&args.raw_args()?.collect::<Vec<_>>()),
        "test" => suite::run(flag(args, "no-web")?),
        "ci" => Ok(ci::run()),
        "bench" => bench_command(args),
        "bless" => bless::run(),
        "tidy" => tidy::run(),
        other => bail!("there is no command `{other}`\n\n{USAGE}"),
    }
}

fn flag(mut args: lexopt::Parser, name: &str) -> Result<bool> {
    let mut found = false;
    while let Some(arg) = args.next()? {
        match arg {
            Long(long) if long == name => found = true,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(found)
}

fn bench_command(mut args: lexopt::Parser) -> Result<ExitCode> {
    let (mut group, mut json) = (None, false);
    while let Some(arg) = args.next()? {
        match arg {
            Long("json") => json = true,
            Value(name) if group.is_none() => group = Some(name.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    bench::run(group.as_deref(), json)
}
