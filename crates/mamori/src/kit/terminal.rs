//! The terminal (端末): a passphrase typed without showing, and what the process refuses to leave behind.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use anyhow::Context as _;
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use super::safe;

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

/// Asks for a passphrase that is going to be used; from a terminal twice.
pub(crate) fn new_passphrase() -> anyhow::Result<Zeroizing<String>> {
    let said = passphrase("新しい合言葉（12文字以上） / new passphrase: ")?;
    safe::check(&said).map_err(anyhow::Error::msg)?;
    if std::io::stdin().is_terminal() {
        let again = passphrase("もう一度 / once more: ")?;
        anyhow::ensure!(said.trim() == again.trim(), "the two are not the same");
    }
    Ok(said)
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
