//! The same notices for programs: an Atom feed, and each as a CAP 1.2 alert (OASIS, Common Alerting Protocol).

use std::fmt::Write as _;

use kernel::{Mode, Text, Timestamp, areas};

use super::PublicNotice;
use crate::model::notice::State;
use crate::model::subscription::Kind;

/// The namespace of our identifiers.
const OURS: &str = "urn:uuid:";

/// The feed of what went out, newest first.
pub(crate) fn atom(notices: &[PublicNotice], mode: Mode, site: &str) -> String {
    let updated = notices.first().map_or(Timestamp::EPOCH, |notice| notice.at);
    let drill = if mode == Mode::Drill { "?drill=1" } else { "" };
    let title = mode.mark("お知らせ");
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"ja\">\
         <id>{site}/feeds/notices.atom{drill}</id><title>{}</title><updated>{updated}</updated>\
         <author><name>mamori</name></author><link rel=\"self\" href=\"{site}/feeds/notices.atom{drill}\"/>",
        escaped(&title)
    );
    for notice in notices {
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "<entry><id>{OURS}{}</id><title>{}</title><updated>{}</updated><summary>{}</summary>\
             <link rel=\"alternate\" type=\"application/cap+xml\" href=\"{site}/feeds/cap/{}{drill}\"/></entry>",
            notice.id,
            escaped(&notice.title.ja),
            notice.at,
            escaped(&notice.body.ja),
            notice.id
        );
    }
    out.push_str("</feed>\n");
    out
}

/// One notice as a CAP alert, with a block of information in each language.
pub(crate) fn cap(notice: &PublicNotice, first: Option<&PublicNotice>, mode: Mode, sender: &str) -> String {
    let status = if mode == Mode::Drill { "Exercise" } else { "Actual" };
    let sort = match (notice.follows, notice.kind, notice.state) {
        (_, _, State::Cancelled) => "Cancel",
        (Some(_), ..) => "Update",
        _ => "Alert",
    };
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">\
         <identifier>{}</identifier><sender>{}</sender><sent>{}</sent><status>{status}</status><msgType>{sort}</msgType>\
         <scope>Public</scope>",
        notice.id,
        escaped(sender),
        moment(notice.at)
    );
    if let Some(first) = first {
        let _ = write!(out, "<references>{},{},{}</references>", escaped(sender), first.id, moment(first.at));
    }
    let languages: [(&str, Of); 3] =
        [("ja-JP", |text| &text.ja), ("ja-Hira", |text| &text.easy), ("en", |text| &text.en)];
    for (language, of) in languages {
        info(&mut out, notice, language, of);
    }
    out.push_str("</alert>\n");
    out
}

/// One language of a text.
type Of = fn(&Text) -> &String;

fn info(out: &mut String, notice: &PublicNotice, language: &str, of: Of) {
    let (category, event) = match notice.kind {
        Kind::Tsunami => ("Geo", "Tsunami"),
        Kind::Quake => ("Geo", "Earthquake"),
        Kind::Evacuation => ("Safety", "Evacuation"),
        Kind::Warning => ("Met", "Weather"),
        Kind::Office | Kind::Test => ("Other", "Notice"),
    };
    let urgent = matches!(notice.kind, Kind::Tsunami | Kind::Evacuation);
    let (urgency, severity) = if urgent { ("Immediate", "Severe") } else { ("Expected", "Unknown") };
    let certainty = if matches!(notice.kind, Kind::Quake) { "Observed" } else { "Likely" };
    let _ = write!(
        out,
        "<info><language>{language}</language><category>{category}</category><event>{event}</event>\
         <urgency>{urgency}</urgency><severity>{severity}</severity><certainty>{certainty}</certainty>\
         <expires>{}</expires><headline>{}</headline><description>{}</description>",
        moment(notice.expires_at),
        escaped(of(&notice.title)),
        escaped(of(&notice.body))
    );
    for code in &notice.municipalities {
        let name = areas::municipality(code).map(areas::municipality_text).unwrap_or_default();
        let _ = write!(
            out,
            "<area><areaDesc>{}</areaDesc><geocode><valueName>JIS X 0402</valueName><value>{code}</value></geocode></area>",
            escaped(of(&name))
        );
    }
    out.push_str("</info>");
}

/// CAP wants seconds without fractions, and an offset.
fn moment(at: Timestamp) -> String {
    at.jst().format("%Y-%m-%dT%H:%M:%S+09:00").to_string()
}

/// Text of XML; what XML 1.0 cannot hold is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(c),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice() -> PublicNotice {
        PublicNotice {
            id: uuid::Uuid::from_u128(1),
            kind: Kind::Tsunami,
            state: State::Sent,
            title: Text::new("大津波警報 <発表>", "つなみ", "Major & \"tsunami\""),
            body: Text::same("にげて\u{1}ください"),
            municipalities: vec!["02203".into()],
            at: Timestamp::from_jst(2026, 11, 28, 12, 0, 0).unwrap(),
            expires_at: Timestamp::from_jst(2026, 11, 28, 18, 0, 0).unwrap(),
            follows: None,
        }
    }

    #[test]
    fn an_alert_is_sound_xml_with_its_parts_in_order() {
        let text = cap(&notice(), None, Mode::Live, "bousai@example.jp");
        let parts = [
            "<identifier>",
            "<sender>",
            "<sent>2026-11-28T12:00:00+09:00",
            "<status>Actual",
            "<msgType>Alert",
            "<scope>Public",
            "<info>",
        ];
        let at: Vec<usize> = parts.iter().map(|part| text.find(part).unwrap_or_else(|| panic!("no {part}"))).collect();
        assert!(at.is_sorted(), "{text}");
        assert_eq!(text.matches("<info>").count(), 3);
        assert!(text.contains("大津波警報 &lt;発表&gt;") && text.contains("Major &amp; &quot;tsunami&quot;"));
        assert!(!text.contains('\u{1}') && text.contains("<value>02203</value>"));
    }

    #[test]
    fn a_drill_is_an_exercise_and_a_correction_names_the_first() {
        let first = notice();
        let next = PublicNotice { id: uuid::Uuid::from_u128(2), follows: Some(first.id), ..notice() };
        let text = cap(&next, Some(&first), Mode::Drill, "bousai@example.jp");
        assert!(text.contains("<status>Exercise</status><msgType>Update</msgType>"));
        assert!(
            text.contains(&format!(
                "<references>bousai@example.jp,{},2026-11-28T12:00:00+09:00</references>",
                first.id
            ))
        );
        let feed = atom(&[next, first], Mode::Drill, "https://example.jp");
        assert!(feed.contains("【訓練】お知らせ") && feed.matches("<entry>").count() == 2);
    }
}
