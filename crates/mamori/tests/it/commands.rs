//! Every command is run: what it says when all is well, and what it says when it is not.

use std::process::Output;

use serde_json::Value;

use crate::server::{command, write_config};

fn run(folder: &std::path::Path, line: &str) -> Output {
    command(folder).args(line.split_whitespace()).output().unwrap()
}

fn out(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn commands_without_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let help = run(folder.path(), "help");
    assert!(help.status.success() && out(&help).contains("mamori demo"));
    let api: Value = serde_json::from_slice(&run(folder.path(), "openapi").stdout).unwrap();
    assert_eq!(api["openapi"], "3.1.0");
    let areas: Value = serde_json::from_slice(&run(folder.path(), "areas").stdout).unwrap();
    assert_eq!(areas.as_array().unwrap().len(), 40);
    let reference = run(folder.path(), "config reference");
    std::fs::write(folder.path().join("all.toml"), &reference.stdout).unwrap();
    assert!(run(folder.path(), "config check --config all.toml").status.success());
    let unknown = run(folder.path(), "sevre");
    assert!(!unknown.status.success() && out(&unknown).contains("`mamori sevre` is not a command"));
}

/// Whoever started a child holds its standard input; when that is let go, however it happens, the child ends.
#[test]
fn a_child_ends_with_its_parent() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path(), "sqlite://leashed.sqlite", crate::server::free_port(), "");
    let mut child = command(folder.path())
        .args(["--leashed", "serve", "--config"])
        .arg(config)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut said).unwrap();
    assert!(said.contains("listening on"), "{said}");
    assert!(child.try_wait().unwrap().is_none(), "it works while it is held");
    drop(child.stdin.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn a_wrong_configuration_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for (text, part) in [
        ("databse = \"sqlite://x\"", "databse"),
        ("database = \"mysql://x\"", "must begin with sqlite:// or postgres://"),
        ("[http]\nbind = 8080", "bind"),
        ("[http]\npublic_url = \"mamori.example.jp\"", "https://"),
        ("[feeds.jma]\nbase_url = 3", "base_url"),
        ("[feeds.jma]\nbase_url = \"http://example.jp\"", "https://"),
        ("[http]\nbind = \"nonsense\"", "http.bind"),
        ("[http]\npublic_url = \"https://\"", "host name"),
        ("[http.limits]\nconnections = 0", "connections"),
    ] {
        std::fs::write(folder.path().join("a.toml"), text).unwrap();
        let output = run(folder.path(), "config check --config a.toml");
        assert!(!output.status.success() && out(&output).contains(part), "{text}: {}", out(&output));
    }
}

#[test]
fn telegrams_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../../sample/scenarios");
    let good = run(folder.path(), &format!("feeds check {sample}"));
    assert!(good.status.success(), "{}", out(&good));
    assert!(out(&good).ends_with("15 understood, 0 archived only, 0 refused\n"), "{}", out(&good));
    std::fs::write(folder.path().join("broken.xml"), "<Report>").unwrap();
    let bad = run(folder.path(), "feeds check .");
    assert!(!bad.status.success() && out(&bad).contains("broken.xml"), "{}", out(&bad));
}

#[tokio::test]
async fn commands_on_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let database = testkit::database().await;
    write_config(folder.path(), &database.url, 8080, "");
    let early = run(folder.path(), "doctor");
    assert!(!early.status.success() && out(&early).contains("mamori migrate"), "{}", out(&early));
    assert!(run(folder.path(), "migrate").status.success());
    assert!(run(folder.path(), "doctor").status.success());
    let restored = run(folder.path(), "restored");
    assert!(restored.status.success() && out(&restored).contains("a new life begins"), "{}", out(&restored));
    let invited = run(folder.path(), "admin invite --name 県庁太郎");
    assert!(out(&invited).contains("http://localhost:8080/office/invite/"), "{}", out(&invited));
    let jobs = run(folder.path(), "jobs");
    assert!(out(&jobs).contains("0 dead letters"), "{}", out(&jobs));
    let revived = run(folder.path(), "jobs revive 5");
    assert!(!revived.status.success() && out(&revived).contains("UUID"), "{}", out(&revived));
    let exported = run(folder.path(), "export documents out");
    assert!(exported.status.success() && out(&exported).contains("files in out"), "{}", out(&exported));
    std::fs::write(folder.path().join("map.json"), "{}").unwrap();
    let imported = run(folder.path(), "import boundaries map.json");
    assert!(!imported.status.success() && out(&imported).contains("not TopoJSON"), "{}", out(&imported));
    std::fs::write(folder.path().join("list.csv"), "氏名,生年月日\n見本 イチ,昭和10年4月1日\n,S10.1.1\n").unwrap();
    for (more, counts, word) in [
        ("--dry-run", "1 people: 1 new", "nothing was written"),
        ("", "1 people: 1 new", "the list is kept"),
        ("--dry-run", "1 people: 0 new, 0 changed, 1 as before", "nothing was written"),
    ] {
        let listed = run(folder.path(), &format!("import listed list.csv --municipality 02203 {more}"));
        // Somebody was set aside, and nobody is named.
        assert!(!listed.status.success() && out(&listed).contains("3行目"), "{}", out(&listed));
        assert!(out(&listed).contains(counts) && out(&listed).contains(word), "{}", out(&listed));
        assert!(!out(&listed).contains("見本"), "{}", out(&listed));
    }
}

#[tokio::test]
async fn real_boundaries_are_imported() {
    let Some(data) = testkit::data_dir() else {
        testkit::skip("no data");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let database = testkit::database().await;
    write_config(folder.path(), &database.url, 8080, "");
    let file = data.join("aomori/boundaries/N03-21_02_210101_s0010.topojson");
    let imported = run(folder.path(), &format!("import boundaries {}", file.display()));
    assert!(imported.status.success(), "{}", out(&imported));
    let exported = run(folder.path(), "export documents out");
    assert!(exported.status.success(), "{}", out(&exported));
    let text = std::fs::read_to_string(folder.path().join("out/public/map/boundaries.json"))
        .or_else(|_| std::fs::read_to_string(folder.path().join("out/map/boundaries.json")))
        .unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["topology"]["objects"]["municipalities"]["geometries"].as_array().unwrap().len(), 40);
}

#[tokio::test]
async fn a_real_history_of_shelters_is_imported_once() {
    let Some(data) = testkit::data_dir() else {
        testkit::skip("no data");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let database = testkit::database().await;
    write_config(folder.path(), &database.url, 8080, "");
    let files = data.join("disasters/nanao-2024");
    let line = format!("import history {} --name 能登半島地震 --municipality 17202", files.display());
    for word in ["kept as disaster", "was imported before as disaster"] {
        let imported = run(folder.path(), &line);
        assert!(imported.status.success(), "{}", out(&imported));
        assert!(
            out(&imported).contains("117 times in 118 files") && out(&imported).contains(word),
            "{}",
            out(&imported)
        );
        assert!(out(&imported).contains("most people: 1933"), "{}", out(&imported));
    }
    let nothing = run(folder.path(), "import history . --name x --municipality 17202");
    assert!(!nothing.status.success() && out(&nothing).contains("holds no CSV"), "{}", out(&nothing));
}
