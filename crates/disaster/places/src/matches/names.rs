//! How alike two names of places are: 八戸市立長根小学校 and 長根小学校 are one, 第一中学校 and 第二中学校 are not.

use kernel::{areas, fold};

/// A name as it is compared (照合用の名称).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    chars: Vec<char>,
}

impl Name {
    /// Folded, without brackets, the municipality's name and words of ownership before it; 長根小 is 長根小学校.
    pub(super) fn read(text: &str, municipality: &str) -> Self {
        // ※津波の場合を除く
        let text = text.split('※').next().unwrap_or(text);
        let mut plain: String = fold::fold(text).chars().filter(|c| !PUNCTUATION.contains(c)).collect();
        for (kanji, digit) in NUMBERED {
            plain = plain.replace(kanji, digit);
        }
        let town = areas::municipality(municipality).map(|row| fold::fold(row.name));
        for owner in OWNERS {
            if let Some(rest) = plain.strip_prefix(owner).filter(|rest| rest.chars().count() >= 2) {
                plain = rest.to_owned();
            }
        }
        if let Some(town) = &town
            && let Some(rest) = plain.strip_prefix(town.as_str())
        {
            // 八戸市庁 is a name of its own, 八戸市立長根小学校 is 長根小学校.
            let rest = rest.strip_prefix('立').unwrap_or(rest);
            if rest.chars().count() >= 3 {
                plain = rest.to_owned();
            }
        }
        for owner in ["市立", "町立", "村立", "県立"] {
            if let Some(rest) = plain.strip_prefix(owner) {
                plain = rest.to_owned();
            }
        }
        for (short, long) in SHORT {
            if let Some(stem) = plain.strip_suffix(short).filter(|stem| stem.chars().count() >= 2) {
                plain = format!("{stem}{long}");
                break;
            }
        }
        Self { chars: plain.chars().collect() }
    }

    /// The compared form, for finding equal ones.
    pub(super) fn key(&self) -> String {
        self.chars.iter().collect()
    }

    /// 0 to 1; 1 only for the same name.
    pub(super) fn likeness(&self, other: &Self) -> f64 {
        let (a, b) = (self.chars.as_slice(), other.chars.as_slice());
        if a.is_empty() || b.is_empty() {
            return 0.0;
        }
        if a == b {
            return 1.0;
        }
        let before = a.iter().zip(b).take_while(|(x, y)| x == y).count();
        let room = a.len().min(b.len()) - before;
        let after = a.iter().rev().zip(b.iter().rev()).take(room).take_while(|(x, y)| x == y).count();
        let (left, right) = (&a[before..a.len() - after], &b[before..b.len() - after]);
        match (left.is_empty(), right.is_empty()) {
            (true, _) => added(right, a.len(), b.len()),
            (_, true) => added(left, b.len(), a.len()),
            _ if is_part(left) && is_part(right) => 0.85,
            _ if tells_apart(left) || tells_apart(right) => 0.3_f64.min(dice(a, b)),
            _ => 0.7_f64.min(dice(a, b)),
        }
    }
}

/// One name is the other with something put in: a part of the grounds leaves it the same place, 南 or 第二 does not.
fn added(what: &[char], short: usize, long: usize) -> f64 {
    if is_part(what) {
        return 0.88;
    }
    if tells_apart(what) {
        return 0.45;
    }
    if short < 2 {
        return 0.3;
    }
    let share = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    0.4 + 0.45 * share(short) / share(long)
}

/// A part of the grounds: the school's gymnasium is where the school is.
fn is_part(what: &[char]) -> bool {
    let text: String = what.iter().collect();
    PARTS.contains(&text.as_str())
}

/// Numbers, directions and kinds of school: small words that make another place of it.
fn tells_apart(what: &[char]) -> bool {
    let text: String = what.iter().collect();
    what.iter().any(char::is_ascii_digit)
        || (what.len() <= 2
            && what.iter().any(|c| "東西南北中上下大小新旧元本分高第一二三四五六七八九十号".contains(*c)))
        || APART.iter().any(|word| text.contains(word))
}

