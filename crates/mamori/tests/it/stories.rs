//! Stories: a resident, a clerk and an officer in front of the running program.

use kernel::{Clock, Ids};
use serde_json::{Value, json};

use crate::server::Server;

const SCENARIO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../sample/scenarios/2025-12-08-aomori-oki");

fn hachinohe(prefecture: &Value) -> &Value {
    prefecture["municipalities"].as_array().unwrap().iter().find(|one| one["code"] == "02203").unwrap()
}

/// The quake of the sample as it would be in earnest, now.
fn in_earnest(file: &str) -> String {
    let now = Clock::system().now();
    let jst = now.jst().format("%Y-%m-%dT%H:%M:%S").to_string();
    let text = std::fs::read_to_string(format!("{SCENARIO}/{file}")).unwrap();
    text.replace("<Status>訓練</Status>", "<Status>通常</Status>")
        .replace("【訓練】", "")
        .replace("2025-12-08T23:20:00", &jst)
        .replace("2025-12-08T23:15:00", &jst)
        .replace("2025-12-08T14:20:10Z", &format!("{jst}+09:00"))
}

/// Puts a file into the watched folder the way a feed does: whole, or not at all.
fn drop_in(server: &Server, name: &str, text: &str) {
    let folder = server.folder.path();
    std::fs::write(folder.join("part"), text).unwrap();
    std::fs::rename(folder.join("part"), folder.join("in").join(name)).unwrap();
}

async fn watching() -> Server {
    Server::serve(|folder| {
        std::fs::create_dir(folder.join("in")).unwrap();
        format!("[[feeds.watch]]\nname = \"line\"\npath = \"{}\"\nmode = \"live\"", folder.join("in").display())
    })
    .await
}

#[tokio::test]
async fn an_earthquake_unfolds_on_an_open_page() {
    let server = Server::demo(2_000).await;
    let news = server.stream_until("drill/tsunami").await;
    assert!(
        news.iter().all(|name| !name.starts_with("alerts/") && name != "tsunami"),
        "a drill touched live documents: {news:?}"
    );
    server
        .until("the winter storm has come", async || {
            let storm = server.document("drill/alerts/02201").await;
            storm["hazards"].as_array().unwrap().iter().any(|one| one["hazard"] == "snowstorm")
        })
        .await;
    let quake = &server.document("drill/quakes/latest").await["quakes"][0];
    assert_eq!(quake["max_intensity"], "6+");
    assert_eq!(quake["magnitude"]["value"], 7.5);
    assert_eq!(hachinohe(&server.document("drill/alerts/prefecture").await)["intensity"], "6+");
    let home = server.document("drill/alerts/02203").await;
    for language in ["ja", "easy", "en"] {
        assert!(home["headline"][language].as_str().unwrap().starts_with("【訓練】"), "{home}");
    }
    assert!(!home["advisory"].is_null(), "the advisory of 168 hours is over before it began: {home}");
    let live = server.document("alerts/02203").await;
    assert_eq!((&live["rank"], &live["hazards"], &live["quake"]), (&json!(0), &json!([]), &Value::Null));
}

#[tokio::test]
async fn a_file_on_the_line_is_live_and_an_exercise_on_it_is_not() {
    let mut server = watching().await;
    drop_in(&server, "1_VXSE53.xml", &in_earnest("03_20251208232000_VXSE53.xml"));
    server
        .until("the quake is public", async || {
            hachinohe(&server.document("alerts/prefecture").await)["intensity"] == "6+"
        })
        .await;
    assert_eq!(hachinohe(&server.document("drill/alerts/prefecture").await)["intensity"], Value::Null);

    let exercise = std::fs::read_to_string(format!("{SCENARIO}/02_20251208231800_VTSE41.xml")).unwrap();
    drop_in(&server, "2_VTSE41.xml", &exercise);
    server.until("the exercise is public", async || server.document("drill/tsunami").await["in_force"] == true).await;
    assert_eq!(server.document("tsunami").await["in_force"], false);

    drop_in(&server, "3_broken.xml", "<Report><Control>");
    server
        .until("the broken file is accounted for", async || {
            let sources = server.document("sources").await;
            sources["sources"].as_array().unwrap().iter().any(|one| one["refused"] == 1)
        })
        .await;
    // A room follows the record a moment later: what is stopped in between is right to be called behind.
    server.until("every room has followed", async || server.run(&["doctor"]).status.success()).await;
    server.stop().await;
    let doctor = server.run(&["doctor"]);
    let text = String::from_utf8_lossy(&doctor.stdout);
    assert!(doctor.status.success(), "{text}");
    assert!(text.contains("the chain holds"), "{text}");
}

