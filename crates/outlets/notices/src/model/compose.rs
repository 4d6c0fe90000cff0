//! The message of one device: what of an occasion concerns it, in words; and the bytes that are sealed for it.

use std::collections::BTreeMap;

use alerts::wording;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use kernel::{Id, Mode, Text, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::events::{Occasion, Turn};
use super::index::codes;
use super::notice::{Addressed, Notice};
use super::subscription::{Kind, Language};
use super::words::{Wordless, fill, fitted};

/// Titles named besides the first.
const ALSO: usize = 3;
/// A sealed message has at most 4096 bytes; head, tag and delimiter take 103 of them.
const LARGEST: usize = 3_900;

/// What a device hears of an occasion: which of its events, and how (聞こえる内容).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Heard {
    /// Index into [`Occasion::moved`].
    pub moved: usize,
    pub turn: Turn,
    /// Municipalities of the device that the event concerns.
    pub towns: u64,
}

/// One wording of a notice (文の種類): everybody who hears the same gets the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    pub said: Addressed,
    pub kind: Kind,
    pub rank: u8,
    /// Lives depend on it.
    pub urgent: bool,
    /// An older message with the same topic is replaced, on the push service and on the device.
    pub topic: String,
    /// JIS codes.
    pub towns: Vec<String>,
    /// When it was made: of two with one topic the device keeps the later one.
    pub at: Timestamp,
}

/// What tells one wording from another.
pub fn key_of(heard: &[Heard]) -> String {
    let one = |h: &Heard| format!("{}:{}:{}:{:x}", h.moved, h.turn.as_str(), h.turn.rank(), h.towns);
    heard.iter().map(one).collect::<Vec<_>>().join(",")
}

/// Puts into words what a device hears: the gravest first, the others named after it.
pub fn compose(mode: Mode, occasion: &Occasion, heard: &[Heard], at: Timestamp) -> Result<Variant, Wordless> {
    let mut sorted: Vec<(&Heard, Kind)> =
        heard.iter().filter_map(|h| Some((h, occasion.moved.get(h.moved)?.kind))).collect();
    sorted.sort_by_key(|(h, kind)| {
        (std::cmp::Reverse(kind.is_life_safety(h.turn.rank())), *kind, std::cmp::Reverse(h.turn.rank()))
    });
    let Some((first, kind)) = sorted.first() else { return Err(Wordless::NoTemplate("auto".to_owned())) };
    let title_of = |h: &Heard| occasion.moved[h.moved].title(h.towns, h.turn);
    let also: Vec<Text> = sorted.iter().skip(1).take(ALSO).map(|(h, _)| title_of(h)).collect();
    let title = with_also(title_of(first), &also);
    let towns = heard.iter().fold(0, |all, h| all | h.towns);
    let places = wording::places(&codes(first.towns));
    let values = BTreeMap::from([("title".to_owned(), fitted(&title)), ("places".to_owned(), fitted(&places))]);
    let words = fill(&template(*kind, first.turn), &values)?;
    let event = &occasion.moved[first.moved].event;
    let rank = first.turn.rank();
    // How a tsunami or an evacuation ends is waited for as much as how it began.
    let urgent = matches!(kind, Kind::Tsunami | Kind::Evacuation) || kind.is_life_safety(rank);
    Ok(Variant {
        said: Addressed::new(mode, words),
        kind: *kind,
        rank,
        urgent,
        topic: topic(mode, event),
        towns: codes(towns),
        at,
    })
}

/// What an occasion says to everybody it concerns at once, for lists.
pub fn for_all(occasion: &Occasion) -> Vec<Heard> {
    let one = |(moved, of): (usize, &super::events::Moved)| {
        let now = of.rank_for(of.towns);
        let turn = match (now, of.fell.is_empty(), of.withdrawn) {
            (0, _, true) => Turn::Withdrawn,
            (0, _, false) => Turn::Over,
            (_, true, _) => Turn::Rise(now),
            (_, false, _) => Turn::Fall(now),
        };
        // A list names the places of the gravest level; what is lower elsewhere is told to those who live there.
        let gravest = of.slots.iter().filter(|slot| slot.rank == now).fold(0, |all, slot| all | slot.towns);
        let towns = if now > 0 { gravest & of.towns } else { of.towns };
        Heard { moved, turn, towns }
    };
    occasion.moved.iter().enumerate().map(one).collect()
}

