//! 八戸市's own lists beside the national ones: what is proposed, and how often it is right.

use http::Actor;
use places::{Order, Reach};
use serde_json::Value;

use crate::{clerk, world};

#[tokio::test]
async fn hachinohe_and_the_national_lists() {
    let Some(data) = testkit::data_dir() else {
        testkit::skip("no data");
        return;
    };
    let world = world().await;
    let reach = Reach::Apply { accept_repairs: false };
    for path in ["shelters/emergency/022039.json", "shelters/evacuation/022039.json", "hachinohe"] {
        let order = Order { path: data.join("aomori").join(path), ..Order::default() };
        places::import(world.app(), &Actor::system(), &order, reach).await.unwrap();
    }
    world.settle().await;
    let clerk = clerk(&world).await;
    let mut pairs: Vec<Value> = Vec::new();
    let mut next = String::new();
    loop {
        let page = clerk.get(&format!("/api/places/matches?limit=200{next}")).await.ok().json();
        pairs.extend(page["items"].as_array().unwrap().iter().cloned());
        let Some(cursor) = page["next"].as_str() else { break };
        next = format!("&after={cursor}");
    }
    let sure = pairs.iter().filter(|pair| pair["score"].as_f64().unwrap() >= 0.95).count();
    let document = world.document("places/02203").await;
    println!("facilities {}, proposed {}, sure {sure}", document["facilities"].as_array().unwrap().len(), pairs.len());
    for pair in pairs.iter().filter(|pair| pair["score"].as_f64().unwrap() < 0.95) {
        let side = |side: &str| format!("{} {} {}", pair[side]["series"], pair[side]["name"], pair[side]["address"]);
        println!("{} {} m  {}  |  {}", pair["score"], pair["distance_m"], side("left"), side("right"));
    }
    assert!(sure >= 400 && pairs.len() - sure <= 10, "{sure} of {}", pairs.len());
    // No pair is proposed twice, and none within a list.
    let mut seen = std::collections::BTreeSet::new();
    for pair in &pairs {
        assert_ne!(pair["left"]["series"], pair["right"]["series"]);
        assert!(seen.insert((pair["left"]["id"].to_string(), pair["right"]["id"].to_string())));
    }
}
