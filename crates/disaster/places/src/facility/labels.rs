//! Japanese words for kinds and for the fields that are shown as further details.

use crate::model::Kind;

/// 標高
pub(super) const ELEVATION: &str = "標高";

/// The label of a field of the dictionary; `None` for what is not for residents.
pub(super) fn of(field: &str) -> Option<&'static str> {
    FIELDS.iter().find(|(known, _)| *known == field).map(|(_, label)| *label)
}

/// What a list of the kind is called: 指定緊急避難場所.
pub(crate) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::EmergencySite => "指定緊急避難場所",
        Kind::Shelter => "指定避難所",
        Kind::TsunamiBuilding => "津波避難ビル",
        Kind::WelfareShelter => "福祉避難所",
        Kind::Aed => "AED設置箇所",
        Kind::Medical => "医療機関",
        Kind::AidStation => "救護所",
        Kind::PublicFacility => "公共施設",
        Kind::ChildFacility => "子育て施設",
        Kind::WaterPoint => "給水拠点",
        Kind::FireWater => "消防水利",
        Kind::Other => "その他の施設",
        Kind::HazardArea => "災害想定区域",
        Kind::EmergencyRoad => "緊急輸送道路",
        Kind::District => "地区",
    }
}

/// Fields of the dictionary that residents may read, with the names that 自治体標準オープンデータセット gives them. What is not
/// here stays inside: addresses for staff, codes, columns about persons.
const FIELDS: &[(&str, &str)] = &[
    ("common_name", "名称_通称"),
    ("name_en", "名称_英字"),
    ("category", "種別"),
    ("building", "建物名等(方書)"),
    ("placement", "設置位置"),
    ("district", "地区"),
    ("town_id", "町字ID"),
    ("postcode", "郵便番号"),
    ("extension", "内線番号"),
    ("fax", "FAX番号"),
    ("owner", "団体名"),
    ("owner_number", "法人番号"),
    ("days", "利用可能曜日"),
    ("opens", "開始時間"),
    ("closes", "終了時間"),
    ("hours_note", "利用可能日時特記事項"),
    ("closed_days", "定休日"),
    ("access", "アクセス方法"),
    ("parking", "駐車場情報"),
    ("barrier_free", "バリアフリー情報"),
    ("toilet", "トイレ"),
    ("description", "説明"),
    ("count", "台数"),
    ("neighbourhoods", "対象となる町会・自治会"),
    ("other_matters", "その他市町村長が必要と認める事項"),
    ("opens_earthquake_tsunami", "開設される災害の種類（地震・津波）"),
    ("opens_wind_flood", "開設される災害の種類（風水害）"),
    ("opens_landslide", "開設される災害の種類（土砂災害）"),
    ("opens_nankai", "開設される災害の種類（南海トラフ地震臨時情報）"),
    ("departments", "診療科目"),
    ("beds", "病床数"),
    ("medical_code", "医療機関コード"),
    ("after_hours", "時間外における対応"),
    ("disaster_base", "災害拠点分類"),
    ("state", "状況"),
    ("quota", "収容定員"),
    ("ages", "受入年齢"),
    ("temporary_care", "一時預かりの有無"),
    ("sick_care", "病児保育の有無"),
    ("care_opens", "預かり開所時間"),
    ("care_closes", "預かり閉所時間"),
    ("fee_kind", "子供預かり料金_種別"),
    ("fee", "子供預かり料金_額"),
    ("fee_note", "子供預かり料金_備考"),
    ("eating", "飲食可否"),
    ("pram_hire", "ベビーカー貸出"),
    ("pram_use", "ベビーカー利用"),
    ("offer", "提供内容"),
    ("offer_note", "提供内容備考"),
    ("litres", "貯水量"),
    ("well", "井戸の形態"),
    ("diameter", "口径"),
    ("size", "容量"),
];
