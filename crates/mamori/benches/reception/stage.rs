//! A centre and an enrolled kit, each a real process.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::desk::{Desk, Post};
use crate::process::{Running, free_port};

pub(crate) const WORDS: &str = "うみねこ りんご ねぶた いか";
const TOWN: &str = "02203";

/// A centre in its demo, with a clerk who makes codes.
pub(crate) struct Centre {
    pub(crate) server: Running,
    pub(crate) port: u16,
    pub(crate) clerk: String,
    pub(crate) post: Post,
    client: Client,
    _folder: TempDir,
    // After the server, which is its last guest.
    _database: Option<testkit::TestDatabase>,
}

impl Centre {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        Self::begin(None).await
    }

    /// On a PostgreSQL of this machine's own programs, with everything that makes its writes durable.
    pub(crate) async fn on_postgres() -> anyhow::Result<Self> {
        ensure!(testkit::postgres_programs().is_some(), "no PostgreSQL on this machine");
        Self::begin(Some(testkit::durable_database_on(store::Engine::Postgres).await)).await
    }

    async fn begin(database: Option<testkit::TestDatabase>) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let port = free_port()?;
        let number = port.to_string();
        let mut args = vec!["demo", "--sample", "--speed", "3600", "--port", &number];
        args.extend(database.iter().flat_map(|database| ["--database", database.url.as_str()]));
        let server = Running::mamori(folder.path(), port, &args).await?;
        let client = Client::builder().no_proxy().build()?;
        let clerk = sign_in(&client, &server.url, "八戸市 避難所担当").await?;
        let post = post(&client, &server.url).await?;
        Ok(Self { server, port, clerk, post, client, _folder: folder, _database: database })
    }

    /// A code for one kit.
    pub(crate) async fn code(&self, name: &str) -> anyhow::Result<String> {
        let wanted = json!({ "municipality": TOWN, "name": name, "shelters": [self.post.shelter] });
        let asked = self.client.post(format!("{}/api/reception/kits/codes", self.server.url));
        let asked = asked.header("cookie", &self.clerk).header("sec-fetch-site", "same-origin").json(&wanted);
        let answer: Value = asked.send().await?.json().await?;
        answer["code"].as_str().map(str::to_owned).with_context(|| format!("no code: {answer}"))
    }
}

/// A kit's folder, enrolled at `url`.
pub(crate) async fn enrolled(centre: &Centre, url: &str, folder: &Path) -> anyhow::Result<()> {
    let code = centre.code("測定 1号").await?;
    let said = kit(folder, &["enrol", "--centre", url, "--code", &code], WORDS)?;
    ensure!(said.0, "not enrolled: {}", said.1);
    Ok(())
}

/// A running kit.
pub(crate) struct Kit {
    pub(crate) server: Running,
    pub(crate) folder: PathBuf,
}

impl Kit {
    pub(crate) async fn run(folder: &Path) -> anyhow::Result<Self> {
        let port = free_port()?;
        let args = ["kit", "run", "--folder", &folder.display().to_string(), "--port", &port.to_string()];
        let server = Running::mamori(Path::new("/"), port, &args).await?;
        Ok(Self { server, folder: folder.into() })
    }

    pub(crate) async fn desk(&self, post: &Post) -> anyhow::Result<Desk> {
        Desk::register(&self.server.url, "", post).await
    }

    pub(crate) fn say(&self, words: &[&str], typed: &str) -> anyhow::Result<()> {
        let said = kit(&self.folder, words, typed)?;
        ensure!(said.0, "{words:?}: {}", said.1);
        Ok(())
    }

    /// kill -9.
    pub(crate) fn kill(self) {
        drop(self.server);
    }
}

/// `mamori kit …` with a line typed: whether it went well, and what it said.
pub(crate) fn kit(folder: &Path, words: &[&str], typed: &str) -> anyhow::Result<(bool, String)> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mamori"))
        .arg("kit")
        .args(words)
        .arg("--folder")
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut typing = child.stdin.take().context("no input")?;
    // A command that does not ask has closed its end.
    let _ = typing.write_all(format!("{typed}\n").as_bytes());
    drop(typing);
    let said = child.wait_with_output()?;
    let text = String::from_utf8_lossy(&said.stdout).into_owned() + &String::from_utf8_lossy(&said.stderr);
    Ok((said.status.success(), text))
}

/// A command of the system; its words when it fails.
pub(crate) fn system(line: &str) -> anyhow::Result<()> {
    let mut words = line.split_whitespace();
    let program = words.next().context("no command")?;
    let said = Command::new(program).args(words).output().with_context(|| format!("no {program} here"))?;
    ensure!(said.status.success(), "{line}: {}", String::from_utf8_lossy(&said.stderr).trim());
    Ok(())
}

async fn sign_in(client: &Client, url: &str, name: &str) -> anyhow::Result<String> {
    let people: Value = client.get(format!("{url}/api/identity/demo-accounts")).send().await?.json().await?;
    let people = people.as_array().or_else(|| people["items"].as_array()).context("no demo accounts")?.clone();
    let person = people.iter().find(|one| one["name"] == name).context("no such demo account")?;
    let asked = client.post(format!("{url}/api/identity/demo-sign-in")).header("sec-fetch-site", "same-origin");
    let answer = asked.json(&json!({ "account": person["account"] })).send().await?;
    let cookie = answer.headers().get("set-cookie").context("no cookie")?.to_str()?;
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
}

/// An open shelter of the demo's drill.
async fn post(client: &Client, url: &str) -> anyhow::Result<Post> {
    for _ in 0..200 {
        let answer = client.get(format!("{url}/public/drill/shelters/{TOWN}.json")).send().await?;
        let document: Value = answer.json().await.unwrap_or_default();
        let open = document["openings"].as_array().into_iter().flatten().find(|one| one["state"] == "open");
        if let Some(open) = open {
            let text = |field: &str| open[field].as_str().unwrap_or_default().to_owned();
            return Ok(Post {
                municipality: TOWN.to_owned(),
                mode: "drill".to_owned(),
                disaster: text("disaster"),
                shelter: text("facility"),
            });
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("the demo opened no shelter")
}
