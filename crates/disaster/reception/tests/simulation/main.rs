//! The protocol in a world where everything goes wrong: the true policy loses nothing, and each way of getting it wrong is
//! caught. The same seeds give the same runs; `--example simulate` runs more of them.

extern crate mamori_reception as reception;

mod chance;
mod desk;
mod family;
mod fault;
mod net;
mod node;
mod policy;
mod store;
mod sync;
mod verdict;
mod world;

use policy::{SABOTAGE, SOUND, TRUE};
use verdict::{Verdict, judge};

const SEEDS: u64 = 1_000;

#[test]
fn the_protocol_loses_nothing_doubles_nothing_and_counts_right() {
    let verdict = judge(0..SEEDS, TRUE);
    assert!(verdict.is_clean(), "{verdict:?}");
    assert!(verdict.seeds == SEEDS && verdict.events > 20 * SEEDS && verdict.alarms > 0, "{verdict:?}");
}

#[test]
fn each_rule_holds_without_the_safety_net_of_digests() {
    for (name, policy) in &SOUND[1..] {
        let verdict = judge(0..SEEDS / 4, *policy);
        assert!(verdict.is_clean(), "{name}: {verdict:?}");
    }
}

#[test]
fn every_sabotaged_policy_is_caught() {
    for (name, policy) in SABOTAGE {
        let mut seen = Verdict::default();
        for hundred in 0..SEEDS / 100 {
            seen = seen.with(judge(hundred * 100..(hundred + 1) * 100, policy));
            if !seen.is_clean() {
                break;
            }
        }
        let caught = match name {
            "server_ids" => seen.doubled,
            "raw_clocks" => seen.wrong,
            _ => seen.lost,
        };
        assert!(caught > 0, "{name} went unnoticed: {seen:?}");
    }
}

#[test]
fn a_seed_repeats_itself() {
    assert_eq!(Verdict::of_seed(7, TRUE), Verdict::of_seed(7, TRUE));
}
