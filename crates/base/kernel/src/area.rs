//! Area codes: the same digits mean different places in different code types, so a code carries its type.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Which table a code belongs to (コード種別).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CodeType {
    /// 市区町村コード, JIS X 0402, 5 digits with the prefecture
    Municipality,
    /// 全国地方公共団体コード, 6 digits with the check digit
    LocalGov6,
    /// 気象庁の市町村等 (class20), 7 digits
    JmaMunicipality,
    /// 都道府県コード, JIS X 0401, 2 digits
    Prefecture,
    /// 府県予報区, 6 digits
    ForecastOffice,
    /// 一次細分区域, 6 digits
    Class10,
    /// 市町村等をまとめた地域, 6 digits
    Class15,
    /// 地震情報の細分区域, 3 digits
    SeismicArea,
    /// 震央地名, 3 digits
    Epicentre,
    /// 津波予報区, 3 digits
    TsunamiZone,
    /// 指定河川洪水予報の予報区域, 12 digits
    RiverForecast,
    /// 河川, 10 digits
    River,
    /// 火山, 3 digits
    Volcano,
    /// 緊急地震速報の府県予報区, 4 digits
    EewPrefecture,
    /// 緊急地震速報の地方予報区, 4 digits
    EewRegion,
    /// 海上予報区, 4 digits
    Marine,
    /// 震度観測点, 7 digits
    SeismicStation,
    /// 潮位観測点・沖合の観測点, 5 digits
    TideStation,
    /// その他: a code of a table this program does not know
    Other,
}

/// Every code type with its name on the wire.
const TYPES: [(CodeType, &str); 19] = [
    (CodeType::Municipality, "municipality"),
    (CodeType::LocalGov6, "local_gov6"),
    (CodeType::JmaMunicipality, "jma_municipality"),
    (CodeType::Prefecture, "prefecture"),
    (CodeType::ForecastOffice, "forecast_office"),
    (CodeType::Class10, "class10"),
    (CodeType::Class15, "class15"),
    (CodeType::SeismicArea, "seismic_area"),
    (CodeType::Epicentre, "epicentre"),
    (CodeType::TsunamiZone, "tsunami_zone"),
    (CodeType::RiverForecast, "river_forecast"),
    (CodeType::River, "river"),
    (CodeType::Volcano, "volcano"),
    (CodeType::EewPrefecture, "eew_prefecture"),
    (CodeType::EewRegion, "eew_region"),
    (CodeType::Marine, "marine"),
    (CodeType::SeismicStation, "seismic_station"),
    (CodeType::TideStation, "tide_station"),
    (CodeType::Other, "other"),
];

impl CodeType {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        TYPES.iter().map(|(kind, _)| *kind)
    }

    /// The name on the wire, e.g. `tsunami_zone`.
    pub fn as_str(self) -> &'static str {
        TYPES.iter().find(|(kind, _)| *kind == self).map_or("other", |(_, name)| *name)
    }
}

/// The digits of a code (コード), short ones without an allocation.
#[derive(Clone)]
pub struct SmallCode(Repr);

const INLINE: usize = 22;

#[derive(Clone)]
enum Repr {
    Inline(u8, [u8; INLINE]),
    Long(Arc<str>),
}

impl SmallCode {
    /// Keeps `code` as it is.
    pub fn new(code: &str) -> Self {
        match u8::try_from(code.len()) {
            Ok(len) if code.len() <= INLINE => {
                let mut bytes = [0; INLINE];
                bytes[..code.len()].copy_from_slice(code.as_bytes());
                Self(Repr::Inline(len, bytes))
            }
            _ => Self(Repr::Long(Arc::from(code))),
        }
    }

    /// A code of ours, at most 22 bytes, known when compiling.
    const fn literal(code: &str) -> Self {
        let (mut bytes, mut at) = ([0; INLINE], 0);
        while at < code.len() {
            bytes[at] = code.as_bytes()[at];
            at += 1;
        }
        #[expect(clippy::cast_possible_truncation, reason = "a longer one failed to compile in the loop above")]
        Self(Repr::Inline(at as u8, bytes))
    }

    /// The code as printed.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Inline(len, bytes) => std::str::from_utf8(&bytes[..usize::from(*len)]).unwrap_or_default(),
            Repr::Long(text) => text,
        }
    }
}

