//! Any bytes as a telegram: no panic, bounded notes, and the same title as another XML reader finds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use roxmltree::Document;

fuzz_target!(|data: &[u8]| {
    let Ok(xml) = feeds::parse::inflate(data) else { return };
    let hint = std::str::from_utf8(data.get(..data.len().min(40)).unwrap_or_default()).ok();
    let telegram = match feeds::parse::parse(&xml, hint) {
        Ok(telegram) => telegram,
        Err(refusal) => {
            assert!(!refusal.ja.is_empty() && !refusal.en.is_empty());
            return;
        }
    };
    assert!(telegram.not_understood.len() <= feeds::parse::limits::NOTES + 1);
    assert!(!telegram.title.is_empty());
    if let Some(title) = title(&xml) {
        assert_eq!(telegram.title, title);
    }
});

/// Control/Title as roxmltree reads it, where it accepts the text at all.
fn title(xml: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(xml).ok()?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let document = Document::parse(text).ok()?;
    let child = |node: roxmltree::Node<'_, '_>, name: &str| {
        node.children().find(|child| child.is_element() && child.tag_name().name() == name).map(|child| child.id())
    };
    let control = document.get_node(child(document.root_element(), "Control")?)?;
    let title = document.get_node(child(control, "Title")?)?;
    let whole: String = title.children().filter(|node| node.is_text()).filter_map(|node| node.text()).collect();
    Some(whole.trim_ascii().to_owned())
}
