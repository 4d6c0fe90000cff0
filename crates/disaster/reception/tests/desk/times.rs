//! What a kit knows of the time, and marks of nodes: at the centre everything has its time, in every process.

use http::{App, Assets, Site};
use reception::Role;
use reception::upstream::Reply;
use serde_json::{Value, json};
use store::sealed::{Crypter, KeyList};
use testkit::World;
use tower::ServiceExt as _;

use crate::pair::{Kit, Line, enrol, events, kit, present};
use crate::support::{DISASTER, Desk, HACHINOHE, id, subject, world};

/// The bodies of what the kit wrote of the time.
async fn observations(world: &World) -> Vec<Value> {
    let entries = world.journal().await.into_iter().filter(|entry| entry.kind == "reception.clock");
    entries.map(|entry| serde_json::from_str(entry.open_body()["body"].as_str().unwrap()).unwrap()).collect()
}

#[tokio::test]
async fn what_was_written_at_a_kit_with_wrong_clocks_has_its_time_at_the_centre() {
    let centre = world().await;
    let identity = enrol(&centre).await;
    let kit = kit(&identity, &centre).await;
    kit.round(&centre).await.unwrap();
    let true_time = centre.clock().now();
    // From here on the line is cut, and the laptop's clock stands four hundred days off.
    kit.line(Line::Gone);
    kit.world.clock().advance(std::time::Duration::from_hours(400 * 24));
    let desk = Desk::open(&kit.world, HACHINOHE, 1).await;
    let context = desk.caller.get("/api/reception/desk?municipality=02203").await.ok().json();
    let observed =
        json!({ "observed": { "of": "boot", "boot": context["boot"], "mono_ms": context["mono_ms"] }, "wall_ms": 5 });
    let arrived = json!({ "subject": subject("a"), "counts": { "adults": 2 }, "wall_ms": 9 });
    assert_eq!(desk.sent(&[desk.event("clock", &observed), desk.event("check-in", &arrived)]).await, ["stored"; 2]);
    assert!(kit.round(&centre).await.is_err());
    assert!(kit.round(&centre).await.is_err());
    let own: Vec<Value> =
        observations(&kit.world).await.into_iter().filter(|one| one["observed"]["of"] == "own").collect();
    assert_eq!(own.len(), 1, "once: {own:?}");
    assert!(own[0]["observed"]["heard_ms"].is_i64(), "it knows when it heard the centre last: {}", own[0]);
    kit.line(Line::Good);
    kit.meet(&centre).await;
    let there = Desk::open(&centre, HACHINOHE, 2).await;
    let path = format!("/api/reception/households/{}?disaster={}", subject("a"), id(DISASTER));
    let household = there.caller.get(&path).await.ok().json();
    assert_eq!(household["standing"]["sure"], true, "{household}");
    let since = kernel::Timestamp::parse(household["standing"]["since"].as_str().unwrap()).unwrap();
    assert!((since.millis() - true_time.millis()).abs() < 120_000, "{since} and {true_time}");
    // The same running of the program heard the centre before and after its clock was set.
    let trusted = observations(&centre).await.into_iter().filter(|one| one["observed"]["of"] == "trusted").count();
    assert_eq!(trusted, 2);
}

/// Another process on the same database.
async fn second(world: &World) -> App {
    let app = world.app();
    let crypter = Crypter::new(KeyList::single(1, [7; 32]));
    let builder = App::builder(app.store.clone(), app.clock.clone(), app.ids.clone(), app.blobs.clone(), crypter);
    let builder = reception::install(builder.extension(shelters::Nearest::default()), Role::Centre);
    let second = builder.build().await.unwrap();
    reception::prepare(&second).await.unwrap();
    second
}

#[tokio::test]
async fn marks_that_one_process_kept_are_seen_by_another_without_a_restart() {
    let centre = world().await;
    let identity = enrol(&centre).await;
    let mut kit = kit(&identity, &centre).await;
    let other = second(&centre).await;
    let (stopper, stop) = store::Stop::new();
    let following = tokio::spawn(reception::run(other.clone(), stop));
    let desk = Desk::open(&kit.world, HACHINOHE, 1).await;
    assert_eq!(desk.sent(&[desk.check_in("a", 2), desk.check_in("b", 3)]).await, ["stored"; 2]);
    let there = Desk::open(&centre, HACHINOHE, 2).await;
    assert_eq!(there.sent(&[there.check_in("c", 4)]).await, ["stored"]);
    kit.round(&centre).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    // The kit compares with the process that took none of it.
    let site = Site::new(other, [reception::routes()], axum::Router::new(), Assets::none());
    kit.lead_to(move |request| {
        let site = site.clone();
        async move {
            let asked = axum::http::Request::post(request.path)
                .header("authorization", request.authorization)
                .header("content-type", "application/json")
                .header("sec-fetch-site", "none")
                .body(axum::body::Body::from(request.body))?;
            let answer = site.oneshot(asked).await?;
            let status = answer.status().as_u16();
            let body = axum::body::to_bytes(axum::body::Body::new(answer.into_body()), 1 << 24).await?.to_vec();
            Ok(Reply { status, body })
        }
    });
    kit.meet(&centre).await;
    let compared = kit.thorough(&centre).await.unwrap();
    assert_eq!((compared.mended, compared.restamped), (0, 0));
    assert_eq!(present(&centre).await, 9);
    assert_eq!(events(&centre).await.len(), 3);
    stopper.stop();
    following.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_mark_that_one_side_lacks_is_told_in_both_directions() {
    let centre = world().await;
    let identity = enrol(&centre).await;
    let kit: Kit = kit(&identity, &centre).await;
    kit.round(&centre).await.unwrap();
    let (here, there) = (Desk::open(&kit.world, HACHINOHE, 1).await, Desk::open(&centre, HACHINOHE, 1).await);
    // One page, its event handed to both: each takes it from the device, and marks it.
    let event = here.check_in("a", 2);
    assert_eq!(there.sent(std::slice::from_ref(&event)).await, ["stored"]);
    assert_eq!(here.sent(std::slice::from_ref(&event)).await, ["stored"]);
    kit.round(&centre).await.unwrap();
    let compared = kit.thorough(&centre).await.unwrap();
    assert_eq!(compared.mended, 0);
    let again = kit.thorough(&centre).await.unwrap();
    assert_eq!((again.mended, again.restamped, again.waiting), (0, 0, 0), "both know both marks");
}
