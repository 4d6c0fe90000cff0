//! Reads an Atom feed (PULL 型の Atom フィード) into its entries. Pure; tolerant of odd entries, strict about size and depth.

use kernel::Timestamp;
use roxmltree::{Document, Node, ParsingOptions};

/// Longest feed that is read; the largest real one is about 5 MB.
pub const MAX_FEED_BYTES: usize = 24 * 1024 * 1024;
/// Most entries that are looked at.
pub const MAX_ENTRIES: usize = 20_000;
const MAX_NODES: u32 = 1_000_000;
const ATOM: &str = "http://www.w3.org/2005/Atom";

/// What a feed says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Feed {
    /// The feed's own `updated`.
    pub updated: Option<Timestamp>,
    /// Oldest first.
    pub entries: Vec<Entry>,
    /// Entries without a usable link or time: counted, not fatal.
    pub skipped: usize,
}

impl Feed {
    /// The newest time any entry carries.
    pub fn newest(&self) -> Option<Timestamp> {
        self.entries.iter().map(|entry| entry.updated).max()
    }
}

/// One telegram announced by a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Address of the telegram.
    pub url: String,
    pub title: String,
    pub updated: Timestamp,
    /// From the file name: `{yyyymmddHHMMSS}_{n}_{TYPE}_{office}.xml`.
    pub kind: String,
    pub office: String,
}

/// Why a body is no Atom feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AtomError {
    #[error("the feed is too large")]
    TooLarge,
    #[error("the feed is not UTF-8")]
    NotUtf8,
    #[error("the feed is not well-formed XML")]
    NotXml,
    #[error("the answer is XML, but no Atom feed")]
    NotAtom,
}

/// Reads a feed. No DTD, no entities; size and node count are bounded.
pub fn parse(bytes: &[u8]) -> Result<Feed, AtomError> {
    if bytes.len() > MAX_FEED_BYTES {
        return Err(AtomError::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| AtomError::NotUtf8)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document =
        Document::parse_with_options(text.trim_start_matches('\u{feff}'), options).map_err(|_| AtomError::NotXml)?;
    let root = document.root_element();
    if !root.has_tag_name((ATOM, "feed")) {
        return Err(AtomError::NotAtom);
    }
    let mut feed =
        Feed { updated: text_of(root, "updated").and_then(|at| Timestamp::parse(at).ok()), ..Feed::default() };
    for node in root.children().filter(|node| node.has_tag_name((ATOM, "entry"))).take(MAX_ENTRIES) {
        match read_entry(node) {
            Some(entry) => feed.entries.push(entry),
            None => feed.skipped += 1,
        }
    }
    feed.entries.sort_by(|a, b| (a.updated, &a.url).cmp(&(b.updated, &b.url)));
    feed.entries.dedup_by(|a, b| a.url == b.url);
    Ok(feed)
}

/// Type and office from the last part of an address.
pub fn kind_and_office(url: &str) -> Option<(&str, &str)> {
    let file = url.rsplit('/').next()?.strip_suffix(".xml")?;
    let mut parts = file.rsplit('_');
    let office = parts.next()?;
    let kind = parts.next()?;
    let plausible = |text: &str, max: usize| {
        !text.is_empty() && text.len() <= max && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    (plausible(kind, 8) && plausible(office, 8)).then_some((kind, office))
}

fn read_entry(node: Node<'_, '_>) -> Option<Entry> {
    let link =
        node.children().filter(|child| child.has_tag_name((ATOM, "link"))).find_map(|link| link.attribute("href"));
    let url = link.or_else(|| text_of(node, "id"))?;
    let updated = Timestamp::parse(text_of(node, "updated")?).ok()?;
    let (kind, office) = kind_and_office(url)?;
    Some(Entry {
        url: url.to_owned(),
        title: text_of(node, "title").unwrap_or_default().chars().take(200).collect(),
        updated,
        kind: kind.to_owned(),
        office: office.to_owned(),
    })
}

fn text_of<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.children().find(|child| child.has_tag_name((ATOM, name)))?.text().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(entries: &str) -> String {
        format!(
            r#"<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" lang="ja">
            <title>高頻度（随時）</title><updated>2026-07-28T16:30:12+09:00</updated>{entries}</feed>"#
        )
    }

    fn entry(url: &str, updated: &str) -> String {
        format!(
            r#"<entry><title>震度速報</title><id>{url}</id><updated>{updated}</updated>
            <author><name>気象庁</name></author><link type="application/xml" href="{url}"/>
            <content type="text">【震度速報】</content></entry>"#
        )
    }

    const URL: &str = "https://www.data.jma.go.jp/developer/xml/data/20260728072900_0_VXSE51_010000.xml";

    #[test]
    fn entries_come_oldest_first_and_once() {
        let older = URL.replace("072900", "072800");
        let body = feed(
            &[
                entry(URL, "2026-07-28T07:29:11Z"),
                entry(&older, "2026-07-28T07:28:11Z"),
                entry(URL, "2026-07-28T07:29:11Z"),
            ]
            .concat(),
        );
        let feed = parse(body.as_bytes()).unwrap();
        assert_eq!(feed.entries.iter().map(|e| e.url.as_str()).collect::<Vec<_>>(), [older.as_str(), URL]);
        assert_eq!(feed.entries[0].kind, "VXSE51");
        assert_eq!(feed.entries[0].office, "010000");
        assert_eq!(feed.newest(), Timestamp::parse("2026-07-28T16:29:11+09:00").ok());
        assert!(feed.updated.is_some());
    }

    #[test]
    fn odd_entries_are_counted_and_the_rest_is_read() {
        let odd = "<entry><title>?</title></entry>";
        let timeless = entry(URL, "yesterday");
        let body = feed(&format!("{odd}{timeless}{}", entry(URL, "2026-07-28T07:29:11Z")));
        let feed = parse(body.as_bytes()).unwrap();
        assert_eq!((feed.entries.len(), feed.skipped), (1, 2));
    }

    #[test]
    fn what_is_no_feed_is_refused_with_its_reason() {
        let bomb = r#"<!DOCTYPE f [<!ENTITY a "aaaa">]><feed xmlns="http://www.w3.org/2005/Atom">&a;</feed>"#;
        let cases: [(&[u8], AtomError); 5] = [
            (b"<html><body>maintenance</body></html>", AtomError::NotAtom),
            (b"{\"error\":1}", AtomError::NotXml),
            (b"\xff\xfe\x00", AtomError::NotUtf8),
            (b"", AtomError::NotXml),
            (bomb.as_bytes(), AtomError::NotXml),
        ];
        for (body, expected) in cases {
            assert_eq!(parse(body), Err(expected));
        }
        assert_eq!(parse(&vec![b' '; MAX_FEED_BYTES + 1]), Err(AtomError::TooLarge));
    }

    #[test]
    fn file_names_give_type_and_office() {
        assert_eq!(kind_and_office(URL), Some(("VXSE51", "010000")));
        assert_eq!(kind_and_office("https://x/20260728072900_0_VPWW55_020000.xml"), Some(("VPWW55", "020000")));
        for bad in [
            "",
            "https://x/",
            "https://x/a.html",
            "https://x/VXSE51.xml",
            "https://x/_.xml",
            "https://x/1_../../etc.xml",
        ] {
            assert_eq!(kind_and_office(bad), None, "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_input_makes_it_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
            let _ = parse(&bytes);
        }
    }
}
