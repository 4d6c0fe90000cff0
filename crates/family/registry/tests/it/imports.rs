//! A file comes in: preview, apply, the same again, a change, something gone.

use serde_json::{Value, json};
use testkit::Caller;

use crate::support::{answers, clerk, code, id, world};

async fn upload(clerk: &Caller, name: &str, body: impl Into<Vec<u8>>) -> testkit::Reply {
    let path = format!("/api/registry/imports?area=02203&name={name}");
    clerk.post_bytes(&path, "application/octet-stream", body.into()).await
}

async fn apply(clerk: &Caller, n: u128, import: &Value, gone: bool) -> testkit::Reply {
    let path = format!("/api/registry/imports/{}/apply", import["id"].as_str().unwrap());
    clerk.post(&path, &json!({ "command": id(n), "withdraw_gone": gone })).await
}

fn record(psid: &str, name: &str, summary: &str) -> Value {
    json!({
        "institutionName": { "canonicalName": name, "shortName": null }, "summary": summary,
        "target": {
            "greaterThanOrEqualTo": { "targetAge": null, "targetAgeOfMonths": 2 },
            "lessThan": { "targetAge": 7, "targetAgeOfMonths": 6 }
        },
        "area": { "areaCode": "022039;八戸市", "areaText": null }, "basicInformation": { "psid": psid },
        "tag": { "categoryCode": ["002，027 "], "targetCode": ["86"], "contentsCode": [] },
        "own": { "kept": [1, null] }
    })
}

#[tokio::test]
async fn a_file_is_shown_before_it_changes_anything() {
    let world = world().await;
    let clerk = clerk(&world, "02203").await;
    let first =
        json!([record("psid1", "予防接種の助成", "a"), record("psid2", "訪問", "b"), { "summary": "名前なし" }]);
    let preview = upload(&clerk, "a.json", first.to_string()).await.ok().json();
    assert_eq!(preview["counts"], json!({ "added": 2, "refused": 1, "defects": 6 }));
    let rows = clerk.get(&format!("/api/registry/imports/{}/rows", preview["id"].as_str().unwrap())).await.ok().json();
    assert_eq!(rows[0]["record"]["own"], json!({ "kept": [1, null] }), "nothing is lost");
    assert_eq!(rows[0]["record"]["tag"]["categoryCode"], json!(["002", "027"]));
    assert_eq!((&rows[2]["what"], &rows[2]["refused"]["code"]), (&json!("refused"), &json!("no-name")));
    let errors = clerk.get(&format!("/api/registry/imports/{}/errors.csv", preview["id"].as_str().unwrap())).await.ok();
    assert!(
        errors.text().starts_with("\u{feff}行番号,psid,通称,エラー項目名,エラー内容\r\n1,psid1,予防接種の助成,tag."),
        "{}",
        errors.text()
    );
    let listed = clerk.get("/api/registry/programmes").await.ok().json();
    let own = |listed: &Value| listed.as_array().unwrap().iter().filter(|one| one["origin"] != "starting-set").count();
    assert_eq!(own(&listed), 0, "nothing is applied");
    for _ in 0..2 {
        assert_eq!(apply(&clerk, 1, &preview, false).await.status, 200);
    }
    assert_eq!(code(&apply(&clerk, 2, &preview, false).await), (409, "not-previewed".to_owned()));
    let listed = clerk.get("/api/registry/programmes").await.ok().json();
    assert_eq!(own(&listed), 2);
    // The same again changes nothing; a change and a gone row are seen.
    let again = upload(&clerk, "a.json", first.to_string()).await.ok().json();
    assert_eq!(again["counts"]["same"], 2, "{again}");
    let second = json!([record("psid1", "予防接種の助成", "新しい概要")]);
    let changed = upload(&clerk, "b.json", second.to_string()).await.ok().json();
    assert_eq!((&changed["counts"]["changed"], &changed["counts"]["gone"]), (&json!(1), &json!(1)));
    let rows = clerk.get(&format!("/api/registry/imports/{}/rows", changed["id"].as_str().unwrap())).await.ok().json();
    assert_eq!(rows[0]["fields"], json!(["summary"]));
    assert_eq!(apply(&clerk, 3, &changed, true).await.status, 200);
    assert_eq!(code(&apply(&clerk, 4, &again, false).await), (409, "plan-changed".to_owned()));
}

