//! Warnings (警報・注意報): who is warned of what, of the finest layer of areas a telegram has.

use kernel::{CodeType, Timestamp};

use super::Notes;
use super::places;
use super::tree::{El, area, code_type, duration};
use crate::facts::{Head, WarningItem, WarningKind, WarningProduct, Warnings};

/// Kind codes of the weather warning table, old and new scheme.
const KINDS: &[&str] = &[
    "00", "02", "03", "04", "05", "06", "07", "08", "09", "10", "12", "13", "14", "15", "16", "17", "18", "19", "20",
    "21", "22", "23", "24", "25", "26", "27", "29", "32", "33", "35", "36", "37", "38", "39", "43", "48", "49",
];
const STATES: &[&str] = &[
    "",
    "発表",
    "継続",
    "解除",
    "なし",
    "特別警報から危険警報",
    "特別警報から警報",
    "特別警報から注意報",
    "危険警報から警報",
    "危険警報から注意報",
    "警報から注意報",
    "発表警報・注意報はなし",
];
/// Says that nothing is in force, in place of a kind.
const NOTHING: &str = "発表警報・注意報はなし";

/// A layer of areas (警報の区域の階層), coarse to fine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    Whole,
    Office,
    Class10,
    Class15,
    Municipality,
}

/// Reads the body of any warning product.
pub(crate) fn read(product: WarningProduct, body: El<'_>, head: &Head, notes: &mut Notes) -> Warnings {
    let all: Vec<El<'_>> = if product == WarningProduct::Snapshot {
        body.descendants().filter(|element| element.name() == "Warning").collect()
    } else {
        body.each("Warning").collect()
    };
    let is_section = |warning: &El<'_>| warning.attr("type").contains("高潮予報区間");
    let layers = || all.iter().filter(|warning| !is_section(warning));
    let finest = layers().map(|warning| layer(warning.attr("type"))).max();
    let until = if product == WarningProduct::Tornado { head.valid_until } else { None };
    let mut reader = Reader { product, until, notes };
    let mut items = Vec::new();
    for warning in layers().filter(|warning| Some(layer(warning.attr("type"))) == finest) {
        reader.items(*warning, &mut items);
    }
    let mut sections = Vec::new();
    for warning in all.iter().filter(|warning| is_section(warning)) {
        reader.items(*warning, &mut sections);
    }
    if finest.is_none() {
        reader.notes.add("Body", "no Warning element");
    }
    Warnings { product, items, sections, notices: notices(body) }
}

fn layer(kind: &str) -> Layer {
    if kind.contains("をまとめた") {
        Layer::Class15
    } else if kind.contains("市町村等") {
        Layer::Municipality
    } else if kind.contains("一次細分") || kind.contains("発表細分") {
        Layer::Class10
    } else if kind.contains("府県予報区") {
        Layer::Office
    } else {
        Layer::Whole
    }
}

fn notices(body: El<'_>) -> Vec<String> {
    let comments = body.each("Comment").flat_map(|comment| comment.each("Text"));
    body.each("Notice").chain(comments).map(El::text).filter(|text| !text.is_empty()).map(str::to_owned).collect()
}

struct Reader<'n> {
    product: WarningProduct,
    until: Option<Timestamp>,
    notes: &'n mut Notes,
}

