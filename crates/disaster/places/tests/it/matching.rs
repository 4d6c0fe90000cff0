//! A person says which places are one, and takes it back.

use http::Duty;
use kernel::AreaCode;
use places::Kind;
use serde_json::{Value, json};
use testkit::World;

use crate::{clerk, lists, world};

fn command(number: u32) -> String {
    format!("019b0a3e-5c40-7d2a-9b1e-{number:012}")
}

async fn facilities(world: &World) -> Vec<Value> {
    let document = world.document("places/02203").await;
    document["facilities"].as_array().unwrap().clone()
}

async fn named(world: &World, name: &str) -> Value {
    facilities(world).await.into_iter().find(|facility| facility["name"] == name).unwrap()
}

#[tokio::test]
async fn two_places_become_one_and_two_again() {
    let world = world().await;
    lists::both(&world).await;
    let clerk = clerk(&world).await;
    let page = clerk.get("/api/places/matches").await.ok().json();
    let pairs = page["items"].as_array().unwrap();
    assert_eq!((pairs.len(), page["next"].is_null()), (1, true), "{page:#}");
    let pair = &pairs[0];
    assert_eq!((&pair["left"]["name"], &pair["right"]["name"]), (&json!("八戸市立長根小学校"), &json!("長根小学校")));
    assert!(pair["score"].as_f64().unwrap() >= 0.95, "{pair:#}");
    let (left, right) = (pair["left"]["facility"].clone(), pair["right"]["facility"].clone());

    let decide = |number: u32, same: bool| {
        json!({
            "command": command(number), "left": pair["left"]["id"], "right": pair["right"]["id"], "same": same
        })
    };
    for _ in 0..2 {
        let done = clerk.post("/api/places/matches", &decide(1, true)).await.ok().json();
        assert_eq!((&done["same"], &done["left"]["series"]), (&json!(true), &json!("02203/shelter")));
    }
    let other = clerk.post("/api/places/matches", &decide(1, false)).await;
    assert_eq!((other.status, other.json()["code"].as_str()), (409, Some("command-reused")));
    world.settle().await;
    assert_eq!(facilities(&world).await.len(), 4);
    let one = named(&world, "八戸市立長根小学校").await;
    assert_eq!((&one["id"], &one["kinds"]), (&left, &json!(["emergency_site", "shelter"])));
    assert_eq!(one["sayings"].as_array().unwrap().len(), 2, "{one:#}");
    assert_eq!(clerk.get("/api/places/matches").await.json()["items"], json!([]));

    // A later file under the same ids: the decision holds.
    lists::take(&world, "hinanjo.csv", Kind::Shelter, &lists::SHELTERS.replace("八戸市立長根小学校", "長根小")).await;
    assert_eq!(named(&world, "長根小").await["id"], left);
    assert_eq!(facilities(&world).await.len(), 4);

    let decided = clerk.get("/api/places/matches/decided?municipality=02203").await.ok().json();
    let id = decided["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!((id.as_str(), decided["items"].as_array().unwrap().len()), (command(1).as_str(), 1));
    for _ in 0..2 {
        let path = format!("/api/places/matches/{id}/revoke");
        let revoked = clerk.post(&path, &json!({ "command": command(2) })).await.ok().json();
        assert!(revoked["revoked_at"].is_string());
    }
    world.settle().await;
    assert_eq!(named(&world, "長根小学校").await["id"], right);
    assert_eq!(facilities(&world).await.len(), 5);

    let _decided = clerk.post("/api/places/matches", &decide(3, false)).await.ok();
    assert_eq!(clerk.get("/api/places/matches").await.json()["items"], json!([]));
    let kinds = world.journal_kinds().await;
    let count = |kind: &str| kinds.iter().filter(|known| *known == kind).count();
    assert_eq!((count("places.matched"), count("places.match_revoked")), (2, 1));
}

#[tokio::test]
async fn every_sure_pair_at_once() {
    let world = world().await;
    lists::both(&world).await;
    let clerk = clerk(&world).await;
    let all = |number: u32, at_least: f64| json!({ "command": command(number), "municipality": "02203", "at_least": at_least });
    assert_eq!(clerk.post("/api/places/matches/all", &all(1, 0.5)).await.status, 422);
    for _ in 0..2 {
        assert_eq!(clerk.post("/api/places/matches/all", &all(2, 0.95)).await.ok().json()["decided"], 1);
    }
    assert_eq!(clerk.post("/api/places/matches/all", &all(3, 0.95)).await.ok().json()["decided"], 0);
    world.settle().await;
    assert_eq!(facilities(&world).await.len(), 4);
}

#[tokio::test]
async fn only_the_municipality_itself_and_the_prefecture_decide() {
    let world = world().await;
    lists::both(&world).await;
    let pair = clerk(&world).await.get("/api/places/matches").await.ok().json()["items"][0].clone();
    let wanted =
        json!({ "command": command(1), "left": pair["left"]["id"], "right": pair["right"]["id"], "same": true });
    let elsewhere = world.staff(&[(Duty::Places, AreaCode::municipality("02201"))]).await;
    assert_eq!(elsewhere.post("/api/places/matches", &wanted).await.status, 404);
    assert_eq!(elsewhere.get("/api/places/matches?municipality=02203").await.status, 403);
    let prefecture = world.staff(&[(Duty::Places, kernel::areas::PREFECTURE)]).await;
    assert_eq!(prefecture.get("/api/places/matches").await.status, 422);
    assert_eq!(
        prefecture.get("/api/places/matches?municipality=02203").await.ok().json()["items"].as_array().unwrap().len(),
        1
    );
    let itself =
        json!({ "command": command(2), "left": pair["left"]["id"], "right": pair["left"]["id"], "same": true });
    assert_eq!(prefecture.post("/api/places/matches", &itself).await.status, 422);
    let _decided = prefecture.post("/api/places/matches", &wanted).await.ok();
    world.settle().await;
}
