//! The columns of a table: which field each means, by the dictionary, by the publisher's own list of names, by a person.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use sheets::{Cell, Dictionary, Table, TableRow};

use crate::model::{HazardKind, Kind, Mapped};

/// The dictionary of headers, as an office edits it.
static DICTIONARY: LazyLock<Dictionary> = LazyLock::new(|| {
    Dictionary::parse(include_str!("../../headers.toml")).expect("a test reads the dictionary we ship")
});

/// Hazards with the field of the dictionary.
pub(super) const HAZARDS: [(&str, HazardKind); 12] = [
    ("flood_planned", HazardKind::FloodPlanned),
    ("flood_max", HazardKind::FloodMax),
    ("flood", HazardKind::Flood),
    ("landslide", HazardKind::Landslide),
    ("storm_surge", HazardKind::StormSurge),
    ("earthquake", HazardKind::Earthquake),
    ("tsunami", HazardKind::Tsunami),
    ("tsunami_l1", HazardKind::TsunamiL1),
    ("tsunami_l2", HazardKind::TsunamiL2),
    ("fire", HazardKind::Fire),
    ("inland_flood", HazardKind::InlandFlood),
    ("volcano", HazardKind::Volcano),
];

/// The dictionary for a kind of list; without one, for any.
pub(super) fn dictionary(kind: Option<Kind>) -> Dictionary {
    kind.map_or_else(|| DICTIONARY.clone(), |kind| DICTIONARY.of_kind(kind.as_str()))
}

/// The dictionary for tables of town names.
pub(super) fn town_dictionary() -> Dictionary {
    DICTIONARY.of_kind("towns")
}

/// Fields that a column can be taken for, for the choice of a person, each with what people are shown.
pub(crate) fn fields() -> Vec<(String, String)> {
    LABELS.iter().map(|(field, label)| (field.clone(), label.clone())).collect()
}

/// What people are shown of a field: the first name it has in the dictionary.
static LABELS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let file: Names = toml::from_str(include_str!("../../headers.toml")).expect("a test reads the dictionary we ship");
    let of_kinds = file.kind.into_iter().filter(|(kind, _)| kind != "towns").flat_map(|(_, fields)| fields);
    let mut labels = BTreeMap::new();
    for (field, names) in file.fields.into_iter().chain(of_kinds) {
        if let Some(first) = names.into_iter().next() {
            labels.entry(field).or_insert(first);
        }
    }
    labels
});

#[derive(serde::Deserialize)]
struct Names {
    fields: BTreeMap<String, Vec<String>>,
    kind: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

/// The columns of one table by field (列).
#[derive(Debug, Default)]
pub(super) struct Columns {
    by_field: HashMap<String, usize>,
    /// Position and name of those that mean nothing.
    unknown: Vec<(usize, String)>,
    mapped: Vec<Mapped>,
    /// Hazard columns with at least one mark in the whole table: only there does an empty cell say "not for this hazard".
    marked: Vec<usize>,
}

impl Columns {
    /// Looks the columns up. `names` is the publisher's own list (column → what it is called); `chosen` goes before
    /// everything, an empty choice keeps the column in `extra`.
    pub(super) fn of(table: &Table, names: &BTreeMap<String, String>, chosen: &BTreeMap<String, String>) -> Self {
        let dictionary = dictionary(None);
        let mut columns = Self::default();
        let mut taken: HashMap<String, usize> = HashMap::new();
        for (at, column) in table.columns.iter().enumerate() {
            let field = match chosen.get(&column.name) {
                Some(field) => Some(field.clone()).filter(|field| !field.is_empty()),
                None => column.field.clone(),
            };
            if let Some(field) = field {
                // What a person chose takes the field from whatever the dictionary gave it to.
                if chosen.contains_key(&column.name) || !taken.contains_key(&field) {
                    taken.insert(field, at);
                }
            }
        }
        for (at, column) in table.columns.iter().enumerate() {
            let named = names.get(&column.name).filter(|_| !chosen.contains_key(&column.name));
            let field = named.and_then(|name| dictionary.field(name)).map(str::to_owned);
            if let Some(field) = field
                && !taken.contains_key(&field)
                && !taken.values().any(|have| *have == at)
            {
                taken.insert(field, at);
            }
        }
        let field_of: HashMap<usize, &String> = taken.iter().map(|(field, at)| (*at, field)).collect();
        for (at, column) in table.columns.iter().enumerate() {
            let field = field_of.get(&at).map(|field| (*field).clone());
            if field.is_none() {
                let name = names.get(&column.name).unwrap_or(&column.name);
                columns.unknown.push((at, name.clone()));
            }
            columns.mapped.push(Mapped { column: column.name.clone(), field });
        }
        columns.marked = HAZARDS
            .iter()
            .filter_map(|(field, _)| taken.get(*field).copied())
            .filter(|at| table.rows.iter().any(|row| row.cells.get(*at).is_some_and(|cell| !cell.is_empty())))
            .collect();
        columns.by_field = taken;
        columns
    }