impl Reader<'_> {
    fn items(&mut self, warning: El<'_>, out: &mut Vec<WarningItem>) {
        let implied = match (layer(warning.attr("type")), self.product) {
            // VXWW50 counts in the seven-digit codes of municipalities, some of them split further.
            (Layer::Municipality, _) | (_, WarningProduct::LegacyLandslide) => CodeType::JmaMunicipality,
            (Layer::Class15, _) => CodeType::Class15,
            (Layer::Class10, _) => CodeType::Class10,
            (Layer::Office, _) => CodeType::ForecastOffice,
            (Layer::Whole, _) => CodeType::Other,
        };
        for item in warning.each("Item") {
            let kinds: Vec<WarningKind> = item.each("Kind").filter_map(|kind| self.kind(kind)).collect();
            let single = item.child("Area").map(|place| (place, place.attr("codeType")));
            let several = item
                .each("Areas")
                .flat_map(|areas| areas.each("Area").map(move |place| (place, areas.attr("codeType"))));
            let mut places = single.into_iter().chain(several).peekable();
            if places.peek().is_none() {
                self.notes.add("Body/Warning/Item", "no Area");
            }
            for (place, declared) in places {
                let kind = self.code_type(declared, implied);
                let area = area(kind, place.text_at(&["Code"]));
                let judge = if self.in_parts(kind) { places::note_part } else { places::note };
                judge(&area, "Body/Warning/Item/Area/Code", self.notes);
                out.push(WarningItem { area, area_name: place.string_at(&["Name"]), kinds: kinds.clone() });
            }
        }
    }

    /// VXWW50 counts in codes of its own, of which the first five digits are the municipality.
    fn in_parts(&self, kind: CodeType) -> bool {
        self.product == WarningProduct::LegacyLandslide && kind == CodeType::JmaMunicipality
    }

    /// The declared code type, except the one name that serves three layers.
    fn code_type(&mut self, declared: &str, implied: CodeType) -> CodeType {
        if declared.is_empty() || declared == "気象情報／府県予報区・細分区域等" {
            return implied;
        }
        if declared == "高潮予報区間" {
            return CodeType::Other;
        }
        code_type(declared).unwrap_or_else(|| {
            self.notes.add("Body/Warning/Item/Area/@codeType", declared);
            CodeType::Other
        })
    }

    fn kind(&mut self, kind: El<'_>) -> Option<WarningKind> {
        let (mut name, mut code, mut status, mut condition, mut last_code) = ("", "", "", "", "");
        let mut until = None;
        let mut details = Vec::new();
        for part in kind.children() {
            match part.name() {
                "Name" => name = part.text(),
                "Code" => code = part.text(),
                "Status" => status = part.text(),
                "Condition" => condition = part.text(),
                "LastKind" => last_code = part.text_at(&["Code"]),
                "Property" => property(part, &mut until, &mut details),
                "Addition" | "Attention" => details.extend(part.each("Note").map(|note| note.text().to_owned())),
                "NextKinds" => next_kinds(part, &mut details),
                _ => {}
            }
        }
        if !STATES.contains(&status) {
            self.notes.add("Body/Warning/Item/Kind/Status", status);
        }
        if code.is_empty() && name.is_empty() && status == NOTHING {
            return None;
        }
        if !self.knows(code) {
            self.notes.add("Body/Warning/Item/Kind/Code", code);
        }
        Some(WarningKind {
            code: code.to_owned(),
            name: name.to_owned(),
            status: status.to_owned(),
            condition: condition.to_owned(),
            last_code: last_code.to_owned(),
            until: until.or(self.until),
            details,
        })
    }

    fn knows(&self, code: &str) -> bool {
        match self.product {
            WarningProduct::LegacyLandslide => matches!(code, "0" | "1" | "3"),
            WarningProduct::Tornado => matches!(code, "0" | "1"),
            _ => KINDS.contains(&code),
        }
    }
}

/// Sentences and described values of one property, each with the part of the area it speaks of.
fn property(property: El<'_>, until: &mut Option<Timestamp>, details: &mut Vec<String>) {
    let mut place = "";
    for element in property.descendants() {
        match element.name() {
            "Base" | "Becoming" | "Local" => place = "",
            "AreaName" => place = element.text(),
            "Sentence" | "Remark" | "Note" => details.push(beside(place, element.text())),
            _ => {
                let described = element.attr("description");
                if !described.is_empty() {
                    details.push(beside(place, described));
                }
            }
        }
    }
    let ends = property.each("CriteriaPeriod").flat_map(El::descendants).filter_map(end_of_period).max();
    *until = (*until).max(ends);
}

/// The end of a Base or Local with Time and Duration.
fn end_of_period(period: El<'_>) -> Option<Timestamp> {
    let from = period.time_at(&["Time"])?;
    Some(from.plus(duration(period.text_at(&["Duration"]))?))
}

fn beside(place: &str, text: &str) -> String {
    if place.is_empty() { text.to_owned() } else { format!("{place}　{text}") }
}

fn next_kinds(kinds: El<'_>, details: &mut Vec<String>) {
    details.extend(kinds.each("NextKind").map(|next| next.string_at(&["Sentence"])).filter(|text| !text.is_empty()));
}
