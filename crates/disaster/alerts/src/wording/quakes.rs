//! Words about earthquakes.

use feeds::facts::Intensity;
use kernel::{Text, Timestamp};

/// As in JSON: `"5-"`.
pub fn intensity_str(intensity: Intensity) -> &'static str {
    match intensity {
        Intensity::Zero => "0",
        Intensity::One => "1",
        Intensity::Two => "2",
        Intensity::Three => "3",
        Intensity::Four => "4",
        Intensity::FiveLower => "5-",
        Intensity::FiveUpper => "5+",
        Intensity::SixLower => "6-",
        Intensity::SixUpper => "6+",
        Intensity::Seven => "7",
    }
}

/// 震度６強
pub fn intensity(intensity: Option<Intensity>, pending: bool) -> Text {
    let Some(value) = intensity else {
        return if pending {
            Text::new(
                "震度５弱以上と推定（入電なし）",
                "とても 強く ゆれた かもしれません（まだ わかりません）",
                "Possibly 5 lower or more (report missing)",
            )
        } else {
            Text::new("震度不明", "ゆれの 強さは まだ わかりません", "Intensity unknown")
        };
    };
    let (ja, en) = match value {
        Intensity::Zero => ("０", "0"),
        Intensity::One => ("１", "1"),
        Intensity::Two => ("２", "2"),
        Intensity::Three => ("３", "3"),
        Intensity::Four => ("４", "4"),
        Intensity::FiveLower => ("５弱", "5 lower"),
        Intensity::FiveUpper => ("５強", "5 upper"),
        Intensity::SixLower => ("６弱", "6 lower"),
        Intensity::SixUpper => ("６強", "6 upper"),
        Intensity::Seven => ("７", "7"),
    };
    Text::new(format!("震度{ja}"), format!("{}（震度{ja}）", easy_shaking(value)), format!("Intensity {en}"))
}

/// One line about a quake. `who` is the strongest place in Aomori, where one was felt.
pub fn quake_title(epicentre: Option<&Text>, magnitude: Option<&Text>, max: &Text, cancelled: bool) -> Text {
    if cancelled {
        return Text::new(
            "地震情報の取消",
            "さっきの 地震の お知らせは まちがいでした",
            "Earthquake information withdrawn",
        );
    }
    let searching = Text::new("震源調査中", "場所は しらべています", "source under investigation");
    let (place, nothing) = (epicentre.unwrap_or(&searching), Text::default());
    let size = magnitude.unwrap_or(&nothing);
    Text::new(
        format!("{} {} 最大{}", place.ja, size.ja, max.ja).replace("  ", " "),
        format!("地震が ありました：{}。いちばん 強い所：{}", place.easy, max.easy),
        format!("Earthquake: {} {} — maximum {}", place.en, size.en, max.en.replace("Intensity", "intensity"))
            .replace("  ", " "),
    )
}

/// How one municipality was shaken.
pub fn local_quake(at: Timestamp, felt: &Text, by_area: bool) -> Text {
    let area = if by_area { "この地域で" } else { "" };
    let area_en = if by_area { " (for the wider area)" } else { "" };
    Text::new(
        format!("{}頃の地震で{area}{}", at.ja_short(), felt.ja),
        format!("{}ごろ 地震が ありました。{}", at.ja_short(), felt.easy),
        format!("Earthquake at {}: {}{area_en}", at.en_short(), felt.en),
    )
}

/// What the sea means to a place that was shaken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shore {
    /// No coast, or the agency says that no tsunami comes.
    Away,
    /// A coast, and nothing says that it is safe.
    Unsure,
    /// A tsunami warning is in force for the coast.
    Warned,
}

/// What to do after shaking.
pub fn quake_action(strong: bool, shore: Shore) -> Text {
    let sea = match (shore, strong) {
        (Shore::Away, _) => Text::default(),
        (Shore::Warned, _) => Text::new(
            "津波警報が出ています。海の近くの人はすぐに高い所へ避難してください。",
            "つなみが 来ます。海の 近くの 人は すぐ 高い所へ にげてください。",
            " A tsunami warning is in force: near the sea, go to high ground at once.",
        ),
        (Shore::Unsure, true) => Text::new(
            "海の近くで強く揺れました。すぐに海岸から離れてください。",
            "海の 近くの 人は すぐ 海から はなれてください。",
            " Strong shaking near the sea: move away from the shore at once.",
        ),
        (Shore::Unsure, false) => Text::new(
            "海の近くで強い揺れや長い揺れを感じたら、すぐに海岸から離れてください。",
            "海の 近くで 長く ゆれたら、すぐ 海から はなれてください。",
            " Near the sea, move away from the shore if shaking is strong or long.",
        ),
    };
    let Text { ja, easy, en } = sea;
    if strong {
        Text::new(
            format!(
                "まず身の安全を確保してください。{ja}火の始末をし、崩れそうな建物やがけから離れてください。今後の強い揺れに注意してください。"
            ),
            format!("あんぜんな 所に いてください。{easy}また ゆれるかも しれません。"),
            format!("Keep yourself safe.{en} Keep away from damaged buildings and slopes. Expect more strong shaking."),
        )
    } else {
        Text::new(
            format!("今後の情報に注意してください。{ja}"),
            format!("新しい お知らせを 見てください。{easy}"),
            format!("Follow further information.{en}"),
        )
    }
}

