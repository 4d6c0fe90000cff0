//! Invitations: who may invite, and how often and how long a link works.

use std::time::Duration;

use http::Duty;
use kernel::areas;
use serde_json::json;

use crate::authenticator::Authenticator;
use crate::{hachinohe, invite, prefecture_administrator, register, token, who, world};

#[tokio::test]
async fn a_link_shows_what_it_is_for_and_works_once() {
    let world = world().await;
    let boss = prefecture_administrator(&world).await;
    let secret = invite(&boss, "八戸市 担当", "evacuation-orders", "municipality:02203").await;
    let visitor = world.anonymous();
    let shown = visitor.get(&format!("/api/identity/invitation/{secret}")).await;
    insta::assert_snapshot!(shown, @r#"
    200
    {
      "name": "八戸市 担当",
      "duties": [
        {
          "duty": "evacuation-orders",
          "area": "municipality:02203",
          "area_name": "八戸市"
        }
      ],
      "expires_at": "2025-12-11T23:15:00+09:00"
    }
    "#);
    assert_eq!(register(&visitor, &secret, &mut Authenticator::new(1)).await.status, 200);
    let again = world.anonymous().get(&format!("/api/identity/invitation/{secret}")).await;
    assert_eq!(again.json()["code"], "invitation-not-usable");
    assert_eq!(boss.get("/api/identity/invitations").await.json(), json!([]));
}

#[tokio::test]
async fn two_who_race_for_a_link_become_one_account() {
    let world = world().await;
    let boss = prefecture_administrator(&world).await;
    let secret = invite(&boss, "担当", "watch", "municipality:02203").await;
    let (one, two) = (world.anonymous(), world.anonymous());
    let mut answers = Vec::new();
    for (browser, seed) in [(&one, 1), (&two, 2)] {
        let begun = browser.post(&format!("/api/identity/invitation/{secret}/begin"), &json!({})).await.json();
        let credential = Authenticator::new(seed).create(&begun["public_key"]);
        answers.push(json!({ "challenge": begun["challenge"], "credential": credential }));
    }
    let finish = format!("/api/identity/invitation/{secret}/finish");
    let (a, b) = tokio::join!(one.post(&finish, &answers[0]), two.post(&finish, &answers[1]));
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404]);
}

#[tokio::test]
async fn a_link_ends_after_72_hours_or_when_taken_back() {
    let world = world().await;
    let boss = prefecture_administrator(&world).await;
    let late = invite(&boss, "担当", "watch", "municipality:02203").await;
    world.clock().advance(Duration::from_hours(72));
    assert_eq!(world.anonymous().get(&format!("/api/identity/invitation/{late}")).await.status, 404);

    let boss = prefecture_administrator(&world).await;
    let wanted = json!({ "name": "担当", "duties": [{ "duty": "watch", "area": "prefecture:02" }] });
    let link = boss.post("/api/identity/invitations", &wanted).await.json();
    let address = format!("/api/identity/invitations/{}", link["id"].as_str().unwrap());
    assert_eq!(boss.delete(&address).await.status, 204);
    assert_eq!(boss.delete(&address).await.status, 204, "safe to repeat");
    assert_eq!(world.anonymous().get(&format!("/api/identity/invitation/{}", token(&link))).await.status, 404);
}

#[tokio::test]
async fn a_link_is_worth_no_more_than_its_inviter() {
    let world = world().await;
    let boss = prefecture_administrator(&world).await;
    let local = world.staff(&[(Duty::Administrator, hachinohe())]).await;
    let secret = invite(&local, "担当", "watch", "municipality:02203").await;
    let local_id = who(&local).await["account"].as_str().unwrap().to_owned();
    let duty = json!({ "duty": "administrator", "area": "municipality:02203" });
    assert_eq!(boss.post(&format!("/api/identity/accounts/{local_id}/revoke"), &duty).await.status, 204);
    assert_eq!(world.anonymous().get(&format!("/api/identity/invitation/{secret}")).await.status, 404);
}

