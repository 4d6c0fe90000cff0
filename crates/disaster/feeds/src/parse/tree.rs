//! The tree as the readers see it: elements by local name, text trimmed of line ends and blanks.

use std::time::Duration;

use kernel::{AreaCode, CodeType, Timestamp};

use super::xml::{Element, Tree};

/// One element.
#[derive(Clone, Copy)]
pub(crate) struct El<'a> {
    tree: &'a Tree<'a>,
    index: u32,
}

impl<'a> El<'a> {
    /// The root element. A tree has at least one element.
    pub(crate) fn root(tree: &'a Tree<'a>) -> Self {
        Self { tree, index: 0 }
    }

    fn element(self) -> Option<&'a Element<'a>> {
        self.tree.elements.get(self.index as usize)
    }

    /// Local name.
    pub(crate) fn name(self) -> &'a str {
        self.element().map_or("", |element| element.name)
    }

    pub(crate) fn namespace(self) -> &'a str {
        self.element().map_or("", |element| element.namespace)
    }

    pub(crate) fn children(self) -> Children<'a> {
        let end = self.element().map_or(0, |element| element.end);
        Children { tree: self.tree, next: self.index + 1, end }
    }

    /// Children of this local name.
    pub(crate) fn each<'n>(self, name: &'n str) -> impl Iterator<Item = El<'a>> + use<'a, 'n> {
        self.children().filter(move |child| child.name() == name)
    }

    /// First child of this local name.
    pub(crate) fn child(self, name: &str) -> Option<El<'a>> {
        self.children().find(|child| child.name() == name)
    }

    /// First element along a path of local names.
    pub(crate) fn at(self, path: &[&str]) -> Option<El<'a>> {
        path.iter().try_fold(self, |here, name| here.child(name))
    }

    /// All descendants, in document order, without this element.
    pub(crate) fn descendants(self) -> impl Iterator<Item = El<'a>> + use<'a> {
        let end = self.element().map_or(0, |element| element.end);
        (self.index + 1..end).map(move |index| El { tree: self.tree, index })
    }

    /// Value of an attribute by local name; empty when it is not there.
    pub(crate) fn attr(self, name: &str) -> &'a str {
        let Some(element) = self.element() else { return "" };
        let (first, last) = element.attributes;
        let attributes = self.tree.attributes.get(first as usize..last as usize).unwrap_or_default();
        attributes.iter().find(|attribute| attribute.name == name).map_or("", |attribute| &attribute.value)
    }

    /// Own text without line ends and blanks around it; a full-width space stays.
    pub(crate) fn text(self) -> &'a str {
        self.element().map_or("", |element| element.text.trim_ascii())
    }

    /// Text of the element at a path; empty when it is not there.
    pub(crate) fn text_at(self, path: &[&str]) -> &'a str {
        self.at(path).map_or("", El::text)
    }

    pub(crate) fn string_at(self, path: &[&str]) -> String {
        self.text_at(path).to_owned()
    }

    /// Time of the element at a path.
    pub(crate) fn time_at(self, path: &[&str]) -> Option<Timestamp> {
        time(self.text_at(path))
    }
}

/// Children in document order.
pub(crate) struct Children<'a> {
    tree: &'a Tree<'a>,
    next: u32,
    end: u32,
}

impl<'a> Iterator for Children<'a> {
    type Item = El<'a>;

    fn next(&mut self) -> Option<El<'a>> {
        if self.next >= self.end {
            return None;
        }
        let found = El { tree: self.tree, index: self.next };
        self.next = found.element().map_or(self.end, |element| element.end);
        Some(found)
    }
}

/// A time as telegrams print it; `None` when empty or unreadable.
pub(crate) fn time(text: &str) -> Option<Timestamp> {
    if text.is_empty() { None } else { Timestamp::parse(text).ok() }
}

/// A length of time as XML Schema writes it (`PT4H`, `P1D`, `PT12H40M`); `None` when it is none of these.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let rest = text.strip_prefix('P')?;
    let (days, clock) = rest.split_once('T').unwrap_or((rest, ""));
    let mut seconds = counted(days, &[('D', 86_400)])?;
    seconds = seconds.checked_add(counted(clock, &[('H', 3_600), ('M', 60), ('S', 1)])?)?;
    // A year at most: what is longer is an error in the telegram, not a forecast.
    (seconds > 0 && seconds <= 31_622_400).then(|| Duration::from_secs(seconds))
}

/// Sums `12H40M` by units that stand in this order.
fn counted(text: &str, units: &[(char, u64)]) -> Option<u64> {
    let mut rest = text;
    let mut sum = 0_u64;
    for (unit, seconds) in units {
        if let Some((number, after)) = rest.split_once(*unit) {
            sum = sum.checked_add(number.parse::<u64>().ok()?.checked_mul(*seconds)?)?;
            rest = after;
        }
    }
    rest.is_empty().then_some(sum)
}

/// A code under the code type a telegram or a table names for it.
pub(crate) fn area(kind: CodeType, code: &str) -> AreaCode {
    AreaCode::new(kind, code)
}

/// The code type behind a `codeType` attribute; `None` when empty or not known to us.
pub(crate) fn code_type(attribute: &str) -> Option<CodeType> {
    Some(match attribute {
        "気象・地震・火山情報／市町村等" | "二次細分区域" | "政令指定都市" | "土砂災害警戒情報" => {
            CodeType::JmaMunicipality
        }
        "市町村等をまとめた地域" => CodeType::Class15,
        "一次細分区域" => CodeType::Class10,
        "府県予報区" => CodeType::ForecastOffice,
        "地震情報／細分区域" => CodeType::SeismicArea,
        "地震情報／都道府県等" => CodeType::Prefecture,
        "緊急地震速報／府県予報区" => CodeType::EewPrefecture,
        "緊急地震速報／地方予報区" => CodeType::EewRegion,
        "津波予報区" => CodeType::TsunamiZone,
        "震央地名" => CodeType::Epicentre,
        "火山名" => CodeType::Volcano,
        "指定河川洪水予報（予報区域）" => CodeType::RiverForecast,
        "河川" => CodeType::River,
        "地方海上予報区" | "全般海上海域名" => CodeType::Marine,
        "潮位観測点" => CodeType::TideStation,
        _ => return None,
    })
}
