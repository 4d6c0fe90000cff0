//! What the rules refuse, in the words of the wire.

use http::Problem;

use crate::model::Refused;

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        disaster(refused).or_else(|| opening(refused)).unwrap_or_else(|| count(refused))
    }
}

fn disaster(refused: Refused) -> Option<Problem> {
    Some(match refused {
        Refused::Name => {
            Problem::invalid("name", "名前は1〜100文字で入力してください。", "A name has 1 to 100 characters.")
        }
        Refused::DrillMark => Problem::invalid(
            "name",
            "本番の災害の名前に【訓練】は使えません。訓練なら種別を訓練にしてください。",
            "A live disaster cannot be called 【訓練】. If it is a drill, choose drill.",
        ),
        Refused::Municipality => Problem::invalid(
            "municipality",
            "青森県内の市町村を5桁のコードで指定してください。",
            "Give a municipality of Aomori by its five-digit code.",
        ),
        Refused::Since => Problem::invalid(
            "since",
            "災害の始まりに先の日時は使えません。",
            "A disaster does not begin in the future.",
        ),
        Refused::Ended => Problem::conflict(
            "disaster-over",
            "この災害は終了しています。続いている災害を選んでください。",
            "This disaster is over. Choose one that is going on.",
        ),
        Refused::StillOpen(open) => Problem::conflict(
            "shelters-still-open",
            format!("開いている避難所が{open}か所あります。先に閉鎖するか、まとめて閉鎖してください。"),
            format!("{open} shelters are still open. Close them first, or together with the disaster."),
        ),
        Refused::OutsideDisaster => Problem::conflict(
            "outside-disaster",
            "この災害の対象市町村ではありません。",
            "The place is not in a municipality of this disaster.",
        ),
        _ => return None,
    })
}

fn opening(refused: Refused) -> Option<Problem> {
    Some(match refused {
        Refused::OpenElsewhere => Problem::conflict(
            "open-elsewhere",
            "この避難所は別の災害で開設されています。そちらを閉鎖してから開設してください。",
            "The shelter is open for another disaster. Close it there first.",
        ),
        Refused::Step { from, to } => Problem::conflict(
            "no-such-step",
            format!(
                "「{}」から「{}」にはできません。人がいる避難所は「閉鎖準備」を経て閉鎖します。",
                from.text().ja,
                to.text().ja
            ),
            format!(
                "{} cannot follow {}. A shelter with people in it is closed by way of Closing.",
                to.text().en,
                from.text().en
            ),
        ),
        Refused::Reason => Problem::invalid(
            "reason",
            "理由は1〜500文字で入力してください。",
            "A reason of 1 to 500 characters is needed.",
        ),
        Refused::Note => {
            Problem::invalid("note", "案内は500文字までで入力してください。", "A note has at most 500 characters.")
        }
        Refused::InsteadNeeded => Problem::conflict(
            "instead-needed",
            "満員にするときは、代わりに行く避難所を選んでください。",
            "Name the shelter to go to instead of a full one.",
        )
        .with_field("instead"),
        Refused::InsteadItself => Problem::invalid(
            "instead",
            "代わりの避難所に同じ避難所は選べません。",
            "A shelter cannot stand in for itself.",
        ),
        Refused::InsteadNotOpen => Problem::conflict(
            "instead-not-open",
            "代わりの避難所が開設されていないか満員です。別の避難所を選んでください。",
            "The shelter to go to instead is not open or is full. Choose another.",
        )
        .with_field("instead"),
        Refused::InsteadUnasked => Problem::invalid(
            "instead",
            "代わりの避難所は満員のときだけ指定できます。",
            "Only a full shelter names one to go to instead.",
        ),
        _ => return None,
    })
}

fn count(refused: Refused) -> Problem {
    match refused {
        Refused::EmptyCount => Problem::invalid(
            "persons",
            "人数か世帯数の少なくとも一方を入力してください。",
            "Give persons or households, or both.",
        ),
        Refused::TooMany => Problem::invalid(
            "persons",
            "10万を超える数は入力できません。桁を確かめてください。",
            "More than 100,000 cannot be entered. Check the digits.",
        ),
        Refused::Households => Problem::invalid(
            "households",
            "世帯数が人数より多くなっています。",
            "There are more households than persons.",
        ),
        Refused::CountedAt => Problem::invalid(
            "counted_at",
            "数えた日時は、災害の前日から今までの間で入力してください。",
            "The time of the count lies between the day before the disaster and now.",
        ),
        Refused::Address => {
            Problem::invalid("address", "住所は1〜500文字で入力してください。", "An address has 1 to 500 characters.")
        }
        Refused::Position => Problem::invalid(
            "lat",
            "緯度と経度を日本の範囲で、両方入力してください。",
            "Give both latitude and longitude, within Japan.",
        ),
        _ => Problem::conflict("not-open", "この避難所は開設されていません。", "The shelter is not open."),
    }
}
