//! Headlines of the pages: the one thing to know now.

use kernel::Text;

/// Silence: what is held states nothing, and the freshness of the sources tells whether that means anything.
fn nothing_stated() -> Text {
    Text::new(
        "受信した電文の範囲では、発表中の警報・注意報はありません。情報源の最終受信時刻を確認してください。",
        "今 とどいている お知らせの 中に、けいほうは ありません。いつ とどいたかを たしかめてください。",
        "The telegrams received so far state no warning or advisory. Check when the sources were last received.",
    )
}

/// The municipality's page. `top` is the strongest thing in force.
pub fn headline_municipality(order: Option<&Text>, top: Option<&Text>) -> Text {
    match (order, top) {
        (Some(order), _) => Text::new(
            format!("{}が発令されています。", order.ja),
            order.easy.clone(),
            format!("{} is in force.", order.en),
        ),
        (None, Some(top)) => {
            Text::new(format!("{}が発表されています。", top.ja), top.easy.clone(), format!("{} is in force.", top.en))
        }
        (None, None) => nothing_stated(),
    }
}

/// The prefecture's page.
pub fn headline_prefecture(orders: usize, top: Option<(&Text, &Text)>) -> Text {
    if orders > 0 {
        return Text::new(
            format!("{orders}市町村で避難情報が発令されています。"),
            format!("{orders}の 市町村で「にげてください」の お知らせが 出ています。"),
            format!("Evacuation orders are in force in {orders} municipalities."),
        );
    }
    match top {
        Some((name, places)) => Text::new(
            format!("{}に{}が発表されています。", places.ja, name.ja),
            format!("{}：{}", places.easy, name.easy),
            format!("{}: {}", name.en, places.en),
        ),
        None => nothing_stated(),
    }
}

/// What to do while nothing is stated.
pub fn be_ready() -> Text {
    Text::new(
        "避難場所と連絡方法を確かめておいてください。揺れや大雨など危険を感じたら、情報を待たずに身を守ってください。",
        "にげる 場所を たしかめておいてください。あぶないと 思ったら、すぐ にげてください。",
        "Know where you would go and how to reach your family. If you sense danger, protect yourself without waiting for information.",
    )
}

/// Title of a text for people; the verbatim title in Japanese, its sort in the others.
pub fn bulletin_title(title: &str, tag: &str) -> Text {
    const SORTS: [(&str, &str, &str); 7] = [
        ("線状降水帯", "とても たくさんの 雨が ふりつづきます", "Linear rainband: extremely heavy rain continues"),
        ("記録的短時間大雨", "短い 時間に とても たくさんの 雨が ふりました", "Record rainfall in a short time"),
        ("短時間大雪", "短い 時間に とても たくさんの 雪が ふっています", "Very heavy snow in a short time"),
        ("大雪", "雪の お知らせ", "Information on heavy snow"),
        ("大雨", "雨の お知らせ", "Information on heavy rain"),
        ("暴風", "強い 風の お知らせ", "Information on strong wind"),
        ("地震", "地震の お知らせ", "Information on earthquakes"),
    ];
    let sort = SORTS.iter().find(|(word, _, _)| tag.contains(word) || title.contains(word));
    let (easy, en) = sort.map_or(("お知らせ", "Information"), |(_, easy, en)| (*easy, *en));
    Text::new(title, format!("{easy}（{title}）"), format!("{en} ({title})"))
}
