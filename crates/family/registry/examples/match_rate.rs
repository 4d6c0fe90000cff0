//! How fast programmes are decided and found: prints `figure key value` lines for `cargo xtask bench registry`.
//!
//! 118,000 made households stand for the 1.18 million people of the prefecture ten times over; 500 programmes are the starting
//! set for the nation and twelve of it for each of the 40 municipalities, each under a key of its own.
#![expect(clippy::unwrap_used, reason = "a measuring program fails by panicking")]

extern crate mamori_registry as registry;

use std::hint::black_box;

use chrono::NaiveDate;
use kernel::{Id, Stopwatch, Timestamp, areas};
use rayon::prelude::*;
use registry::model::{InForce, Programme, State, Verdict, Version, match_all};
use registry::{Facts, Index, Profile};
use serde_json::{Value, json};
use uuid::Uuid;

const HOUSEHOLDS: usize = 118_000;
const TIMES: usize = 10;
const PROGRAMMES: usize = 500;

fn main() {
    let on: NaiveDate = "2026-11-28".parse().unwrap();
    let programmes = programmes(on);
    assert_eq!(programmes.len(), PROGRAMMES);
    let texts: Vec<String> = (0..2_000).map(|n| household(n).to_string()).collect();
    let facts: Vec<Facts> = (0..HOUSEHOLDS).into_par_iter().map(|n| read(&household(n), on)).collect();
    // Once to warm up.
    black_box(rematch(&facts[..1_000], &programmes, 1));
    let all = (0..3).map(|_| timed(|| rematch(&facts, &programmes, TIMES))).fold(f64::INFINITY, f64::min);
    let one = (0..3).map(|_| timed(|| rematch(&facts, &programmes[..1], TIMES))).fold(f64::INFINITY, f64::min);
    println!("figure rematch_all_s {all:.3}");
    println!("figure rematch_one_s {one:.3}");
    println!("figure households_per_cpu_s {:.0}", 1.0 / from_json(&texts, &programmes[..18], on));
    println!("figure search_p99_ms {:.3}", search());
}

/// Everybody against every programme, on all cores; how many are eligible for something.
fn rematch(facts: &[Facts], programmes: &[InForce], times: usize) -> usize {
    let eligible = |facts: &Facts| programmes.iter().filter(|one| one.verdict(facts) == Verdict::Yes).count();
    (0..times).map(|_| facts.par_iter().map(eligible).sum::<usize>()).sum()
}

/// Seconds for one household: JSON, reading, deciding with reasons and amounts. One thread, so that it is CPU time.
fn from_json(texts: &[String], programmes: &[InForce], on: NaiveDate) -> f64 {
    let each = || {
        for text in texts {
            let profile: Profile = serde_json::from_str(text).unwrap();
            let facts = Facts::read(&profile, on).unwrap();
            black_box(match_all(programmes, &facts));
        }
    };
    each();
    let mut seconds: Vec<f64> = (0..5).map(|_| timed(each)).collect();
    seconds.sort_by(f64::total_cmp);
    seconds[2] / f64::from(u32::try_from(texts.len()).unwrap())
}

fn search() -> f64 {
    let set = registry::starting_set().unwrap();
    let mut index = Index::default();
    for n in 0..10_000 {
        let mut record = set[n % set.len()].content.record.clone();
        let name = format!("{} 第{n}号", record.name().unwrap());
        record.set("institutionName.canonicalName", json!(name));
        index.add("00", &record, []);
    }
    let words = ["児童", "手当", "じどうてあて", "ひとり親", "保育", "災害 支援", "子", "妊婦", "高校 私立", "住宅"];
    let mut times: Vec<f64> = (0..500).map(|n| timed(|| index.find(words[n % words.len()], &[])) * 1_000.0).collect();
    times.sort_by(f64::total_cmp);
    times[times.len() * 99 / 100]
}

fn timed<T>(work: impl FnOnce() -> T) -> f64 {
    let watch = Stopwatch::start();
    black_box(work());
    watch.elapsed().as_secs_f64()
}

fn programmes(on: NaiveDate) -> Vec<InForce> {
    let set = registry::starting_set().unwrap();
    let holds: Vec<_> =
        set.iter().filter(|one| one.valid_from <= on && one.valid_until.is_none_or(|until| on <= until)).collect();
    let ready = |n: usize, area: &str, which: usize| {
        let started = holds[which % holds.len()];
        let id = Id::from_uuid(Uuid::from_u128(n as u128));
        let programme =
            Programme { id, key: format!("{}_{n}", started.key), area: area.to_owned(), origin: String::new() };
        let version = Version {
            id: id.cast(),
            programme: id,
            number: 1,
            revision: 1,
            state: State::Published,
            valid_from: started.valid_from,
            valid_until: None,
            content: started.content.clone(),
            by: String::new(),
            at: Timestamp::EPOCH,
        };
        InForce::of(&programme, &version, on)
    };
    let nation = (0..20).map(|n| ready(n, "00", n));
    let towns = areas::municipalities().iter().enumerate();
    let own = towns.flat_map(|(at, row)| (0..12).map(move |n| (20 + at * 12 + n, row.jis5, n)));
    nation.chain(own.map(|(n, area, which)| ready(n, area, which))).collect()
}

fn read(profile: &Value, on: NaiveDate) -> Facts {
    Facts::read(&serde_json::from_value(profile.clone()).unwrap(), on).unwrap()
}

/// A household of the prefecture: most have said most things.
fn household(n: usize) -> Value {
    let towns = areas::municipalities();
    let pick = |salt: usize, below: usize| (n.wrapping_mul(2_654_435_761) >> 7).wrapping_add(n * salt) % below;
    let children: Vec<Value> = (0..pick(3, 4))
        .map(|child| {
            json!({
                "role": "child", "birth": format!("{}-{:02}-15", 2007 + pick(5 + child, 19), 1 + pick(7 + child, 12)),
                "raised_here": true, "in_facility": false, "special_grade": "none", "constant_care": false,
                "enrolment": (["none", "nursery", "kindergarten", "elementary", "high_full"])[pick(11, 5)],
                "school_operator": "public"
            })
        })
        .collect();
    json!({
        "household": {
            "municipality": towns[pick(1, towns.len())].jis5, "single_parent": pick(13, 8) == 0, "pregnant": pick(17, 30) == 0,
            "dependents": pick(19, 4), "allowance_income": pick(23, 6_000_000), "guardian_income": pick(29, 8_000_000),
            "total_income": pick(31, 6_000_000), "public_assistance": pick(37, 40) == 0,
            "resident_tax": (["exempt", "per_capita", "taxed"])[pick(41, 3)], "cost_of_living_class": "third",
            "tax_relief_person": false, "affected": false, "damage_grade": "none"
        },
        "people": children, "complete": true
    })
}
