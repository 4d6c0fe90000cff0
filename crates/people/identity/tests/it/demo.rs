//! Demo sign-ins exist in a demo database and nowhere else.

use serde_json::json;

use crate::{prefecture_administrator, who, world};

#[tokio::test]
async fn without_the_mark_there_is_no_demo_sign_in() {
    let world = world().await;
    let boss = prefecture_administrator(&world).await;
    let account = who(&boss).await["account"].clone();
    let visitor = world.anonymous();
    assert_eq!(visitor.get("/api/identity/demo-accounts").await.status, 404);
    let reply = visitor.post("/api/identity/demo-sign-in", &json!({ "account": account })).await;
    assert_eq!((reply.status, reply.json()["code"].clone()), (404, json!("not-found")));
    assert!(identity::seed_demo(world.app()).await.is_err());

    let mut tx = world.app().store.write().await.unwrap();
    let refused = identity::mark_demo(&mut tx, &world.app().ids, world.clock().now()).await;
    assert!(refused.is_err(), "a database with people in it does not become a demo");
}

#[tokio::test]
async fn in_a_demo_anybody_is_one_of_its_people_and_nobody_else() {
    let world = world().await;
    let app = world.app();
    let mut tx = app.store.write().await.unwrap();
    identity::mark_demo(&mut tx, &app.ids, app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    let made = identity::seed_demo(app).await.unwrap();
    assert_eq!(identity::seed_demo(app).await.unwrap().len(), made.len(), "seeding twice makes nobody twice");
    let real = prefecture_administrator(&world).await;

    let visitor = world.anonymous();
    let names: Vec<_> = visitor
        .get("/api/identity/demo-accounts")
        .await
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["name"].as_str().unwrap().to_owned())
        .collect();
    insta::assert_debug_snapshot!(names, @r#"
    [
        "県 管理者",
        "県 災害対策本部",
        "八戸市 避難情報担当 A",
        "八戸市 避難情報担当 B",
        "県 施設台帳担当",
        "八戸市 避難所担当",
        "八戸市 避難所受付",
        "八戸市 安否確認担当",
        "八戸市 子育て支援担当",
        "青森市 避難情報担当",
    ]
    "#);
    let signed_in = visitor.post("/api/identity/demo-sign-in", &json!({ "account": made[2].account })).await;
    assert_eq!(signed_in.status, 200, "{signed_in}");
    let me = who(&visitor).await;
    assert_eq!((me["name"].clone(), me["demo"].clone()), (json!("八戸市 避難情報担当 A"), json!(true)));

    let real_account = who(&real).await["account"].clone();
    let refused = world.anonymous().post("/api/identity/demo-sign-in", &json!({ "account": real_account })).await;
    assert_eq!(refused.status, 404, "an account with a key is not a demo account");
}
