//! Decides households for another program: lines `{"key", "on", "profile"}` in, lines `{"verdict", "amounts"}` out.
#![expect(clippy::unwrap_used, reason = "a measuring program fails by panicking")]

extern crate mamori_registry as registry;

use std::collections::HashMap;
use std::io::{BufRead as _, Write as _};

use chrono::NaiveDate;
use registry::model::Decider;
use registry::{Facts, Profile, Started};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Asked {
    key: String,
    on: NaiveDate,
    profile: Profile,
}

fn main() {
    let set = registry::starting_set().unwrap();
    let mut ready: HashMap<(String, NaiveDate), Decider> = HashMap::new();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let asked: Asked = serde_json::from_str(&line.unwrap()).unwrap();
        let holds = |one: &&Started| {
            one.key == asked.key && one.valid_from <= asked.on && one.valid_until.is_none_or(|until| asked.on <= until)
        };
        let decider = ready
            .entry((asked.key.clone(), asked.on))
            .or_insert_with(|| Decider::of(&set.iter().find(holds).unwrap().content.rule, asked.on));
        let decision = decider.decide(&Facts::read(&asked.profile, asked.on).unwrap());
        let amounts: Vec<_> = decision.amounts.iter().map(|one| json!([one.least, one.most])).collect();
        writeln!(out, "{}", json!({ "verdict": decision.verdict, "amounts": amounts })).unwrap();
    }
}
