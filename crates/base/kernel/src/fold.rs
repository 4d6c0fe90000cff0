//! Text folding: one key for the many ways to write the same name, for matching only and never for showing.

use unicode_normalization::UnicodeNormalization;

/// The matching key of `text`: NFKC, lower case, hiragana, one dash, no spaces, one form of variant kanji, and
/// ヶ・ケ・が between kanji alike (外ヶ浜, 外ケ浜, 外が浜). Folding twice changes nothing.
pub fn fold(text: &str) -> String {
    let bare: String = text.nfkc().flat_map(char::to_lowercase).filter_map(fold_char).collect();
    // Again: without its space a lone voicing mark joins the kana before it.
    let plain: Vec<char> = bare.nfc().collect();
    let mut key = String::with_capacity(text.len());
    for (index, &c) in plain.iter().enumerate() {
        let between =
            index > 0 && is_kanji(plain[index - 1]) && plain.get(index + 1).is_some_and(|&next| is_kanji(next));
        key.push(if between && may_join(c) { 'が' } else { c });
    }
    key
}

/// The keys that a part of a name may have within the whole: at an end of 「ヶ丘」 the part does not show whether the name
/// goes on with a kanji. The first is [`fold`] of the part.
pub fn fold_part(part: &str) -> Vec<String> {
    let plain: Vec<char> = fold(part).chars().collect();
    let joined = |at: usize, beside: Option<usize>| {
        let by_kanji = beside.and_then(|at| plain.get(at)).is_none_or(|c| is_kanji(*c));
        plain.get(at).is_some_and(|c| may_join(*c) && *c != 'が') && by_kanji
    };
    let mut keys = vec![plain.clone()];
    let last = plain.len().saturating_sub(1);
    let ends = [(0, Some(1)), (last, last.checked_sub(1))];
    for (at, _) in ends.into_iter().take(plain.len()).filter(|(at, beside)| joined(*at, *beside)) {
        let others = keys.clone().into_iter().map(|mut key| {
            key[at] = 'が';
            key
        });
        keys.extend(others);
    }
    keys.into_iter().map(String::from_iter).collect()
}

/// Whether both texts have the same key.
pub fn same(a: &str, b: &str) -> bool {
    fold(a) == fold(b)
}

fn fold_char(c: char) -> Option<char> {
    if c.is_whitespace()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{feff}')
    {
        return None;
    }
    Some(match c {
        // Everything that looks like a dash, the long-vowel mark among them: addresses write １ー２－３.
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '─' | '━' | 'ー' | '〜' | '~' | '﹣' => '-',
        'ァ'..='ヶ' => char::from_u32(u32::from(c) - 0x60).unwrap_or(c),
        _ => VARIANTS.iter().find(|(variant, _)| *variant == c).map_or(c, |(_, usual)| *usual),
    })
}

/// What joins two kanji in a name, however it is written.
fn may_join(c: char) -> bool {
    matches!(c, 'ゖ' | 'け' | 'が' | 'ゕ' | 'か')
}

fn is_kanji(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}' | '々')
}

