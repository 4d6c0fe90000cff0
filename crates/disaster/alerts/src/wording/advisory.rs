//! Words about 北海道・三陸沖後発地震注意情報. Every version keeps: it is not a prediction, about once in a hundred.

use kernel::{Text, Timestamp};

/// Its name.
pub fn advisory_title() -> Text {
    Text::new(
        "北海道・三陸沖後発地震注意情報",
        "大きな 地震に そなえてください（よげん ではありません）",
        "Off Hokkaido and Sanriku subsequent earthquake advisory",
    )
}

/// What it means; when it is over, the closing message.
pub fn advisory_text(until: Timestamp, closed: bool) -> Text {
    if closed {
        return Text::new(
            "特別な備えを呼びかける１週間が過ぎました。大きな地震が起きないということではありません。日頃からの備えを続けてください。",
            "とくべつに そなえる 1週間が おわりました。でも 大きな 地震は いつ おきるか わかりません。これからも そなえてください。",
            "The week of special preparedness is over. It does not mean that no large earthquake will occur. Please stay prepared as usual.",
        );
    }
    let when = until.ja_short();
    Text::new(
        format!(
            "新たな大規模地震の起こる可能性が、平常時と比べて相対的に高まっています（世界の事例で百回に１回程度）。大規模地震が必ず起きることをお知らせする予知ではありません。{when}までの１週間、社会経済活動は続けながら、備えの再確認と、すぐ避難できる準備をしてください。"
        ),
        format!(
            "大きな 地震が おきる かのうせいが、いつもより 少し 高いです（100回に 1回ぐらい）。かならず おきる という お知らせ ではありません。{when}まで、すぐ にげられる じゅんびを してください。"
        ),
        format!(
            "The chance of another great earthquake is higher than usual: about 1 in 100 in past cases worldwide. This is not a prediction. Until {}, carry on with daily life, re-check your preparations and be ready to evacuate at once.",
            until.en_short()
        ),
    )
}

/// What to do.
pub fn advisory_action() -> Text {
    Text::new(
        "家具の固定、避難場所と経路、家族との連絡手段、非常持出品を確認してください。津波の浸水が想定される地域では、すぐに避難できる服装や準備で過ごしてください。",
        "家具が たおれないように してください。にげる 場所と、もちものを たしかめてください。海の 近くの 人は、すぐ にげられる ように していてください。",
        "Secure furniture; check where and how to evacuate, how to reach your family, and your emergency bag. In tsunami zones be ready to leave at once.",
    )
}

/// On what the list of municipalities rests.
pub fn advisory_note(designated: bool) -> Text {
    if designated {
        Text::new(
            "対象の市町村は、県・市町村の職員が登録した一覧によります。",
            "そなえる 市町村は、県や 市の 人が きめた ものです。",
            "The municipalities are those entered by prefectural or municipal staff.",
        )
    } else {
        Text::new(
            "防災対応をとるべき市町村の一覧が登録されていないため、県内全市町村を対象として表示しています。",
            "どの 市町村か まだ 入力されて いません。青森県の ぜんぶの 市町村を 出しています。",
            "The designated list has not been entered yet, so all municipalities of the prefecture are shown.",
        )
    }
}
