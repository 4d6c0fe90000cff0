//! The list of protected people: kept by each municipality, readable by it alone, found by everybody's gate.

use households::{Household, KitProtection, ProtectionList};
use http::Duty;
use serde_json::{Value, json};
use testkit::Caller;

use crate::support::{MY_NUMBER, code, family, id, kinds, town, world};

const LIST: &str = "氏名,カナ,生年月日\n八戸 花子,ハチノヘ ハナコ,S38.1.5\n見本 次郎,,H2.4.1\n";

async fn import(keeper: &Caller, command: u128, list: &str) -> testkit::Reply {
    let path = format!("/api/households/protection/02203/import?command={}", id(command));
    keeper.post_bytes(&path, "text/csv", list).await
}

async fn names(keeper: &Caller) -> Vec<String> {
    let lines = keeper.get("/api/households/protection/02203").await.ok().json();
    lines.as_array().unwrap().iter().map(|line| line["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_list_is_taken_in_whole_or_not_at_all() {
    let world = world().await;
    let keeper = world.staff(&[(Duty::Protection, town("02203"))]).await;
    let by_hand = json!({ "command": id(100), "municipality": "02203", "name": "手入力 花", "birth": "" });
    insta::assert_snapshot!(keeper.put("/api/households/protection", &by_hand).await, @r#"
    200
    {
      "id": "01939b1e-0000-7000-8000-abcd00000064",
      "name": "手入力 花",
      "kana": "",
      "birth": null,
      "subject": null,
      "imported": false,
      "at": "2025-12-08T23:15:00+09:00"
    }
    "#);
    assert_eq!(import(&keeper, 101, LIST).await.ok().json(), json!({ "lines": 2 }));
    assert_eq!(import(&keeper, 101, LIST).await.ok().json(), json!({ "lines": 2 }), "a repeat changes nothing");
    let mut known = names(&keeper).await;
    known.sort();
    assert_eq!(known, ["八戸 花子", "手入力 花", "見本 次郎"]);
    let bad = import(&keeper, 102, "氏名,生年月日\n八戸 花子,昭和100年1月1日\n").await;
    assert_eq!(code(&bad), (422, "invalid".to_owned()));
    assert!(bad.text().contains("2行目") && !bad.text().contains("花子"));
    assert_eq!(names(&keeper).await.len(), 3, "the list is as it was");
    let _next = import(&keeper, 103, "氏名,生年月日\n見本 三郎,H3.4.1\n").await.ok();
    let mut known = names(&keeper).await;
    known.sort();
    assert_eq!(known, ["手入力 花", "見本 三郎"], "the next file replaces the last one, and nothing else");
    assert_eq!(
        kinds(&world).await,
        [
            "protected",
            "protection_imported",
            "protection_read",
            "protection_read",
            "protection_imported",
            "protection_read"
        ]
    );
    for word in ["花子", "次郎", "手入力"] {
        assert!(!world.journal_text().await.contains(word), "{word}");
    }
}

#[tokio::test]
async fn nobody_else_reads_or_changes_it() {
    let world = world().await;
    let keeper = world.staff(&[(Duty::Protection, town("02203"))]).await;
    let _list = import(&keeper, 101, LIST).await.ok();
    let elsewhere = world.staff(&[(Duty::Protection, town("02201")), (Duty::ShelterDesk, town("02203"))]).await;
    let line = keeper.get("/api/households/protection/02203").await.ok().json()[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(elsewhere.get("/api/households/protection/02203").await.status, 403);
    assert_eq!(import(&elsewhere, 102, LIST).await.status, 403);
    assert_eq!(elsewhere.delete(&format!("/api/households/protection/02203/{line}")).await.status, 403);
    assert_eq!(elsewhere.delete(&format!("/api/households/protection/02201/{line}")).await.status, 404);
    let number = json!({ "command": id(110), "municipality": "02203", "name": MY_NUMBER });
    assert_eq!(code(&keeper.put("/api/households/protection", &number).await), (422, "invalid".to_owned()));
    let nobody = json!({ "command": id(111), "municipality": "02203", "subject": "x" });
    assert_eq!(code(&keeper.put("/api/households/protection", &nobody).await), (422, "invalid".to_owned()));
}

#[tokio::test]
async fn a_kit_finds_whom_it_has_before_it_and_reads_nobody() {
    let world = world().await;
    let keeper = world.staff(&[(Duty::Protection, town("02203"))]).await;
    let _list = import(&keeper, 101, LIST).await.ok();
    let whole = json!({ "command": id(102), "municipality": "02203", "subject": format!("{:032x}", 7) });
    let _set = keeper.put("/api/households/protection", &whole).await.ok();
    let mut conn = world.store().read().await.unwrap();
    let kit = KitProtection::load(world.app(), &mut conn, b"kit").await.unwrap();
    let sent = serde_json::to_string(&kit).unwrap();
    assert_eq!(serde_json::from_str::<KitProtection>(&sent).unwrap(), kit);
    let today = world.clock().now().jst().date_naive();
    let read = |household: Value| Household::read(household, today).unwrap();
    let (protected, other) = (read(family()), read(json!({ "persons": [{ "id": id(9), "name": "別人" }] })));
    assert!(kit.protects(b"kit", 1, Some(&protected)));
    assert!(kit.protects(b"kit", 7, None));
    assert!(!kit.protects(b"kit", 1, Some(&other)) && !kit.protects(b"kit", 1, None));
    assert!(!kit.protects(b"another", 7, Some(&protected)), "under another key it says nothing");
    let list = ProtectionList::load(world.app(), &mut conn).await.unwrap();
    assert_eq!(list.protected_by(1, &protected), ["02203"]);
    assert!(list.protected_by(1, &other).is_empty());
}
