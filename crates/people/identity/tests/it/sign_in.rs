//! Passkey sign-in, sessions and their ends.

use std::time::Duration;

use serde_json::json;

use crate::authenticator::Authenticator;
use crate::{invite, prefecture_administrator, register, sign_in, who, world};

#[tokio::test]
async fn an_invited_person_registers_a_passkey_and_signs_in_with_it() {
    let world = world().await;
    let boss = prefecture_administrator(&world).await;
    let secret = invite(&boss, "八戸市 担当", "evacuation-orders", "municipality:02203").await;

    let browser = world.anonymous();
    let mut key = Authenticator::new(1);
    let registered = register(&browser, &secret, &mut key).await;
    assert_eq!(registered.status, 200, "{registered}");
    let cookie = registered.header("set-cookie").expect("a cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite") && cookie.contains("Path=/"), "{cookie}");
    assert_eq!(who(&browser).await["name"], "八戸市 担当");

    let another = world.anonymous();
    let signed_in = sign_in(&another, &mut key).await;
    assert_eq!(signed_in.status, 200, "{signed_in}");
    let me = signed_in.json();
    assert_eq!(me["kind"], "staff");
    assert_eq!(
        me["duties"],
        json!([{ "duty": "evacuation-orders", "area": "municipality:02203", "area_name": "八戸市" }])
    );
    let kinds = world.journal_kinds().await;
    assert!(
        kinds.ends_with(&[
            "identity.registered".into(),
            "identity.duty_granted".into(),
            "identity.signed_in".into(),
            "identity.signed_in".into()
        ]),
        "{kinds:?}"
    );
}

