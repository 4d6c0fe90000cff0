//! The terminal (端末): a passphrase typed without showing, and what the process refuses to leave behind.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use anyhow::Context as _;
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

/// Asks for a passphrase. From a terminal it is not shown; otherwise a line is read.
pub(crate) fn passphrase(question: &str) -> anyhow::Result<Zeroizing<String>> {
    let stdin = std::io::stdin();
    let mut line = Zeroizing::new(String::new());
    if !stdin.is_terminal() {
        stdin.lock().read_line(&mut line).context("cannot read the passphrase")?;
        anyhow::ensure!(!line.trim().is_empty(), "no passphrase was given");
        return Ok(line);
    }
    eprint!("{question}");
    std::io::stderr().flush()?;
    let before = tcgetattr(&stdin)?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&stdin, OptionalActions::Now, &silent)?;
    let read = stdin.lock().read_line(&mut line);
    tcsetattr(&stdin, OptionalActions::Now, &before)?;
    eprintln!();
    read.context("cannot read the passphrase")?;
    anyhow::ensure!(!line.trim().is_empty(), "no passphrase was given");
    Ok(line)
}

/// No core file, and no other process of this user may look into our memory.
pub(crate) fn leave_nothing_behind() {
    let refused = [
        setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }),
        set_dumpable_behavior(DumpableBehavior::NotDumpable),
    ];
    if refused.iter().any(Result::is_err) {
        tracing::warn!("core files could not be turned off; set `ulimit -c 0`");
    }
}
