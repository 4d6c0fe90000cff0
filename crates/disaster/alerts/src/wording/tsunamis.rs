//! Words about tsunami. "No tsunami" is never said here of silence: see [`super::tsunami_comment`].

use kernel::Text;

use crate::publish::TsunamiGrade;

/// Official name of a grade.
pub fn tsunami_name(grade: TsunamiGrade) -> Text {
    match grade {
        TsunamiGrade::MajorWarning => {
            Text::new("大津波警報", "とても 大きな つなみが 来ます。すぐ にげて！", "Major tsunami warning")
        }
        TsunamiGrade::Warning => Text::new("津波警報", "つなみが 来ます。すぐ にげて！", "Tsunami warning"),
        TsunamiGrade::Advisory => Text::new("津波注意報", "つなみに 気をつけて。海から はなれて", "Tsunami advisory"),
        TsunamiGrade::Forecast => Text::new(
            "津波予報（若干の海面変動）",
            "海の 高さが 少し かわるかも しれません",
            "Tsunami forecast (slight sea-level change)",
        ),
        TsunamiGrade::None => Text::new(
            "津波警報・注意報は発表されていません（解除を含む）",
            "つなみの お知らせは 今 出ていません（おわったものも あります）",
            "No tsunami warning or advisory is stated for this coast (or it was lifted)",
        ),
    }
}

/// What to do on a coast.
pub fn tsunami_action(grade: TsunamiGrade) -> Text {
    match grade {
        TsunamiGrade::MajorWarning => Text::new(
            "巨大な津波が襲います。海岸や川沿いから今すぐ高台や避難ビルなど、より高い安全な場所へ避難してください。警報が解除されるまで戻らないでください。",
            "とても 大きな つなみが 来ます。今すぐ 高い所へ にげてください。もどらないでください。",
            "A huge tsunami is coming. Leave the coast and rivers now for higher ground. Do not go back until the warning is lifted.",
        ),
        TsunamiGrade::Warning => Text::new(
            "津波が襲います。海岸や川沿いから今すぐ高台や避難ビルなど安全な場所へ避難してください。警報が解除されるまで戻らないでください。",
            "つなみが 来ます。今すぐ 高い所へ にげてください。もどらないでください。",
            "A tsunami is coming. Leave the coast and rivers now for higher ground. Do not go back until the warning is lifted.",
        ),
        TsunamiGrade::Advisory => Text::new(
            "海の中や海岸は危険です。海から上がり、海岸から離れてください。解除されるまで近づかないでください。",
            "海は あぶないです。海から 出て、はなれてください。",
            "The sea and the shore are dangerous. Get out of the water and keep away until the advisory is lifted.",
        ),
        TsunamiGrade::Forecast => Text::new(
            "若干の海面変動があるかもしれません。海水浴や釣りなどは十分に注意してください。",
            "海の 高さが 少し かわります。海では 気をつけてください。",
            "Slight sea-level changes are possible. Take care when swimming or fishing.",
        ),
        TsunamiGrade::None => Text::new(
            "最新の情報を確認してください。揺れを感じたら海岸から離れてください。",
            "ゆれたら 海から はなれてください。新しい お知らせを 見てください。",
            "Check the latest information. If you feel shaking, leave the shore.",
        ),
    }
}

/// Headline of the coasts. `None` means that no statement is held at all.
pub fn tsunami_headline(strongest: Option<TsunamiGrade>, coasts: &Text) -> Text {
    match strongest {
        None => Text::new(
            "津波に関する電文は受信していません。受信状況は情報源の表示を確認してください。",
            "つなみの お知らせは とどいていません。",
            "No tsunami telegram has been received. See the sources for what is being received.",
        ),
        Some(TsunamiGrade::None) => Text::new(
            "青森県の沿岸に発表中の津波警報・注意報・予報はありません（最後に受信した電文による）。",
            "青森県の 海に つなみの お知らせは 今 出ていません（さいごの お知らせより）。",
            "According to the last telegram, no tsunami warning, advisory or forecast stands on Aomori's coasts.",
        ),
        Some(grade) => {
            let name = tsunami_name(grade);
            Text::new(
                format!("{}に{}が発表されています。", coasts.ja, name.ja),
                format!("{}：{}", coasts.easy, name.easy),
                format!("{}: {}", name.en, coasts.en),
            )
        }
    }
}

/// Words that stand in the place of the first wave's time, in every language.
pub fn arrival(conditions: &[String]) -> Text {
    let told: Vec<Text> = conditions.iter().map(|c| arrival_word(c)).collect();
    let join = |part: fn(&Text) -> &str, with: &str| told.iter().map(part).collect::<Vec<_>>().join(with);
    Text::new(join(|t| &t.ja, "　"), join(|t| &t.easy, "。"), join(|t| &t.en, "; "))
}

/// What was seen at a station.
pub fn observed(station: &Text, height: &str) -> Text {
    let height = super::height(height);
    let height_en = if height.en.is_empty() { String::new() } else { format!(": {}", height.en) };
    Text::new(
        format!("津波を観測 {} {}", station.ja, height.ja).trim_end(),
        format!("つなみが 来ました：{} {}", station.easy, height.easy).trim_end(),
        format!("Tsunami observed at {}{height_en}", station.en),
    )
}

fn arrival_word(word: &str) -> Text {
    let (easy, en) = match word {
        "ただちに津波来襲と予測" => ("今すぐ つなみが 来ます", "expected at any moment"),
        "津波到達中と推測" => ("つなみが もう 来ています", "believed to be arriving now"),
        "既に津波到達と推測" => ("つなみが もう 来ています", "believed to have arrived"),
        "早いところでは既に津波到達と推定" => {
            ("早い 所では つなみが もう 来ています", "believed to have reached the nearest places")
        }
        "第１波の到達を確認" => ("つなみが 来ました", "first wave has arrived"),
        "第１波識別不能" => ("はじめの つなみの 時間は わかりません", "first wave cannot be told apart"),
        _ => return Text::same(word),
    };
    Text::new(word, easy, en)
}
