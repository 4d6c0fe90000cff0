//! Starts the real binary in a folder of its own and talks to it as a browser would.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use futures_util::StreamExt as _;
use kernel::Stopwatch;
use reqwest::Client;
use serde_json::Value;
use tempfile::TempDir;
use testkit::TestDatabase;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server; killed when dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) folder: TempDir,
    pub(crate) client: Client,
    child: Child,
    _database: Option<TestDatabase>,
}

impl Server {
    /// `mamori demo` on SQLite.
    pub(crate) async fn demo(speed: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let data = folder.path().join("demo");
        let args =
            ["demo", "--port", &port.to_string(), "--speed", &speed.to_string(), "--data", &data.display().to_string()]
                .map(str::to_owned);
        Self::start(folder, port, &args, None).await
    }

    /// `mamori serve` on the engine under test, with `more` added to its configuration.
    pub(crate) async fn serve(more: impl FnOnce(&Path) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = testkit::database().await;
        let port = free_port();
        let config = write_config(folder.path(), &database.url, port, &more(folder.path()));
        let args = ["serve".to_owned(), "--config".to_owned(), config.display().to_string()];
        Self::start(folder, port, &args, Some(database)).await
    }

    async fn start(folder: TempDir, port: u16, args: &[String], database: Option<TestDatabase>) -> Self {
        let child = command(folder.path()).args(args).stdout(Stdio::null()).spawn().unwrap();
        let url = format!("http://localhost:{port}");
        let client = Client::new();
        let server = Self { url, folder, client, child, _database: database };
        server.until("the server is ready", async || server.status("/readyz").await == Some(200)).await;
        server
    }

    /// Waits until `done` answers true.
    pub(crate) async fn until(&self, what: &str, mut done: impl AsyncFnMut() -> bool) {
        let began = Stopwatch::start();
        while !done().await {
            assert!(began.elapsed() < PATIENCE, "waited in vain until {what}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn status(&self, path: &str) -> Option<u16> {
        let answer = self.client.get(format!("{}{path}", self.url)).send().await.ok()?;
        Some(answer.status().as_u16())
    }

    /// A public document.
    pub(crate) async fn document(&self, name: &str) -> Value {
        let answer = self.client.get(format!("{}/public/{name}.json", self.url)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "document {name}");
        answer.json().await.unwrap()
    }

    /// Names of the documents the stream speaks of, until `last` comes.
    pub(crate) async fn stream_until(&self, last: &str) -> Vec<String> {
        let answer = self.client.get(format!("{}/stream", self.url)).send().await.unwrap();
        let mut bytes = answer.bytes_stream();
        let (mut names, mut text) = (Vec::new(), String::new());
        let read = async {
            while let Some(part) = bytes.next().await {
                text.push_str(&String::from_utf8_lossy(&part.unwrap()));
                while let Some(end) = text.find('\n') {
                    let line: String = text.drain(..=end).collect();
                    let Some(data) = line.strip_prefix("data: ").or_else(|| line.strip_prefix("data:")) else {
                        continue;
                    };
                    let news: Value = serde_json::from_str(data.trim()).unwrap();
                    names.push(news["document"].as_str().unwrap().to_owned());
                    if names.last().is_some_and(|name| name == last) {
                        return;
                    }
                }
            }
        };
        tokio::time::timeout(PATIENCE, read).await.unwrap_or_else(|_| panic!("the stream never spoke of {last}"));
        names
    }

    /// Signs in as a person of the demo and gives the cookie.
    pub(crate) async fn demo_sign_in(&self, name: &str) -> String {
        let people: Value = self
            .client
            .get(format!("{}/api/identity/demo-accounts", self.url))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let people = people.as_array().cloned().unwrap_or_else(|| people["items"].as_array().unwrap().clone());
        let person = people.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("no {name} in {people:?}"));
        let answer =
            self.post("/api/identity/demo-sign-in", "", &serde_json::json!({ "account": person["account"] })).await;
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// Posts as a page of this site would.
    pub(crate) async fn post(&self, path: &str, cookie: &str, body: &Value) -> reqwest::Response {
        self.client
            .post(format!("{}{path}", self.url))
            .header("sec-fetch-site", "same-origin")
            .header("origin", &self.url)
            .header("cookie", cookie)
            .json(body)
            .send()
            .await
            .unwrap()
    }

    /// Ends the server as a service manager would, and waits.
    pub(crate) async fn stop(&mut self) {
        let killed = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(killed.success());
        let began = Stopwatch::start();
        while self.child.try_wait().unwrap().is_none() {
            assert!(began.elapsed() < PATIENCE, "the server did not stop");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Runs another command on the same configuration.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        let config = self.folder.path().join("mamori.toml");
        command(self.folder.path()).args(args).arg("--config").arg(config).output().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The binary, in a folder where nothing of ours lies about.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mamori"));
    command.current_dir(folder).env("RUST_LOG", "warn").env_remove("MAMORI_DATA").stdin(Stdio::null());
    command
}

/// Writes a configuration and gives its path.
pub(crate) fn write_config(folder: &Path, database: &str, port: u16, more: &str) -> PathBuf {
    let text = format!(
        "database = \"{database}\"\nstate = \"{}\"\n{more}\n[http]\nbind = \"127.0.0.1:{port}\"\npublic_url = \"http://localhost:{port}\"\n",
        folder.join("state").display()
    );
    let path = folder.join("mamori.toml");
    std::fs::write(&path, text).unwrap();
    path
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
