//! What staff can do: upload, look at the list, save the original.

use std::fmt::Write as _;

use feeds::{Origin, Outcome};
use serde_json::json;

use crate::telegrams::{gzip, quake, quake_with, unknown};
use crate::{operator, received, source, world};

#[tokio::test]
async fn an_upload_is_read_once_and_is_a_drill_unless_said_otherwise() {
    let world = world().await;
    let desk = operator(&world).await;
    let first = desk.post_bytes("/api/feeds/upload?name=a_VXSE51.xml", "application/xml", quake(0)).await.ok().json();
    assert_eq!(first["files"][0]["outcome"], "understood");
    assert_eq!(first["files"][0]["duplicate"], false);
    let again = desk.post_bytes("/api/feeds/upload", "application/gzip", gzip(&quake(0))).await.ok().json();
    assert_eq!(again["files"][0]["duplicate"], true);
    assert_eq!(again["files"][0]["telegram"], first["files"][0]["telegram"]);
    // The live lane is its own: a drill copy hides nothing.
    let live = desk.post_bytes("/api/feeds/upload?mode=live", "application/xml", quake(0)).await.ok().json();
    assert_eq!(live["files"][0]["duplicate"], false);
    let list = desk.get("/api/feeds/telegrams").await.ok().json();
    let modes: Vec<_> = list["items"].as_array().unwrap().iter().map(|row| row["mode"].as_str().unwrap()).collect();
    assert_eq!(modes, ["live", "drill"]);
    assert_eq!(
        world.journal_kinds().await.into_iter().filter(|kind| kind.starts_with("feeds.")).collect::<Vec<_>>(),
        ["feeds.received", "feeds.uploaded", "feeds.uploaded", "feeds.received", "feeds.uploaded"]
    );
    let drill = source(&world, "upload-drill").await;
    assert_eq!((drill["received"].as_i64(), drill["repeats"].as_i64()), (Some(1), Some(1)));
    assert_eq!(drill["state"], "fresh");
    assert_eq!(drill["expected_every_s"], json!(null));
}