#[tokio::test]
async fn an_imported_programme_is_decided_by_its_ages() {
    let world = world().await;
    let clerk = clerk(&world, "02203").await;
    let preview = upload(&clerk, "a.json", json!([record("psid1", "五種混合", "a")]).to_string()).await.ok().json();
    let _ = apply(&clerk, 1, &preview, false).await.ok();
    let listed = clerk.get("/api/registry/programmes").await.ok().json();
    let mine = listed.as_array().unwrap().iter().find(|one| one["name"] == "五種混合").unwrap().clone();
    let path = |step: &str| format!("/api/registry/programmes/{}/{step}", mine["programme"].as_str().unwrap());
    let _ = clerk.post(&path("review"), &json!({ "command": id(2), "revision": 1 })).await.ok();
    let _ = clerk.post(&path("publish"), &json!({ "command": id(3), "revision": 2 })).await.ok();
    world.settle().await;
    // 7 years and 6 months are reached on the day before: born on 29 May 2019, on 28 November 2026.
    for (birth, verdict) in [("2026-09-28", "yes"), ("2026-09-30", "no"), ("2019-05-29", "no"), ("2019-05-30", "yes")] {
        let profile = json!({
            "household": { "municipality": "02203" }, "people": [{ "role": "child", "birth": birth }], "complete": true
        });
        let key = mine["key"].as_str().unwrap();
        assert_eq!(answers(&world, &profile).await[key]["verdict"], verdict, "{birth}");
    }
}

#[tokio::test]
async fn tables_of_offices_are_taken_and_nonsense_is_not() {
    let world = world().await;
    let clerk = clerk(&world, "02203").await;
    let csv = "制度名,概要,対象年齢（未満）,申請期限,独自の列\nブックスタート,絵本,1歳,随時,メモ\n,名前なし,,,\n";
    let preview = upload(&clerk, "list.csv", csv).await.ok().json();
    assert_eq!((&preview["counts"]["added"], &preview["counts"]["defects"]), (&json!(1), &json!(1)));
    let refused = upload(&clerk, "list.csv", "あ,い\n1,2\n").await;
    assert_eq!((refused.status, &refused.json()["field"]), (422, &json!("file")));
    for bytes in ["[1, 2]", "[{", "{\"a\": 1}\n{"] {
        assert_eq!(upload(&clerk, "x.json", bytes).await.status, 422, "{bytes}");
    }
    let other = json!([{ "institutionName": { "canonicalName": "x" }, "area": { "areaCode": "131016;千代田区" } }]);
    let preview = upload(&clerk, "x.json", other.to_string()).await.ok().json();
    assert_eq!(preview["counts"]["refused"], 1);
    let path = format!("/api/registry/imports/{}/discard", preview["id"].as_str().unwrap());
    assert_eq!(clerk.post(&path, &json!({ "command": id(1) })).await.ok().json()["state"], "discarded");
    let imports = clerk.get("/api/registry/imports?area=02203").await.ok().json();
    assert_eq!(imports.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_was_taken_back_may_come_again() {
    let world = world().await;
    let clerk = clerk(&world, "02203").await;
    let (one, two) = (record("psid1", "予防接種の助成", "a"), record("psid2", "訪問", "b"));
    let both = json!([one, two]).to_string();
    let first = upload(&clerk, "a.json", both.clone()).await.ok().json();
    assert_eq!(apply(&clerk, 1, &first, false).await.status, 200);
    let less = upload(&clerk, "b.json", json!([one]).to_string()).await.ok().json();
    assert_eq!(apply(&clerk, 2, &less, true).await.status, 200);
    let again = upload(&clerk, "c.json", both.clone()).await.ok().json();
    assert_eq!((&again["counts"]["added"], &again["counts"]["same"]), (&json!(1), &json!(1)), "{again}");
    let applied = apply(&clerk, 3, &again, false).await;
    assert_eq!(applied.status, 200, "{applied}");
    let listed = clerk.get("/api/registry/programmes").await.ok().json();
    let visits: Vec<&Value> = listed.as_array().unwrap().iter().filter(|one| one["name"] == "訪問").collect();
    assert_eq!(visits.len(), 1);
    assert_eq!((&visits[0]["state"], &visits[0]["number"]), (&json!("draft"), &json!(2)));
    assert_eq!(upload(&clerk, "d.json", both).await.ok().json()["counts"]["same"], 2);
}
