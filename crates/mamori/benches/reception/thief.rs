//! A stolen laptop: every file of the kit, and the memory of the locked kit, searched for every name, telephone and address.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::stage::{Centre, Kit, WORDS, enrolled};

const HOUSEHOLDS: u32 = 200;

/// Prints `thief_files_found`, `thief_memory_found` and `thief_found`.
pub(crate) async fn measure() -> anyhow::Result<()> {
    let (centre, home) = (Centre::start().await?, tempfile::tempdir()?);
    let folder = home.path().join("kit");
    enrolled(&centre, &centre.server.url.clone(), &folder).await?;
    let kit = Kit::run(&folder).await?;
    let desk = kit.desk(&centre.post).await?;
    let mut secrets = Vec::new();
    for n in 0..HOUSEHOLDS {
        let (card, words) = household(n);
        secrets.extend(words);
        desk.send(&[desk.check_in(2, &card)?]).await?;
    }
    kit.say(&["unlock"], WORDS)?;
    // As a clerk does: everything is read once.
    let (shelter, disaster) = (&centre.post.shelter, &centre.post.disaster);
    let list = format!("/api/reception/shelters/{shelter}/households?disaster={disaster}&purpose=reception");
    let read = desk.get(&list).await.map(|list| list.to_string()).unwrap_or_default();
    let search = json!({ "words": "盗難", "shelter": shelter, "disaster": disaster, "purpose": "reception", "municipality": "02203" });
    let found = desk.post("/api/reception/search", &search).await.map(|found| found.to_string()).unwrap_or_default();
    println!("figure thief_read_before {}", found_in((read + &found).as_bytes(), &secrets));
    kit.say(&["lock"], "")?;
    let memory = in_memory(kit.server.id(), &secrets)?;
    let files = in_files(&folder, &secrets)?;
    println!("figure thief_memory_found {memory}");
    println!("figure thief_files_found {files}");
    println!("figure thief_found {}", memory + files);
    Ok(())
}

fn household(n: u32) -> (Value, Vec<String>) {
    let (name, kana) = (format!("盗難試験 太郎{n:05}"), format!("トウナンシケン タロウ{n:05}"));
    let (phone, address) = (format!("0178-44-{n:05}"), format!("八戸市大字試験町字捜索{n:05}番地"));
    let card = json!({
        "address": { "text": address }, "phones": [phone], "municipality": "02203",
        "persons": [{ "id": "1", "name": name, "kana": kana }, { "id": "2", "name": format!("盗難試験 花子{n:05}") }],
    });
    (card, vec![name, kana, phone, address, format!("盗難試験 花子{n:05}")])
}

/// How many of the words stand in the bytes, as they are or escaped as JSON may be.
fn found_in(bytes: &[u8], words: &[String]) -> usize {
    words.iter().filter(|word| memchr::memmem::find(bytes, word.as_bytes()).is_some()).count()
}

fn in_files(folder: &Path, words: &[String]) -> anyhow::Result<usize> {
    let mut found = 0;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        found += if path.is_dir() { in_files(&path, words)? } else { found_in(&std::fs::read(&path)?, words) };
    }
    Ok(found)
}

/// Reads the whole memory of a process, as root can.
fn in_memory(process: u32, words: &[String]) -> anyhow::Result<usize> {
    let maps = std::fs::read_to_string(format!("/proc/{process}/maps"))?;
    let memory = File::open(format!("/proc/{process}/mem")).context("the memory cannot be read; be root")?;
    let mut found = vec![false; words.len()];
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let (from, to) = line.split_whitespace().next().and_then(|range| range.split_once('-')).context("no range")?;
        let (from, to) = (u64::from_str_radix(from, 16)?, u64::from_str_radix(to, 16)?);
        let mut bytes = vec![0; usize::try_from(to - from)?];
        if memory.read_exact_at(&mut bytes, from).is_err() {
            continue;
        }
        for (word, found) in words.iter().zip(&mut found) {
            *found |= memchr::memmem::find(&bytes, word.as_bytes()).is_some();
        }
    }
    Ok(found.into_iter().filter(|found| *found).count())
}
