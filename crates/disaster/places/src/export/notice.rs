//! What goes with a download: a file name that says what it is, and headers with licence and day.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Selection;
use super::standard::{part, sources_of};
use crate::publish::SourceNote;

/// Licences that have an address of their own: what their name holds → address and short name.
const LICENCES: &[(&[&str], &str, &str)] = &[
    (&["CC0", "パブリックドメイン"], "https://creativecommons.org/publicdomain/zero/1.0/", "CC0"),
    (&["CC BY-SA", "CC-BY-SA", "表示-継承"], "https://creativecommons.org/licenses/by-sa/4.0/", "CC-BY-SA"),
    (&["CC BY", "CC-BY", "クリエイティブ・コモンズ"], "https://creativecommons.org/licenses/by/4.0/", "CC-BY"),
    (&["国土地理院"], "https://www.gsi.go.jp/kikakuchousei/kikakuchousei40182.html", "GSI"),
];

/// Licence, attribution and day of an export (書き出しの表示).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) licence: String,
    pub(crate) attribution: String,
    pub(crate) as_of: String,
    /// Addresses of the licences.
    links: Vec<&'static str>,
    /// Documents it was made from.
    documents: Vec<String>,
    /// 八戸市_指定緊急避難場所
    title: String,
    /// 02203_emergency_site
    plain: String,
    day: String,
    short: String,
}

impl Notice {
    /// Of everything that is exported.
    pub(crate) fn of(selection: Selection<'_>) -> Self {
        let mut sources: Vec<&SourceNote> = Vec::new();
        for (document, facility) in selection.rows() {
            for source in sources_of(document, facility) {
                if !sources.iter().any(|known| std::ptr::eq(*known, source)) {
                    sources.push(source);
                }
            }
        }
        let all = |column: &str| -> String {
            let parts: BTreeSet<String> =
                sources.iter().map(|source| part(source, column)).filter(|part| !part.is_empty()).collect();
            parts.into_iter().collect::<Vec<_>>().join("／")
        };
        let licences: BTreeSet<&str> = sources.iter().filter_map(|source| source.licence.as_deref()).collect();
        let known: BTreeSet<(&str, &str)> = licences.iter().filter_map(|licence| known(licence)).collect();
        let day =
            sources.iter().map(|source| source.as_of.unwrap_or_else(|| source.imported_at.jst().date_naive())).max();
        let short = match (licences.len(), known.len()) {
            (1, 1) => known.iter().map(|(_, short)| *short).collect(),
            (0, _) => "no-licence-stated".to_owned(),
            (1, _) => "licence-in-file".to_owned(),
            _ => "several-licences".to_owned(),
        };
        let code = match selection.documents {
            [one] => one.area.code.as_str(),
            _ => "02",
        };
        Self {
            licence: all("ライセンス"),
            attribution: all("出典"),
            as_of: all("時点"),
            links: known.into_iter().map(|(address, _)| address).collect(),
            documents: selection
                .documents
                .iter()
                .map(|document| format!("/public/places/{}.json", document.area.code))
                .collect(),
            title: format!("{}_{}", selection.place_name(), selection.what()),
            plain: format!("{code}_{}", selection.kind.map_or("places", crate::model::Kind::as_str)),
            day: day.map(|day| day.to_string()).unwrap_or_default(),
            short,
        }
    }

    /// `Content-Disposition`: a name in plain letters for old programs, the Japanese one for others (RFC 6266).
    pub(crate) fn disposition(&self, ending: &str) -> String {
        let plain = format!("{}_{}_{}.{ending}", self.plain, self.day, self.short);
        let title = format!("{}_{}時点_{}.{ending}", self.title, self.day, self.short);
        format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", percent(&title))
    }

    /// `Link`: the licences, and the documents that name every source.
    pub(crate) fn link(&self) -> String {
        let licences = self.links.iter().map(|link| format!("<{link}>; rel=\"license\""));
        let documents = self.documents.iter().take(1).map(|link| format!("<{link}>; rel=\"describedby\""));
        licences.chain(documents).collect::<Vec<_>>().join(", ")
    }

    /// The newest day of the data, for a header.
    pub(crate) fn day(&self) -> &str {
        &self.day
    }
}

fn known(licence: &str) -> Option<(&'static str, &'static str)> {
    let upper = licence.to_uppercase();
    let fits = |names: &&[&str]| names.iter().any(|name| upper.contains(&name.to_uppercase()));
    LICENCES.iter().find(|(names, ..)| fits(names)).map(|(_, address, short)| (*address, *short))
}

/// Everything but letters, digits and a few marks as %XX (RFC 8187).
fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_are_known_by_the_names_people_write() {
        for (text, short) in [
            ("CC BY 4.0", Some("CC-BY")),
            ("クリエイティブ・コモンズ 表示 4.0 国際", Some("CC-BY")),
            ("cc-by-sa 4.0", Some("CC-BY-SA")),
            ("CC0 1.0", Some("CC0")),
            ("国土地理院コンテンツ利用規約", Some("GSI")),
            ("要問合せ", None),
        ] {
            assert_eq!(known(text).map(|(_, short)| short), short, "{text}");
        }
        assert_eq!(percent("八 a-1.csv"), "%E5%85%AB%20a-1.csv");
    }
}
