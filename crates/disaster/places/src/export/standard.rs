//! What stands in the columns of 自治体標準オープンデータセット.
//!
//! The standard knows only "1" for a hazard. A place that suits it on a condition (a floor) has the 1 and the condition in
//! 備考; one that suits only the weaker of two events (計画規模, L1) has no 1, and 備考 says so.

use kernel::{areas, fold};

use super::Form;
use crate::facility::{answer_words, capacity_words, kind_name};
use crate::model::{Answer, Feature, HazardKind, Kind, Located};
use crate::publish::{FacilityView, PlacesDocument, SourceNote};

/// One facility as a row.
pub(super) struct Row<'a> {
    document: &'a PlacesDocument,
    facility: &'a FacilityView,
    kind: Option<Kind>,
    form: Form,
}

impl<'a> Row<'a> {
    pub(super) fn new(
        document: &'a PlacesDocument,
        facility: &'a FacilityView,
        kind: Option<Kind>,
        form: Form,
    ) -> Self {
        Self { document, facility, kind, form }
    }

    /// What stands in a column; empty for what is not known.
    pub(super) fn cell(&self, column: &str) -> String {
        let facility = self.facility;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        match column {
            "全国地方公共団体コード" | "市区町村コード" => {
                areas::lg6(&facility.municipality).unwrap_or_default()
            }
            "ID" => facility.id.to_string(),
            "地方公共団体名" => self.document.area.name.clone(),
            "名称" => facility.name.clone(),
            "名称_カナ" => text(&facility.kana),
            "所在地_連結表記" => text(&facility.address),
            "所在地_全国地方公共団体コード" | "所在地_都道府県" | "所在地_市区町村" => {
                self.location(column)
            }
            "緯度" => self.coordinate(facility.lat),
            "経度" => self.coordinate(facility.lon),
            "標高" => self.detail(column).trim_end_matches('m').to_owned(),
            "電話番号" => text(&facility.phone),
            "指定避難所との重複" => mark(facility.kinds.contains(&Kind::Shelter)),
            "想定収容人数" => self.capacity(),
            "小児対応設備の有無" => self.child_pads(),
            "URL" => text(&facility.url),
            "備考" => self.remark(),
            "種別" if self.form == Form::General => self.kinds(),
            "受入対象者" => text(&facility.accepts),
            "利用可能時間" => text(&facility.hours),
            "利用可能日時特記事項" => {
                Some(self.detail(column)).filter(|said| !said.is_empty()).or(facility.hours.clone()).unwrap_or_default()
            }
            "位置の由来" => located(facility.located).to_owned(),
            "設備" => facility.facilities.iter().map(|feature| feature_name(*feature)).collect::<Vec<_>>().join("、"),
            "その他の項目" => self.details(),
            "出典ごとの記載" => self.sayings(),
            "ライセンス" | "出典" | "時点" => self.origin(column),
            hazard if hazard.starts_with("災害種別_") => self.hazard(hazard),
            other => self.detail(other),
        }
    }

    fn detail(&self, label: &str) -> String {
        let found = self.facility.detail.iter().find(|detail| detail.label == label);
        found.map(|detail| detail.value.clone()).unwrap_or_default()
    }

    /// Where the address itself says which municipality it lies in; the designating one may be another.
    fn location(&self, column: &str) -> String {
        let address = fold::fold(self.facility.address.as_deref().unwrap_or_default());
        let rest = address.strip_prefix("青森県");
        if column == "所在地_都道府県" {
            return rest.map(|_| "青森県".to_owned()).unwrap_or_default();
        }
        let town = rest.unwrap_or(&address);
        let town = town.split_once('郡').map_or(town, |(_, after)| after);
        let row = areas::municipalities().iter().find(|row| town.starts_with(fold::fold(row.name).as_str()));
        match (row, column) {
            (Some(row), "所在地_市区町村") => row.name.to_owned(),
            (Some(row), _) => areas::lg6(row.jis5).unwrap_or_default(),
            (None, _) => String::new(),
        }
    }

    /// The middle of a town is not where the place is: the standard form leaves it out.
    fn coordinate(&self, degrees: Option<f64>) -> String {
        let rough = self.form == Form::Standard && self.facility.located == Located::Geocoded;
        degrees.filter(|_| !rough).map(|degrees| degrees.to_string()).unwrap_or_default()
    }

    fn capacity(&self) -> String {
        let Some(capacity) = &self.facility.capacity else { return String::new() };
        match (self.form, capacity.persons) {
            (Form::Standard, persons) => persons.map(|persons| persons.to_string()).unwrap_or_default(),
            (Form::General, Some(persons)) if capacity.text.is_none() => persons.to_string(),
            (Form::General, _) => capacity_words(capacity),
        }
    }

    fn child_pads(&self) -> String {
        if self.facility.facilities.contains(&Feature::ChildPads) { "有".to_owned() } else { String::new() }
    }

    fn kinds(&self) -> String {
        self.facility.kinds.iter().map(|kind| kind_name(*kind)).collect::<Vec<_>>().join("、")
    }

    fn details(&self) -> String {
        self.facility.detail.iter().map(|one| format!("{}：{}", one.label, one.value)).collect::<Vec<_>>().join("／")
    }

    fn sayings(&self) -> String {
        let one = |said: &crate::publish::Saying| format!("{}：{}＝{}", said.source, said.field, said.value);
        self.facility.sayings.iter().map(one).collect::<Vec<_>>().join("／")
    }

    fn origin(&self, column: &str) -> String {
        let mut parts: Vec<String> =
            sources_of(self.document, self.facility).map(|source| part(source, column)).collect();
        parts.retain(|part| !part.is_empty());
        parts.dedup();
        parts.join("／")
    }