/// Depth in words; 0 is ごく浅い.
pub fn depth(kilometres: Option<f64>) -> Text {
    match kilometres {
        None => Text::new("深さ不明", "深さは わかりません", "Depth unknown"),
        Some(km) if km <= 0.0 => Text::new("ごく浅い", "とても あさい", "Very shallow"),
        Some(km) if km >= 700.0 => Text::new("７００ｋｍ以上", "700km より 深い", "700 km or deeper"),
        Some(km) => {
            let km = format!("{km:.0}");
            Text::new(format!("約{km}km"), format!("{km}km ぐらい"), format!("About {km} km"))
        }
    }
}

/// Fixed comments (固定付加文) about the sea. Grave before harmless: of two side by side the graver one is told.
const SEA_COMMENTS: [&str; 13] =
    ["0211", "0216", "0217", "0221", "0222", "0223", "0229", "0212", "0213", "0214", "0228", "0215", "0230"];

/// The comment about the sea that is told.
pub fn sea_code(codes: &[String]) -> Option<&'static str> {
    SEA_COMMENTS.into_iter().find(|c| codes.iter().any(|have| have == c))
}

/// For comment 0211 once the warnings it speaks of are lifted.
pub fn tsunami_lifted(at: Timestamp) -> Text {
    Text::new(
        format!("この地震で発表された津波警報・注意報は解除されました（{}発表の電文による）。", at.ja_short()),
        format!("つなみの お知らせは おわりました（{}）。海では まだ 気をつけてください。", at.ja_short()),
        format!("The tsunami warnings and advisories of this earthquake were lifted (telegram of {}).", at.en_short()),
    )
}

/// What a fixed comment (固定付加文) says of the tsunami. "No tsunami" is said on 0215 and 0230 alone.
pub fn tsunami_comment(codes: &[String]) -> Option<Text> {
    Some(match sea_code(codes)? {
        "0211" => Text::new(
            "津波警報等（大津波警報・津波警報あるいは津波注意報）を発表中です。",
            "つなみの お知らせが 出ています。海から はなれてください。",
            "A tsunami warning or advisory is in force.",
        ),
        "0212" => Text::new(
            "若干の海面変動があるかもしれませんが、被害の心配はありません。",
            "海の 高さが 少し かわるかも しれません。",
            "Slight sea-level changes are possible, but no damage is expected.",
        ),
        "0213" | "0214" => Text::new(
            "今後もしばらく海面変動が続くと思われます。",
            "海の 高さは まだ かわります。気をつけてください。",
            "Sea-level changes will continue for some time.",
        ),
        "0215" => Text::new(
            "この地震による津波の心配はありません。",
            "この 地震で つなみは 来ません。",
            "This earthquake poses no tsunami risk.",
        ),
        "0216" => Text::new(
            "震源が海底の場合、津波が発生するおそれがあります。",
            "つなみが 来るかも しれません。海から はなれてください。",
            "If the source was under the sea, a tsunami may occur.",
        ),
        "0229" => Text::new(
            "日本への津波の有無については現在調査中です。",
            "つなみが 来るか しらべています。",
            "Whether a tsunami will reach Japan is being investigated.",
        ),
        "0230" => Text::new(
            "この地震による日本への津波の影響はありません。",
            "この 地震で 日本に つなみは 来ません。",
            "This earthquake has no tsunami effect on Japan.",
        ),
        "0217" => Text::new(
            "今後の情報に注意してください。",
            "新しい お知らせに 気をつけてください。",
            "Follow further information.",
        ),
        _ => Text::new(
            "震源の近くなどで津波発生の可能性があります。今後の情報に注意してください。",
            "遠くで つなみが おきるかも しれません。新しい お知らせを 見てください。",
            "A tsunami is possible near the source. Follow further information.",
        ),
    })
}

fn easy_shaking(intensity: Intensity) -> &'static str {
    match intensity {
        Intensity::Zero | Intensity::One | Intensity::Two => "少し ゆれました",
        Intensity::Three | Intensity::Four => "ゆれました",
        Intensity::FiveLower | Intensity::FiveUpper => "強く ゆれました",
        _ => "とても 強く ゆれました",
    }
}