#[tokio::test]
async fn every_failed_sign_in_reads_the_same() {
    let world = world().await;
    let boss = prefecture_administrator(&world).await;
    let secret = invite(&boss, "八戸市 担当", "watch", "municipality:02203").await;
    let mut key = Authenticator::new(1);
    let account = register(&world.anonymous(), &secret, &mut key).await.json()["account"].clone();
    let account: uuid::Uuid = serde_json::from_value(account).unwrap();

    let mut unknown_key = Authenticator::new(2);
    unknown_key.claim(account);
    let mut unknown_person = Authenticator::new(3);
    unknown_person.claim(uuid::Uuid::from_u128(7));
    let mut wrong_person = key.clone();
    wrong_person.claim(uuid::Uuid::from_u128(7));
    let mut wrong_site = key.clone();
    wrong_site.origin = "http://evil.example".into();
    let mut not_verified = key.clone();
    not_verified.verifies_user = false;

    let mut answers = Vec::new();
    for mut wrong in [unknown_key, unknown_person, wrong_person, wrong_site, not_verified] {
        let mut reply = sign_in(&world.anonymous(), &mut wrong).await.json();
        reply.as_object_mut().unwrap().remove("request_id");
        answers.push(reply);
    }
    answers.dedup();
    insta::assert_json_snapshot!(answers, @r#"
    [
      {
        "type": "urn:mamori:problem:sign-in-refused",
        "title": "サインインが必要です",
        "status": 401,
        "code": "sign-in-refused",
        "detail": "サインインできませんでした。もう一度お試しください。続く場合は管理者に連絡してください。",
        "details": {
          "ja": "サインインできませんでした。もう一度お試しください。続く場合は管理者に連絡してください。",
          "en": "Sign-in failed. Try again; if it goes on, ask your administrator."
        }
      }
    ]
    "#);
}

#[tokio::test]
async fn a_challenge_is_answered_once_in_five_minutes_and_only_for_its_purpose() {
    let world = world().await;
    let boss = prefecture_administrator(&world).await;
    let secret = invite(&boss, "担当", "watch", "municipality:02203").await;
    let mut key = Authenticator::new(1);
    let browser = world.anonymous();
    assert_eq!(register(&browser, &secret, &mut key).await.status, 200);

    let begun = browser.post("/api/identity/sign-in/begin", &json!({})).await.json();
    let answer = json!({ "challenge": begun["challenge"], "credential": key.get(&begun["public_key"]) });
    assert_eq!(browser.post("/api/identity/sign-in/finish", &answer).await.status, 200);
    assert_eq!(browser.post("/api/identity/sign-in/finish", &answer).await.status, 401, "replayed");

    let begun = browser.post("/api/identity/sign-in/begin", &json!({})).await.json();
    world.clock().advance(Duration::from_mins(5));
    let answer = json!({ "challenge": begun["challenge"], "credential": key.get(&begun["public_key"]) });
    assert_eq!(browser.post("/api/identity/sign-in/finish", &answer).await.status, 401, "too late");

    let nonce = browser.post("/api/identity/devices/nonce", &json!({})).await.json();
    let begun = browser.post("/api/identity/sign-in/begin", &json!({})).await.json();
    let answer = json!({ "challenge": nonce["challenge"], "credential": key.get(&begun["public_key"]) });
    assert_eq!(browser.post("/api/identity/sign-in/finish", &answer).await.status, 401, "another purpose");
}

#[tokio::test]
async fn a_copied_key_is_refused_and_written_down() {
    let world = world().await;
    let boss = prefecture_administrator(&world).await;
    let secret = invite(&boss, "担当", "watch", "municipality:02203").await;
    let mut key = Authenticator::new(1);
    assert_eq!(register(&world.anonymous(), &secret, &mut key).await.status, 200);
    let mut copy = key.clone();
    assert_eq!(sign_in(&world.anonymous(), &mut key).await.status, 200);
    assert_eq!(sign_in(&world.anonymous(), &mut key).await.status, 200);
    assert_eq!(sign_in(&world.anonymous(), &mut copy).await.status, 401);
    assert_eq!(world.journal_kinds().await.last().unwrap(), "identity.passkey_refused");
}

#[tokio::test]
async fn a_session_ends_when_idle_for_15_minutes_and_after_12_hours_at_the_latest() {
    let world = world().await;
    let idle = world.staff(&[]).await;
    world.clock().advance(Duration::from_secs(15 * 60 - 1));
    assert_eq!(who(&idle).await["kind"], "staff");
    world.clock().advance(Duration::from_secs(15 * 60 - 1));
    assert_eq!(who(&idle).await["kind"], "staff", "the use before put it off");
    world.clock().advance(Duration::from_mins(15));
    assert_eq!(who(&idle).await["kind"], "anonymous");

    let busy = world.staff(&[]).await;
    for _ in 0..71 {
        world.clock().advance(Duration::from_mins(10));
        assert_eq!(who(&busy).await["kind"], "staff");
    }
    world.clock().advance(Duration::from_mins(10));
    assert_eq!(who(&busy).await["kind"], "anonymous", "12 hours");
}

#[tokio::test]
async fn signing_in_gives_a_new_session_and_ends_the_old_one() {
    let world = world().await;
    let boss = prefecture_administrator(&world).await;
    let secret = invite(&boss, "担当", "watch", "municipality:02203").await;
    let mut key = Authenticator::new(1);
    let browser = world.anonymous();
    register(&browser, &secret, &mut key).await;
    let fixed = browser.clone();
    assert_eq!(sign_in(&browser, &mut key).await.status, 200);
    assert_ne!(browser.cookie(), fixed.cookie());
    assert_eq!(who(&fixed).await["kind"], "anonymous", "the old cookie is worth nothing");
    assert_eq!(who(&browser).await["kind"], "staff");
}

#[tokio::test]
async fn signing_out_ends_this_session_and_everywhere_ends_all() {
    let world = world().await;
    let boss = prefecture_administrator(&world).await;
    let secret = invite(&boss, "担当", "watch", "municipality:02203").await;
    let mut key = Authenticator::new(1);
    let (desk, phone, tablet) = (world.anonymous(), world.anonymous(), world.anonymous());
    register(&desk, &secret, &mut key).await;
    sign_in(&phone, &mut key).await;
    sign_in(&tablet, &mut key).await;

    let stolen = phone.clone();
    assert_eq!(phone.post("/api/identity/sign-out", &json!({})).await.status, 204);
    assert_eq!(phone.cookie(), None);
    assert_eq!(who(&stolen).await["kind"], "anonymous");
    assert_eq!(who(&tablet).await["kind"], "staff");
    assert_eq!(phone.post("/api/identity/sign-out", &json!({})).await.status, 204, "safe to repeat");

    assert_eq!(desk.post("/api/identity/sign-out-everywhere", &json!({})).await.status, 204);
    assert_eq!(who(&tablet).await["kind"], "anonymous");
    assert_eq!(who(&boss).await["kind"], "staff", "others stay");
}

#[tokio::test]
async fn one_account_is_tried_ten_times_in_five_minutes_and_no_more() {
    let world = world().await;
    let mut key = Authenticator::new(1);
    key.claim(uuid::Uuid::from_u128(1));
    for _ in 0..10 {
        assert_eq!(sign_in(&world.anonymous(), &mut key).await.status, 401);
    }
    let refused = sign_in(&world.anonymous(), &mut key).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("301")));
    let mut other = Authenticator::new(2);
    other.claim(uuid::Uuid::from_u128(2));
    assert_eq!(sign_in(&world.anonymous(), &mut other).await.status, 401, "others are not held up");
    world.clock().advance(Duration::from_mins(5));
    assert_eq!(sign_in(&world.anonymous(), &mut key).await.status, 401);
}

#[tokio::test]
async fn a_request_forged_by_another_site_is_refused() {
    let world = world().await;
    let staff = world.staff(&[]).await;
    let reply = staff.from_another_site().post("/api/identity/sign-out-everywhere", &json!({})).await;
    assert_eq!(reply.status, 403, "{reply}");
    assert_eq!(who(&staff).await["kind"], "staff");
}

#[tokio::test]
async fn the_journal_holds_no_secret_and_no_name() {
    let world = world().await;
    let boss = prefecture_administrator(&world).await;
    let secret = invite(&boss, "八戸 太郎", "watch", "municipality:02203").await;
    let browser = world.anonymous();
    register(&browser, &secret, &mut Authenticator::new(1)).await;
    let cookie = browser.cookie().expect("a session");
    let session = cookie.split('=').next_back().expect("a value");
    let text = world.journal_text().await;
    for hidden in [secret.as_str(), session, "八戸 太郎", "職員"] {
        assert!(!text.contains(hidden), "{hidden} stands in the journal");
    }
}
