//! Register, change, take along, delete.

use serde_json::{Value, json};
use store::sql;

use crate::support::{MY_NUMBER, code, family, id, kinds, mine, put, registered, uuid, world};

#[tokio::test]
async fn a_family_registers_and_reads_itself() {
    let world = world().await;
    let phone = world.device().await;
    assert_eq!(code(&phone.get("/api/households/mine").await), (404, "not-found".to_owned()));
    let reply = put(&phone, 100, 0, &family()).await;
    insta::assert_snapshot!(reply, @r#"
    200
    {
      "household": {
        "persons": [
          {
            "id": "01939b1e-0000-7000-8000-abcd00000001",
            "name": "八戸 花子",
            "kana": "はちのへ はなこ",
            "birth": "1963-01-05",
            "needs": {
              "allergies": [
                "卵"
              ],
              "mobility": "stick"
            }
          },
          {
            "id": "01939b1e-0000-7000-8000-abcd00000002",
            "name": "𠮷田 太郎",
            "kana": "よしだ たろう",
            "birth": "2001-02-03"
          }
        ],
        "municipality": "02203",
        "address": "内丸一丁目",
        "mobile": "09000000000"
      },
      "revision": 1,
      "subject": "40d6824e2ef3fc17879e2e2256feff0c",
      "changed_at": "2025-12-08T23:15:00+09:00",
      "guardian": true,
      "person": null
    }
    "#);
    assert_eq!(mine(&phone).await, reply.json());
    assert_eq!(put(&phone, 100, 0, &family()).await.json(), reply.json(), "a repeat changes nothing");
    assert_eq!(kinds(&world).await, ["registered"]);
    for word in ["花子", "はなこ", "太郎", "内丸", "0900000", "1963", "卵"] {
        assert!(!world.journal_text().await.contains(word), "{word}");
    }
}

#[tokio::test]
async fn whoever_changes_an_older_revision_is_told() {
    let world = world().await;
    let phone = registered(&world, 100).await;
    let mut changed = family();
    changed["address"] = json!("内丸二丁目");
    assert_eq!(put(&phone, 101, 1, &changed).await.ok().json()["revision"], 2);
    assert_eq!(code(&put(&phone, 102, 1, &family()).await), (409, "stale-revision".to_owned()));
    assert_eq!(code(&put(&phone, 103, 0, &family()).await), (409, "stale-revision".to_owned()));
    assert_eq!(put(&phone, 101, 1, &changed).await.ok().json()["revision"], 2, "a repeat changes nothing");
    assert_eq!(code(&put(&phone, 101, 2, &family()).await), (409, "command-used".to_owned()));
    assert_eq!(mine(&phone).await["household"]["address"], "内丸二丁目");
    let other = world.device().await;
    assert_eq!(code(&put(&other, 101, 1, &changed).await), (409, "command-used".to_owned()));
    assert_eq!(code(&put(&other, 104, 3, &changed).await), (409, "household-gone".to_owned()));
    assert_eq!(kinds(&world).await, ["registered", "changed"]);
}

#[tokio::test]
async fn what_cannot_be_registered_says_what_to_do() {
    let world = world().await;
    let phone = world.device().await;
    let refusal = async |field: &str, value: Value| {
        let mut wanted = family();
        *wanted.pointer_mut(field).unwrap() = value;
        let reply = put(&phone, 100, 0, &wanted).await;
        let body = reply.json();
        format!("{} {}: {}", reply.status, body["field"].as_str().unwrap(), body["detail"].as_str().unwrap())
    };
    insta::assert_snapshot!(refusal("/persons/0/birth", json!("昭和100年1月5日")).await, @"422 household.persons[0].birth: 昭和100年1月5日という日付はありません。昭和の年数を確かめてください。2025年（令和7年）1月5日のことなら「20250105」と入力してください。");
    insta::assert_snapshot!(refusal("/persons/0/birth", json!("昭和100年")).await, @"422 household.persons[0].birth: 生年月日は「19630105」「昭和38年1月5日」「S38.1.5」のように、年・月・日を入力してください。");
    insta::assert_snapshot!(refusal("/persons/0/birth", json!("R9.1.1")).await, @"422 household.persons[0].birth: 生年月日が今日より後になっています。年を確かめてください。");
    insta::assert_snapshot!(refusal("/persons/1/name", json!("")).await, @"422 household.persons[1].name: 入力してください。");
    insta::assert_snapshot!(refusal("/persons/1/kana", json!("Taro")).await, @"422 household.persons[1].kana: ふりがなは、ひらがなで入力してください。");
    insta::assert_snapshot!(refusal("/mobile", json!("12")).await, @"422 household.mobile: 電話番号は市外局番から10桁か11桁の数字で入力してください。外国の番号は「+」から入力してください。");
    insta::assert_snapshot!(refusal("/municipality", json!("")).await, @"422 household.municipality: お住まいの市町村を選んでください。");
    insta::assert_snapshot!(refusal("/address", json!("あ".repeat(501))).await, @"422 household.address: 500文字までで入力してください。");
    insta::assert_snapshot!(refusal("/persons", json!([])).await, @"422 household.persons: 世帯の方を1人以上入力してください。");
    let many: Vec<Value> = (0..41).map(|n| json!({ "id": id(n), "name": "家族" })).collect();
    insta::assert_snapshot!(refusal("/persons", json!(many)).await, @"422 household.persons: 1つの世帯に登録できるのは40人までです。41人目からは別の世帯として登録してください。");
    insta::assert_snapshot!(refusal("/persons/0/needs/allergies/0", json!(MY_NUMBER)).await, @"422 household.persons[0].needs.allergies[0]: マイナンバー（個人番号）と思われる12桁の数字が含まれています。マイナンバーはどの欄にも書かないでください。");
    assert!(kinds(&world).await.is_empty());
    let mut forty = family();
    forty["persons"] = json!(many[..40]);
    assert_eq!(put(&phone, 100, 0, &forty).await.status, 200);
}

#[tokio::test]
async fn a_my_number_is_refused_in_every_text_and_told_nowhere() {
    let world = world().await;
    let phone = world.device().await;
    for field in ["/persons/0/name", "/persons/0/kana", "/persons/0/birth", "/address", "/mobile", "/municipality"] {
        let mut wanted = family();
        *wanted.pointer_mut(field).unwrap() = json!(MY_NUMBER);
        let reply = put(&phone, 100, 0, &wanted).await;
        assert_eq!(code(&reply), (422, "invalid".to_owned()), "{field}");
        assert!(reply.text().contains("マイナンバー") && !reply.text().contains("１２３４"), "{field}: {reply}");
    }
}

#[tokio::test]
async fn everything_can_be_taken_along_as_a_file() {
    let world = world().await;
    let phone = registered(&world, 100).await;
    let made = json!({ "command": id(110), "kind": "paper" });
    let _token = phone.post("/api/households/mine/tokens", &made).await.ok();
    let file = phone.get("/api/households/mine/export").await.ok();
    assert_eq!(file.header("content-disposition"), Some("attachment; filename=\"mamori-household.json\""));
    let all = file.json();
    assert_eq!(all["household"]["persons"][1]["name"], "𠮷田 太郎");
    assert_eq!(all["tokens"][0]["token"].as_str().unwrap().len(), 27);
    assert_eq!(all["devices"][0]["this"], true);
    assert_eq!((&all["consents"]["given"], &all["looked"]), (&json!([]), &json!([])));
    assert_eq!(kinds(&world).await, ["registered", "token_made", "exported"]);
}

#[tokio::test]
async fn what_was_deleted_opens_no_more_not_even_from_a_copy() {
    let world = world().await;
    let phone = registered(&world, 100).await;
    let known = crate::support::subject(&phone).await;
    let mut conn = world.store().read().await.unwrap();
    let (data, key): (Vec<u8>, Vec<u8>) = sql("SELECT h.data, k.sealed FROM households_household h
        JOIN households_data_key k ON k.household = h.id")
    .fetch_one(&mut conn)
    .await
    .unwrap();
    assert!(households::disclosure::find(world.app(), &mut conn, known).await.unwrap().is_some());
    for bytes in [&data, &key] {
        assert!(!String::from_utf8_lossy(bytes).contains("花子"));
    }
    drop(conn);
    assert_eq!(phone.delete("/api/households/mine").await.status, 204);
    assert_eq!(phone.delete("/api/households/mine").await.status, 204, "a repeat changes nothing");
    assert_eq!(phone.get("/api/households/mine").await.status, 404);
    // Somebody puts a copy of the row back.
    let mut tx = world.store().write().await.unwrap();
    sql("UPDATE households_household SET data = $1, deleted_at = NULL").bind(data).execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let mut conn = world.store().read().await.unwrap();
    assert!(households::disclosure::find(world.app(), &mut conn, known).await.unwrap().is_none());
    drop(conn);
    assert_eq!(phone.get("/api/households/mine").await.status, 404);
    assert_eq!(kinds(&world).await, ["registered", "deleted"]);
    let again = put(&phone, 101, 0, &family()).await.ok().json();
    assert_ne!(again["subject"], format!("{known:032x}"), "a new registration is a new subject");
}

#[tokio::test]
async fn a_member_of_the_family_is_no_stranger_to_its_id() {
    // Ids of ours may be made of digits alone; they are no My Number.
    let world = world().await;
    let phone = world.device().await;
    let mut wanted = family();
    wanted["persons"][0]["id"] = json!("12345678-9018-7000-8000-123456789018");
    assert_eq!(put(&phone, 100, 0, &wanted).await.status, 200);
    assert_ne!(mine(&phone).await["household"]["persons"][0]["id"], json!(uuid(1)));
}
