//! What the rules of evacuation orders refuse, in the words of the wire.

use http::Problem;

use crate::orders::Refused;

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Level => Self::invalid(
                "level",
                "警戒レベルは3（高齢者等避難）、4（避難指示）、5（緊急安全確保）のいずれかです。",
                "The level is 3, 4 or 5.",
            ),
            Refused::Municipality => Self::invalid(
                "municipality",
                "青森県内の市町村を5桁のコードで指定してください。",
                "Give a municipality of Aomori by its five-digit code.",
            ),
            Refused::Reason => Self::invalid(
                "reason",
                "理由（避難所の案内も）は1〜500文字で入力してください。",
                "Reason and shelter note: 1 to 500 characters.",
            ),
            Refused::Districts => Self::invalid(
                "districts",
                "地区は200件まで、それぞれ1〜500文字で入力してください。",
                "At most 200 districts of 1 to 500 characters each.",
            ),
            Refused::SamePerson => Self::conflict(
                "second-person-needed",
                "起案した人は承認できません。別の担当者が承認してください。",
                "The proposer cannot release the order. A second person must.",
            ),
            Refused::Restatement => Self::conflict(
                "restatement-differs",
                "確認した内容（訓練かどうか・市町村・警戒レベル）が起案と違います。画面を開き直して確かめてください。",
                "What you confirmed (drill or not, municipality, level) differs from the proposal. Reload and check.",
            ),
            Refused::Lapsed => Self::conflict(
                "proposal-lapsed",
                "起案から30分が過ぎたため、この案は無効です。もう一度起案してください。",
                "The proposal lapsed after 30 minutes. Propose it again.",
            ),
            Refused::NotProposed => Self::conflict(
                "not-waiting",
                "この案は承認待ちではありません。",
                "The order is not waiting for a decision.",
            ),
            Refused::NotInForce => {
                Self::conflict("not-in-force", "この避難情報は発令中ではありません。", "The order is not in force.")
            }
            Refused::OtherOrder => Self::conflict(
                "other-order",
                "訂正では市町村と訓練の別は変えられません。取消のうえ、新しく起案してください。",
                "A correction cannot change mode or municipality. Withdraw it and propose a new one.",
            ),
            Refused::Widened => Self::conflict(
                "new-order-needed",
                "訂正では警戒レベルを上げたり地区を広げたりできません。新しく起案し、別の担当者の承認を受けてください。",
                "A correction cannot raise the level or add districts. Propose a new order; a second person must release it.",
            ),
        }
    }
}