#[tokio::test]
async fn several_files_at_once_each_get_their_answer() {
    let world = world().await;
    let desk = operator(&world).await;
    let mut body = String::new();
    for (name, text) in [("a.xml", quake(1)), ("b.xml", "not xml".to_owned()), ("../../c.xml", unknown())] {
        write!(body, "--x\r\ncontent-disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\r\n{text}\r\n")
            .unwrap();
    }
    body += "--x--\r\n";
    let done = desk.post_bytes("/api/feeds/upload", "multipart/form-data; boundary=x", body).await.ok().json();
    let outcomes: Vec<_> =
        done["files"].as_array().unwrap().iter().map(|file| file["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["understood", "refused", "archived"]);
    assert!(done["files"][1]["reason"]["ja"].is_string());
    let empty = desk.post_bytes("/api/feeds/upload", "multipart/form-data; boundary=x", "--x--\r\n").await;
    assert_eq!(empty.status, 422);
    let cut = desk.post_bytes("/api/feeds/upload", "multipart/form-data; boundary=x", "--x\r\ncontent-").await;
    assert_eq!(cut.status, 400);
}

#[tokio::test]
async fn what_cannot_be_read_is_kept_with_its_reason() {
    let world = world().await;
    let desk = operator(&world).await;
    let bombs = [
        ("empty", Vec::new()),
        ("garbage", b"\x00\x01\x02garbage".to_vec()),
        ("not utf-8", b"<?xml version=\"1.0\"?><Report>\xff\xfe</Report>".to_vec()),
        ("truncated", quake(2).as_bytes()[..600].to_vec()),
        ("wrong namespace", quake(3).replace("jmaxml1", "jmaxml9").into_bytes()),
        ("entities", b"<!DOCTYPE r [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><Report>&b;</Report>".to_vec()),
        ("deep", ["<a>".repeat(5_000), "</a>".repeat(5_000)].concat().into_bytes()),
        ("broken gzip", vec![0x1f, 0x8b, 8, 0, 1, 2, 3]),
    ];
    let live = Origin::live("upload");
    for (name, bytes) in &bombs {
        let done = feeds::ingest(world.app(), &live, bytes, None).await.unwrap();
        assert_eq!(done.outcome, Outcome::Refused, "{name}");
        assert!(done.reason.is_some_and(|reason| !reason.ja.is_empty() && !reason.en.is_empty()), "{name}");
        let reply = desk.get(&format!("/api/feeds/telegrams/{}/original", done.telegram)).await;
        if bytes.is_empty() {
            assert_eq!(reply.status, 404, "{name}");
        } else {
            assert_eq!(&reply.ok().body, bytes, "{name}");
        }
        assert!(feeds::load(world.app(), done.telegram).await.unwrap().is_none(), "{name}");
        let detail = desk.get(&format!("/api/feeds/telegrams/{}", done.telegram)).await.ok().json();
        assert!(detail["content"].is_null(), "{name}");
    }
    assert!(received(&world).await.is_empty());
    // And nothing else stops.
    let good = feeds::ingest(world.app(), &live, quake(4).as_bytes(), None).await.unwrap();
    assert_eq!(good.outcome, Outcome::Understood);
    source(&world, "upload").await;
    let document = world.document("sources").await;
    assert_eq!(document["not_understood"].as_array().unwrap().len(), bombs.len());
    assert!(document["not_understood"].as_array().unwrap().iter().all(|row| row["reason"]["easy"].is_string()));
}

#[tokio::test]
async fn a_received_telegram_can_be_loaded_listed_and_saved() {
    let world = world().await;
    let desk = operator(&world).await;
    let live = Origin::live("push:somebody");
    let one = feeds::ingest(world.app(), &live, quake(5).as_bytes(), Some("/x/y/20251208_0_VXSE51_010000.xml"))
        .await
        .unwrap();
    let other = feeds::ingest(world.app(), &live, unknown().as_bytes(), None).await.unwrap();
    assert_eq!((one.outcome, other.outcome), (Outcome::Understood, Outcome::Archived));
    let (row, telegram) = feeds::load(world.app(), one.telegram).await.unwrap().unwrap();
    assert_eq!((row.kind.as_str(), telegram.kind.as_str()), ("VXSE51", "VXSE51"));
    assert_eq!(row.event_id, "20251208231505");
    assert_eq!(received(&world).await, [one.telegram.to_string(), other.telegram.to_string()]);

    let reply = desk.get(&format!("/api/feeds/telegrams/{}/original", one.telegram)).await.ok();
    assert_eq!(reply.body, quake(5).as_bytes());
    assert_eq!(reply.header("content-type"), Some("text/xml"));
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    assert!(reply.header("content-disposition").unwrap().starts_with("attachment"));
    let detail = desk.get(&format!("/api/feeds/telegrams/{}", one.telegram)).await.ok().json();
    assert_eq!(detail["content"]["facts"]["family"], "quake");

    for n in 10..15 {
        feeds::ingest(world.app(), &live, quake(n).as_bytes(), None).await.unwrap();
    }
    let ids = |page: &serde_json::Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    let first = desk.get("/api/feeds/telegrams?limit=3&type=VXSE51").await.ok().json();
    let next = first["next"].as_str().unwrap();
    let second = desk.get(&format!("/api/feeds/telegrams?limit=3&type=VXSE51&after={next}")).await.ok().json();
    assert_eq!(second["next"], serde_json::Value::Null);
    let all: Vec<String> = ids(&first).into_iter().chain(ids(&second)).collect();
    assert_eq!(all.len(), 6);
    assert!(all.windows(2).all(|pair| pair[0] > pair[1]), "newest first: {all:?}");
    let archived = desk.get("/api/feeds/telegrams?outcome=archived&source=push:somebody").await.ok().json();
    assert_eq!(ids(&archived), [other.telegram.to_string()]);
    assert_eq!(ids(&desk.get("/api/feeds/telegrams?source=nobody").await.ok().json()), Vec::<String>::new());
    assert_eq!(desk.get("/api/feeds/telegrams?after=nonsense").await.status, 422);
    assert_eq!(desk.get("/api/feeds/telegrams/019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e10").await.status, 404);
}

#[tokio::test]
async fn training_and_test_telegrams_of_a_live_source_are_drills() {
    let world = world().await;
    for (n, status) in [(20, "訓練"), (21, "試験")] {
        let done = feeds::ingest(world.app(), &Origin::live("jma-eqvol"), quake_with(status, n).as_bytes(), None)
            .await
            .unwrap();
        let (row, _) = feeds::load(world.app(), done.telegram).await.unwrap().unwrap();
        assert_eq!(row.mode, kernel::Mode::Drill, "{status}");
    }
    assert!(
        world
            .journal()
            .await
            .iter()
            .filter(|entry| entry.kind == feeds::RECEIVED)
            .all(|entry| entry.mode == kernel::Mode::Drill)
    );
}

#[tokio::test]
async fn the_same_bytes_at_the_same_time_count_once() {
    let world = world().await;
    let keys = ["upload", "push:a", "push:b", "watch:c"];
    let tasks: Vec<_> = (0..20)
        .map(|n| {
            let app = world.app().clone();
            let origin = Origin::live(keys[n % keys.len()]);
            tokio::spawn(async move { feeds::ingest(&app, &origin, quake(30).as_bytes(), None).await.unwrap() })
        })
        .collect();
    let mut first = 0;
    let mut ids = std::collections::BTreeSet::new();
    for task in tasks {
        let done = task.await.unwrap();
        first += usize::from(!done.duplicate);
        ids.insert(done.telegram.to_string());
    }
    assert_eq!((first, ids.len()), (1, 1));
    assert_eq!(received(&world).await.len(), 1);
    let desk = operator(&world).await;
    assert_eq!(desk.get("/api/feeds/telegrams").await.ok().json()["items"][0]["repeats"], 19);
}

#[tokio::test]
async fn a_quake_that_names_no_event_is_shown_as_not_understood() {
    let world = world().await;
    let nameless = quake(7).replace("<EventID>20251208231507</EventID>", "<EventID></EventID>");
    let done = feeds::ingest(world.app(), &Origin::live("upload"), nameless.as_bytes(), None).await.unwrap();
    assert_eq!(done.outcome, Outcome::Archived);
    let upload = source(&world, "upload").await;
    assert_eq!((upload["understood"].as_i64(), upload["archived"].as_i64()), (Some(0), Some(1)));
    let listed = world.document("sources").await["not_understood"][0].clone();
    assert_eq!((listed["type"].as_str(), listed["title"].as_str()), (Some("VXSE51"), Some("震度速報")));
    assert!(listed["reason"]["ja"].as_str().unwrap().contains("EventID"), "{listed}");
    let (_, telegram) = feeds::load(world.app(), done.telegram).await.unwrap().unwrap();
    assert_eq!(telegram.not_understood[0].path, "Head/EventID");
}

#[tokio::test]
async fn every_text_of_a_drill_is_marked_in_the_public_document() {
    let world = world().await;
    for (origin, text) in [
        (Origin::drill("upload-drill"), unknown()),
        (Origin::drill("replay"), "not xml".to_owned()),
        // A training telegram of a live source is a drill too; its source is not.
        (Origin::live("upload"), unknown().replace("通常", "訓練").replace("5+", "6-")),
    ] {
        feeds::ingest(world.app(), &origin, text.as_bytes(), None).await.unwrap();
    }
    let live = source(&world, "upload").await;
    let document = world.document("sources").await;
    let listed = document["not_understood"].as_array().unwrap();
    assert_eq!(listed.len(), 3);
    let sources = document["sources"].as_array().unwrap().iter().filter(|source| source["mode"] == "drill");
    let texts = listed.iter().flat_map(|entry| [&entry["title"], &entry["reason"]]);
    for text in texts.chain(sources.flat_map(|source| [&source["name"], &source["last_error"]])) {
        let said = text.as_object().map_or_else(|| vec![text], |three| three.values().collect());
        for one in said.into_iter().filter_map(|one| one.as_str()) {
            assert!(one.starts_with("【訓練】") && one.matches("【訓練】").count() == 1, "{one}");
        }
    }
    assert!(!live["name"].to_string().contains("訓練"));
}

#[tokio::test]
async fn real_telegrams_all_go_through() {
    let Some(data) = testkit::data_dir() else {
        testkit::skip("no data");
        return;
    };
    let world = world().await;
    let mut seen = 0;
    for folder in std::fs::read_dir(data.join("jma"))
        .unwrap()
        .flatten()
        .filter(|it| it.file_name().to_string_lossy().contains("live"))
    {
        for file in std::fs::read_dir(folder.path()).unwrap().flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            if !name.contains(".xml") {
                continue;
            }
            let bytes = std::fs::read(file.path()).unwrap();
            let done = feeds::ingest(world.app(), &Origin::drill("upload-drill"), &bytes, Some(&name)).await.unwrap();
            assert_ne!(done.outcome, Outcome::Refused, "{name}: {:?}", done.reason);
            seen += 1;
        }
    }
    assert!(seen > 0);
}
