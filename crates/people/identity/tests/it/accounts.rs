//! Duties given and taken, accounts suspended: with the next request.

use http::Duty;
use kernel::AreaCode;
use serde_json::json;

use crate::authenticator::Authenticator;
use crate::{hachinohe, invite, prefecture_administrator, register, sign_in, who, world};

#[tokio::test]
async fn a_duty_works_with_the_next_request_and_is_gone_with_the_next() {
    let world = world().await;
    let boss = prefecture_administrator(&world).await;
    let clerk = world.staff(&[]).await;
    let id = who(&clerk).await["account"].as_str().unwrap().to_owned();
    assert_eq!(clerk.get("/api/identity/accounts").await.status, 403);

    let duty = json!({ "duty": "administrator", "area": "municipality:02203" });
    for _ in 0..2 {
        assert_eq!(boss.post(&format!("/api/identity/accounts/{id}/grant"), &duty).await.status, 204);
    }
    assert_eq!(clerk.get("/api/identity/accounts").await.status, 200);
    for _ in 0..2 {
        assert_eq!(boss.post(&format!("/api/identity/accounts/{id}/revoke"), &duty).await.status, 204);
    }
    assert_eq!(clerk.get("/api/identity/accounts").await.status, 403);
    let kinds = world.journal_kinds().await;
    assert_eq!(kinds[kinds.len() - 2..], ["identity.duty_granted", "identity.duty_revoked"], "repeats leave nothing");
}

#[tokio::test]
async fn a_suspended_account_is_out_at_once_and_its_key_opens_nothing() {
    let world = world().await;
    let boss = prefecture_administrator(&world).await;
    let secret = invite(&boss, "担当", "watch", "municipality:02203").await;
    let mut key = Authenticator::new(1);
    let clerk = world.anonymous();
    let id = register(&clerk, &secret, &mut key).await.json()["account"].as_str().unwrap().to_owned();

    assert_eq!(boss.post(&format!("/api/identity/accounts/{id}/suspend"), &json!({})).await.status, 204);
    assert_eq!(who(&clerk).await["kind"], "anonymous");
    assert_eq!(sign_in(&clerk, &mut key).await.json()["code"], "sign-in-refused");
    assert_eq!(boss.post(&format!("/api/identity/accounts/{id}/resume"), &json!({})).await.status, 204);
    assert_eq!(who(&clerk).await["kind"], "anonymous", "the old session stays ended");
    assert_eq!(sign_in(&clerk, &mut key).await.status, 200);
}

#[tokio::test]
async fn an_administrator_reaches_the_own_area_and_not_beyond() {
    let world = world().await;
    let boss = prefecture_administrator(&world).await;
    let local = world.staff(&[(Duty::Administrator, hachinohe())]).await;
    let both = world.staff(&[(Duty::Watch, hachinohe()), (Duty::Watch, AreaCode::municipality("02201"))]).await;
    let away = world.staff(&[(Duty::Watch, AreaCode::municipality("02201"))]).await;
    let id = |me: serde_json::Value| me["account"].as_str().unwrap().to_owned();
    let (boss_id, both, away) = (id(who(&boss).await), id(who(&both).await), id(who(&away).await));
    let here = json!({ "duty": "watch", "area": "municipality:02203" });
    let there = json!({ "duty": "watch", "area": "municipality:02201" });

    let cases = [
        (format!("/api/identity/accounts/{both}/revoke"), &there, 403),
        (format!("/api/identity/accounts/{both}/suspend"), &here, 403),
        (format!("/api/identity/accounts/{both}/revoke"), &here, 204),
        (format!("/api/identity/accounts/{both}/revoke"), &here, 404),
        (format!("/api/identity/accounts/{away}/grant"), &here, 404),
        (format!("/api/identity/accounts/{away}/suspend"), &here, 404),
        (format!("/api/identity/accounts/{boss_id}/suspend"), &here, 404),
    ];
    for (address, body, status) in cases {
        let reply = local.post(&address, body).await;
        assert_eq!(reply.status, status, "{address}: {reply}");
    }
    let seen = local.get("/api/identity/accounts").await.json();
    assert_eq!(seen.as_array().unwrap().len(), 1, "only themselves are left in 八戸市: {seen}");
    assert_eq!(boss.get("/api/identity/accounts").await.json().as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn somebody_is_always_left_who_administers() {
    let world = world().await;
    let boss = prefecture_administrator(&world).await;
    let id = who(&boss).await["account"].as_str().unwrap().to_owned();
    let duty = json!({ "duty": "administrator", "area": "prefecture:02" });
    for address in [format!("/api/identity/accounts/{id}/revoke"), format!("/api/identity/accounts/{id}/suspend")] {
        let reply = boss.post(&address, &duty).await;
        assert_eq!((reply.status, reply.json()["code"].clone()), (409, json!("own-account")));
    }

    // Two who take it from each other at the same moment: one of them comes too late.
    let other = prefecture_administrator(&world).await;
    let other_id = who(&other).await["account"].as_str().unwrap().to_owned();
    let (addresses, me) =
        ((format!("/api/identity/accounts/{other_id}/revoke"), format!("/api/identity/accounts/{id}/revoke")), &duty);
    let (a, b) = tokio::join!(boss.post(&addresses.0, me), other.post(&addresses.1, me));
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 403]);
}
