//! All words of this room, in Japanese, やさしい日本語 and English, as tables. No other file makes a sentence.
//!
//! Japanese follows the official scheme of 2026-05-28 (警戒レベル; names by 気象庁). やさしい日本語 is short sentences of
//! everyday words. Nothing here says that there is no danger: silence is worded as silence.

mod actions;
mod advisory;
mod changes;
mod names;
mod orders;
mod pages;
mod quakes;
mod tsunamis;

use kernel::Text;

use crate::model::{Derived, Grade, Hazard, HazardState};

pub use actions::action;
pub use advisory::{advisory_action, advisory_note, advisory_text, advisory_title};
pub use changes::{change_title, places};
pub use names::{area, detail, epicentre, height, height_line, list, magnitude, municipality, overflow_line, station};
pub use orders::{order_action, order_at, order_name, order_places, order_prompt, order_step};
pub use pages::{
    be_ready, bulletin_title, headline_hazard, headline_order, headline_orders, headline_places, nothing_stated,
    sentences,
};
pub use quakes::{
    Shore, depth, intensity, intensity_str, local_quake, quake_action, quake_title, sea_code, tsunami_comment,
    tsunami_lifted,
};
pub use tsunamis::{arrival, observed, tsunami_action, tsunami_headline, tsunami_name};

/// Official name of a hazard in force, e.g. レベル４土砂災害危険警報.
pub fn name(hazard: Hazard, derived: &Derived) -> Text {
    match hazard {
        Hazard::Tsunami => tsunami_name(crate::model::grade_of(&derived.code, "")),
        Hazard::AftershockAdvisory => advisory_title(),
        Hazard::Tornado => tornado(derived),
        Hazard::Volcano | Hazard::Ash => volcano(hazard, derived),
        Hazard::Eew => Text::new(
            "緊急地震速報（警報）",
            "強い ゆれが 来ます。あたまを まもってください",
            "Earthquake early warning: strong shaking",
        ),
        Hazard::Other if crate::model::kind_of(&derived.code).is_none() => unknown(derived),
        _ => scheme_name(hazard, derived.grade, derived.level),
    }
}

/// Name of a hazard held.
pub fn state_name(state: &HazardState) -> Text {
    name(state.hazard, &state.derived)
}

/// Name of an official level.
pub fn level_name(level: u8) -> Text {
    match level {
        5 => Text::new("警戒レベル５相当", "レベル5：いのちが あぶない", "Level 5 equivalent"),
        4 => Text::new("警戒レベル４相当", "レベル4：とても あぶない", "Level 4 equivalent"),
        3 => Text::new("警戒レベル３相当", "レベル3：あぶない", "Level 3 equivalent"),
        2 => Text::new("警戒レベル２", "レベル2：気をつける", "Level 2"),
        _ => Text::new("警戒レベル１", "レベル1：そなえる", "Level 1"),
    }
}

/// Words for one hazard: 日本語の災害名, やさしい日本語, English.
struct Words {
    ja: &'static str,
    easy: &'static str,
    en: &'static str,
}

const fn words(ja: &'static str, easy: &'static str, en: &'static str) -> Words {
    Words { ja, easy, en }
}

fn noun(hazard: Hazard) -> Words {
    match hazard {
        Hazard::HeavyRain => words("大雨", "たくさんの雨", "heavy rain"),
        Hazard::Landslide => words("土砂災害", "がけくずれ", "landslide"),
        Hazard::StormSurge => words("高潮", "海の水が 高くなること", "storm surge"),
        Hazard::Flood => words("洪水", "川の水が あふれること", "flood"),
        Hazard::Inundation => words("浸水", "水が たまること", "inundation"),
        Hazard::Snowstorm => words("暴風雪", "強い風と雪", "snowstorm"),
        Hazard::Storm => words("暴風", "とても強い風", "storm"),
        Hazard::HeavySnow => words("大雪", "たくさんの雪", "heavy snow"),
        Hazard::Waves => words("波浪", "高い波", "high waves"),
        Hazard::Thunder => words("雷", "かみなり", "thunderstorm"),
        Hazard::Snowmelt => words("融雪", "雪が とけること", "snowmelt"),
        Hazard::Fog => words("濃霧", "こい きり", "dense fog"),
        Hazard::Dry => words("乾燥", "空気が かわくこと（火事）", "dry air"),
        Hazard::Avalanche => words("なだれ", "山の雪が くずれること", "avalanche"),
        Hazard::Cold => words("低温", "とても さむいこと", "low temperature"),
        Hazard::Frost => words("霜", "しも", "frost"),
        Hazard::Icing => words("着氷", "氷が つくこと", "icing"),
        Hazard::SnowAccretion => words("着雪", "雪が くっつくこと", "snow accretion"),
        Hazard::Other => words("その他", "そのほかの きけん", "other hazards"),
        Hazard::Tornado => words("竜巻", "たつまき", "tornado"),
        Hazard::Tsunami => words("津波", "つなみ", "tsunami"),
        Hazard::River => words("氾濫", "川の水が あふれること", "river flood"),
        Hazard::Volcano => words("噴火", "火山の ふん火", "volcano"),
        Hazard::Ash => words("降灰", "火山の灰", "ash fall"),
        Hazard::Eew => words("緊急地震速報", "強い ゆれ", "earthquake early warning"),
        Hazard::AftershockAdvisory => {
            words("後発地震注意情報", "大きな地震に そなえること", "subsequent earthquake advisory")
        }
    }
}

