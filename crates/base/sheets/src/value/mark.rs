//! ○, ×, △（２階以上）: yes, no, and on what condition.

use super::plain;
use crate::Cell;

/// Suitability for one hazard (適否) as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// ○, 1, 1.0, 可.
    Yes,
    /// ×, 0, 不可, －.
    No,
    /// Only from this floor up: △（２階以上）, △（３階）.
    FromFloor(u8),
    /// On a condition in words: △, ○（津波警報時を除く）; the text as written.
    Conditional(String),
    /// Empty, 不明, or something this does not read.
    Unknown,
}

/// A floor in a remark: 「津波」では3階以上に避難.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FloorRemark {
    /// The word for the hazard, as written: 津波.
    pub hazard: String,
    /// From this floor up.
    pub floor: u8,
}

const YES: [&str; 22] = [
    "○", "〇", "◯", "●", "◎", "⭕", "✓", "✔", "レ", "1", "有", "有り", "可", "可能", "あり", "はい", "該当", "適",
    "対象", "true", "yes", "y",
];
const NO: [&str; 22] = [
    "×",
    "✕",
    "✖",
    "✗",
    "x",
    "0",
    "無",
    "無し",
    "不可",
    "不可能",
    "なし",
    "いいえ",
    "非該当",
    "否",
    "不適",
    "対象外",
    "-",
    "false",
    "no",
    "n",
    "❌",
    "区域外",
];

/// Reads a mark.
pub fn mark(cell: &Cell) -> Mark {
    if let Some(answer) = yes_no(cell) {
        return if answer { Mark::Yes } else { Mark::No };
    }
    let written = cell.text();
    let text = plain(&written);
    let Some(first) = text.chars().next() else { return Mark::Unknown };
    let conditional = matches!(first, '△' | '▲') || text.starts_with("条件");
    let with_words = yes_sign(first) && text.chars().count() > 1;
    match floor(&text) {
        Some((_, floor, _)) if conditional || with_words || starts_with_floor(&text) => Mark::FromFloor(floor),
        _ if conditional || with_words => Mark::Conditional(written.into_owned()),
        _ => Mark::Unknown,
    }
}

/// Reads yes or no: ○ 〇 ◯ ● 1 有 可 あり はい TRUE, × ✕ 0 無 不可 なし － いいえ FALSE.
pub fn yes_no(cell: &Cell) -> Option<bool> {
    match cell {
        Cell::Bool(value) => Some(*value),
        Cell::Number { value: 1.0, .. } => Some(true),
        Cell::Number { value: 0.0, .. } => Some(false),
        Cell::Text(text) => {
            let text = plain(text).to_lowercase();
            let text = text.strip_suffix(".0").unwrap_or(&text);
            let dash = !text.is_empty() && text.chars().all(is_dash);
            if YES.contains(&text) { Some(true) } else { (dash || NO.contains(&text)).then_some(false) }
        }
        _ => None,
    }
}

/// Every hazard with a floor in a remark: the word in brackets or before では・は・の場合 that stands before the floor.
pub fn floors(remark: &str) -> Vec<FloorRemark> {
    let text = plain(remark);
    let mut found = Vec::new();
    let mut rest = text.as_str();
    while let Some((before, floor, after)) = floor(rest) {
        for hazard in hazards_before(before) {
            found.push(FloorRemark { hazard, floor });
        }
        rest = after;
    }
    found
}

/// Words for hazards in remarks.
const HAZARDS: [&str; 9] = ["洪水", "津波", "高潮", "内水", "土砂災害", "崖崩れ", "土石流", "地震", "浸水"];

/// The words 「…」 of the last clause, or else the known hazards in it.
fn hazards_before(text: &str) -> Vec<String> {
    let clause = text.rsplit(['。', '\n', ';']).next().unwrap_or(text);
    let mut quoted = Vec::new();
    let mut rest = clause;
    while let Some((word, after)) = rest.split_once('「').and_then(|(_, rest)| rest.split_once('」')) {
        quoted.push(word.to_owned());
        rest = after;
    }
    if !quoted.is_empty() {
        return quoted;
    }
    HAZARDS.iter().filter(|word| clause.contains(**word)).map(|word| (*word).to_owned()).collect()
}

