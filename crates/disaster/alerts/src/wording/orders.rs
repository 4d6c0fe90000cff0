//! Words about evacuation orders (避難情報): the municipality's own, never derived from a level of the Meteorological Agency.

use kernel::{Mode, Text};

use super::wide;

/// 警戒レベル４ 避難指示
pub fn order_name(level: u8) -> Text {
    match level {
        5 => Text::new(
            "警戒レベル５ 緊急安全確保",
            "レベル5：今すぐ いのちを まもって！",
            "Level 5: Emergency safety measures",
        ),
        4 => {
            Text::new("警戒レベル４ 避難指示", "レベル4：にげてください（ぜんいん）", "Level 4: Evacuation instruction")
        }
        _ => Text::new(
            "警戒レベル３ 高齢者等避難",
            "レベル3：お年よりや 体の ふじゆうな 人は にげてください",
            "Level 3: Evacuation of the elderly and others who need time",
        ),
    }
}

/// What to do under it.
pub fn order_action(level: u8) -> Text {
    match level {
        5 => Text::new(
            "命の危険。直ちに身の安全を確保してください。立退き避難が危険な場合は、今いる場所や近くの少しでも安全な場所へ移動してください。",
            "いのちが あぶないです。今すぐ、少しでも あんぜんな 所へ 行ってください。",
            "Your life is in danger. Secure your safety at once, at the safest place you can reach.",
        ),
        4 => Text::new(
            "危険な場所から全員避難してください。",
            "あぶない 所に いる人は、ぜんいん にげてください。",
            "Everyone in a dangerous place: evacuate.",
        ),
        _ => Text::new(
            "高齢の人や障害のある人など、避難に時間がかかる人は危険な場所から避難してください。ほかの人は準備をしてください。",
            "お年よりや 体の ふじゆうな 人は にげてください。ほかの 人は じゅんびを してください。",
            "The elderly and others who need time: evacuate from dangerous places. Everyone else: get ready.",
        ),
    }
}

/// The question put before release: mode, audience, hazard and severity, restated.
pub fn order_prompt(mode: Mode, municipality: &Text, districts: &[String], level: u8, reason: &str) -> Text {
    let where_ja = if districts.is_empty() {
        "全域".to_owned()
    } else {
        format!("{}地区（{}）", districts.len(), districts.join("、"))
    };
    let where_en = if districts.is_empty() {
        "the whole municipality".to_owned()
    } else {
        format!("{} district(s): {}", districts.len(), districts.join(", "))
    };
    let (sort, sort_en) = match mode {
        Mode::Live => ("これは訓練ではありません。", "This is not a drill. "),
        Mode::Drill => ("これは訓練です。", "This is a drill. "),
    };
    let name = order_name(level);
    Text::new(
        format!(
            "{sort}対象：{} {where_ja}。発令：{}（レベル{}）。理由：{reason}",
            municipality.ja,
            name.ja,
            wide(level)
        ),
        format!("{sort}{} {where_ja}：{}", municipality.easy, name.easy),
        format!("{sort_en}Audience: {}, {where_en}. {}. Reason: {reason}", municipality.en, name.en),
    )
    .marked(mode)
}

/// Named one by one up to here.
const NAMED: usize = 4;

/// 市川地区・根城地区; `None` for the whole municipality.
pub(super) fn districts(names: &[String]) -> Option<Text> {
    if names.is_empty() {
        return None;
    }
    let first = &names[..names.len().min(NAMED)];
    let (ja, easy, en) = (first.join("・"), first.join("と "), first.join(", "));
    let n = names.len();
    Some(if n <= NAMED {
        Text::new(ja, easy, en)
    } else {
        Text::new(
            format!("{ja}など{n}地区"),
            format!("{easy}など {n}の 地区"),
            format!("{en} and others, {n} districts"),
        )
    })
}

/// An order in a list: its name, and its districts where it is not for all.
pub fn order_at(level: u8, names: &[String]) -> Text {
    let name = order_name(level);
    let Some(named) = districts(names) else { return name };
    Text::new(
        format!("{}（{}）", name.ja, named.ja),
        format!("{}（{}）", name.easy, named.easy),
        format!("{} ({})", name.en, named.en),
    )
}

/// 八戸市 市川地区・根城地区
pub fn order_places(municipality: &Text, districts: &[String]) -> Text {
    let (ja, easy, en) = if districts.is_empty() {
        ("全域".to_owned(), "ぜんぶの 所".to_owned(), "whole municipality".to_owned())
    } else {
        (districts.join("・"), districts.join("と "), districts.join(", "))
    };
    let Text { ja: name, easy: name_easy, en: name_en } = municipality;
    Text::new(format!("{name} {ja}"), format!("{name_easy} {easy}"), format!("{name_en}: {en}"))
}

/// What happened to an order, by the journal's kind.
pub fn order_step(kind: &str, name: &Text) -> Text {
    let (ja, easy, en) = match kind {
        "alerts.order_approved" => ("発令", "出ました", "issued"),
        "alerts.order_corrected" => ("訂正", "なおしました", "corrected"),
        "alerts.order_lifted" => ("解除", "おわりました", "lifted"),
        "alerts.order_withdrawn" => ("取消", "まちがいでした。取り消しました", "withdrawn"),
        "alerts.order_rejected" => ("却下", "出しません", "rejected"),
        "alerts.order_expired" => ("承認期限切れ", "時間が すぎました", "lapsed"),
        _ => ("起案", "そうだん中です", "proposed"),
    };
    Text::new(format!("{} {ja}", name.ja), format!("{easy}：{}", name.easy), format!("{} — {en}", name.en))
}
