//! Pulling from JMA: what is fetched, what is not, and what happens when the server misbehaves.

use std::time::Duration;

use feeds::sources::jma::{FeedName, Puller, Settings};
use kernel::Timestamp;
use serde_json::Value;
use testkit::World;

use crate::standin::{Behaviour, Jma};
use crate::telegrams::quake;
use crate::{received, source, world};

const QUAKE: &str = "20251208141800_0_VXSE51_010000.xml";

fn puller(jma: &Jma) -> Puller {
    puller_with(jma, |_| ())
}

fn puller_with(jma: &Jma, change: impl FnOnce(&mut Settings)) -> Puller {
    let mut settings = Settings { base_url: jma.base(), timeout_seconds: 1, ..Settings::default() };
    change(&mut settings);
    Puller::new(&settings).unwrap()
}

fn name(second: u32, kind: &str, office: &str) -> String {
    format!("202512081418{second:02}_0_{kind}_{office}.xml")
}

async fn look(world: &World, puller: &Puller, feed: FeedName) {
    puller.look(world.app(), feed).await.unwrap();
}

async fn state(world: &World, feed: FeedName) -> Value {
    source(world, feed.key()).await["state"].clone()
}

async fn fail(world: &World, feed: FeedName) -> String {
    let source = source(world, feed.key()).await;
    source["last_error"]["en"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn only_what_concerns_us_is_fetched_and_only_once() {
    let (world, jma) = (world().await, Jma::start().await);
    let now = world.clock().now();
    // Out of order, with an id that comes twice, and one telegram of an office far away.
    let files = [
        (name(3, "VXSE53", "270000"), now),
        (name(1, "VXSE51", "010000"), now.minus(Duration::from_mins(1))),
        (name(2, "VPWW55", "130000"), now),
        (name(1, "VXSE51", "010000"), now.minus(Duration::from_mins(1))),
        ("http://127.0.0.1:1/elsewhere_0_VXSE51_010000.xml".to_owned(), now),
    ];
    jma.feed("eqvol", &files);
    for second in [1, 3] {
        jma.telegram(
            &name(second, if second == 1 { "VXSE51" } else { "VXSE53" }, if second == 1 { "010000" } else { "270000" }),
            quake(second),
        );
    }
    let puller = puller(&jma);
    look(&world, &puller, FeedName::Eqvol).await;
    // Telegrams are fetched a few at a time: which of them arrives first is chance.
    let mut asked = jma.asked_paths();
    asked[2..].sort_unstable();
    assert_eq!(
        asked,
        [
            "feed/eqvol_l.xml",
            "feed/eqvol.xml",
            &format!("data/{}", name(1, "VXSE51", "010000")),
            &format!("data/{}", name(3, "VXSE53", "270000"))
        ]
    );
    assert_eq!(received(&world).await.len(), 2);
    assert_eq!(state(&world, FeedName::Eqvol).await, "fresh");
    assert_eq!(fail(&world, FeedName::Eqvol).await, "1 telegrams could not be fetched; they will be tried again.");

    world.clock().advance(Duration::from_mins(1));
    look(&world, &puller, FeedName::Eqvol).await;
    let asked = jma.asked();
    assert_eq!(asked.len(), 1, "not modified, nothing fetched again: {asked:?}");
    assert!(asked[0].1.as_deref().unwrap().starts_with("W/\""));
    assert_eq!(received(&world).await.len(), 2);
}

#[tokio::test]
async fn a_telegram_that_cannot_be_had_is_tried_again() {
    let (world, jma) = (world().await, Jma::start().await);
    jma.feed("eqvol", &[(QUAKE.to_owned(), world.clock().now())]);
    jma.set(&format!("data/{QUAKE}"), Behaviour::Status(500));
    let puller = puller(&jma);
    look(&world, &puller, FeedName::Eqvol).await;
    assert!(received(&world).await.is_empty());
    assert_eq!(state(&world, FeedName::Eqvol).await, "fresh", "the feed itself answers");
    jma.telegram(QUAKE, quake(0));
    look(&world, &puller, FeedName::Eqvol).await;
    assert_eq!(received(&world).await.len(), 1);
    assert_eq!(fail(&world, FeedName::Eqvol).await, "");
}

#[tokio::test]
async fn after_an_outage_the_long_twin_is_read() {
    let (world, jma) = (world().await, Jma::start().await);
    let now = world.clock().now();
    let (old, new) = (name(1, "VXSE51", "010000"), name(2, "VXSE51", "010000"));
    jma.feed("eqvol_l", &[(old.clone(), now.minus(Duration::from_hours(40))), (new.clone(), now)]);
    jma.feed("eqvol", &[(new.clone(), now)]);
    jma.telegram(&old, quake(1));
    jma.telegram(&new, quake(2));
    let puller = puller(&jma);
    look(&world, &puller, FeedName::Eqvol).await;
    assert_eq!(received(&world).await.len(), 2);
    let twins = |paths: Vec<String>| paths.iter().filter(|path| path.contains("_l.xml")).count();
    assert_eq!(twins(jma.asked_paths()), 1);
    world.clock().advance(Duration::from_mins(1));
    look(&world, &puller, FeedName::Eqvol).await;
    assert_eq!(twins(jma.asked_paths()), 0);
    world.clock().advance(Duration::from_mins(30));
    look(&world, &puller, FeedName::Eqvol).await;
    assert_eq!(twins(jma.asked_paths()), 1);
}

#[tokio::test]
async fn the_nationwide_snapshot_is_fetched_seldom_and_only_the_newest() {
    let (world, jma) = (world().await, Jma::start().await);
    let start = world.clock().now();
    let puller = puller(&jma);
    let mut fetched = 0;
    for n in 0..12_u32 {
        let at = start.plus(Duration::from_mins(10) * n);
        world.clock().set(at);
        let file = |n: u32| (name(n, "VPWS50", "010000"), start.plus(Duration::from_mins(10) * n));
        jma.feed("regular", &[file(n.saturating_sub(1)), file(n)]);
        jma.telegram(&file(n).0, quake(n));
        // Keep the contact alive, so that only the first look is after an outage.
        for _ in 0..2 {
            look(&world, &puller, FeedName::Regular).await;
            world.clock().advance(Duration::from_mins(5));
        }
        fetched += jma.asked_paths().iter().filter(|path| path.contains("VPWS50")).count();
    }
    assert_eq!(fetched, 2);
}

#[tokio::test]
async fn every_way_a_server_can_fail_is_shown_and_stops_no_other_feed() {
    let (world, jma) = (world().await, Jma::start().await);
    let now = world.clock().now();
    jma.feed("extra", &[(name(1, "VPFJ51", "130000"), now)]);
    let puller = puller(&jma);
    let cases = [
        (Behaviour::Status(500), "The server answered with error 500."),
        (Behaviour::Status(403), "The server answered with error 403."),
        (Behaviour::Busy(600), "The server answered with error 503."),
        (Behaviour::Redirect("http://127.0.0.1:1/"), "The server answered with error 302."),
        (Behaviour::Slow, "No answer in time."),
        (Behaviour::Garbage("<html><body>メンテナンス中</body></html>"), "The answer is not a feed."),
        (Behaviour::Garbage("\u{0}\u{1}garbage"), "The answer is not XML."),
        (Behaviour::Garbage(""), "The answer is not XML."),
    ];
    for (behaviour, expected) in cases {
        jma.set("feed/eqvol.xml", behaviour);
        look(&world, &puller, FeedName::Eqvol).await;
        look(&world, &puller, FeedName::Extra).await;
        assert_eq!(fail(&world, FeedName::Eqvol).await, expected);
        assert_eq!(state(&world, FeedName::Eqvol).await, "never");
        assert_eq!(state(&world, FeedName::Extra).await, "fresh");
    }
}

#[tokio::test]
async fn a_failing_server_is_asked_less_and_less_and_retry_after_is_heard() {
    let (world, jma) = (world().await, Jma::start().await);
    let puller = puller(&jma);
    let feed = FeedName::Eqvol;
    let mut asked_at: Vec<i64> = Vec::new();
    let start = world.clock().now();
    jma.set("feed/eqvol.xml", Behaviour::Status(500));
    for _ in 0..(60 * 60) {
        puller.turn(world.app(), feed).await.unwrap();
        if jma.asked_paths().iter().any(|path| path == "feed/eqvol.xml") {
            asked_at.push(world.clock().now().since(start).num_seconds());
        }
        world.clock().advance(Duration::from_secs(1));
        if asked_at.len() == 3 {
            jma.set("feed/eqvol.xml", Behaviour::Busy(1_800));
        }
        if asked_at.len() == 5 {
            break;
        }
    }
    let gaps: Vec<i64> = asked_at.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(gaps.len(), 4, "{gaps:?}");
    for (gap, expected) in gaps.iter().zip([120, 240, 480, 1_800]) {
        assert!((expected * 9 / 10 - 1..=expected * 11 / 10 + 1).contains(gap), "{gaps:?}");
    }
}

#[tokio::test]
async fn a_frozen_feed_is_stale_on_the_first_look_and_its_old_warnings_do_not_come_back() {
    let (world, jma) = (world().await, Jma::start().await);
    let may = Timestamp::parse("2025-05-28T13:00:00+09:00").unwrap();
    jma.feed("extra", &[(name(1, "VPWW53", "020000"), may)]);
    jma.feed("extra_l", &[(name(1, "VPWW53", "020000"), may)]);
    jma.telegram(&name(1, "VPWW53", "020000"), quake(1));
    look(&world, &puller(&jma), FeedName::Extra).await;
    let source = source(&world, "jma-extra").await;
    assert_eq!(source["state"], "stale");
    assert!(source["last_success"].is_string(), "it did answer");
    assert!(source["newest"].as_str().unwrap().starts_with("2025-05-28"));
    assert!(received(&world).await.is_empty());
    let kinds = world.journal_kinds().await;
    assert_eq!(kinds, ["feeds.source_state"]);
}

#[tokio::test]
async fn not_modified_for_ever_is_found_out() {
    let (world, jma) = (world().await, Jma::start().await);
    let puller = puller(&jma);
    jma.feed("extra", &[(name(1, "VPFJ51", "130000"), world.clock().now())]);
    look(&world, &puller, FeedName::Extra).await;
    assert_eq!(state(&world, FeedName::Extra).await, "fresh");
    jma.set("feed/extra.xml", Behaviour::NotModified);
    let mut states = Vec::new();
    for _ in 0..130 {
        world.clock().advance(Duration::from_mins(1));
        look(&world, &puller, FeedName::Extra).await;
        let state = state(&world, FeedName::Extra).await;
        if states.last() != Some(&state) {
            states.push(state);
        }
    }
    assert_eq!(states, ["fresh", "late", "stale"]);
    let asked = jma.asked();
    assert!(asked.last().unwrap().1.is_none(), "a quiet server is asked for the whole: {:?}", asked.last());
}

#[tokio::test]
async fn silence_alone_changes_what_is_published() {
    let (world, jma) = (world().await, Jma::start().await);
    jma.feed("eqvol", &[(name(1, "VFVO53", "130000"), world.clock().now())]);
    look(&world, &puller(&jma), FeedName::Eqvol).await;
    assert!(feeds::refresh(world.app()).await.unwrap());
    assert!(!feeds::refresh(world.app()).await.unwrap(), "nothing is new");
    for (minutes, expected) in [(1, "fresh"), (2, "late"), (2, "stale")] {
        world.clock().advance(Duration::from_mins(minutes));
        assert_eq!(state(&world, FeedName::Eqvol).await, expected);
    }
    let moves: Vec<_> = world.journal().await.iter().map(|entry| entry.open_body()["to"].clone()).collect();
    assert_eq!(&moves[moves.len() - 2..], ["late", "stale"]);
}

#[tokio::test]
async fn the_daily_limit_is_kept() {
    let (world, jma) = (world().await, Jma::start().await);
    let now = world.clock().now();
    jma.feed("eqvol", &[(QUAKE.to_owned(), now)]);
    jma.telegram(QUAKE, quake(0));
    let puller = puller_with(&jma, |settings| settings.daily_bytes = 600);
    look(&world, &puller, FeedName::Eqvol).await;
    assert!(received(&world).await.is_empty(), "the feed alone used the budget");
    world.clock().advance(Duration::from_mins(1));
    jma.asked();
    look(&world, &puller, FeedName::Eqvol).await;
    assert!(jma.asked().is_empty());
    assert!(fail(&world, FeedName::Eqvol).await.contains("limit"));
    world.clock().advance(Duration::from_hours(24));
    look(&world, &puller, FeedName::Eqvol).await;
    assert!(!jma.asked().is_empty(), "a new day");
}

#[tokio::test]
async fn two_processes_ask_once() {
    let (world, jma) = (world().await, Jma::start().await);
    jma.feed("eqvol", &[(name(1, "VFVO53", "130000"), world.clock().now())]);
    let (one, other) = (puller(&jma), puller(&jma));
    look(&world, &one, FeedName::Eqvol).await;
    jma.asked();
    world.clock().advance(Duration::from_mins(2));
    for _ in 0..3 {
        let (a, b) = tokio::join!(one.turn(world.app(), FeedName::Eqvol), other.turn(world.app(), FeedName::Eqvol));
        assert!(a.is_ok() && b.is_ok());
    }
    let feeds = |paths: Vec<String>| paths.iter().filter(|path| path.starts_with("feed/")).count();
    assert_eq!(feeds(jma.asked_paths()), 1);
}

#[tokio::test]
async fn a_server_that_pulls_for_training_produces_only_drills() {
    let (world, jma) = (world().await, Jma::start().await);
    jma.feed("eqvol", &[(QUAKE.to_owned(), world.clock().now())]);
    jma.telegram(QUAKE, quake(0));
    let puller = puller_with(&jma, |settings| settings.mode = kernel::Mode::Drill);
    look(&world, &puller, FeedName::Eqvol).await;
    let entry = world.journal().await.into_iter().find(|entry| entry.kind == feeds::RECEIVED).unwrap();
    assert_eq!(entry.mode, kernel::Mode::Drill);
    assert!(source(&world, "jma-eqvol").await["name"]["en"].as_str().unwrap().starts_with("【訓練】"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_telegram_that_hangs_holds_back_no_other() {
    let (world, jma) = (world().await, Jma::start().await);
    let now = world.clock().now();
    let files: Vec<_> = (1..=6).map(|n| (name(n, "VXSE51", "010000"), now)).collect();
    jma.feed("eqvol", &files);
    for n in 2..=6 {
        jma.telegram(&name(n, "VXSE51", "010000"), quake(n));
    }
    jma.set(&format!("data/{}", name(1, "VXSE51", "010000")), Behaviour::Slow);
    let puller = puller_with(&jma, |settings| settings.timeout_seconds = 60);
    let app = world.app().clone();
    let looking = tokio::spawn(async move { puller.look(&app, FeedName::Eqvol).await });
    let arrived = async {
        while received(&world).await.len() < 5 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), arrived).await.expect("five telegrams pass the one that hangs");
    assert!(!looking.is_finished(), "the first one still hangs");
    looking.abort();
}

#[tokio::test]
async fn the_state_of_each_source_is_a_figure() {
    let figures = http::figures().unwrap();
    let (world, jma) = (world().await, Jma::start().await);
    jma.feed("eqvol", &[(name(1, "VFVO53", "130000"), world.clock().now())]);
    look(&world, &puller(&jma), FeedName::Eqvol).await;
    look(&world, &puller(&jma), FeedName::Other).await;
    for (minutes, figure) in [(0, 0), (3, 1), (3, 2)] {
        world.clock().advance(Duration::from_mins(minutes));
        feeds::refresh(world.app()).await.unwrap();
        let page = figures.render();
        assert!(page.contains(&format!("feeds_source_state{{source=\"jma-eqvol\"}} {figure}\n")), "{page}");
        assert!(page.contains("feeds_source_state{source=\"jma-other\"} 3\n"), "{page}");
    }
}
