//! What this room refuses, in the words of the wire.

use axum::http::StatusCode;
use http::Problem;

/// 423: nothing personal can be read without the keys. Admissions go on.
pub(super) fn locked() -> Problem {
    Problem::new(
        StatusCode::LOCKED,
        "locked",
        "キットに鍵がかかっています。名前などを見るには鍵を開けてください。受付はこのまま続けられます。",
        "The kit is locked. Unlock it to see names; admissions go on meanwhile.",
    )
}

/// 409: somebody else was quicker.
pub(super) fn stale_revision() -> Problem {
    Problem::conflict(
        "stale-revision",
        "ほかの担当者が先に更新しました。最新の内容を確認してください。",
        "Somebody else changed it first. Look at the newest state.",
    )
}

/// 404 for a disaster that is over or was never declared.
pub(super) fn no_disaster() -> Problem {
    Problem::not_found().with_field("disaster")
}
