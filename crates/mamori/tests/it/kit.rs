//! A shelter kit through the real binary: enrolled, cut off, admitting, and the line comes back.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kernel::Stopwatch;
use serde_json::{Value, json};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

use crate::desk::{Desk, Post};
use crate::server::{Server, command, free_port};

const WORDS: &str = "うみねこ りんご ねぶた いか";
const PATIENCE: Duration = Duration::from_mins(2);

/// A line that can be cut.
struct Line {
    address: SocketAddr,
    whole: Arc<AtomicBool>,
}

impl Line {
    async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let line = Self { address: listener.local_addr().unwrap(), whole: Arc::new(AtomicBool::new(true)) };
        let whole = Arc::clone(&line.whole);
        tokio::spawn(async move {
            while let Ok((mut here, _)) = listener.accept().await {
                let whole = Arc::clone(&whole);
                tokio::spawn(async move {
                    if !whole.load(Ordering::SeqCst) {
                        return;
                    }
                    let mut there = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                    let cut = async {
                        while whole.load(Ordering::SeqCst) {
                            tokio::time::sleep(Duration::from_millis(20)).await;
                        }
                    };
                    tokio::select! {
                        _ = copy_bidirectional(&mut here, &mut there) => {}
                        () = cut => {}
                    }
                });
            }
        });
        line
    }

    fn cut(&self, cut: bool) {
        self.whole.store(!cut, Ordering::SeqCst);
    }
}

/// A running `mamori kit run`; killed when dropped.
struct Kit {
    child: Child,
    folder: PathBuf,
    url: String,
}

impl Kit {
    async fn run(home: &Path, folder: &Path) -> Self {
        let port = free_port();
        let args = ["kit", "run", "--folder", &folder.display().to_string(), "--port", &port.to_string()];
        let child = command(home).args(args).stdout(Stdio::null()).spawn().unwrap();
        let kit = Self { child, folder: folder.into(), url: format!("http://localhost:{port}") };
        until("the kit is ready", async || {
            reqwest::get(format!("{}/readyz", kit.url)).await.is_ok_and(|r| r.status() == 200)
        })
        .await;
        kit
    }

    fn say(&self, words: &[&str], typed: &str) -> Output {
        say(&self.folder, words, typed)
    }

    async fn status(&self) -> Value {
        reqwest::get(format!("{}/api/kit/status", self.url)).await.unwrap().json().await.unwrap()
    }
}