/// The one wording of a notice that staff wrote, or of a test.
pub fn plain(notice: &Notice) -> Variant {
    // A correction takes the place of what it corrects, and its own correction the place of both.
    let root = notice.root();
    Variant {
        said: notice.said.clone(),
        kind: notice.kind,
        rank: 0,
        urgent: notice.urgent,
        topic: topic(notice.mode(), &format!("notice/{root}")),
        towns: notice.municipalities.clone(),
        at: notice.made_at,
    }
}

/// At most 32 characters of base64url (RFC 8030, section 5.4).
pub fn topic(mode: Mode, event: &str) -> String {
    let digest = Sha256::digest(format!("{mode}/{event}").as_bytes());
    B64.encode(&digest[..18])
}

/// What is sealed for a device: no personal data, but a receipt with which it can say that it showed it.
pub fn payload(variant: &Variant, notice: Id<Notice>, receipt: Uuid, language: Language) -> Vec<u8> {
    let words = variant.said.words();
    let of = |text: &Text| match language {
        Language::Ja => text.ja.clone(),
        Language::Easy => text.easy.clone(),
        Language::En => text.en.clone(),
    };
    let mut body = of(&words.body);
    loop {
        let bytes = json!({
            "v": 1, "id": notice, "receipt": receipt, "mode": variant.said.mode(), "kind": variant.kind,
            "rank": variant.rank, "urgent": variant.urgent, "title": of(&words.title), "body": body,
            "lang": if language == Language::En { "en" } else { "ja" }, "tag": variant.topic, "at": variant.at,
            "towns": variant.towns.iter().take(8).collect::<Vec<_>>(),
        })
        .to_string()
        .into_bytes();
        if bytes.len() <= LARGEST || body.is_empty() {
            return bytes;
        }
        let keep = body.chars().count() * 3 / 4;
        body = body.chars().take(keep).collect();
    }
}

fn template(kind: Kind, turn: Turn) -> String {
    let part = match (kind, turn) {
        (Kind::Quake, Turn::Rise(rank)) if rank >= 5 => "strong".to_owned(),
        (Kind::Quake, Turn::Rise(_) | Turn::Fall(_)) => "felt".to_owned(),
        (Kind::Quake, Turn::Over) => "withdrawn".to_owned(),
        (Kind::Warning, Turn::Rise(rank)) => rank.clamp(2, 5).to_string(),
        (_, Turn::Rise(rank)) => rank.clamp(3, 5).to_string(),
        _ => turn.as_str().to_owned(),
    };
    format!("auto.{}.{part}", kind.as_str())
}

fn with_also(mut title: Text, also: &[Text]) -> Text {
    // 【訓練】 stands once at the beginning, not before each part.
    let bare = |text: &str| text.trim_start_matches(Mode::DRILL_MARK).trim_start_matches("[DRILL] ").to_owned();
    for other in also {
        title.ja = format!("{}、{}", title.ja, bare(&other.ja));
        title.easy = format!("{}、{}", title.easy, bare(&other.easy));
        title.en = format!("{}; {}", title.en, bare(&other.en));
    }
    title
}

#[cfg(test)]
mod tests {
    use super::super::events::{Moved, Slot};
    use super::super::index::bits;
    use super::super::notice::Words;
    use super::*;

    fn moved(event: &str, kind: Kind, rank: u8, title: &str) -> Moved {
        let towns = bits(["02203", "02446"]);
        let slots = vec![Slot { kind, rank, towns, title: Text::same(title) }];
        Moved { event: event.into(), kind, withdrawn: false, towns, slots, fell: vec![] }
    }

