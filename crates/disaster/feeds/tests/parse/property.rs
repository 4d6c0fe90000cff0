//! Mutated telegrams: whatever stands in the values, the reading ends, keeps codes apart and invents nothing.

use feeds::facts::{Facts, Magnitude};
use feeds::parse::parse;
use proptest::prelude::*;

use crate::support::{read_text, sample, samples};

proptest! {
    #[test]
    fn a_magnitude_is_a_finite_number_or_open(text in "(NaN|nan|inf|-inf|1e999|不明|[0-9]\\.[0-9]|[ -;=?-~]{0,8})") {
        let text = text.replace('&', "");
        let xml = sample("vxse53").replace(">7.5<", &format!(">{text}<"));
        let Facts::Quake(quake) = read_text(&xml).facts else { panic!("not a quake") };
        let Some(Magnitude { value, text: words }) = quake.magnitude else { panic!("no magnitude") };
        prop_assert_eq!(words, "Ｍ７．５");
        prop_assert!(value.is_none_or(f64::is_finite));
        prop_assert_eq!(value, text.trim_ascii().parse().ok().filter(|number: &f64| number.is_finite()));
    }

    #[test]
    fn an_unknown_kind_is_kept_as_printed(code in "[0-9A-Za-z]{0,6}") {
        let xml = sample("vpww56").replace(">77<", &format!(">{code}<"));
        let telegram = read_text(&xml);
        let Facts::Warnings(warnings) = &telegram.facts else { panic!("not warnings") };
        prop_assert_eq!(&warnings.items[3].kinds[0].code, &code);
        let known = ["00", "02", "03", "04", "05", "06", "07", "08", "09", "10", "12", "13", "14", "15", "16", "17", "18",
            "19", "20", "21", "22", "23", "24", "25", "26", "27", "29", "32", "33", "35", "36", "37", "38", "39", "43",
            "48", "49"];
        prop_assert_eq!(telegram.not_understood.is_empty(), known.contains(&code.as_str()));
    }

    #[test]
    fn event_and_serial_are_strings_of_any_kind(event in "[^<&\\p{C}]{0,40}", serial in "[^<&\\p{C}]{0,10}") {
        prop_assume!(!event.contains("]]>") && !serial.contains("]]>"));
        let xml = sample("vxse53")
            .replace("<EventID>20251208231519<", &format!("<EventID>{event}<"))
            .replace("<Serial>1<", &format!("<Serial>{serial}<"));
        let head = read_text(&xml).head;
        prop_assert_eq!(head.event_id.as_str(), event.trim_ascii());
        prop_assert_eq!(head.serial.as_str(), serial.trim_ascii());
    }

    #[test]
    fn a_station_nobody_knows_is_an_observation(code in "[0-9]{0,7}", words in "[\u{3041}-\u{3096}\u{3000}]{0,12}") {
        let xml = sample("vtse51").replace(">20101<", &format!(">{code}<")).replace("重要　欠測", &words);
        let Facts::Tsunami(tsunami) = read_text(&xml).facts else { panic!("not a tsunami") };
        prop_assert_eq!(tsunami.observations.len(), 2);
        prop_assert_eq!(&tsunami.observations[0].station_code, &code);
        let conditions = tsunami.observations[0].height.as_ref().map_or(Vec::new(), |height| height.conditions.clone());
        let expected: Vec<&str> = words.split('　').filter(|word| !word.is_empty()).collect();
        prop_assert_eq!(conditions, expected);
    }

    #[test]
    fn training_is_never_live(status in "(通常|訓練|試験|[ぁ-ん]{1,4})") {
        let xml = sample("vxse53").replace("<Status>訓練<", &format!("<Status>{status}<"));
        let telegram = read_text(&xml);
        prop_assert_eq!(telegram.mode(kernel::Mode::Live) == kernel::Mode::Live, status == "通常");
    }

    #[test]
    fn a_changed_byte_never_panics(which in 0_usize..1000, at in 0.0_f64..1.0, byte in any::<u8>(), cut in 0_usize..200) {
        let names = samples();
        let mut bytes = sample(&names[which % names.len()]).into_bytes();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "an index below the length")]
        let place = (at * bytes.len() as f64) as usize;
        bytes[place] = byte;
        let _ = parse(&bytes, None);
        let end = (place + cut).min(bytes.len());
        bytes.drain(place..end);
        let _ = parse(&bytes, Some("x_VXKO53_y.xml"));
    }

    #[test]
    fn elements_in_another_order_say_the_same(seed in 0_usize..24) {
        // Warnings of one telegram carry no order: any order of the areas gives the same areas.
        let xml = sample("vpww56");
        let start = xml.find("（市町村等）\">").unwrap() + "（市町村等）\">".len();
        let end = start + xml[start..].find("</Warning>").unwrap();
        let mut items: Vec<&str> = xml[start..end].split_inclusive("</Item>").collect();
        let rest = items.pop().unwrap();
        let turn = seed % items.len();
        items.rotate_left(turn);
        let turned = format!("{}{}{rest}{}", &xml[..start], items.concat(), &xml[end..]);
        let sorted = |xml: &str| {
            let Facts::Warnings(warnings) = read_text(xml).facts else { panic!("not warnings") };
            let mut areas: Vec<_> = warnings.items.iter().map(|item| (item.area.to_string(), item.kinds.len())).collect();
            areas.sort();
            areas
        };
        prop_assert_eq!(sorted(&turned), sorted(&xml));
    }
}
