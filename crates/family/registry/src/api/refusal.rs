//! What the rules refuse, in the words of the wire.

use http::Problem;

use crate::import::Unreadable;
use crate::model::{ProfileFault, Refused};

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Area => Self::invalid(
                "area",
                "地域は 00（国）、02（県）、または青森県の市町村の5桁のコードで指定してください。",
                "An area is 00 (nation), 02 (prefecture) or the five digits of a municipality of Aomori.",
            ),
            Refused::Key => Self::invalid(
                "key",
                "識別名は半角の英小文字・数字・_ で1〜64文字にしてください。",
                "A key has 1 to 64 of a-z, 0-9 and _.",
            ),
            Refused::KeyTaken => Self::conflict(
                "key-taken",
                "この地域には同じ識別名の制度がすでにあります。",
                "The area has a programme of this key already.",
            )
            .with_field("key"),
            Refused::Name => Self::invalid(
                "content.record.institutionName.canonicalName",
                "制度の名前は1〜200文字で入力してください。",
                "The name of a programme has 1 to 200 characters.",
            ),
            Refused::DatesReversed => {
                Self::invalid("valid_until", "終わりの日が始まりの日より前です。", "The last day is before the first.")
            }
            other => conflict(other),
        }
    }
}

fn conflict(refused: Refused) -> Problem {
    match refused {
        Refused::EditedMeanwhile => Problem::conflict(
            "edited-meanwhile",
            "ほかの人が先に変更しました。開き直して、もう一度変更してください。",
            "Somebody else changed it first. Open it again and repeat your change.",
        )
        .with_field("revision"),
        Refused::Step { from, to } => Problem::conflict(
            "no-such-step",
            format!("「{}」の版を「{}」にはできません。", state(from), state(to)),
            format!("A version that is {} cannot become {}.", from.as_str(), to.as_str()),
        ),
        Refused::Faults(faults) => {
            let first = faults.first();
            Problem::conflict(
                "rule-faults",
                format!("条件に誤りが{}件あります。{}", faults.len(), first.map_or("", |fault| &fault.ja)),
                format!("The rule has {} faults. {}", faults.len(), first.map_or("", |fault| &fault.en)),
            )
            .with_field(first.map_or_else(String::new, |fault| fault.path.clone()))
        }
        Refused::Cases(failed) => {
            let names: Vec<&str> = failed.iter().take(3).map(|case| case.name.as_str()).collect();
            Problem::conflict(
                "cases-fail",
                format!("検証事例が{}件、期待と違います：{}", failed.len(), names.join("、")),
                format!("{} cases do not come out as expected: {}", failed.len(), names.join(", ")),
            )
            .with_field("content.cases")
        }
        Refused::Cycle(other) => Problem::conflict(
            "programme-cycle",
            format!("「{other}」とこの制度が互いを受給の条件にしていて、誰も受けられません。"),
            format!("{other} and this programme require or shut out each other, so that nobody can receive it."),
        )
        .with_field("content.rule.condition"),
        _ => Problem::conflict(
            "no-case",
            "判定をする制度には、検証事例が一つ以上必要です。",
            "A rule that decides something needs at least one case.",
        )
        .with_field("content.cases"),
    }
}

fn state(state: crate::model::State) -> &'static str {
    use crate::model::State;
    match state {
        State::Draft => "下書き",
        State::Reviewed => "確認済み",
        State::Published => "公開",
        State::Expired => "期限切れ",
        State::Withdrawn => "取りやめ",
    }
}

/// What is wrong with an answer of a profile.
pub(super) fn profile(field: &str, fault: &ProfileFault) -> Problem {
    let (ja, en) = match fault {
        ProfileFault::NoSuchAttribute => {
            ("この項目は辞書にありません。", "There is no such attribute in registry/attributes.")
        }
        ProfileFault::Derived => ("この項目は生年月日から計算します。", "This is worked out from the date of birth."),
        ProfileFault::Kind => ("この項目に合わない種類の値です。", "This kind of value does not fit the attribute."),
        ProfileFault::NoSuchOption => ("選択肢にない値です。", "It is none of the options."),
        ProfileFault::Negative => ("0以上の数で入力してください。", "Give a number from 0."),
        ProfileFault::TooLarge(_) => {
            ("数が大きすぎます。桁を確かめてください。", "The number is too large. Check the digits.")
        }
        ProfileFault::Future => ("先の日付は使えません。", "A day in the future cannot be used."),
        ProfileFault::NoSuchDay => ("日付は 2024-05-01 のように入力してください。", "Give the day as 2024-05-01."),
        ProfileFault::Reversed => ("範囲の始まりと終わりが逆です。", "The range is reversed."),
        ProfileFault::NoSuchMunicipality => {
            ("青森県の市町村を5桁のコードで指定してください。", "Give a municipality of Aomori by its five-digit code.")
        }
        ProfileFault::TooManyPeople => ("人数が多すぎます（20人まで）。", "There are too many people (at most 20)."),
    };
    Problem::invalid(field, ja, en)
}

/// Why a file cannot be read.
pub(super) fn unreadable(error: &Unreadable) -> Problem {
    match error {
        Unreadable::Json(why) => Problem::invalid(
            "file",
            "JSONとして読めません。制度の記録の一覧（[ … ]）を送ってください。",
            format!("It is no JSON list of records: {why}"),
        ),
        Unreadable::Sheet(why) => Problem::invalid("file", why.clone(), "The table cannot be read."),
        Unreadable::NoName => Problem::invalid(
            "file",
            "制度の名前の列が見つかりません。「制度名」という見出しの列を作ってください。",
            "No column is the name of a programme. Call one 制度名.",
        ),
        Unreadable::TooMany => Problem::invalid(
            "file",
            format!("一度に取り込めるのは{}行までです。分けてください。", crate::import::MOST_ROWS),
            format!("At most {} rows at a time. Split the file.", crate::import::MOST_ROWS),
        ),
    }
}
