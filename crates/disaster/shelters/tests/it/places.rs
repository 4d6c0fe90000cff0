//! Places of the register as shelters: a live ad-hoc shelter stands in the register, a drill's never.

use serde_json::{Value, json};

use crate::support::{add, clerk, declare, id, set, world};

#[tokio::test]
async fn a_live_adhoc_shelter_stands_in_the_register_and_a_drill_s_does_not() {
    let world = world().await;
    let clerk = clerk(&world, "02203").await;
    for (disaster, mode, place, name) in [(1, "live", 2, "本番の集会所"), (3, "drill", 4, "訓練の集会所")] {
        let _ = declare(&clerk, disaster, mode, &["02203"]).await.ok();
        let _ = add(&clerk, place, disaster, name, 40.5, 141.45).await.ok();
    }
    let facts = world.document("places/02203").await.to_string();
    assert!(facts.contains("本番の集会所") && !facts.contains("訓練の集会所"), "{facts}");
    // After the disaster it may be opened again, like anything in the register.
    let close = json!({ "command": id(9), "close_shelters": true, "reason": "終了" });
    assert_eq!(clerk.post(&format!("/api/shelters/disasters/{}/close", id(1)), &close).await.status, 200);
    let _ = declare(&clerk, 5, "live", &["02203"]).await.ok();
    let board = clerk.get("/api/shelters/board?municipality=02203").await.ok().json();
    let lines: Vec<&Value> =
        board["places"].as_array().unwrap().iter().filter(|one| one["facility"] == id(2)).collect();
    assert_eq!((lines.len(), &lines[0]["adhoc"], &lines[0]["state"]), (1, &json!(true), &json!(null)));
    assert_eq!(set(&clerk, 6, 5, 2, "open", None).await.status, 200);
    world.settle().await;
}