impl Drop for Kit {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `mamori kit …` on a folder, with a line typed.
fn say(folder: &Path, words: &[&str], typed: &str) -> Output {
    let mut child = command(folder.parent().unwrap())
        .arg("kit")
        .args(words)
        .arg("--folder")
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses before it asks has closed its end.
    let _ = child.stdin.take().unwrap().write_all(format!("{typed}\n").as_bytes());
    child.wait_with_output().unwrap()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    let began = Stopwatch::start();
    while !done().await {
        assert!(began.elapsed() < PATIENCE, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// An open shelter of 八戸市 in the demo's drill, which opens them a moment after it is ready.
async fn shelter(centre: &Server) -> String {
    let mut found = None;
    until("the demo has opened a shelter", async || {
        let document = centre.document("drill/shelters/02203").await;
        let open = document["openings"].as_array().unwrap().iter().find(|one| one["state"] == "open");
        found = open.map(|one| one["facility"].as_str().unwrap().to_owned());
        found.is_some()
    })
    .await;
    found.unwrap()
}

/// Enrols a folder; before and after it, what is refused is refused in clear words.
fn enrol(home: &Path, folder: &Path, url: &str, code: &str) {
    let wrong = say(folder, &["enrol", "--centre", url, "--code", "0000-0000-0000"], WORDS);
    assert!(!wrong.status.success() && text(&wrong).contains("登録コード"), "{}", text(&wrong));
    let short = say(&home.join("other"), &["enrol", "--centre", url, "--code", code], "みじかい");
    assert!(!short.status.success() && text(&short).contains("12文字"), "{}", text(&short));
    let plain = say(folder, &["enrol", "--centre", "http://mamori.example.jp", "--code", code], WORDS);
    assert!(!plain.status.success() && text(&plain).contains("https://"), "{}", text(&plain));
    let enrolled = say(folder, &["enrol", "--centre", url, "--code", code], WORDS);
    assert!(enrolled.status.success(), "{}", text(&enrolled));
    let twice = say(folder, &["enrol", "--centre", url, "--code", code], WORDS);
    assert!(!twice.status.success() && text(&twice).contains("enrolled"), "{}", text(&twice));
}

/// The lock opens with the right words only.
async fn lock_and_unlock(kit: &Kit) {
    let wrong = kit.say(&["unlock"], "ちがう ことば ちがう ことば");
    assert!(!wrong.status.success() && text(&wrong).contains("合言葉が違います"), "{}", text(&wrong));
    let unlocked = kit.say(&["unlock"], WORDS);
    assert!(unlocked.status.success() && text(&unlocked).contains("解錠中"), "{}", text(&unlocked));
    assert_eq!(kit.status().await["locked"], false);
    assert!(text(&kit.say(&["lock"], "")).contains("施錠中"));
    assert_eq!(kit.status().await["locked"], true);
}

/// The same by stick, afterwards: nothing is doubled. Twenty households, and what the kit took for the time meanwhile.
async fn by_stick(centre: &Server, clerk: &str, file: &Path) {
    let report = centre
        .client
        .post(format!("{}/api/reception/kits/import", centre.url))
        .header("cookie", clerk)
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "text/plain")
        .body(std::fs::read_to_string(file).unwrap())
        .send()
        .await
        .unwrap();
    let report: Value = report.json().await.unwrap();
    assert_eq!((&report["stored"], &report["already"], &report["missing"]), (&json!(0), &json!(21), &json!([])));
}

// The line needs a thread while a command is waited for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kit_admits_while_the_line_is_cut_and_the_centre_knows_it_afterwards() {
    let centre = Server::demo(600).await;
    let port = centre.url.rsplit(':').next().unwrap().parse().unwrap();
    let line = Line::to(port).await;
    let url = format!("http://127.0.0.1:{}", line.address.port());
    let clerk = centre.demo_sign_in("八戸市 避難所担当").await;
    let facility = shelter(&centre).await;
    let wanted = json!({ "municipality": "02203", "name": "試験 1号", "shelters": [facility] });
    let made: Value = centre.post("/api/reception/kits/codes", &clerk, &wanted).await.json().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("kit");

    enrol(home.path(), &folder, &url, made["code"].as_str().unwrap());

    line.cut(true);
    let kit = Kit::run(home.path(), &folder).await;
    let context: Value = reqwest::get(format!("{}/api/reception/desk?municipality=02203&mode=drill", kit.url))
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!((&context["node"]["role"], &context["node"]["locked"]), (&json!("kit"), &json!(true)));
    assert_eq!(context["keys"].as_array().unwrap().len(), 2, "the municipality and the kit: {context}");
    let opening =
        context["shelters"].as_array().unwrap().iter().find(|one| one["facility"] == facility.as_str()).unwrap();
    let post = Post {
        municipality: "02203".to_owned(),
        mode: "drill".to_owned(),
        disaster: opening["disaster"].as_str().unwrap().to_owned(),
        shelter: facility,
    };
    // Locked, and no line: it admits all the same.
    let desk = Desk::register(&kit.url, "", &post).await.unwrap();
    for n in 0..20_u32 {
        let who = json!({ "persons": [{ "name": format!("受付 {n}") }] });
        let sent = desk.send(&[desk.check_in(2, &who).unwrap()]).await.unwrap();
        assert_eq!(sent[0].state, "stored");
    }
    assert_eq!(desk.persons().await.unwrap(), 40);

    lock_and_unlock(&kit).await;

    let file = home.path().join("stick");
    let exported = kit.say(&["export", &file.display().to_string()], "");
    assert!(exported.status.success() && text(&exported).contains("21 件"), "{}", text(&exported));
    assert!(!std::fs::read_to_string(&file).unwrap().contains("受付"));

    line.cut(false);
    until("everything is at the centre", async || {
        kit.status().await["waiting"] == 0 && kit.status().await["contact_at"].is_string()
    })
    .await;
    let there = Desk::register(&centre.url, &clerk, &post).await.unwrap();
    until("the counts are equal", async || there.persons().await.unwrap() == 40).await;
    assert_eq!(desk.persons().await.unwrap(), 40);
    let kits: Value = centre
        .client
        .get(format!("{}/api/reception/kits", centre.url))
        .header("cookie", &clerk)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!((&kits[0]["name"], &kits[0]["waiting"]), (&json!("試験 1号"), &json!(0)));
    by_stick(&centre, &clerk, &file).await;
    assert_eq!(there.persons().await.unwrap(), 40);
}

#[test]
fn words_about_a_kit_that_is_none_are_clear() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("kit");
    for (words, part) in [
        (&["run"][..], "mamori kit enrol"),
        (&["status"], "mamori kit run"),
        (&["unlock"], "mamori kit run"),
        (&["export", "x"], "mamori kit enrol"),
        (&["certificate", "nowhere", "--lan", "10.77.0.1", "--name", "kit01"], "mamori kit ca"),
    ] {
        let said = say(&folder, words, WORDS);
        assert!(!said.status.success() && text(&said).contains(part), "{words:?}: {}", text(&said));
    }
    let authority = home.path().join("ca");
    let made = say(&folder, &["ca", &authority.display().to_string(), "--name", "八戸市"], "");
    assert!(made.status.success() && text(&made).contains("ca.crt"), "{}", text(&made));
    let authority = authority.display().to_string();
    let given = say(&folder, &["certificate", &authority, "--lan", "10.77.0.1", "--name", "kit01"], "");
    assert!(given.status.success() && folder.join("lan.crt").is_file(), "{}", text(&given));
}
