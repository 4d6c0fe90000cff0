//! What a register costs: `cargo run --release -p mamori-reception --example register`.
//!
//! Prints `figure <key> <value>`: microseconds to apply an event as it comes, bytes of memory for each, milliseconds for
//! the hash of everything. 200,000 events of 50,000 households in 100 shelters: admitted, out, back, out for good.

extern crate mamori_reception as reception;

use kernel::{Id, Mode, Stopwatch};
use reception::clock::Reading;
use reception::event::Observed;
use reception::{Counts, Epoch, Event, Kind, Register, Stamp, Subject};
use uuid::Uuid;

const HOUSEHOLDS: u32 = 50_000;
const STORY: [Kind; 4] = [Kind::CheckIn, Kind::Leave, Kind::Return, Kind::CheckOut];

fn main() {
    let events: Vec<Event> =
        (0..4).flat_map(|step| (0..HOUSEHOLDS).map(move |household| event(step, household))).collect();
    let before = resident();
    let mut register = Register::default();
    let mut clock = event(0, HOUSEHOLDS);
    (clock.kind, clock.subject, clock.observed) = (Kind::Clock, None, Some(Observed::Trusted { at_ms: 1 }));
    register.apply(&clock, [0; 32], &[]);
    let watch = Stopwatch::start();
    for (position, event) in (1..).zip(&events) {
        let mut hash = [0; 32];
        hash[..16].copy_from_slice(event.id.uuid().as_bytes());
        register.apply(event, hash, &[stamp(position)]);
    }
    let count = f64::from(HOUSEHOLDS) * 4.0;
    println!("figure register.apply_us {:.2}", watch.elapsed().as_secs_f64() * 1e6 / count);
    match (before, resident()) {
        (Some(before), Some(after)) => println!("figure register.bytes_per_event {:.0}", (after - before) / count),
        _ => println!("skipped register.bytes_per_event no /proc on this machine"),
    }
    let watch = Stopwatch::start();
    let hash = register.state_hash();
    println!("figure register.hash_ms {:.0}", watch.elapsed().as_secs_f64() * 1e3);
    println!("{} events, state {:02x}{:02x}…", register.len(), hash[0], hash[1]);
}

fn event(step: usize, household: u32) -> Event {
    let number = |step: usize| Uuid::from_u128((step as u128) << 64 | u128::from(household));
    let at = i64::from(household) + 1_000_000 * i64::try_from(step).unwrap_or(0);
    Event {
        id: Id::from_uuid(number(step + 1)),
        schema: 1,
        kind: STORY[step],
        mode: Mode::Live,
        subject: Some(Subject(u128::from(household))),
        disaster: Uuid::from_u128(1),
        shelter: Some(Uuid::from_u128(u128::from(household % 100))),
        municipality: "02203".to_owned(),
        counts: (step == 0).then_some(Counts { adults: 2, children: 1, infants: 0, wheelchair: 0 }),
        stays: None,
        assurance: 2,
        other: None,
        causes: if step == 0 { Vec::new() } else { vec![Id::from_uuid(number(step))] },
        actor: "desk".to_owned(),
        device: Uuid::from_u128(2),
        boot: Uuid::from_u128(3),
        mono_ms: u64::try_from(at).unwrap_or(0),
        wall_ms: at,
        observed: None,
        rule: None,
        sealed: None,
        prev: None,
    }
}

fn stamp(position: i64) -> Stamp {
    let Reading { mono_ms, wall_ms } = Reading { mono_ms: u64::try_from(position).unwrap_or(0), wall_ms: position };
    let node = Uuid::from_u128(9);
    Stamp { node, epoch: Epoch(node), position, boot: Uuid::from_u128(3), mono_ms, wall_ms }
}

/// Resident memory in bytes.
fn resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok()? * 1024.0)
}
