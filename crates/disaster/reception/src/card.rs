//! The card: the readable content of a household, merged from opened events by whoever can open them.
//!
//! Words: [`Card`] 避難者カード, [`Content`] 開封した内容, [`Written`] 誰がいつ書いたか, [`Displaced`] 書き換えられた値.
//! In:  opened contents of one party in the order of its history ([`crate::fold::Register::history`]), without the voided.
//! Out: the card, who wrote which field, and what was displaced.
//!
//! A check-in writes the fields that it has, and leaves alone those that it lacks: unknown is absent, never empty. An
//! amendment is `{"set": {"<JSON pointer>": value}}`; `null` makes a field unknown again. In a list a pointer may name an
//! element by its `id` instead of its number, so that two desks that amend two members do not meet, and `-` appends.
//!
//! **Invariant:** the last writer of a field wins; what it displaced stays, with who wrote it and when.
//! **Invariant:** the same contents in the same order give the same card. What cannot be read changes nothing and is told.

use std::collections::BTreeMap;

use kernel::Id;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::event::Event;

/// Deepest pointer that is followed.
const MAX_DEPTH: usize = 12;
/// Longest list that an amendment may append to.
const MAX_LIST: usize = 1_000;

/// One opened event (開封した内容).
#[derive(Debug, Clone)]
pub struct Content {
    pub written: Written,
    /// `{"household": …, "situation": …}`, `{"set": {pointer: value}}`, or fields of another kind (place, …).
    pub value: Value,
}

/// Who wrote a field, and when (誰がいつ書いたか).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Written {
    pub by: Id<Event>,
    /// Corrected time.
    pub at_ms: i64,
    pub actor: String,
}

/// A household as it is known (避難者カード).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Card {
    pub value: Value,
    /// By pointer: who wrote it last. What lies deeper and is not named was written with it.
    pub fields: BTreeMap<String, Written>,
    /// Oldest first.
    pub history: Vec<Displaced>,
    /// Pointers that lead nowhere, with the event that named them.
    pub unread: Vec<(String, Id<Event>)>,
}

/// A value that another replaced (書き換えられた値).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Displaced {
    pub pointer: String,
    pub value: Value,
    /// Who had written it; `None` for what came with a list or object of which parts were written by several.
    pub written: Option<Written>,
    pub replaced: Written,
}

/// Merges the contents in their order onto a base, such as the household that a roster knows.
pub fn merge_card(base: Option<Value>, contents: &[Content]) -> Card {
    let mut card = Card { value: base.unwrap_or_else(|| Value::Object(Map::new())), ..Card::default() };
    if !card.value.is_object() {
        card.value = Value::Object(Map::new());
    }
    for Content { written, value } in contents {
        let Some(fields) = value.as_object() else {
            card.unread.push((String::new(), written.by));
            continue;
        };
        for (name, value) in fields {
            match (name.as_str(), value.as_object()) {
                ("set", Some(set)) => set.iter().for_each(|(pointer, value)| card.set(pointer, value, written)),
                ("household" | "situation", Some(inner)) => {
                    inner.iter().for_each(|(field, value)| card.set(&join(&format!("/{name}"), field), value, written));
                }
                _ => card.set(&join("", name), value, written),
            }
        }
    }
    card
}

impl Card {
    /// Writes one field.
    fn set(&mut self, pointer: &str, value: &Value, written: &Written) {
        let Some((canonical, displaced)) = write(&mut self.value, pointer, value) else {
            self.unread.push((pointer.to_owned(), written.by));
            return;
        };
        if displaced.as_ref() == Some(value) || (displaced.is_none() && value.is_null()) {
            return;
        }
        if let Some(value) = displaced {
            let written_before = self.writer(&canonical);
            let replaced = written.clone();
            self.history.push(Displaced { pointer: canonical.clone(), value, written: written_before, replaced });
        }
        let within = format!("{canonical}/");
        self.fields.retain(|field, _| *field != canonical && !field.starts_with(&within));
        self.fields.insert(canonical, written.clone());
    }

    /// Who wrote this field: itself, or the nearest that holds it, if nothing inside it was written by another.
    fn writer(&self, pointer: &str) -> Option<Written> {
        let within = format!("{pointer}/");
        if self.fields.keys().any(|field| field.starts_with(&within)) {
            return None;
        }
        let mut at = pointer;
        loop {
            if let Some(written) = self.fields.get(at) {
                return Some(written.clone());
            }
            at = &at[..at.rfind('/')?];
        }
    }
}

