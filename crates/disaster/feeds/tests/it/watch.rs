//! Drop folders: a file that appears is a telegram that arrived.

use std::time::Duration;

use feeds::Sources;
use feeds::sources::watch::WatchFolder;
use kernel::{Mode, Stopwatch};
use store::Stop;

use crate::telegrams::{gzip, quake};
use crate::{received, source, world};

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_cannot_work_are_shown_and_stop_no_other_source() {
    let world = world().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.xml"), quake(0)).unwrap();
    let sources = Sources {
        jma: Some(feeds::sources::jma::Settings { base_url: "http://example.invalid/".into(), ..Default::default() }),
        watch: vec![WatchFolder { name: "in".into(), path: folder.path().to_owned(), mode: Mode::Live, every_ms: 20 }],
        ..Sources::default()
    };
    let (stopper, stop) = Stop::new();
    let running = tokio::spawn(feeds::run(world.app().clone(), sources, stop));
    while received(&world).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for key in ["jma-regular", "jma-extra", "jma-eqvol", "jma-other"] {
        let source = source(&world, key).await;
        assert_eq!(
            (source["state"].as_str(), source["last_error"]["en"].as_str()),
            (Some("never"), Some("The settings cannot work."))
        );
    }
    stopper.stop();
    running.await.unwrap().unwrap();
    world.take_errors();
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_appear_are_taken_in_at_once() {
    let world = world().await;
    let folder = tempfile::tempdir().unwrap();
    let sources = Sources {
        watch: vec![
            WatchFolder { name: "in".into(), path: folder.path().to_owned(), mode: Mode::Live, every_ms: 20 },
            WatchFolder { name: "gone".into(), path: folder.path().join("gone"), mode: Mode::Drill, every_ms: 20 },
        ],
        ..Sources::default()
    };
    let (stopper, stop) = Stop::new();
    let running = tokio::spawn(feeds::run(world.app().clone(), sources, stop));
    let mut took = Vec::new();
    for n in 0..10 {
        let (partial, whole) = (folder.path().join(".part"), folder.path().join(format!("{n}_VXSE51.xml")));
        std::fs::write(&partial, quake(n)).unwrap();
        let watch = Stopwatch::start();
        std::fs::rename(&partial, &whole).unwrap();
        while received(&world).await.len() <= n as usize {
            tokio::time::sleep(Duration::from_millis(5)).await;
            assert!(watch.elapsed() < Duration::from_secs(10), "telegram {n} never arrived");
        }
        took.push(watch.elapsed());
    }
    took.sort();
    println!("file to journal: median {:?}, longest {:?}", took[5], took[9]);
    std::fs::write(folder.path().join("same.xml.gz"), gzip(&quake(0))).unwrap();
    for _ in 0..200 {
        if source(&world, "watch:in").await["repeats"] == 1 {
            break;
        }
        world.clock().advance(Duration::from_secs(61));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(source(&world, "watch:in").await["repeats"], 1);
    let gone = source(&world, "watch:gone").await;
    assert_eq!(gone["last_error"]["en"], "【訓練】[DRILL] The folder cannot be read.");
    assert_eq!(gone["state"], "never");
    stopper.stop();
    running.await.unwrap().unwrap();
    assert!(world.journal().await.iter().filter(|it| it.kind == feeds::RECEIVED).all(|it| it.mode == Mode::Live));
}
