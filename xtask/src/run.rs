//! Running other programs: shown, logged, or read.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::machine;

/// A command in the workspace's root.
pub(crate) fn command(program: impl AsRef<OsStr>, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(machine::root());
    command
}

/// Cargo, in the workspace's root.
pub(crate) fn cargo(args: &[&str]) -> Command {
    command(machine::cargo(), args)
}

/// npm, in `web/`.
pub(crate) fn npm(args: &[&str]) -> Command {
    let mut npm = command("npm", args);
    npm.current_dir(machine::root().join("web"));
    npm
}

/// Runs it with its output on ours; an error when it fails.
pub(crate) fn shown(mut command: Command) -> Result<()> {
    let line = spelled(&command);
    let status = command.status().with_context(|| format!("could not start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` ended with {status}");
    }
    Ok(())
}

/// What it printed on stdout; an error with the end of its stderr when it fails.
pub(crate) fn read(mut command: Command) -> Result<Vec<u8>> {
    let line = spelled(&command);
    let out = command.output().with_context(|| format!("could not start `{line}`"))?;
    if !out.status.success() {
        bail!("`{line}` ended with {}: {}", out.status, tail(&String::from_utf8_lossy(&out.stderr), 8));
    }
    Ok(out.stdout)
}

/// Everything a command printed, and whether it succeeded.
pub(crate) struct Logged {
    pub(crate) success: bool,
    pub(crate) lines: Vec<String>,
}

/// Runs it, writes both its outputs to `log`, and shows the lines `show` asks for.
pub(crate) fn logged(mut command: Command, log: &Path, mut show: impl FnMut(&str) -> bool) -> Result<Logged> {
    let line = spelled(&command);
    let (reader, writer) = std::io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn().with_context(|| format!("could not start `{line}`"))?;
    // The command holds the pipe's other end; while it lives the reader would wait for ever.
    drop(command);
    let mut file = File::create(log).with_context(|| format!("could not write {}", log.display()))?;
    let mut lines = Vec::new();
    for bytes in BufReader::new(reader).split(b'\n') {
        let text = String::from_utf8_lossy(&bytes?).trim_end().to_owned();
        writeln!(file, "{text}")?;
        if show(&text) {
            println!("{text}");
        }
        lines.push(text);
    }
    Ok(Logged { success: child.wait()?.success(), lines })
}

/// The last lines of a text.
pub(crate) fn tail(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

fn spelled(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