    fn hazard(&self, column: &str) -> String {
        if self.form == Form::General {
            let one = HAZARDS.iter().find(|(name, _)| *name == column);
            let found = one.and_then(|(_, hazard)| self.facility.suitability.iter().find(|one| one.hazard == *hazard));
            return found.map(answer_words).unwrap_or_default();
        }
        mark(self.usable(column))
    }

    /// Whether the place suits the hazard of a standard column: the stronger event decides where a list splits it.
    fn usable(&self, column: &str) -> bool {
        let answer = |hazard| self.answer(hazard);
        let usable = |answer: Option<Answer>| matches!(answer, Some(Answer::Yes | Answer::Floor | Answer::Conditional));
        match HAZARDS.iter().find(|(name, _)| *name == column).map(|(_, hazard)| *hazard) {
            Some(HazardKind::Flood) => usable(answer(HazardKind::FloodMax).or_else(|| answer(HazardKind::Flood))),
            Some(HazardKind::Tsunami) => usable(answer(HazardKind::TsunamiL2).or_else(|| answer(HazardKind::Tsunami))),
            Some(hazard) => usable(answer(hazard)),
            None => false,
        }
    }

    fn answer(&self, hazard: HazardKind) -> Option<Answer> {
        let one = self.facility.suitability.iter().find(|one| one.hazard == hazard)?;
        (one.answer != Answer::Unknown).then_some(one.answer)
    }

    /// The remark, with what the columns of the standard cannot say.
    fn remark(&self) -> String {
        let mut parts: Vec<String> = self.facility.remark.iter().cloned().collect();
        if self.form == Form::General {
            return parts.join("／");
        }
        if self.kind == Some(Kind::EmergencySite) {
            parts.extend(self.conditions());
        }
        if self.facility.located == Located::Geocoded {
            parts.push("緯度・経度は町字の位置しか分からないため記載していません".to_owned());
        }
        let prose = self.facility.capacity.as_ref().filter(|capacity| capacity.persons.is_none());
        parts.extend(prose.and_then(|capacity| capacity.text.as_ref()).map(|text| format!("想定収容人数：{text}")));
        parts.join("／")
    }

    fn conditions(&self) -> Vec<String> {
        let mut parts = Vec::new();
        for one in &self.facility.suitability {
            let name = HAZARDS.iter().find(|(_, hazard)| *hazard == one.hazard).map_or("", |(name, _)| *name);
            let name = name.trim_start_matches("災害種別_");
            match one.answer {
                Answer::Floor | Answer::Conditional => parts.push(format!("{name}：{}", answer_words(one))),
                Answer::Yes if matches!(one.hazard, HazardKind::FloodPlanned | HazardKind::TsunamiL1) => {
                    let column =
                        if one.hazard == HazardKind::TsunamiL1 { "災害種別_津波" } else { "災害種別_洪水" };
                    if !self.usable(column) {
                        parts.push(format!("{name}のみ"));
                    }
                }
                _ => {}
            }
        }
        parts
    }
}

/// The notes of the sources that speak of a facility.
pub(super) fn sources_of<'a>(
    document: &'a PlacesDocument,
    facility: &'a FacilityView,
) -> impl Iterator<Item = &'a SourceNote> {
    document.sources.iter().filter(|source| facility.sources.contains(&source.key))
}

/// Licence, attribution or day of a source; the day of the import says so.
pub(super) fn part(source: &SourceNote, column: &str) -> String {
    match column {
        "ライセンス" => source.licence.clone().unwrap_or_default(),
        "出典" => source.attribution.clone().unwrap_or_else(|| source.title.clone()),
        _ => match source.as_of {
            Some(day) => day.to_string(),
            None => format!("{}取込", source.imported_at.jst().date_naive()),
        },
    }
}

const HAZARDS: &[(&str, HazardKind)] = &[
    ("災害種別_洪水", HazardKind::Flood),
    ("災害種別_洪水（計画規模降雨）", HazardKind::FloodPlanned),
    ("災害種別_洪水（想定最大規模降雨）", HazardKind::FloodMax),
    ("災害種別_崖崩れ、土石流及び地滑り", HazardKind::Landslide),
    ("災害種別_高潮", HazardKind::StormSurge),
    ("災害種別_地震", HazardKind::Earthquake),
    ("災害種別_津波", HazardKind::Tsunami),
    ("災害種別_津波（L1）", HazardKind::TsunamiL1),
    ("災害種別_津波（L2）", HazardKind::TsunamiL2),
    ("災害種別_大規模な火事", HazardKind::Fire),
    ("災害種別_内水氾濫", HazardKind::InlandFlood),
    ("災害種別_火山現象", HazardKind::Volcano),
];

fn mark(yes: bool) -> String {
    if yes { "1".to_owned() } else { String::new() }
}

fn located(located: Located) -> &'static str {
    match located {
        Located::Given => "出典のとおり",
        Located::Swapped => "緯度と経度の入れ替わりを修正",
        Located::Repaired => "修正",
        Located::Geocoded => "町字の位置",
        Located::ByHand => "職員が地図で指定",
        Located::None => "不明",
    }
}

fn feature_name(feature: Feature) -> &'static str {
    match feature {
        Feature::BarrierFree => "バリアフリー",
        Feature::Toilet => "トイレ",
        Feature::AccessibleToilet => "バリアフリートイレ",
        Feature::Pets => "ペット",
        Feature::Power => "非常用電源",
        Feature::Wifi => "Wi-Fi",
        Feature::Heating => "冷暖房",
        Feature::Welfare => "要配慮者スペース",
        Feature::Parking => "駐車場",
        Feature::ChildPads => "小児用パッド",
        Feature::Nursing => "授乳室",
        Feature::DiaperTable => "おむつ替え",
    }
}