#[tokio::test]
async fn two_people_of_hachinohe_order_an_evacuation() {
    let server = Server::demo(1).await;
    let first = server.demo_sign_in("八戸市 避難情報担当 A").await;
    let second = server.demo_sign_in("八戸市 避難情報担当 B").await;
    let elsewhere = server.demo_sign_in("青森市 避難情報担当").await;
    let ids = Ids::system(Clock::system());
    let id = ids.uuid();
    let proposal = json!({
        "id": id, "municipality": "02203", "level": 4, "mode": "drill",
        "districts": ["第1内丸"], "reason": "津波警報が発表されたため",
    });
    let refused = server.post("/api/alerts/orders", &elsewhere, &proposal).await;
    assert_eq!(refused.status(), 403);
    let proposed = server.post("/api/alerts/orders", &first, &proposal).await;
    assert!(proposed.status().is_success(), "{}", proposed.text().await.unwrap());
    assert_eq!(server.document("drill/alerts/02203").await["evacuation"], json!([]));
    let approval =
        json!({ "command": ids.uuid(), "restated": { "municipality": "02203", "level": 4, "mode": "drill" } });
    let alone = server.post(&format!("/api/alerts/orders/{id}/approve"), &first, &approval).await;
    assert!(alone.status().is_client_error(), "one person released an order alone");
    let released = server.post(&format!("/api/alerts/orders/{id}/approve"), &second, &approval).await;
    assert!(released.status().is_success(), "{}", released.text().await.unwrap());
    server
        .until("the order is public", async || {
            server.document("drill/alerts/02203").await["evacuation"][0]["level"] == 4
        })
        .await;
    assert_eq!(server.document("alerts/02203").await["evacuation"], json!([]));
}

#[tokio::test]
async fn a_list_that_a_clerk_imports_is_in_the_pack_by_itself() {
    let server = Server::serve(|_| "[maps]\nredraw_after_seconds = 1".to_owned()).await;
    assert_eq!(server.document("maps/packs").await["packs"], json!([]));
    let folder = server.folder.path();
    let import = |text: &str| {
        std::fs::write(folder.join("避難所.csv"), text).unwrap();
        let output = server.run(&["import", "--municipality", "02203", "--kind", "shelter", "避難所.csv"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    import("名称,住所,緯度,経度\n長根小,長根1,40.5,141.45\n");
    let packs = async || -> Vec<Value> {
        let document = server.document("maps/packs").await;
        document["packs"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|pack| pack["files"][1]["role"] == "places")
            .cloned()
            .collect()
    };
    server.until("the packs are made", async || packs().await.len() == 1).await;
    let first = packs().await;
    assert_eq!(first[0]["code"], "02203");
    import("名称,住所,緯度,経度\n長根小,長根1,40.5,141.45\n白銀小,白銀2,40.5,141.5\n");
    server.until("the pack is made again", async || packs().await != first).await;
    let path = packs().await[0]["files"][1]["path"].as_str().unwrap().to_owned();
    let kept: Value = server.client.get(format!("{}{path}", server.url)).send().await.unwrap().json().await.unwrap();
    assert_eq!(kept["facilities"].as_array().unwrap().len(), 2);
}
