//! Search over every place of the register: each query timed alone, as the handler runs it.

use anyhow::Context as _;
use http::Actor;
use kernel::{Point, Stopwatch};
use places::search::{Ask, Index, Search};
use places::{Order, Reach};
use testkit::World;
use unicode_normalization::UnicodeNormalization as _;

use crate::quantile;

/// Queries at most; every facility gives a handful.
const MOST: usize = 40_000;

/// Imports every list there is, then prints the p99 of all queries, and which share of two-character and kana queries found
/// something.
pub(crate) async fn measure() -> anyhow::Result<()> {
    let data = testkit::data_dir().context("no data")?;
    let world =
        World::builder().schemas(&[places::SCHEMA]).routes(places::routes()).install(places::install).build().await;
    let app = world.app();
    for folder in ["aomori/shelters", "aomori/hachinohe", "municipal"] {
        let order = Order { path: data.join(folder), ..Order::default() };
        places::import(app, &Actor::system(), &order, Reach::Apply { accept_repairs: true }).await?;
    }
    world.settle().await;
    let search = Search::default();
    let index = search.index(&app.hot).await;
    anyhow::ensure!(!index.is_empty(), "no place was imported");
    let mut times = Vec::new();
    let (mut pairs, mut kana) = (Share::default(), Share::default());
    let facilities: Vec<_> = index.documents().flat_map(|document| &document.facilities).collect();
    for facility in &facilities {
        // Whole characters, as somebody types them: half-width kana have their voicing marks apart.
        let name: Vec<char> = facility.name.nfkc().collect();
        let near = facility.lat.zip(facility.lon).and_then(|(lat, lon)| Point::new(lat, lon));
        let middle: String = name.iter().skip(name.len() / 2).take(2).collect();
        let first: String = name.iter().take(1).collect();
        let queries =
            [facility.name.clone(), first, format!("{middle} {}", facility.name), "見当たらない名前".to_owned()];
        for words in queries {
            if times.len() < MOST {
                times.push(timed(&index, &ask(&words, near)).1);
            }
        }
        if middle.chars().count() == 2 && middle.chars().all(char::is_alphanumeric) {
            let (total, time) = timed(&index, &ask(&middle, None));
            pairs.note(total > 0);
            if total == 0 {
                println!("{middle} does not find {}", facility.name);
            }
            times.push(time);
        }
        if let Some(reading) = &facility.kana {
            let part: String = reading.chars().skip(1).take(3).collect();
            let (total, time) = timed(&index, &ask(&part, None));
            kana.note(total > 0);
            times.push(time);
        }
    }
    println!("figure search_p99_ms {:.3}", quantile(&mut times, 0.99));
    println!("figure search_two_characters_found_pct {:.2}", pairs.percent());
    println!("figure search_kana_found_pct {:.2}", kana.percent());
    println!("{} places, {} queries", facilities.len(), times.len());
    Ok(())
}

/// How many of all.
#[derive(Debug, Default)]
struct Share {
    found: u32,
    all: u32,
}

impl Share {
    fn note(&mut self, found: bool) {
        self.all += 1;
        self.found += u32::from(found);
    }

    fn percent(&self) -> f64 {
        f64::from(self.found) * 100.0 / f64::from(self.all.max(1))
    }
}

fn ask(words: &str, near: Option<Point>) -> Ask {
    Ask { words: words.to_owned(), near, limit: 20, ..Ask::default() }
}

/// How many were found, and the milliseconds it took.
fn timed(index: &Index, ask: &Ask) -> (usize, f64) {
    let watch = Stopwatch::start();
    let total = index.find(ask).total;
    (total, watch.elapsed().as_secs_f64() * 1000.0)
}
