//! A past disaster played again: as a drill, at any speed, stoppable.

use std::time::Duration;

use http::Duty;
use kernel::areas;
use serde_json::{Value, json};
use store::{Stop, Stopper};
use testkit::{Caller, World};

use crate::history::{folder, import};
use crate::support::{clerk, kinds, world};

struct Drill {
    world: World,
    chief: Caller,
    history: String,
    stopper: Stopper,
    running: tokio::task::JoinHandle<anyhow::Result<()>>,
}

async fn drill() -> Drill {
    let world = world().await;
    let imported = import(&world, folder().path()).await.unwrap();
    let chief = world.staff(&[(Duty::DrillControl, areas::PREFECTURE)]).await;
    let (stopper, stop) = Stop::new();
    let running = tokio::spawn(shelters::run(world.app().clone(), stop));
    Drill { world, chief, history: imported.disaster.to_string(), stopper, running }
}

impl Drill {
    async fn start(&self, speed: f64) -> testkit::Reply {
        self.chief.post("/api/shelters/replay", &json!({ "history": self.history, "speed": speed })).await
    }

    async fn until(&self, state: &str) -> Value {
        for _ in 0..200 {
            let status = self.chief.get("/api/shelters/replay").await.ok().json();
            if status["current"]["state"] == state {
                return status["current"].clone();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("never {state}: {:?}", self.chief.get("/api/shelters/replay").await);
    }

    async fn end(self) {
        self.stopper.stop();
        self.running.await.unwrap().unwrap();
        self.world.settle().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_curve_is_played_as_a_drill() {
    let drill = drill().await;
    let _ = drill.start(100_000_000.0).await.ok();
    let done = drill.until("finished").await;
    assert_eq!((&done["done"], &done["total"]), (&json!(12), &json!(12)));
    // As the last snapshot has it.
    let document = drill.world.document("drill/shelters/17202").await;
    let states: Vec<_> = document["openings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| json!([one["name"], one["state"], one["persons"]]))
        .collect();
    assert_eq!(
        states,
        [json!(["東小学校", "open", 40]), json!(["寄合い処", "closed", null]), json!(["西公民館", "closed", null])]
    );
    assert_eq!(document["openings"][0]["counted_at"], "2024-08-31T13:30:00+09:00");
    assert!(document["disaster"]["name"]["ja"].as_str().unwrap().starts_with("【訓練】"));
    assert_eq!(drill.world.document("drill/shelters/prefecture").await["persons"], 40);
    assert_eq!(drill.world.document("shelters/prefecture").await["open"], 0);
    let counts: Vec<_> =
        drill.world.journal().await.into_iter().filter(|entry| entry.kind == "shelters.counted").collect();
    assert_eq!(counts.len(), 5);
    assert!(counts.iter().all(|entry| entry.mode == kernel::Mode::Drill && entry.occurred_at < entry.recorded_at));
    // Again: on clear ground, as a drill of its own.
    let _ = drill.start(100_000_000.0).await.ok();
    drill.until("finished").await;
    let kinds = kinds(&drill.world).await;
    let of = |kind: &str| kinds.iter().filter(|one| *one == kind).count();
    assert_eq!((of("replay_started"), of("replay_ended"), of("disaster_opened"), of("disaster_closed")), (2, 2, 2, 1));
    let running = drill.world.document("drill/shelters/17202").await["disaster"]["id"].clone();
    // Whoever controls drills ends it, with what is still open.
    let close = json!({ "command": crate::support::id(1), "close_shelters": true, "reason": "訓練の終了" });
    let path = format!("/api/shelters/disasters/{}/close", running.as_str().unwrap());
    assert_eq!(drill.chief.post(&path, &close).await.status, 200);
    assert_eq!(drill.world.document("drill/shelters/prefecture").await["open"], 0);
    drill.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_replay_is_stopped_and_blocks_another() {
    let drill = drill().await;
    assert_eq!(drill.chief.delete("/api/shelters/replay").await.status, 404);
    let _ = drill.start(1.0).await.ok();
    drill.until("running").await;
    let second = drill.start(1.0).await;
    assert_eq!((second.status, second.json()["code"].as_str()), (409, Some("replay-running")));
    let _ = drill.chief.delete("/api/shelters/replay").await.ok();
    let stopped = drill.until("stopped").await;
    assert!(stopped["done"].as_i64().unwrap() <= 4, "only the first moment was played: {stopped}");
    drill.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_controls_drills_replays_and_only_what_was_imported() {
    let drill = drill().await;
    let clerk = clerk(&drill.world, "02203").await;
    let ask = json!({ "history": drill.history, "speed": 1000.0 });
    assert_eq!(clerk.post("/api/shelters/replay", &ask).await.status, 403);
    for wrong in [json!({ "history": crate::support::id(5) }), json!({ "history": drill.history, "speed": 0.0 })] {
        assert_eq!(drill.chief.post("/api/shelters/replay", &wrong).await.status, 422, "{wrong}");
    }
    // A past disaster is no disaster to open shelters in.
    let wanted = json!({
        "command": crate::support::id(6), "disaster": drill.history, "municipality": "17202", "name": "寺",
    });
    assert!(matches!(clerk.post("/api/shelters/adhoc", &wanted).await.status, 403 | 409 | 422));
    drill.end().await;
}
