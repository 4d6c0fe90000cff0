//! A world with this room, phones that registered a family, and what they send.

use http::{Actor, ActorKind, Duty};
use kernel::AreaCode;
use serde_json::{Value, json};
use testkit::{Caller, Reply, World};
use uuid::Uuid;

/// Eleven digits of nobody, and their check digit.
pub(crate) const MY_NUMBER: &str = "１２３４ー５６７８ー９０１８";

pub(crate) async fn world() -> World {
    World::builder().schemas(&[households::SCHEMA]).routes(households::routes()).build().await
}

pub(crate) fn id(n: u128) -> String {
    uuid(n).to_string()
}

pub(crate) fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(0x0193_9b1e_0000_7000_8000_abcd_0000_0000 + n)
}

pub(crate) fn code(reply: &Reply) -> (u16, String) {
    (reply.status, reply.json()["code"].as_str().unwrap_or_default().to_owned())
}

/// 花子, who needs something, and 太郎.
pub(crate) fn family() -> Value {
    json!({
        "persons": [
            {
                "id": id(1), "name": "八戸 花子", "kana": "ハチノヘ ハナコ", "birth": "昭和38年1月5日",
                "needs": { "allergies": ["卵"], "mobility": "stick" }
            },
            { "id": id(2), "name": "𠮷田 太郎", "kana": "よしだ たろう", "birth": "20010203" },
        ],
        "municipality": "02203", "address": "内丸一丁目", "mobile": "090-0000-0000",
    })
}

pub(crate) async fn put(phone: &Caller, command: u128, revision: i64, household: &Value) -> Reply {
    phone
        .put("/api/households/mine", &json!({ "command": id(command), "revision": revision, "household": household }))
        .await
}

/// A phone that registered [`family`].
pub(crate) async fn registered(world: &World, command: u128) -> Caller {
    let phone = world.device().await;
    let _registered = put(&phone, command, 0, &family()).await.ok();
    phone
}

pub(crate) async fn mine(phone: &Caller) -> Value {
    phone.get("/api/households/mine").await.ok().json()
}

pub(crate) async fn subject(phone: &Caller) -> u128 {
    u128::from_str_radix(mine(phone).await["subject"].as_str().unwrap(), 16).unwrap()
}

pub(crate) async fn consent(phone: &Caller, command: u128, what: &str, given: bool) -> Reply {
    let said = json!({ "command": id(command), "what": what, "text_version": "v1", "given": given });
    phone.post("/api/households/mine/consents", &said).await
}

pub(crate) fn town(jis5: &str) -> AreaCode {
    AreaCode::municipality(jis5)
}

/// A member of staff as the gate sees one.
pub(crate) fn actor(duty: Duty, jis5: &str) -> Actor {
    Actor { kind: ActorKind::Staff { account: uuid(900), duties: vec![(duty, town(jis5))] }, session: None }
}

/// Kinds of this room's journal entries, in order.
pub(crate) async fn kinds(world: &World) -> Vec<String> {
    let all = world.journal_kinds().await;
    all.into_iter().filter_map(|kind| kind.strip_prefix("households.").map(str::to_owned)).collect()
}
