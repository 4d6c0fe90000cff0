//! What the rules refuse, in the words of the wire.

use http::Problem;
use kernel::AreaCode;

use crate::model::Refusal;

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::BadName => {
                Self::invalid("name", "名前は1〜60文字で入力してください。", "The name must have 1 to 60 characters.")
            }
            Refusal::BadArea => Self::invalid(
                "area",
                "地域は青森県か県内の市町村を選んでください。",
                "The area must be Aomori Prefecture or one of its municipalities.",
            ),
            Refusal::BadGrants => {
                Self::invalid("duties", "職務を1件から50件まで選んでください。", "Choose 1 to 50 duties.")
            }
            Refusal::BadKey => Self::invalid(
                "key",
                "端末の公開鍵はP-256の鍵（rawまたはspki、base64url）で送ってください。",
                "The device's public key must be a P-256 key (raw or spki, base64url).",
            ),
            Refusal::NotYours => Self::forbidden(),
            Refusal::Yourself => Self::conflict(
                "own-account",
                "自分の職務の解除や自分のアカウントの停止はできません。ほかの管理者に依頼してください。",
                "You cannot take duties from yourself or suspend yourself. Ask another administrator.",
            ),
        }
    }
}

/// Reads an area of a request body, so that a bad one is refused by its field.
pub(super) fn area(text: &str) -> Result<AreaCode, Problem> {
    text.parse().map_err(|_| Refusal::BadArea.into())
}

/// Every way in which a sign-in fails reads the same: nobody learns which accounts or keys exist.
pub(super) fn sign_in_refused() -> Problem {
    Problem::new(
        axum::http::StatusCode::UNAUTHORIZED,
        "sign-in-refused",
        "サインインできませんでした。もう一度お試しください。続く場合は管理者に連絡してください。",
        "Sign-in failed. Try again; if it goes on, ask your administrator.",
    )
}

/// Every link that cannot be used reads the same.
pub(super) fn invitation_gone() -> Problem {
    Problem::new(
        axum::http::StatusCode::NOT_FOUND,
        "invitation-not-usable",
        "この招待リンクは使えません。期限切れか、使用済みです。管理者に新しい招待を依頼してください。",
        "This invitation cannot be used: it has expired or was used. Ask your administrator for a new one.",
    )
}

/// The passkey that was offered is not one we accept.
pub(super) fn passkey_refused() -> Problem {
    Problem::new(
        axum::http::StatusCode::UNPROCESSABLE_ENTITY,
        "passkey-refused",
        "パスキーを登録できませんでした。画面ロックのある端末でもう一度お試しください。",
        "The passkey was not accepted. Try again on a device with a screen lock.",
    )
}