/// 注意報 of two hazards has a name of its own.
fn advisory_noun(hazard: Hazard) -> Words {
    match hazard {
        Hazard::Snowstorm => words("風雪", "風と雪", "wind and snow"),
        Hazard::Storm => words("強風", "強い風", "strong wind"),
        other => noun(other),
    }
}

fn grade_words(grade: Grade) -> Words {
    match grade {
        Grade::None => words("", "に 気をつけてください", "information"),
        Grade::Advisory => words("注意報", "に 気をつけてください", "advisory"),
        Grade::Warning => words("警報", "が あぶないです", "warning"),
        Grade::Danger => words("危険警報", "が とても あぶないです", "danger warning"),
        Grade::Emergency => words("特別警報", "で いのちが あぶないです", "emergency warning"),
    }
}

fn scheme_name(hazard: Hazard, grade: Grade, level: Option<u8>) -> Text {
    let noun = if grade == Grade::Advisory { advisory_noun(hazard) } else { noun(hazard) };
    let grade = grade_words(grade);
    let legacy_flood = hazard == Hazard::Flood;
    let (ja, easy, en) = match level.filter(|_| !legacy_flood) {
        Some(n) => (format!("レベル{}", wide(n)), format!("レベル{n}："), format!("Level {n} ")),
        None => (String::new(), String::new(), String::new()),
    };
    let en = capital(&format!("{en}{} {}", noun.en, grade.en));
    Text::new(format!("{ja}{}{}", noun.ja, grade.ja), format!("{easy}{}{}", noun.easy, grade.easy), en)
}

fn tornado(derived: &Derived) -> Text {
    if derived.rank >= 3 {
        Text::new("竜巻注意情報（目撃情報）", "たつまきを 見た人が います", "Tornado sighted: take care")
    } else {
        Text::new("竜巻注意情報", "たつまきに 気をつけてください", "Tornado advisory")
    }
}

fn volcano(hazard: Hazard, derived: &Derived) -> Text {
    let what =
        if derived.detail.is_empty() { "噴火速報" } else { derived.detail.lines().next().unwrap_or_default() };
    if hazard == Hazard::Ash {
        let heavy = if derived.rank >= 3 { "多量" } else { "" };
        return Text::new(
            format!("降灰予報 {heavy}（{what}）"),
            "火山の灰が ふります。外に 出ないでください",
            format!("Ash fall forecast ({what})"),
        );
    }
    let level = match derived.code.as_str() {
        "12" => "Level 2 (do not approach the crater)",
        "13" => "Level 3 (do not approach the volcano)",
        "14" => "Level 4 (evacuation of people who need time)",
        "15" => "Level 5 (evacuate)",
        "22" | "48" | "49" => "danger near the crater",
        "23" | "42" | "43" => "danger on the volcano",
        "51" | "52" | "61" | "62" => "eruption",
        _ => what,
    };
    Text::new(
        format!("火山 {what}"),
        "火山が あぶないです。山に 近づかないでください",
        format!("Volcanic warning: {level}"),
    )
}

/// A kind this program does not know is shown by its own name.
fn unknown(derived: &Derived) -> Text {
    let own = derived.detail.lines().next().filter(|l| !l.is_empty()).unwrap_or("名称不明の警報・注意報");
    Text::new(own, format!("新しい お知らせです：{own}"), format!("{own} (a kind not known to this program)"))
}

/// Full-width digits, as the official names have them.
pub(crate) fn wide(n: u8) -> String {
    n.to_string().chars().map(|c| c.to_digit(10).and_then(|d| char::from_u32('０' as u32 + d)).unwrap_or(c)).collect()
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().collect::<String>() + chars.as_str()).unwrap_or_default()
}