/// The first floor in a text (2階, 2F, 二階) from which up it is meant, with what stands before and after.
fn floor(text: &str) -> Option<(&str, u8, &str)> {
    text.char_indices().find_map(|(at, _)| {
        let (floor, after) = floor_at(&text[at..])?;
        let (before, preceded) = (&text[..at], text[..at].chars().next_back());
        let middle = preceded.is_some_and(|c| c.is_ascii_digit() || kanji_digit(c).is_some() || matches!(c, '-' | '.'));
        // 「3階建て」 says how high the building is.
        (!middle && !after.starts_with("建")).then_some((before, floor, after))
    })
}

fn starts_with_floor(text: &str) -> bool {
    floor_at(text).is_some_and(|(_, after)| after.is_empty() || after.starts_with("以上") || after.starts_with("より"))
}

fn floor_at(text: &str) -> Option<(u8, &str)> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (floor, rest) = if digits > 0 {
        (text[..digits].parse().ok()?, &text[digits..])
    } else {
        let first = text.chars().next()?;
        (kanji_digit(first)?, &text[first.len_utf8()..])
    };
    let after = rest.strip_prefix('階').or_else(|| rest.strip_prefix(['F', 'f']))?;
    (1..=60).contains(&floor).then_some((floor, after))
}

fn kanji_digit(c: char) -> Option<u8> {
    let at = "一二三四五六七八九".chars().position(|digit| digit == c)?;
    u8::try_from(at + 1).ok()
}

fn yes_sign(c: char) -> bool {
    matches!(c, '○' | '〇' | '◯' | '●' | '◎')
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '─' | '━' | 'ー')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn marks_of_real_lists() {
        let cases = [
            ("○", Mark::Yes),
            ("〇", Mark::Yes),
            ("◯", Mark::Yes),
            ("1", Mark::Yes),
            ("１", Mark::Yes),
            ("1.0", Mark::Yes),
            ("可", Mark::Yes),
            ("×", Mark::No),
            ("－", Mark::No),
            ("ー", Mark::No),
            ("---", Mark::No),
            ("0", Mark::No),
            ("不可", Mark::No),
            ("", Mark::Unknown),
            ("不明", Mark::Unknown),
            ("△（２階以上）", Mark::FromFloor(2)),
            ("△（３階）", Mark::FromFloor(3)),
            ("△（１階以上）", Mark::FromFloor(1)),
            ("△(三階以上)", Mark::FromFloor(3)),
            ("△２Ｆ以上", Mark::FromFloor(2)),
            ("○（2階以上）", Mark::FromFloor(2)),
            ("2階以上", Mark::FromFloor(2)),
            ("△", Mark::Conditional("△".into())),
            ("○（津波警報時を除く）", Mark::Conditional("○（津波警報時を除く）".into())),
            ("△（体育館のみ）", Mark::Conditional("△（体育館のみ）".into())),
            ("4", Mark::Unknown),
            ("3階建て", Mark::Unknown),
        ];
        for (text, expected) in cases {
            assert_eq!(mark(&Cell::from(text)), expected, "{text}");
        }
        assert_eq!(mark(&Cell::from_number(1.0)), Mark::Yes);
        assert_eq!(mark(&Cell::Bool(false)), Mark::No);
    }

    #[test]
    fn floors_in_remarks() {
        let cases: [(&str, &[(&str, u8)]); 7] = [
            ("「津波」では3階以上に避難", &[("津波", 3)]),
            ("「津波」、「高潮」では２階以上に避難", &[("津波", 2), ("高潮", 2)]),
            ("洪水時は2階以上。津波の場合は三階以上", &[("洪水", 2), ("津波", 3)]),
            ("鉄筋3階建て", &[]),
            ("津波の場合、校舎3階建ての屋上", &[]),
            ("体育館", &[]),
            ("3階以上に避難", &[]),
        ];
        for (text, expected) in cases {
            let found = floors(text);
            let found: Vec<_> = found.iter().map(|found| (found.hazard.as_str(), found.floor)).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in "[○△×1-9１-９一-三階以上F「」津波。\\-]{0,30}") {
            let _ = (mark(&Cell::from(text.as_str())), floors(&text));
        }
    }
}