/// Likeness by pairs of neighbouring characters (Dice).
fn dice(a: &[char], b: &[char]) -> f64 {
    let pairs = |text: &[char]| text.windows(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>();
    let (left, mut right) = (pairs(a), pairs(b));
    let total = left.len() + right.len();
    if total == 0 {
        return 0.0;
    }
    let mut common = 0_u32;
    for pair in &left {
        if let Some(at) = right.iter().position(|other| other == pair) {
            right.swap_remove(at);
            common += 1;
        }
    }
    2.0 * f64::from(common) / f64::from(u32::try_from(total).unwrap_or(u32::MAX))
}

const PUNCTUATION: &[char] =
    &['(', ')', '「', '」', '・', '･', ',', '、', '.', '。', '/', '-', '『', '』', '[', ']', '【', '】', '_'];

/// Words of ownership that one list writes and another leaves out.
const OWNERS: &[&str] = &[
    "青森県立",
    "青森県",
    "県立",
    "国立大学法人",
    "国立",
    "公立",
    "私立",
    "学校法人",
    "社会福祉法人",
    "医療法人",
    "一般財団法人",
    "公益財団法人",
    "特定非営利活動法人",
    "株式会社",
    "有限会社",
    "株",
    "有",
    "福",
];

/// 長根小, 青森東高.
const SHORT: &[(&str, &str)] = &[
    ("小学校", "小学校"),
    ("中学校", "中学校"),
    ("高等学校", "高等学校"),
    ("高校", "高等学校"),
    ("小", "小学校"),
    ("中", "中学校"),
    ("高", "高等学校"),
];

/// Parts of the grounds of one place.
const PARTS: &[&str] = &[
    "体育館",
    "校舎",
    "校庭",
    "グラウンド",
    "ぐらうんど",
    "屋内運動場",
    "運動場",
    "講堂",
    "駐車場",
    "本館",
    "校舎体育館",
    "屋上",
    "敷地",
    "敷地内",
    "屋外",
    "屋内",
    "前",
    "広場",
    "体育館校舎",
    "及び体育館",
    "校舎及び体育館",
];

/// 第二 and 第2.
const NUMBERED: &[(&str, &str)] = &[
    ("第一", "第1"),
    ("第二", "第2"),
    ("第三", "第3"),
    ("第四", "第4"),
    ("第五", "第5"),
    ("第六", "第6"),
    ("第七", "第7"),
    ("第八", "第8"),
    ("第九", "第9"),
];

/// Longer words that make another place of it.
const APART: &[&str] = &[
    "分校", "分館", "別館", "支所", "小学", "中学", "高等", "高校", "幼稚", "保育", "大学", "専門", "分室", "跡地",
    "丁目",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn like(a: &str, b: &str) -> f64 {
        Name::read(a, "02203").likeness(&Name::read(b, "02203"))
    }

    #[test]
    fn one_place_under_two_names() {
        for (a, b) in [
            ("八戸市立長根小学校", "長根小学校"),
            ("長根小", "長根小学校"),
            ("青森県立八戸高等学校", "八戸高校"),
            ("旭ヶ丘会館", "旭ケ丘会館"),
            ("是川公民館（分）", "是川公民館(分)"),
            ("八戸市南郷文化ホール", "南郷文化ホール"),
            ("第二体育館", "第２体育館"),
        ] {
            assert!(like(a, b) > 0.999, "{a} {b} {}", like(a, b));
        }
        for (a, b) in [
            ("長根小学校体育館", "長根小学校"),
            ("市川公民館", "市川公民館　駐車場"),
            ("根城小学校体育館", "根城小学校グラウンド"),
        ] {
            assert!((0.8..0.95).contains(&like(a, b)), "{a} {b} {}", like(a, b));
        }
        assert!(like("南郷コミュニティセンター", "南郷コミュニティーセンター") > 0.6);
    }

    #[test]
    fn other_places_stay_apart() {
        for (a, b) in [
            ("第一中学校", "第二中学校"),
            ("長根小学校", "長根中学校"),
            ("白銀小学校", "白銀南小学校"),
            ("白銀公民館", "白銀公民館分館"),
            ("長根小学校", "長根保育園"),
            ("1号公園", "2号公園"),
            ("八戸高等学校", "八戸東高等学校"),
            ("根城小学校", "是川小学校"),
        ] {
            assert!(like(a, b) < 0.6, "{a} {b} {}", like(a, b));
        }
    }

    proptest! {
        #[test]
        fn likeness_is_mutual_and_bounded(a in "[長根白銀東西小中学校公民館体育（）ー0-9]{0,12}", b in "[長根白銀東西小中学校公民館体育（）ー0-9]{0,12}") {
            let (left, right) = (Name::read(&a, "02203"), Name::read(&b, "02203"));
            let score = left.likeness(&right);
            prop_assert!((0.0..=1.0).contains(&score));
            prop_assert!((score - right.likeness(&left)).abs() < 1e-9);
            prop_assert_eq!(score >= 1.0, left == right && !left.chars.is_empty());
        }
    }
}
