//! One event against 1.18 million subscriptions, each with a municipality and a circle.

use std::time::Duration;

use kernel::{MultiPolygon, Point, Polygon, areas};
use mamori_notices::model::index::{Index, Kept, bits};
use mamori_notices::model::subscription::{Kinds, Language, Place, RADII, Subscription, WebPush};
use uuid::Uuid;

use super::{Dice, median, thread_cpu};

const SUBSCRIPTIONS: u128 = 1_180_000;
const ROUNDS: usize = 11;
const CORNERS: u32 = 500;

pub(super) fn measure() {
    let all = subscriptions();
    let index = Index::of(all.iter().cloned());
    let towns = bits([
        "02203", "02446", "02207", "02412", "02411", "02424", "02423", "02425", "02408", "02405", "02442", "02445",
    ]);
    let by_town = rounds(|| index.in_towns(towns).len());
    println!("figure match_towns_ms {:.3}", by_town.0.as_secs_f64() * 1e3);
    println!("figure match_towns_found {}", by_town.1);
    let shape = star();
    let by_shape = rounds(|| index.near(&shape).len());
    println!("figure match_shape_ms {:.3}", by_shape.0.as_secs_f64() * 1e3);
    println!("figure match_shape_found {}", by_shape.1);

    let mut found: Vec<Uuid> =
        index.near(&shape).into_iter().filter_map(|slot| index.at(slot)).map(|kept| kept.id).collect();
    found.sort_unstable();
    let expected: Vec<Uuid> = all.iter().filter(|kept| kept.is_near(&shape)).map(|kept| kept.id).collect();
    let towns_expected = all.iter().filter(|kept| kept.towns & towns != 0).count();
    let wrong = usize::from(found != expected) + usize::from(towns_expected != by_town.1);
    println!("figure match_wrong {wrong}");
}

fn rounds(ask: impl Fn() -> usize) -> (Duration, usize) {
    let mut found = ask();
    let times = (0..ROUNDS)
        .map(|_| {
            let begun = thread_cpu();
            found = ask();
            thread_cpu().saturating_sub(begun)
        })
        .collect();
    (median(times), found)
}

/// People live around their town halls.
fn subscriptions() -> Vec<Kept> {
    let (mut dice, towns) = (Dice(42), areas::municipalities());
    let push = WebPush { endpoint: String::new(), p256dh: String::new(), auth: String::new(), key: String::new() };
    (1..=SUBSCRIPTIONS)
        .map(|n| {
            let town = &towns[usize::try_from(dice.next() % towns.len() as u64).unwrap_or(0)];
            let far = dice.fraction() * dice.fraction() * 0.12;
            let turn = dice.fraction() * std::f64::consts::TAU;
            let point = Point { lat: town.lat + far * turn.sin(), lon: town.lon + far * turn.cos() };
            let radius_m = RADII[usize::try_from(dice.next() % 3).unwrap_or(0)];
            let places = vec![
                Place::Municipality { code: town.jis5.to_owned() },
                Place::Circle { municipality: town.jis5.to_owned(), point, radius_m },
            ];
            let subscription = Subscription {
                push: push.clone(),
                places,
                kinds: Kinds::default(),
                quiet: None,
                language: Language::Ja,
                drills: false,
            };
            Kept::of(Uuid::from_u128(n), &subscription)
        })
        .collect()
}

/// A ragged shape around 八戸市 with 500 corners, some 40 km across.
fn star() -> MultiPolygon {
    let mut dice = Dice(7);
    let outer = (0..CORNERS)
        .map(|n| {
            let turn = std::f64::consts::TAU * f64::from(n) / f64::from(CORNERS);
            let reach = 0.15 + 0.05 * dice.fraction();
            Point { lat: 40.51 + reach * turn.sin(), lon: 141.45 + 1.3 * reach * turn.cos() }
        })
        .collect();
    MultiPolygon(vec![Polygon { outer, holes: Vec::new() }])
}