/// Variant forms seen in names and addresses, with the usual one (異体字). The right side never stands on the left.
#[rustfmt::skip]
static VARIANTS: &[(char, char)] = &[
    ('髙', '高'), ('﨑', '崎'), ('嵜', '崎'), ('碕', '崎'), ('濱', '浜'), ('濵', '浜'), ('邊', '辺'), ('邉', '辺'), ('澤', '沢'),
    ('齋', '斉'), ('齊', '斉'), ('斎', '斉'), ('廣', '広'), ('國', '国'), ('櫻', '桜'), ('龍', '竜'), ('黑', '黒'), ('眞', '真'),
    ('惠', '恵'), ('圓', '円'), ('嶋', '島'), ('嶌', '島'), ('槇', '槙'), ('薮', '藪'), ('籔', '藪'), ('鯵', '鰺'), ('舘', '館'),
    ('桒', '桑'), ('𠮷', '吉'), ('德', '徳'), ('增', '増'), ('靜', '静'), ('淸', '清'), ('冨', '富'), ('渕', '淵'), ('渊', '淵'),
    ('栁', '柳'), ('桺', '柳'), ('彌', '弥'), ('壽', '寿'), ('萬', '万'), ('榮', '栄'), ('瀨', '瀬'), ('瀧', '滝'), ('豐', '豊'),
    ('與', '与'), ('禮', '礼'), ('禰', '祢'), ('曾', '曽'), ('會', '会'), ('學', '学'), ('峯', '峰'), ('桧', '檜'), ('埜', '野'),
    ('條', '条'), ('團', '団'), ('關', '関'), ('鐵', '鉄'), ('藏', '蔵'), ('經', '経'), ('實', '実'), ('寶', '宝'), ('寳', '宝'),
    ('將', '将'), ('晝', '昼'), ('續', '続'), ('聲', '声'), ('聰', '聡'), ('釋', '釈'), ('錄', '録'), ('鍊', '錬'), ('縣', '県'),
    ('區', '区'), ('驛', '駅'), ('當', '当'), ('莊', '荘'), ('庄', '荘'), ('兒', '児'), ('假', '仮'), ('戶', '戸'), 
    ('靑', '青'), ('橫', '横'), ('淺', '浅'), ('凉', '涼'), ('祗', '祇'), ('檞', '槲'), ('蘆', '芦'), 
    ('鷗', '鴎'), ('飜', '翻'), ('穗', '穂'), ('稻', '稲'), ('顯', '顕'), ('裡', '裏'),
    ('佛', '仏'), ('拂', '払'), ('傳', '伝'), ('來', '来'), ('兩', '両'), ('冲', '沖'), ('勳', '勲'), ('卷', '巻'), ('參', '参'),
    ('壯', '壮'), ('姬', '姫'), ('寬', '寛'), ('巖', '巌'), ('帶', '帯'), ('應', '応'), ('戀', '恋'), ('拔', '抜'), ('收', '収'),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_many_ways_to_write_a_name_are_one() {
        let cases = [
            ("外ヶ浜町", "外ケ浜町"),
            ("外ヶ浜町", "外が浜町"),
            ("鰺ヶ沢町", "鯵ｹ沢町"),
            ("六ヶ所村", "六か所村"),
            ("田舎館村", "田舎舘村"),
            ("長谷川　髙子", "長谷川高子"),
            ("渡邊 さくら", "渡邉サクラ"),
            ("ﾊﾁﾉﾍｼ", "はちのへし"),
            ("ハチノヘ", "ﾊﾁﾉﾍ"),
            ("本町１－２ー３", "本町1-2‐3"),
            ("Ｈａｃｈｉｎｏｈｅ", "hachinohe"),
            ("㈱青森", "(株)青森"),
            ("葛\u{e0100}城", "葛城"),
        ];
        for (a, b) in cases {
            assert!(same(a, b), "{a} {b}: {} {}", fold(a), fold(b));
        }
    }

    #[test]
    fn different_names_stay_different() {
        for (a, b) in
            [("三戸町", "五戸町"), ("いけだ", "いがだ"), ("東北町", "東通村"), ("はし", "ばし"), ("1-2", "12")]
        {
            assert!(!same(a, b), "{a} {b}");
        }
    }

    #[test]
    fn no_usual_form_is_itself_a_variant() {
        for (variant, usual) in VARIANTS {
            assert!(variant != usual && VARIANTS.iter().all(|(other, _)| other != usual), "{variant}");
            assert_eq!(VARIANTS.iter().filter(|(other, _)| other == variant).count(), 1, "{variant}");
        }
    }

    #[test]
    fn a_part_has_the_keys_it_may_have_within_the_whole() {
        for (part, keys) in [
            ("", &[""][..]),
            ("ヶ", &["ゖ", "が"]),
            ("ヶ丘", &["ゖ丘", "が丘"]),
            ("ヶス", &["ゖす"]),
            ("外ヶ", &["外ゖ", "外が"]),
            ("ケ丘外か", &["け丘外か", "が丘外か", "け丘外が", "が丘外が"]),
            ("外ヶ浜", &["外が浜"]),
            ("が丘", &["が丘"]),
        ] {
            assert_eq!(fold_part(part), keys, "{part}");
        }
    }

    proptest! {
        #[test]
        fn every_part_of_a_name_has_a_key_within_the_key_of_the_name(
            name in "[一-三外浜丘ヶケがヵかアあ々0-9ー]{1,12}", from in 0_usize..12, length in 1_usize..12
        ) {
            let part: String = name.chars().skip(from).take(length).collect();
            prop_assert!(fold_part(&part).iter().any(|key| fold(&name).contains(key.as_str())), "{} {}", name, part);
        }

        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,40}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn folding_japanese_twice_changes_nothing(text in "[ぁ-ヿ一-鿿ｦ-ﾟ！-～　ー々]{0,30}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
