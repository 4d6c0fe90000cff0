//! What the rules of notices refuse, in the words of the wire.

use http::Problem;

use crate::model::endpoint::BadEndpoint;
use crate::model::notice::Refused;
use crate::model::subscription::Refusal;
use crate::model::words::Wordless;

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Places => Self::invalid("places", "場所を1〜8か所選んでください。", "Choose one to eight places."),
            Refusal::Municipality(at) => Self::invalid(
                format!("places[{at}]"),
                "青森県内の市町村を5桁のコードで指定してください。",
                "Give a municipality of Aomori by its five-digit code.",
            ),
            Refusal::Circle(at) => Self::invalid(
                format!("places[{at}]"),
                "地点は日本国内、半径は500・1000・3000メートルのいずれかにしてください。",
                "The point must be in Japan and the radius 500, 1000 or 3000 metres.",
            ),
            Refusal::Kinds(name) => Self::invalid(
                format!("kinds.{name}"),
                "選べる範囲の段階を指定してください。",
                "Give a rank within its range.",
            ),
            Refusal::Quiet => Self::invalid(
                "quiet",
                "おやすみ時間の始まりと終わりは、0〜1439の異なる分で指定してください。",
                "Quiet hours begin and end at different minutes from 0 to 1439.",
            ),
            Refusal::Keys => Self::invalid(
                "push",
                "ブラウザの鍵を読み取れません。通知の登録をやり直してください。",
                "The browser's keys cannot be read. Subscribe again.",
            ),
        }
    }
}

impl From<BadEndpoint> for Problem {
    fn from(bad: BadEndpoint) -> Self {
        match bad {
            BadEndpoint::Unreadable => Self::invalid(
                "push.endpoint",
                "通知の宛先が正しくありません。通知の登録をやり直してください。",
                "The push endpoint is not a sound https address. Subscribe again.",
            ),
            BadEndpoint::Unknown => Self::invalid(
                "push.endpoint",
                "このブラウザの通知サービスには対応していません。別のブラウザでお試しください。",
                "This browser's push service is not known here. Try another browser.",
            ),
        }
    }
}

impl From<Wordless> for Problem {
    fn from(wordless: Wordless) -> Self {
        match wordless {
            Wordless::NoTemplate(_) => Self::invalid("template", "定型文を選んでください。", "Choose a template."),
            Wordless::Missing(name, language) => Self::invalid(
                format!("values.{name}.{language}"),
                "すべての言語（日本語・やさしい日本語・英語）で入力してください。",
                "Fill it in every language: Japanese, plain Japanese and English.",
            ),
            Wordless::TooLong(name) => {
                Self::invalid(format!("values.{name}"), "400文字以内で入力してください。", "At most 400 characters.")
            }
        }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::SamePerson => Self::conflict(
                "second-person-needed",
                "作成した人は承認できません。別の担当者が承認してください。",
                "The writer cannot release the notice. A second person must.",
            ),
            Refused::Restatement => Self::conflict(
                "restatement-differs",
                "確認した内容（訓練かどうか・市町村・台数）が作成されたものと違います。画面を開き直して確かめてください。",
                "What you confirmed (drill or not, municipalities, devices) differs. Reload and check.",
            ),
            Refused::Lapsed => Self::conflict(
                "notice-lapsed",
                "承認を求めてから30分が過ぎたため、このお知らせは無効です。もう一度作成してください。",
                "The notice lapsed 30 minutes after it was handed in. Write it again.",
            ),
            Refused::NotDraft => {
                Self::conflict("not-a-draft", "このお知らせは下書きではありません。", "The notice is not a draft.")
            }
            Refused::NotPending => Self::conflict(
                "not-waiting",
                "このお知らせは承認待ちではありません。",
                "The notice is not waiting for release.",
            ),
            Refused::NotOut => Self::conflict(
                "not-out",
                "訂正・取消は、送信したお知らせにだけできます。",
                "Only a notice of staff that went out can be corrected or cancelled.",
            ),
            Refused::Over => Self::conflict(
                "notice-over",
                "このお知らせの有効期間は終わっているため、訂正できません。取り消すか、新しいお知らせを作成してください。",
                "The notice's time is over, so it cannot be corrected. Cancel it, or write a new one.",
            ),
            Refused::NotSending => {
                Self::conflict("not-sending", "このお知らせは送信中ではありません。", "The notice is not being sent.")
            }
            Refused::NotWriter => Self::conflict(
                "writer-only",
                "承認を求めることができるのは作成した人だけです。",
                "Only the writer hands the notice in.",
            ),
        }
    }
}
