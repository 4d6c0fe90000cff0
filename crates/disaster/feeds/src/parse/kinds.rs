//! Which type a telegram is: Control/Title, and the file name where one title serves many types.

use crate::facts::WarningProduct;

/// How the body of a type is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Warnings(WarningProduct),
    River,
    Quake,
    Eew,
    Tsunami,
    Volcano,
    Ash,
    Advisory,
    Bulletin,
    /// A known type outside our mission (forecasts, charts, typhoon tracks …).
    Outside,
}

impl Family {
    /// The telegrams of one event are put together by its EventID (地震識別番号); without it nobody can say what it is about.
    pub(crate) const fn hangs_on_event(self) -> bool {
        matches!(self, Self::Quake | Self::Eew | Self::Tsunami)
    }
}

/// One row of the table: title, type code or the part of it the title fixes, family.
struct Row(&'static str, &'static str, Family);

/// The type code and family of a title; `None` for a title not in the table.
///
/// The hint (a file name) is believed only where the title leaves the number open.
pub(crate) fn lookup(title: &str, hint: Option<&str>) -> Option<(String, Family)> {
    let row = TABLE.iter().find(|row| row.0 == title)?;
    let Row(_, code, family) = *row;
    if code.len() == 6 {
        return Some((code.to_owned(), family));
    }
    let hinted = hint.and_then(type_in_name).filter(|kind| kind.starts_with(code));
    Some((hinted.unwrap_or(code).to_owned(), family))
}

/// The family of a type code, for a title that is not in the table: JMA may reword a title, the file still says the type.
pub(crate) fn family_of(code: &str) -> Option<Family> {
    let exact = TABLE.iter().find(|row| row.1 == code);
    exact.or_else(|| TABLE.iter().find(|row| row.1.len() < 6 && code.starts_with(row.1))).map(|row| row.2)
}

/// The first type code in a file name: four capitals and two digits, standing alone.
pub(crate) fn type_in_name(name: &str) -> Option<&str> {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    base.split(['_', '.', '-', ' ']).find(|part| {
        part.len() == 6
            && part.bytes().take(4).all(|byte| byte.is_ascii_uppercase())
            && part.bytes().skip(4).all(|byte| byte.is_ascii_digit())
    })
}

use Family::{Advisory, Ash, Bulletin, Eew, Outside, Quake, River, Tsunami, Volcano, Warnings};
use WarningProduct::{
    HeavyRain, HeavySnow, Landslide, Legacy, LegacyLandslide, Other, Snapshot, Storm, StormSurge, Tornado, Waves,
};