impl PartialEq for SmallCode {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for SmallCode {}

impl PartialOrd for SmallCode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SmallCode {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for SmallCode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for SmallCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An area (地域) by code type and code; on the wire `municipality:02203`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AreaCode {
    /// Which table.
    pub kind: CodeType,
    /// Which row.
    pub code: SmallCode,
}

impl AreaCode {
    /// A code as a telegram or a table of ours gives it; it need not be a known one.
    pub fn new(kind: CodeType, code: &str) -> Self {
        Self { kind, code: SmallCode::new(code) }
    }

    /// A municipality by its five digits.
    pub fn municipality(jis5: &str) -> Self {
        Self::new(CodeType::Municipality, jis5)
    }

    /// A code of ours, known when compiling.
    pub(crate) const fn literal(kind: CodeType, code: &str) -> Self {
        Self { kind, code: SmallCode::literal(code) }
    }

    /// The digits.
    pub fn code(&self) -> &str {
        self.code.as_str()
    }
}

/// Why a text is not an area code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AreaCodeError {
    /// No colon between type and code.
    #[error("an area code is written `type:code`, for example `municipality:02203`")]
    NoType,
    /// The type before the colon is not one of ours.
    #[error("unknown area code type {0:?}")]
    UnknownType(String),
    /// The code is empty, longer than 64 characters, or holds anything but ASCII letters, digits, `-`, `_` and `.`.
    #[error("an area code has 1 to 64 letters or digits")]
    BadCode,
}

const LONGEST: usize = 64;

impl FromStr for AreaCode {
    type Err = AreaCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, code) = text.split_once(':').ok_or(AreaCodeError::NoType)?;
        let kind = kind.parse()?;
        let sound = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if code.is_empty() || code.len() > LONGEST || !code.chars().all(sound) {
            return Err(AreaCodeError::BadCode);
        }
        Ok(Self::new(kind, code))
    }
}

impl FromStr for CodeType {
    type Err = AreaCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        TYPES
            .iter()
            .find(|(_, name)| *name == text)
            .map(|(kind, _)| *kind)
            .ok_or_else(|| AreaCodeError::UnknownType(text.chars().take(30).collect()))
    }
}

impl fmt::Display for CodeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for AreaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.code())
    }
}

impl fmt::Debug for AreaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for AreaCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AreaCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl PartialSchema for AreaCode {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("Code type and code, e.g. municipality:02203 or tsunami_zone:201"))
            .pattern(Some("^[a-z0-9_]+:[A-Za-z0-9._-]{1,64}$"))
            .examples(["municipality:02203"])
            .into()
    }
}

impl ToSchema for AreaCode {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("AreaCode")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_type_is_part_of_the_code() {
        let class10 = AreaCode::new(CodeType::Class10, "020020");
        let class15 = AreaCode::new(CodeType::Class15, "020020");
        assert_ne!(class10, class15);
        assert_eq!(class10.to_string(), "class10:020020");
    }

    #[test]
    fn bad_codes_are_refused() {
        let cases =
            ["", "02203", "municipality:", ":02203", "town:02203", "municipality:０２２０３", "municipality:02 203"];
        for text in cases {
            assert!(text.parse::<AreaCode>().is_err(), "{text}");
        }
        assert!(format!("other:{}", "1".repeat(65)).parse::<AreaCode>().is_err());
    }

    #[test]
    fn every_type_has_a_name_of_its_own() {
        for kind in CodeType::all() {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
    }

    proptest! {
        #[test]
        fn it_reads_what_it_writes(index in 0..TYPES.len(), code in "[0-9A-Za-z_.-]{1,64}") {
            let area = AreaCode::new(TYPES[index].0, &code);
            prop_assert_eq!(area.code(), &code);
            prop_assert_eq!(area.to_string().parse(), Ok(area.clone()));
            let json = serde_json::to_string(&area).unwrap();
            prop_assert_eq!(serde_json::from_str::<AreaCode>(&json).unwrap(), area);
        }

        #[test]
        fn any_code_of_a_telegram_is_kept_whole(code in ".{0,80}") {
            let area = AreaCode::new(CodeType::Other, &code);
            prop_assert_eq!(area.code(), code);
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,80}") {
            let _ = text.parse::<AreaCode>();
        }
    }
}
