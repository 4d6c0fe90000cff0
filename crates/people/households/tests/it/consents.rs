//! Consents: nothing is given beforehand, each is an event.

use crate::support::{code, consent, kinds, registered, world};

#[tokio::test]
async fn nothing_is_given_beforehand_and_each_word_is_kept() {
    let world = world().await;
    let phone = registered(&world, 100).await;
    insta::assert_snapshot!(phone.get("/api/households/mine/consents").await, @r#"
    200
    {
      "given": [],
      "history": []
    }
    "#);
    let _given = consent(&phone, 101, "safety", true).await.ok();
    let _again = consent(&phone, 101, "safety", true).await.ok();
    let _other = consent(&phone, 102, "desk", true).await.ok();
    insta::assert_snapshot!(consent(&phone, 103, "safety", false).await, @r#"
    200
    {
      "given": [
        {
          "what": "desk",
          "text_version": "v1",
          "given": true,
          "at": "2025-12-08T23:15:00+09:00"
        },
        {
          "what": "safety",
          "text_version": "v1",
          "given": false,
          "at": "2025-12-08T23:15:00+09:00"
        }
      ],
      "history": [
        {
          "what": "safety",
          "text_version": "v1",
          "given": true,
          "at": "2025-12-08T23:15:00+09:00"
        },
        {
          "what": "desk",
          "text_version": "v1",
          "given": true,
          "at": "2025-12-08T23:15:00+09:00"
        },
        {
          "what": "safety",
          "text_version": "v1",
          "given": false,
          "at": "2025-12-08T23:15:00+09:00"
        }
      ]
    }
    "#);
    assert_eq!(code(&consent(&phone, 103, "safety", true).await), (409, "command-used".to_owned()));
    assert_eq!(code(&consent(&phone, 104, "everything", true).await), (422, "invalid".to_owned()));
    assert_eq!(kinds(&world).await, ["registered", "consented", "consented", "consented"]);
}
