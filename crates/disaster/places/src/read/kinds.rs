//! What a list holds: by its columns where they are telling, else by the words of its title, file and folder.

use std::sync::LazyLock;

use kernel::fold::fold;
use serde::Deserialize;

use super::columns::Columns;
use crate::model::Kind;

/// The rules, as an office edits them.
static RULES: LazyLock<Rules> =
    LazyLock::new(|| Rules::parse(include_str!("../../kinds.toml")).expect("a test reads the file we ship"));

#[derive(Debug, Deserialize)]
struct Rules {
    rule: Vec<Rule>,
    labels: Labels,
}

#[derive(Debug, Deserialize)]
struct Rule {
    kind: Kind,
    words: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Labels {
    kinds: Vec<Kind>,
}

impl Rules {
    fn parse(toml: &str) -> Result<Self, toml::de::Error> {
        let mut rules: Self = toml::from_str(toml)?;
        rules.rule.iter_mut().flat_map(|rule| &mut rule.words).for_each(|word| *word = fold(word));
        Ok(rules)
    }
}

/// Which kind of list these texts speak of; the first text that says anything decides.
pub(super) fn by_words<'a>(texts: impl IntoIterator<Item = &'a str>) -> Option<Kind> {
    texts.into_iter().find_map(|text| {
        let text = fold(text);
        RULES.rule.iter().find(|rule| rule.words.iter().any(|word| text.contains(word.as_str()))).map(|rule| rule.kind)
    })
}

/// Which kind of list has these columns, where that is beyond doubt.
pub(super) fn by_columns(columns: &Columns) -> Option<Kind> {
    let has = |field: &str| columns.has(field);
    if has("gsi_id") {
        return Some(if columns.hazards() > 0 { Kind::EmergencySite } else { Kind::Shelter });
    }
    [("child_pads", Kind::Aed), ("departments", Kind::Medical), ("medical_code", Kind::Medical)]
        .into_iter()
        .find(|(field, _)| has(field))
        .map(|(_, kind)| kind)
}

/// Which kind of list probably has these columns, when no word says it.
pub(super) fn by_likelihood(columns: &Columns) -> Option<Kind> {
    if columns.hazards() >= 3 {
        return Some(Kind::EmergencySite);
    }
    if columns.has("rank") {
        return Some(Kind::HazardArea);
    }
    columns.has("capacity").then_some(Kind::Shelter)
}

/// Whether lists of this kind live side by side, so that the title is part of the series' name.
pub(super) fn is_labelled(kind: Kind) -> bool {
    RULES.labels.kinds.contains(&kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_and_file_names_tell_the_kind() {
        for (text, kind) in [
            ("指定緊急避難場所一覧", Kind::EmergencySite),
            ("20250527_siteikinkyuhinanbasho.xlsx", Kind::EmergencySite),
            ("20250527_siteihinanjo.xlsx", Kind::Shelter),
            ("避難所一覧", Kind::Shelter),
            ("福祉避難所", Kind::WelfareShelter),
            ("指定津波避難ビル一覧", Kind::TsunamiBuilding),
            ("津波浸水想定", Kind::HazardArea),
            ("ＡＥＤ設置施設", Kind::Aed),
            ("浸水履歴_令和4年", Kind::HazardArea),
            ("緊急輸送路（一次緊急輸送路）", Kind::EmergencyRoad),
            ("自主防災会境界", Kind::District),
            ("飲料水用貯水槽一覧", Kind::WaterPoint),
            ("水防倉庫一覧", Kind::Other),
            ("救護病院一覧", Kind::Medical),
            ("救護所一覧", Kind::AidStation),
            ("市役所・センター", Kind::PublicFacility),
        ] {
            assert_eq!(by_words([text]), Some(kind), "{text}");
        }
        assert_eq!(by_words(["令和6年度予算書"]), None);
        assert_eq!(by_words(["", "データ一覧", "aed.csv"]), Some(Kind::Aed));
    }
}
