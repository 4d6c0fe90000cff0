//! Starting the real binary and reading what the operating system says about a process.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};

/// A process that ends with this value.
pub(crate) struct Running {
    child: Child,
    pub(crate) url: String,
}

impl Running {
    /// `mamori` with these arguments, in `folder`, ready to answer.
    pub(crate) async fn mamori(folder: &Path, port: u16, args: &[&str]) -> anyhow::Result<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mamori"));
        command.current_dir(folder).env("RUST_LOG", "error").args(args);
        Self::start(command, port, "/readyz").await
    }

    /// Any server, once it answers at `probe`.
    pub(crate) async fn start(mut command: Command, port: u16, probe: &str) -> anyhow::Result<Self> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let running = Self { child, url: format!("http://127.0.0.1:{port}") };
        for _ in 0..600 {
            if let Ok(answer) = reqwest::get(format!("{}{probe}", running.url)).await
                && answer.status().is_success()
            {
                return Ok(running);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("the server did not become ready")
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Resident memory of a process in megabytes.
pub(crate) fn resident_mb(process: u32) -> anyhow::Result<f64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = text.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
    let kilobytes: f64 = line.split_whitespace().nth(1).context("no VmRSS")?.parse()?;
    Ok(kilobytes / 1024.0)
}