/// Puts a value in its place; returns the pointer with numbers replaced by ids where elements have them, and what was there.
/// Objects on the way are made; lists are not. `null` takes the field away.
fn write(root: &mut Value, pointer: &str, value: &Value) -> Option<(String, Option<Value>)> {
    let tokens: Vec<String> = pointer.strip_prefix('/')?.split('/').map(unescaped).collect();
    let (last, way) = tokens.split_last()?;
    if tokens.len() > MAX_DEPTH || tokens.iter().any(String::is_empty) {
        return None;
    }
    let (mut at, mut canonical) = (root, String::new());
    for token in way {
        at = match at {
            Value::Object(fields) if !value.is_null() || fields.contains_key(token) => {
                canonical = join(&canonical, token);
                let next = fields.entry(token.as_str()).or_insert_with(|| Value::Object(Map::new()));
                if next.is_null() {
                    *next = Value::Object(Map::new());
                }
                next
            }
            Value::Array(list) => {
                let index = element(list, token)?;
                canonical = join(&canonical, &name(list, index));
                &mut list[index]
            }
            _ => return None,
        };
    }
    match at {
        Value::Object(fields) => {
            let before =
                if value.is_null() { fields.shift_remove(last) } else { fields.insert(last.clone(), value.clone()) };
            Some((join(&canonical, last), before))
        }
        Value::Array(list) if last == "-" && !value.is_null() && list.len() < MAX_LIST => {
            list.push(value.clone());
            Some((join(&canonical, &name(list, list.len() - 1)), None))
        }
        Value::Array(list) => match element(list, last) {
            Some(index) => {
                let pointer = join(&canonical, &name(list, index));
                let before = if value.is_null() {
                    list.remove(index)
                } else {
                    std::mem::replace(&mut list[index], value.clone())
                };
                Some((pointer, Some(before)))
            }
            // A member that names itself by its id is new.
            None if value.get("id").and_then(Value::as_str) == Some(last) && list.len() < MAX_LIST => {
                list.push(value.clone());
                Some((join(&canonical, last), None))
            }
            None => None,
        },
        _ => None,
    }
}

/// Which element of a list a token means: the one with this id, or this number.
fn element(list: &[Value], token: &str) -> Option<usize> {
    let by_id = list.iter().position(|item| item.get("id").and_then(Value::as_str) == Some(token));
    by_id.or_else(|| token.parse().ok().filter(|index| *index < list.len()))
}

/// The id of an element, or else its number.
fn name(list: &[Value], index: usize) -> String {
    list[index].get("id").and_then(Value::as_str).map_or_else(|| index.to_string(), str::to_owned)
}

fn join(pointer: &str, token: &str) -> String {
    format!("{pointer}/{}", token.replace('~', "~0").replace('/', "~1"))
}

fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn written(n: u128) -> Written {
        Written { by: Id::from_uuid(Uuid::from_u128(n)), at_ms: i64::try_from(n).unwrap(), actor: format!("desk {n}") }
    }

    fn merged(contents: &[Value]) -> Card {
        let contents: Vec<Content> =
            (1..).zip(contents).map(|(n, value)| Content { written: written(n), value: value.clone() }).collect();
        merge_card(None, &contents)
    }

    fn family() -> Value {
        json!({
            "household": {"persons": [{"id": "a", "name": "佐藤 花"}, {"id": "b", "name": "佐藤 𠮷"}], "address": "八戸市"},
            "situation": {"here": ["a", "b"]}
        })
    }

    #[test]
    fn a_check_in_is_the_card_and_the_last_writer_of_a_field_wins() {
        let card = merged(&[
            family(),
            json!({"set": {"/household/address": "三沢市", "/household/mobile": "090"}}),
            json!({"set": {"/household/address": "十和田市"}}),
        ]);
        assert_eq!(card.value["household"]["address"], "十和田市");
        assert_eq!(card.value["household"]["mobile"], "090");
        let lost: Vec<_> =
            card.history.iter().map(|lost| (lost.value.clone(), lost.written.clone().map(|w| w.at_ms))).collect();
        assert_eq!(lost, [(json!("八戸市"), Some(1)), (json!("三沢市"), Some(2))]);
        assert_eq!(card.history[1].replaced, written(3));
        assert_eq!(card.fields["/household/address"], written(3));
        assert_eq!(card.fields["/situation/here"], written(1));
    }

    #[test]
    fn members_are_amended_by_id_or_number_and_two_amendments_do_not_meet() {
        let card = merged(&[
            family(),
            json!({"set": {"/household/persons/b/needs/dialysis": true}}),
            json!({"set": {"/household/persons/0/kana": "さとう はな"}}),
            json!({"set": {"/household/persons/-": {"id": "c", "name": "佐藤 太郎"}}}),
            json!({"set": {"/household/persons/d": {"id": "d", "name": "佐藤 次郎"}}}),
            json!({"set": {"/household/persons/c/name": "佐藤 太朗"}}),
        ]);
        let persons = &card.value["household"]["persons"];
        assert_eq!(persons[1]["needs"]["dialysis"], true);
        assert_eq!(persons[0], json!({"id": "a", "name": "佐藤 花", "kana": "さとう はな"}));
        assert_eq!((&persons[2]["name"], &persons[3]["name"]), (&json!("佐藤 太朗"), &json!("佐藤 次郎")));
        assert_eq!(card.fields["/household/persons/a/kana"], written(3));
        assert!(card.unread.is_empty());
    }

    #[test]
    fn a_second_check_in_leaves_alone_what_it_does_not_know() {
        let card = merged(&[family(), json!({"household": {"mobile": "080"}, "situation": {}})]);
        assert_eq!(
            (&card.value["household"]["address"], &card.value["household"]["mobile"]),
            (&json!("八戸市"), &json!("080"))
        );
        assert!(card.history.is_empty());
        // Whoever replaces the whole list shows what was in it; parts written by others have no one writer.
        let card = merged(&[
            family(),
            json!({"set": {"/household/persons/a/kana": "はな"}}),
            json!({"household": {"persons": [{"id": "a", "name": "花"}]}}),
        ]);
        assert_eq!(card.history[0].value.as_array().map(Vec::len), Some(2));
        assert_eq!(card.history[0].written, None);
    }

    #[test]
    fn null_makes_a_field_unknown_again() {
        let card = merged(&[
            family(),
            json!({"set": {"/household/address": null, "/household/persons/a": null, "/household/vehicle": null}}),
        ]);
        assert_eq!(card.value["household"], json!({"persons": [{"id": "b", "name": "佐藤 𠮷"}]}));
        assert_eq!(card.history.len(), 2);
        // Nothing to take away makes nothing.
        assert_eq!(merged(&[json!({"set": {"/situation/deep/down": null}})]).value, json!({}));
    }

    #[test]
    fn what_leads_nowhere_is_told_and_changes_nothing() {
        let deep = "/a".repeat(40);
        let contents = [
            family(),
            json!({"set": {
                "": 1, "household": 1, "/": 1, "/household//x": 1, "/household/address/x": 1, "/household/persons/9": 1,
                "/household/persons/z/name": 1, deep: 1,
            }}),
            json!([1]),
            json!("words"),
        ];
        let card = merged(&contents);
        assert_eq!(card.value, merged(&[family()]).value);
        assert_eq!(card.unread.len(), 10);
        assert!(card.history.is_empty());
    }

    #[test]
    fn other_kinds_write_their_own_fields_and_repeating_writes_nothing_new() {
        let card =
            merged(&[family(), json!({"space": "体育館", "bed": "12"}), json!({"space": "体育館", "bed": "14"})]);
        assert_eq!((&card.value["space"], &card.value["bed"]), (&json!("体育館"), &json!("14")));
        assert_eq!(card.fields["/space"], written(2));
        assert_eq!(card.history.len(), 1);
        let base = merge_card(Some(json!({"household": {"address": "青森市"}})), &[]);
        assert_eq!(base.value["household"]["address"], "青森市");
        assert_eq!(merge_card(Some(json!(7)), &[]).value, json!({}));
    }

    #[test]
    fn signs_of_pointers_are_escaped() {
        let card = merged(&[json!({"set": {"/household/a~1b~0c": 1}})]);
        assert_eq!(card.value["household"]["a/b~c"], 1);
        assert_eq!(card.fields.keys().collect::<Vec<_>>(), ["/household/a~1b~0c"]);
    }

    proptest! {
        /// Every value that was ever written is on the card, inside something displaced, or was written again.
        #[test]
        fn nothing_written_vanishes(writes in proptest::collection::vec((0_usize..6, 1_u32..1_000), 1..30)) {
            const FIELDS: [&str; 6] =
                ["/household/a", "/household/b", "/household/b/c", "/household/persons/a/n", "/household/persons/-", "/x"];
            let contents: Vec<Value> = std::iter::once(family())
                .chain(writes.iter().map(|(field, value)| json!({"set": {FIELDS[*field]: value}}))).collect();
            let card = merged(&contents);
            let all = format!("{} {}", card.value, serde_json::to_string(&card.history).unwrap());
            let unread = card.unread.iter().map(|(_, by)| by.uuid().as_u128()).collect::<Vec<_>>();
            for (n, (_, value)) in (2..).zip(&writes) {
                prop_assert!(unread.contains(&n) || all.contains(&value.to_string()), "{} {}", value, all);
            }
            prop_assert_eq!(card, merged(&contents));
        }

        #[test]
        fn any_pointer_is_followed_or_told(pointer in "[/~01abpersons-]{0,20}", value in 0..3) {
            let value = [json!(null), json!(1), json!({"id": "q"})][usize::try_from(value).unwrap()].clone();
            let _ = merged(&[family(), json!({"set": {pointer: value}})]);
        }
    }
}