/// Titles as JMA prints them (full-width digits and brackets). A code shorter than six characters is completed from the name.
const TABLE: &[Row] = &[
    // Warnings of the scheme of 2026-05-28.
    Row("気象警報・注意報（Ｒ０６）（大雨）", "VPWW55", Warnings(HeavyRain)),
    Row("気象警報・注意報（Ｒ０６）（土砂）", "VPWW56", Warnings(Landslide)),
    Row("気象警報・注意報（Ｒ０６）（土砂災害）", "VPWW56", Warnings(Landslide)),
    Row("気象警報・注意報（Ｒ０６）（高潮）", "VPWW57", Warnings(StormSurge)),
    Row("気象警報・注意報（Ｒ０６）（暴風）", "VPWW58", Warnings(Storm)),
    Row("気象警報・注意報（Ｒ０６）（波浪）", "VPWW59", Warnings(Waves)),
    Row("気象警報・注意報（Ｒ０６）（大雪）", "VPWW60", Warnings(HeavySnow)),
    Row("気象警報・注意報（Ｒ０６）（その他注意報）", "VPWW61", Warnings(Other)),
    Row("気象警報・注意報（Ｒ０６）（集約通報）", "VPWS50", Warnings(Snapshot)),
    Row("気象警報・注意報集約通報（Ｒ０６）", "VPWS50", Warnings(Snapshot)),
    Row("気象警報・注意報時系列情報（Ｒ０６）", "VPWP50", Outside),
    // Legacy warnings, about until 2028.
    Row("気象警報・注意報", "VPWW50", Warnings(Legacy)),
    Row("気象特別警報・警報・注意報", "VPWW53", Warnings(Legacy)),
    Row("気象警報・注意報（Ｈ２７）", "VPWW54", Warnings(Legacy)),
    Row("土砂災害警戒情報", "VXWW50", Warnings(LegacyLandslide)),
    Row("竜巻注意情報", "VPHW50", Warnings(Tornado)),
    Row("竜巻注意情報（目撃情報付き）", "VPHW51", Warnings(Tornado)),
    // Rivers.
    Row("指定河川洪水予報", "VXKO", River),
    Row("水位周知河川に関する情報", "VXSU", River),
    // Earthquake and tsunami.
    Row("震度速報", "VXSE51", Quake),
    Row("震源に関する情報", "VXSE52", Quake),
    Row("震源・震度に関する情報", "VXSE53", Quake),
    Row("地震の活動状況等に関する情報", "VXSE56", Bulletin),
    Row("地震回数に関する情報", "VXSE60", Bulletin),
    Row("顕著な地震の震源要素更新のお知らせ", "VXSE61", Quake),
    Row("長周期地震動に関する観測情報", "VXSE62", Quake),
    Row("緊急地震速報配信テスト", "VXSE42", Bulletin),
    Row("緊急地震速報（警報）", "VXSE43", Eew),
    Row("緊急地震速報（予報）", "VXSE44", Eew),
    Row("緊急地震速報（地震動予報）", "VXSE45", Eew),
    Row("リアルタイム震度電文", "VXSE47", Outside),
    Row("津波警報・注意報・予報a", "VTSE41", Tsunami),
    Row("津波警報・注意報・予報", "VTSE40", Tsunami),
    Row("津波情報a", "VTSE51", Tsunami),
    Row("津波情報", "VTSE50", Tsunami),
    Row("沖合の津波観測に関する情報", "VTSE52", Tsunami),
    Row("南海トラフ地震臨時情報", "VYSE50", Advisory),
    Row("南海トラフ地震関連解説情報", "VYSE5", Advisory),
    Row("北海道・三陸沖後発地震注意情報", "VYSE60", Advisory),
    Row("地震・津波に関するお知らせ", "VZSE40", Bulletin),
    // Volcanoes.
    Row("噴火警報・予報", "VFVO50", Volcano),
    Row("火山の状況に関する解説情報", "VFVO51", Volcano),
    Row("噴火に関する火山観測報", "VFVO52", Volcano),
    Row("降灰予報（定時）", "VFVO53", Ash),
    Row("降灰予報（速報）", "VFVO54", Ash),
    Row("降灰予報（詳細）", "VFVO55", Ash),
    Row("噴火速報", "VFVO56", Volcano),
    Row("推定噴煙流向報", "VFVO60", Volcano),
    Row("火山現象に関する海上警報・海上予報", "VFSV", Volcano),
    Row("火山に関するお知らせ", "VZVO40", Bulletin),
    // Texts for people.
    Row("府県気象防災速報", "VPBS50", Bulletin),
    Row("潮位速報", "VPBS51", Bulletin),
    Row("全般気象解説情報", "VPZJ51", Bulletin),
    Row("地方気象解説情報", "VPCJ51", Bulletin),
    Row("府県気象解説情報", "VPFJ51", Bulletin),
    Row("全般気象情報", "VPZJ50", Bulletin),
    Row("地方気象情報", "VPCJ50", Bulletin),
    Row("府県気象情報", "VPFJ50", Bulletin),
    Row("全般気象解説情報（潮位）", "VMCJ53", Bulletin),
    Row("地方気象解説情報（潮位）", "VMCJ54", Bulletin),
    Row("府県気象解説情報（潮位）", "VMCJ55", Bulletin),
    Row("全般潮位情報", "VMCJ50", Bulletin),
    Row("地方潮位情報", "VMCJ51", Bulletin),
    Row("府県潮位情報", "VMCJ52", Bulletin),
    Row("記録的短時間大雨情報", "VPOA50", Bulletin),
    Row("気象特別警報報知", "VPNO50", Bulletin),
    Row("大雨危険度通知", "VPRN50", Bulletin),
    Row("早期注意情報（明後日まで）", "VPFD61", Bulletin),
    Row("警報級の可能性（明日まで）", "VPFD60", Bulletin),
    Row("警報級の可能性（明後日以降）", "VPFW60", Bulletin),
    Row("早期注意情報（明々後日以降）", "VPFW60", Bulletin),
    Row("早期天候情報", "VPAW51", Bulletin),
    Row("熱中症警戒アラート", "VPFT50", Bulletin),
    Row("全般台風情報", "VPTI50", Bulletin),
    Row("全般台風情報（定型）", "VPTI51", Bulletin),
    Row("全般台風情報（詳細）", "VPTI52", Bulletin),
    Row("全般海上警報（定時）", "VPZU50", Bulletin),
    Row("全般海上警報（臨時）", "VPZU51", Bulletin),
    Row("全般海上警報（定時）（Ｈ２９）", "VPZU52", Bulletin),
    Row("全般海上警報（臨時）（Ｈ２９）", "VPZU53", Bulletin),
    Row("全般海上警報（定時）（Ｒ０８）", "VPZU54", Bulletin),
    Row("地方海上警報", "VPCU50", Bulletin),
    Row("地方海上警報（Ｈ２８）", "VPCU51", Bulletin),
    // Known, outside our mission.
    Row("台風の暴風域に入る確率", "VPTA50", Outside),
    Row("台風解析・予報情報（３日予報）", "VPTW", Outside),
    Row("台風解析・予報情報（５日予報）", "VPTW", Outside),
    Row("台風解析・予報情報（５日予報）（Ｈ３０）", "VPTW6", Outside),
    Row("府県天気予報", "VPFD50", Outside),
    Row("府県天気予報（Ｒ１）", "VPFD51", Outside),
    Row("府県週間天気予報", "VPFW50", Outside),
    Row("府県天気概況", "VPFG50", Outside),
    Row("地方海上予報", "VPCY50", Outside),
    Row("地方海上予報（Ｈ２８）", "VPCY51", Outside),
    Row("全般天候情報", "VPZI50", Outside),
    Row("地方天候情報", "VPCI50", Outside),
    Row("全般１か月予報", "VPZK50", Outside),
    Row("全般３か月予報", "VPZK50", Outside),
    Row("全般暖・寒候期予報", "VPZK50", Outside),
    Row("全般季節予報（２週間気温予報）", "VPZK70", Outside),
    Row("地方１か月予報", "VPCK50", Outside),
    Row("地方３か月予報", "VPCK50", Outside),
    Row("地方暖・寒候期予報", "VPCK50", Outside),
    Row("地方季節予報（２週間気温予報）", "VPCK70", Outside),
    Row("季節観測", "VGSK50", Outside),
    Row("生物季節観測", "VGSK55", Outside),
    Row("特殊気象報", "VGSK60", Outside),
    Row("紫外線観測データ", "VGUV50", Outside),
    Row("地上実況図", "VZSA50", Outside),
    Row("アジア太平洋地上実況図", "VZSA60", Outside),
    Row("地上２４時間予想図", "VZSF50", Outside),
    Row("地上４８時間予想図", "VZSF51", Outside),
    Row("アジア太平洋海上悪天２４時間予想図", "VZSF60", Outside),
    Row("アジア太平洋海上悪天４８時間予想図", "VZSF61", Outside),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_completes_only_what_the_title_leaves_open() {
        let kind = |title, hint| lookup(title, hint).map(|(kind, _)| kind);
        assert_eq!(kind("指定河川洪水予報", Some("20251110_0_VXKO53_020000.xml")).as_deref(), Some("VXKO53"));
        assert_eq!(kind("指定河川洪水予報", None).as_deref(), Some("VXKO"));
        assert_eq!(kind("指定河川洪水予報", Some("16_10_01_251222_VXKOii.xml")).as_deref(), Some("VXKO"));
        assert_eq!(kind("震度速報", Some("a_VTSE41_b.xml")).as_deref(), Some("VXSE51"));
        assert_eq!(kind("南海トラフ地震関連解説情報", Some("x/74_VYSE52.xml.gz")).as_deref(), Some("VYSE52"));
        assert_eq!(kind("月面予報", Some("VPXX50.xml")), None);
    }

    #[test]
    fn a_reworded_title_is_read_by_its_type() {
        assert_eq!(family_of("VPWS50"), Some(Warnings(Snapshot)));
        assert_eq!(family_of("VXKO77"), Some(River));
        assert_eq!(family_of("VZZZ99"), None);
    }

    #[test]
    fn no_title_stands_twice() {
        for (index, row) in TABLE.iter().enumerate() {
            assert!(TABLE.iter().skip(index + 1).all(|other| other.0 != row.0), "{}", row.0);
        }
    }
}
