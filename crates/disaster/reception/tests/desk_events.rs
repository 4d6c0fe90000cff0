//! Bodies that the desk in the browser makes are events: `web/src/rooms/reception/event.test.ts` holds the file fresh.

use mamori_reception::{Kind, Signed};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vector {
    kind: Kind,
    body: String,
    hash: String,
    prev: Option<String>,
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("vectors/desk-events.json")).expect("vectors")
}

#[test]
fn every_body_of_the_desk_is_read() {
    let vectors = vectors();
    for vector in &vectors {
        let signed = Signed { body: vector.body.clone(), signature: String::new() };
        let event = signed.read().unwrap_or_else(|error| panic!("{}: {error}", vector.body));
        assert_eq!(event.kind, vector.kind);
        assert_eq!(event.prev, vector.prev);
        let hash = signed.hash().map(|byte| format!("{byte:02x}")).concat();
        assert_eq!(hash, vector.hash);
    }
    assert_eq!(vectors.len(), 21);
}

#[test]
fn nothing_of_a_body_is_lost_on_the_way_through_the_type() {
    for vector in vectors() {
        let signed = Signed { body: vector.body.clone(), signature: String::new() };
        let event = signed.read().expect("event");
        let again: serde_json::Value = serde_json::to_value(&event).expect("json");
        let sent: serde_json::Value = serde_json::from_str(&vector.body).expect("json");
        assert_eq!(again, sent);
    }
}
