//! Work whose memory must not stay: this program once more, as a child that ends when it is told to, and when we end.

use std::ffi::OsStr;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use store::Stop;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, ChildStdout, Command};

/// Before the words of the command line: the program ends when its standard input does.
pub(crate) const LEASH: &str = "--leashed";
/// What a child says at most.
const MOST_SAID: u64 = 1 << 20;

/// From now on this process ends as soon as its parent does, however that ends.
pub(crate) fn obey_the_leash() {
    std::thread::spawn(|| {
        let mut nothing = [0; 1];
        while matches!(std::io::stdin().read(&mut nothing), Ok(read) if read > 0) {}
        // What was half done is left as a crash would leave it, which every command bears.
        std::process::exit(1);
    });
}

/// What became of a child.
pub(crate) struct Ended {
    status: ExitStatus,
    /// What it printed.
    pub(crate) said: String,
}

impl Ended {
    /// What it printed, if it did what it should.
    pub(crate) fn well(self) -> anyhow::Result<String> {
        anyhow::ensure!(self.status.success(), "it failed ({}): {}", self.status, self.said.trim());
        Ok(self.said)
    }
}

/// Runs a command of this program to its end. Its progress and its log go where ours go.
pub(crate) async fn run(config: Option<&Path>, words: &[&OsStr], mut stop: Stop) -> anyhow::Result<Ended> {
    let program = std::env::current_exe().context("this program does not know its own file")?;
    let mut command = Command::new(program);
    command.arg(LEASH).args(words);
    if let Some(config) = config {
        command.arg("--config").arg(config);
    }
    // A group of its own: Ctrl-C reaches us alone, and we end the child.
    command.process_group(0).kill_on_drop(true).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().context("this program cannot be started again")?;
    let said = child.stdout.take().context("a child without output")?;
    let done = tokio::select! {
        done = to_the_end(&mut child, said) => Some(done?),
        () = stop.stopped() => None,
    };
    if let Some(ended) = done {
        return Ok(ended);
    }
    child.kill().await?;
    bail!("ended with the program before it was done")
}

async fn to_the_end(child: &mut Child, output: ChildStdout) -> anyhow::Result<Ended> {
    let mut said = String::new();
    output.take(MOST_SAID).read_to_string(&mut said).await?;
    // `wait` would close the leash first.
    let leash = child.stdin.take();
    let status = child.wait().await?;
    drop(leash);
    Ok(Ended { status, said })
}

/// Draws the map and its packs in a child, and says in the log what came of it.
pub(crate) fn draw(config: Option<PathBuf>) -> maps::Draw {
    Arc::new(move |stop| {
        let config = config.clone();
        Box::pin(async move {
            let said = run(config.as_deref(), &["maps".as_ref(), "build".as_ref()], stop).await?.well()?;
            tracing::info!("maps: {}", said.trim());
            Ok(())
        })
    })
}
