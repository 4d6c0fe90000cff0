//! Replays: folders and held series, at any pace, always drill.

use std::time::Duration;

use feeds::sources::replay::Scenario;
use feeds::{Origin, Sources};
use http::Duty;
use kernel::{Mode, areas};
use serde_json::{Value, json};
use store::{Stop, Stopper};
use testkit::{Caller, World};

use crate::telegrams::quake;
use crate::{operator, received};

struct Drill {
    world: World,
    chief: Caller,
    stopper: Stopper,
    running: tokio::task::JoinHandle<anyhow::Result<()>>,
}

async fn drill(sources: Sources) -> Drill {
    let installed = sources.clone();
    let world = World::builder()
        .schemas(&[feeds::SCHEMA])
        .routes(feeds::routes())
        .install(move |builder| builder.extension(installed))
        .build()
        .await;
    let chief = world.staff(&[(Duty::DrillControl, areas::PREFECTURE)]).await;
    let (stopper, stop) = Stop::new();
    let running = tokio::spawn(feeds::run(world.app().clone(), sources, stop));
    Drill { world, chief, stopper, running }
}

impl Drill {
    async fn until(&self, state: &str) -> Value {
        for _ in 0..200 {
            let status = self.chief.get("/api/feeds/replay").await.ok().json();
            if status["current"]["state"] == state {
                return status["current"].clone();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("never {state}: {:?}", self.chief.get("/api/feeds/replay").await);
    }

    async fn start(&self, scenario: &str, speed: f64) -> testkit::Reply {
        self.chief.post("/api/feeds/replay", &json!({ "scenario": scenario, "speed": speed })).await
    }

    async fn end(self) -> World {
        self.stopper.stop();
        self.running.await.unwrap().unwrap();
        self.world
    }
}

fn series(gap: Duration) -> Scenario {
    let telegrams = (0..3_u32).map(|n| (gap * n, format!("{n}_VXSE51.xml"), quake(n).into_bytes()));
    Scenario::held("series", telegrams)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_is_sent_in_order_as_a_drill_and_may_be_sent_again() {
    let drill = drill(Sources { scenarios: vec![series(Duration::from_mins(1))], ..Sources::default() }).await;
    // The same bytes are in force for real: the drill neither hides nor is hidden.
    feeds::ingest(drill.world.app(), &Origin::live("upload"), quake(0).as_bytes(), None).await.unwrap();
    for run in 1..=2_usize {
        let _ = drill.start("series", 1_000.0).await.ok();
        let done = drill.until("finished").await;
        assert_eq!((&done["sent"], &done["total"], &done["active"]), (&json!(3), &json!(3), &json!(false)));
        let journal = drill.world.journal().await;
        let drills: Vec<_> = journal.iter().filter(|it| it.kind == feeds::RECEIVED && it.mode == Mode::Drill).collect();
        assert_eq!(drills.len(), 3 * run);
    }
    let kinds = drill.world.journal_kinds().await;
    assert_eq!(kinds.iter().filter(|kind| *kind == feeds::REPLAY_STARTED).count(), 2);
    assert_eq!(kinds.iter().filter(|kind| *kind == feeds::REPLAY_ENDED).count(), 2);
    let source = crate::source(&drill.world, "replay").await;
    assert!(source["name"]["ja"].as_str().unwrap().starts_with("【訓練】"));
    assert_eq!(source["mode"], "drill");
    drill.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_replay_is_stopped_and_blocks_another() {
    let drill = drill(Sources { scenarios: vec![series(Duration::from_hours(1))], ..Sources::default() }).await;
    assert_eq!(drill.chief.delete("/api/feeds/replay").await.status, 404);
    let _ = drill.start("series", 1.0).await.ok();
    drill.until("running").await;
    let second = drill.start("series", 1.0).await;
    assert_eq!((second.status, second.json()["code"].as_str()), (409, Some("replay-running")));
    let _ = drill.chief.delete("/api/feeds/replay").await.ok();
    let stopped = drill.until("stopped").await;
    assert_eq!(stopped["sent"], 1);
    let _ = drill.start("series", 10_000.0).await.ok();
    drill.until("running").await;
    // The server goes down while it runs: the run is ended, not left behind.
    let world = drill.end().await;
    let status = feeds::sources::replay::status(world.app()).await.unwrap().unwrap();
    assert_eq!((status.state.as_str(), status.active), ("stopped", false));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_replayed_by_the_times_in_its_telegrams() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("z.xml", quake(1)), ("a.xml", quake(30)), ("m.xml", "broken".to_owned()), ("n.txt", quake(9))]
    {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let folders = [("recent".to_owned(), folder.path().to_owned())].into();
    let drill = drill(Sources { replay_folders: folders, ..Sources::default() }).await;
    let _ = drill.chief.post("/api/feeds/replay", &json!({ "folder": "recent", "speed": 1000 })).await.ok();
    let done = drill.until("finished").await;
    assert_eq!(done["sent"], 3);
    let desk = operator(&drill.world).await;
    let list = desk.get("/api/feeds/telegrams").await.ok().json();
    let order: Vec<_> =
        list["items"].as_array().unwrap().iter().rev().map(|row| row["event_id"].as_str().unwrap()).collect();
    assert_eq!(order, ["20251208231501", "20251208231530", ""], "the unreadable one comes last");
    assert_eq!(received(&drill.world).await.len(), 2);
    drill.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_the_settings_name_is_replayed() {
    let drill = drill(Sources { scenarios: vec![Scenario::held("empty", [])], ..Sources::default() }).await;
    for name in ["/etc", "../..", "", "nothing"] {
        let reply = drill.chief.post("/api/feeds/replay", &json!({ "folder": name })).await;
        assert_eq!(reply.status, 422, "{name}");
    }
    for body in [
        json!({}),
        json!({ "folder": "a", "scenario": "b" }),
        json!({ "scenario": "empty" }),
        json!({ "scenario": "empty", "speed": 0 }),
        json!({ "scenario": "empty", "speed": 1e9 }),
    ] {
        assert_eq!(drill.chief.post("/api/feeds/replay", &body).await.status, 422, "{body}");
    }
    // The feed operator may upload, but a drill is the drill controller's.
    let desk = operator(&drill.world).await;
    assert_eq!(desk.post("/api/feeds/replay", &json!({ "scenario": "empty" })).await.status, 403);
    assert_eq!(drill.chief.post_bytes("/api/feeds/upload", "application/xml", quake(0)).await.status, 403);
    drill.end().await;
}
