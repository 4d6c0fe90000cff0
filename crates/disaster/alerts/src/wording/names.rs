//! Names of places in three languages, and the few verbatim words of telegrams that have a fixed translation.

use feeds::facts::Hypocentre;
use kernel::{AreaCode, CodeType, Text, areas};

/// A place by its code; the telegram's own name where this program knows no other.
pub fn area(area: &AreaCode, told: &str) -> Text {
    areas::text(area).unwrap_or_else(|| Text::same(if told.is_empty() { area.code() } else { told }))
}

/// A municipality of Aomori; the code itself where it is none.
pub fn municipality(jis: &str) -> Text {
    area(&AreaCode::municipality(jis), jis)
}

/// A station on the coast or off it (潮位観測点).
pub fn station(code: &str, told: &str) -> Text {
    area(&AreaCode::new(CodeType::TideStation, code), told)
}

/// Where a quake began (震央地名).
pub fn epicentre(h: &Hypocentre) -> Text {
    match &h.area {
        Some(code) => area(code, &h.name),
        None => Text::same(&h.name),
    }
}

/// 八戸市・三沢市; 八戸市（はちのへし）と 三沢市（みさわし）; Hachinohe City, Misawa City.
pub fn list(names: &[Text]) -> Text {
    let join = |part: fn(&Text) -> &str, with: &str| names.iter().map(part).collect::<Vec<_>>().join(with);
    Text::new(join(|t| &t.ja, "・"), join(|t| &t.easy, "と "), join(|t| &t.en, ", "))
}

/// Ｍ７．５ as M7.5; a magnitude without a number keeps its meaning.
pub fn magnitude(told: &str) -> Text {
    let plain = narrow(told);
    let (easy, en) = if told.contains("巨大") {
        ("とても 大きい 地震（M8より 大きい）".to_owned(), "M8 or larger, a giant earthquake".to_owned())
    } else if told.contains("不明") {
        ("大きさは わかりません".to_owned(), "magnitude unknown".to_owned())
    } else {
        (plain.clone(), plain)
    };
    Text::new(told, easy, en)
}

/// Height of a tsunami in the telegram's words: 巨大, 高い, ３ｍ, １０ｍ超, ０．２ｍ未満.
pub fn height(told: &str) -> Text {
    let plain = narrow(told).replace('m', " m");
    let (easy, en) = match told {
        "巨大" => ("とても 高い".to_owned(), "Huge".to_owned()),
        "高い" => ("高い".to_owned(), "High".to_owned()),
        _ => match (plain.strip_suffix('超'), plain.strip_suffix("未満"), plain.strip_suffix("以上")) {
            (Some(n), ..) => (format!("{n}より 高い"), format!("over {n}")),
            (_, Some(n), _) => (format!("{n}より 低い"), format!("under {n}")),
            (.., Some(n)) => (format!("{n}か もっと 高い"), format!("{n} or higher")),
            _ => (plain.clone(), plain),
        },
    };
    Text::new(told, easy, en)
}

const HEIGHT: &str = "予想される津波の高さ ";
const OVERFLOW: &str = "氾濫発生 ";

/// 予想される津波の高さ ３ｍ, as a hazard keeps it.
pub fn height_line(told: &str) -> String {
    format!("{HEIGHT}{told}")
}

/// The sea has come over a coast (高潮予報区間 with 氾濫発生), as a hazard keeps it.
pub fn overflow_line(coasts: &str) -> String {
    format!("{OVERFLOW}{coasts}").trim_end().to_owned()
}

/// The detail of a hazard: sentences of the telegram, verbatim but for the lines above.
pub fn detail(kept: &str) -> Text {
    let (first, rest) = kept.split_once('\n').unwrap_or((kept, ""));
    let lead = if let Some(told) = first.strip_prefix(HEIGHT) {
        let height = height(told);
        Text::new(first, format!("つなみの 高さ（よそう）：{}", height.easy), format!("Expected height: {}", height.en))
    } else if first.starts_with(OVERFLOW.trim_end()) {
        let coasts = first.trim_start_matches(OVERFLOW.trim_end()).trim();
        let at = if coasts.is_empty() { String::new() } else { format!("：{coasts}") };
        let at_en = if coasts.is_empty() { String::new() } else { format!(": {coasts}") };
        Text::new(
            format!("高潮による氾濫が発生しています{at}"),
            format!("海の水が あふれています{at}"),
            format!("The sea is flooding the land{at_en}"),
        )
    } else {
        return Text::same(kept);
    };
    if rest.is_empty() {
        return lead;
    }
    Text::new(format!("{}\n{rest}", lead.ja), format!("{}\n{rest}", lead.easy), format!("{}\n{rest}", lead.en))
}

/// Full-width letters and digits as everybody types them.
fn narrow(text: &str) -> String {
    let thin = |c: char| match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    };
    text.chars().map(thin).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_telegrams_have_an_english_form() {
        let heights =
            [("巨大", "Huge"), ("３ｍ", "3 m"), ("１０ｍ超", "over 10 m"), ("０．２ｍ未満", "under 0.2 m"), ("", "")];
        for (told, en) in heights {
            assert_eq!((height(told).ja.as_str(), height(told).en.as_str()), (told, en));
        }
        assert_eq!(magnitude("Ｍ７．５").en, "M7.5");
        assert!(magnitude("Ｍ８を超える巨大地震").en.contains("giant"));
        assert_eq!(detail(&height_line("３ｍ")).en, "Expected height: 3 m");
        let flooded = detail(&format!("{}\n満潮は１８時", overflow_line("むつ湾西岸")));
        assert_eq!(flooded.ja, "高潮による氾濫が発生しています：むつ湾西岸\n満潮は１８時");
        assert!(flooded.en.starts_with("The sea is flooding the land: "));
        assert_eq!(detail("そのまま"), Text::same("そのまま"));
    }

    #[test]
    fn a_place_without_an_english_name_keeps_its_own() {
        let zone = |code| AreaCode::new(CodeType::TsunamiZone, code);
        assert_eq!(area(&zone("210"), "岩手県").en, "Iwate Pref.");
        assert_eq!(area(&zone("760"), "宮崎県"), Text::same("宮崎県"));
        let both = list(&[municipality("02203"), municipality("02207")]);
        assert_eq!((both.ja.as_str(), both.en.as_str()), ("八戸市・三沢市", "Hachinohe City, Misawa City"));
    }
}