    fn occasion() -> Occasion {
        let moved = vec![
            moved("warning/wind", Kind::Warning, 3, "暴風警報 発表"),
            moved("tsunami", Kind::Tsunami, 5, "大津波警報 発表"),
        ];
        Occasion { cause: "telegram/t".into(), moved }
    }

    fn heard() -> Vec<Heard> {
        let towns = bits(["02203"]);
        vec![Heard { moved: 0, turn: Turn::Rise(3), towns }, Heard { moved: 1, turn: Turn::Rise(5), towns }]
    }

    #[test]
    fn the_gravest_comes_first_and_the_rest_is_named() {
        let variant = compose(Mode::Live, &occasion(), &heard(), Timestamp::EPOCH).unwrap();
        let words = variant.said.words();
        assert_eq!(words.title.ja, "大津波警報 発表、暴風警報 発表");
        assert!(words.body.ja.starts_with("八戸市：大津波警報です。"), "{}", words.body.ja);
        assert!(variant.urgent && variant.kind == Kind::Tsunami && variant.towns == ["02203"]);
    }

    #[test]
    fn titles_of_any_length_and_empty_languages_are_put_into_words() {
        let long = moved("evacuation/02203", Kind::Evacuation, 4, &format!("避難指示（{}）", "区".repeat(480)));
        let mut bare = moved("tsunami", Kind::Tsunami, 5, "大津波警報");
        bare.slots[0].title = Text::new("大津波警報", "", " ");
        let occasion = Occasion { cause: "c".into(), moved: vec![long, bare] };
        for (n, rank) in [(0, 4), (1, 5)] {
            let heard = [Heard { moved: n, turn: Turn::Rise(rank), towns: bits(["02203"]) }];
            let variant = compose(Mode::Drill, &occasion, &heard, Timestamp::EPOCH).unwrap();
            let title = &variant.said.words().title;
            assert!([&title.ja, &title.easy, &title.en].iter().all(|text| text.starts_with("【訓練】")), "{title:?}");
            assert_eq!(title.ja.ends_with('…'), n == 0, "{title:?}");
        }
    }

    #[test]
    fn a_drill_begins_with_its_mark_in_every_language() {
        let variant = compose(Mode::Drill, &occasion(), &heard(), Timestamp::EPOCH).unwrap();
        let words = variant.said.words();
        for text in [&words.title.ja, &words.body.ja, &words.title.easy, &words.title.en] {
            assert!(text.starts_with("【訓練】") && text.matches("【訓練】").count() == 1, "{text}");
        }
    }

    #[test]
    fn every_turn_of_every_kind_has_its_words() {
        for kind in [Kind::Tsunami, Kind::Evacuation, Kind::Quake, Kind::Warning] {
            for rank in 1..=9 {
                for turn in [Turn::Rise(rank), Turn::Fall(rank), Turn::Over, Turn::Withdrawn] {
                    let occasion = Occasion { cause: String::new(), moved: vec![moved("e", kind, rank, "題")] };
                    let heard = [Heard { moved: 0, turn, towns: bits(["02203"]) }];
                    compose(Mode::Live, &occasion, &heard, Timestamp::EPOCH)
                        .unwrap_or_else(|e| panic!("{kind:?} {turn:?}: {e}"));
                }
            }
        }
    }

    #[test]
    fn a_payload_fits_into_a_sealed_message_and_names_nobody() {
        let mut variant = compose(Mode::Live, &occasion(), &heard(), Timestamp::EPOCH).unwrap();
        let long = Words { title: Text::same("題"), body: Text::same("長".repeat(3_000)) };
        variant.said = Addressed::new(Mode::Live, long);
        let bytes = payload(&variant, Id::from_uuid(Uuid::from_u128(1)), Uuid::from_u128(2), Language::Ja);
        assert!(bytes.len() <= LARGEST && bytes.len() > LARGEST / 2);
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let names: Vec<&String> = value.as_object().unwrap().keys().collect();
        assert_eq!(
            names,
            ["v", "id", "receipt", "mode", "kind", "rank", "urgent", "title", "body", "lang", "tag", "at", "towns"]
        );
        assert_eq!(value["tag"].as_str().unwrap().len(), 24);
    }
}