    /// Whether a column means the field.
    pub(super) fn has(&self, field: &str) -> bool {
        self.by_field.contains_key(field)
    }

    /// How many hazards have a column.
    pub(super) fn hazards(&self) -> usize {
        HAZARDS.iter().filter(|(field, _)| self.has(field)).count()
    }

    /// Whether the column of this field has a mark somewhere.
    pub(super) fn is_marked(&self, field: &str) -> bool {
        self.by_field.get(field).is_some_and(|at| self.marked.contains(at))
    }

    /// The cell that means the field.
    pub(super) fn cell<'r>(&self, row: &'r TableRow, field: &str) -> &'r Cell {
        self.by_field.get(field).and_then(|at| row.cells.get(*at)).unwrap_or(Cell::EMPTY)
    }

    /// The text of the field; `None` for nothing and for words that mean nothing (`---`).
    pub(super) fn text(&self, row: &TableRow, field: &str) -> Option<String> {
        plain(self.cell(row, field))
    }

    /// Every field that has a column.
    pub(super) fn fields(&self) -> impl Iterator<Item = &str> {
        self.by_field.keys().map(String::as_str)
    }

    /// Columns that mean nothing, with what they are called and what the row has there.
    pub(super) fn extra(&self, row: &TableRow) -> BTreeMap<String, String> {
        let kept = self.unknown.iter().filter_map(|(at, name)| Some((name.clone(), written(row.cells.get(*at)?)?)));
        kept.collect()
    }

    /// What each column was taken for.
    pub(super) fn mapping(&self) -> &[Mapped] {
        &self.mapped
    }

    /// The row as in the file: header → text.
    pub(super) fn cells(&self, row: &TableRow) -> BTreeMap<String, String> {
        let cells = self.mapped.iter().zip(&row.cells);
        cells.filter_map(|(column, cell)| Some((column.column.clone(), written(cell)?))).collect()
    }
}

/// The text of a cell with tabs and line breaks as spaces; `None` for nothing and for words that mean nothing.
pub(super) fn plain(cell: &Cell) -> Option<String> {
    let text = cell.text();
    if sheets::value::is_missing(&text) {
        return None;
    }
    let mut line = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_control()).map(str::trim).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    (!line.is_empty()).then_some(line)
}

/// The text of a cell as it stands there; `None` only for nothing at all.
fn written(cell: &Cell) -> Option<String> {
    let text = cell.text();
    (!text.is_empty()).then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dictionary_we_ship_is_sound() {
        assert!(Dictionary::parse(include_str!("../../headers.toml")).is_ok());
        let kinds: Vec<String> = DICTIONARY.kinds().map(str::to_owned).collect();
        assert!(kinds.iter().all(|kind| kind == "towns" || Kind::parse(kind).is_some()), "{kinds:?}");
        for (field, _) in HAZARDS {
            assert!(fields().iter().any(|(known, _)| known == field), "{field}");
        }
    }

    #[test]
    fn dialects_mean_the_same() {
        let general = dictionary(None);
        let aed = dictionary(Some(Kind::Aed));
        for (dictionary, header, field) in [
            // 自治体標準オープンデータセット, new and old
            (&general, "全国地方公共団体コード", "code"),
            (&general, "都道府県コード又は市区町村コード", "code"),
            (&general, "都道府県コ―ド又は市区町村コ―ド", "code"),
            (&general, "所在地_連結表記", "address"),
            (&general, "災害種別_崖崩れ、土石流及び地滑り", "landslide"),
            (&general, "利用可能日時特記事項", "hours_note"),
            (&general, "名称_英字", "name_en"),
            (&general, "名称_英語", "name_en"),
            // a city's own
            (&general, "災害種別_洪水（計画規模降雨）", "flood_planned"),
            (&general, "災害種別_津波(Ｌ２)", "tsunami_l2"),
            (&aed, "場所", "placement"),
            (&general, "連絡先", "phone"),
            (&general, "定休日など", "closed_days"),
            // 国土地理院
            (&general, "共通ID", "gsi_id"),
            (&general, "施設・場所名", "name"),
            (&general, "指定避難所との住所同一", "also_shelter"),
            (&general, "その他市町村長が必要と認める事項", "other_matters"),
            // English
            (&general, "flood_L1", "flood_planned"),
            (&general, "Latitude", "lat"),
            (&general, "residentsAssociation", "neighbourhoods"),
            // another city
            (&general, "避難所面積平方メートル", "floor_area"),
            (&general, "開設される災害の種類（地震・津波）", "opens_earthquake_tsunami"),
            (&general, "№", "number"),
            (&general, "想定収容人数", "capacity"),
        ] {
            assert_eq!(dictionary.field(header), Some(field), "{header}");
        }
        assert_eq!(general.field("設置遊具"), None);
    }
}