#[tokio::test]
async fn an_administrator_invites_for_the_own_area_only() {
    let world = world().await;
    let local = world.staff(&[(Duty::Administrator, hachinohe())]).await;
    let cases = [
        ("担当", "watch", "municipality:02203", 201),
        ("担当", "watch", "municipality:02201", 403),
        ("担当", "administrator", "prefecture:02", 403),
        ("担当", "watch", "municipality:99999", 422),
        ("担当", "watch", "nonsense", 422),
        ("担当", "king", "municipality:02203", 422),
        ("", "watch", "municipality:02203", 422),
    ];
    for (name, duty, area, status) in cases {
        let wanted = json!({ "name": name, "duties": [{ "duty": duty, "area": area }] });
        let reply = local.post("/api/identity/invitations", &wanted).await;
        assert_eq!(reply.status, status, "{name} {duty} {area}: {reply}");
    }
    let none = local.post("/api/identity/invitations", &json!({ "name": "x", "duties": [] })).await;
    assert_eq!(none.status, 422);
    let mine = local.get("/api/identity/invitations").await.json();
    assert_eq!(mine.as_array().unwrap().len(), 1);
    let neighbour = world.staff(&[(Duty::Administrator, kernel::AreaCode::municipality("02201"))]).await;
    assert_eq!(neighbour.get("/api/identity/invitations").await.json(), json!([]));
    let foreign = format!("/api/identity/invitations/{}", mine[0]["id"].as_str().unwrap());
    assert_eq!(neighbour.delete(&foreign).await.status, 404, "not even its existence");
}

#[tokio::test]
async fn a_passkey_made_for_another_link_or_without_a_check_of_the_person_is_refused() {
    let world = world().await;
    let boss = prefecture_administrator(&world).await;
    let one = invite(&boss, "担当", "watch", "municipality:02203").await;
    let two = invite(&boss, "県の担当", "administrator", "prefecture:02").await;
    let browser = world.anonymous();
    let begun = browser.post(&format!("/api/identity/invitation/{one}/begin"), &json!({})).await.json();
    let credential = Authenticator::new(1).create(&begun["public_key"]);
    let answer = json!({ "challenge": begun["challenge"], "credential": credential });
    let crossed = browser.post(&format!("/api/identity/invitation/{two}/finish"), &answer).await;
    assert_eq!((crossed.status, crossed.json()["code"].clone()), (422, json!("passkey-refused")));

    let mut careless = Authenticator::new(2);
    careless.verifies_user = false;
    assert_eq!(register(&browser, &one, &mut careless).await.status, 422);
    assert_eq!(register(&browser, &one, &mut Authenticator::new(3)).await.status, 200, "the link still works");
    assert_eq!(register(&browser, &two, &mut Authenticator::new(3)).await.status, 422, "a key is one account's");
}

#[tokio::test]
async fn the_machine_invites_the_first_administrator_and_no_second_unless_to_recover() {
    let world = world().await;
    let app = world.app();
    let invite =
        |recover| identity::invite_first_administrator(&app.store, &app.ids, app.clock.now(), "県 管理者", recover);
    let first = invite(false).await.unwrap();
    let again = invite(false).await.unwrap();
    let browser = world.anonymous();
    let secret = again.path.strip_prefix("/office/invite/").unwrap();
    let registered = register(&browser, secret, &mut Authenticator::new(1)).await.json();
    assert_eq!(registered["duties"][0]["area"], areas::PREFECTURE.to_string());
    assert!(matches!(invite(false).await, Err(identity::InviteError::HasAdministrator)));
    assert_eq!(invite(true).await.unwrap().expires_at, first.expires_at);
    let bad = identity::invite_first_administrator(&app.store, &app.ids, app.clock.now(), " ", true).await;
    assert!(matches!(bad, Err(identity::InviteError::Name)));
}
