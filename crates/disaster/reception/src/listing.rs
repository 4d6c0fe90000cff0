//! The municipality's list of people who cannot flee alone (避難行動要支援者名簿) as offices keep it: CSV or Excel, in any encoding, with
//! dates in any calendar and headers in any dialect.
//!
//! In:  bytes with a name; which columns mean what, where a person said so.
//! Out: people as cards, rows that were set aside with the reason, remarks on rows that were taken. Pure.
//!
//! **Invariant:** nobody is lost for a slip of the pen: a value that cannot be read goes into the remarks as it was written, and
//! the row is taken with a note. Only who has no name, stands there twice, or carries a My Number is set aside.
//! **Invariant:** a column of My Numbers is never read, and no reason repeats a value.

mod keep;
mod person;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use chrono::NaiveDate;
use households::Household;
use kernel::Text;
use kernel::fold::fold;
use serde::{Deserialize, Serialize};
use sheets::{Cell, Dictionary, Encoding, File, Format, Limits, Refusal, Table, TableRow};
use utoipa::ToSchema;

pub(crate) use keep::{Entry, compare, digest, keep};
pub use keep::{Imported, Kept, Order, Reach, Unkept, import};

/// People of one list at most; the largest city of the prefecture stays below.
pub const MOST: usize = 50_000;
/// Bytes of one file at most.
pub const BYTES: usize = 24 << 20;
/// Rows set aside, and remarks, that are told one by one.
const TOLD: usize = 500;

/// The dictionary of headers, as an office edits it.
static DICTIONARY: LazyLock<Dictionary> = LazyLock::new(|| {
    Dictionary::parse(include_str!("listing/headers.toml")).expect("a test reads the dictionary we ship")
});

/// What a column is taken for, by its name in the file; an empty field: for nothing (列の指定).
pub type Chosen = BTreeMap<String, String>;

/// What a file holds (名簿の読み取り).
#[derive(Debug, Clone, Default)]
pub struct Listing {
    pub people: Vec<Listed>,
    /// Rows that were not taken.
    pub aside: Vec<RowNote>,
    /// Rows that were taken with a remark.
    pub remarks: Vec<RowNote>,
    pub columns: Vec<ColumnView>,
    /// What to know about the file as a whole.
    pub notes: Vec<Text>,
    pub format: Option<Format>,
    pub encoding: Option<Encoding>,
}

/// Somebody of the list, readable.
#[derive(Debug, Clone)]
pub struct Listed {
    pub line: u32,
    pub household: Household,
}

/// Something to be said of a row (行についての注意). It names the field, never the value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReceptionListNote)]
pub struct RowNote {
    /// The sheet, in a workbook of several.
    pub sheet: Option<String>,
    /// Line of the file or row of the sheet, from 1.
    pub line: u32,
    /// The column, as the file calls it.
    pub column: Option<String>,
    pub reason: RowReason,
}

/// Why a row is told (理由).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = ReceptionListReason)]
pub enum RowReason {
    /// 氏名がない: set aside
    NoName,
    /// 個人番号（マイナンバー）が書かれている: set aside
    MyNumber,
    /// 同じ人がすでにある: set aside
    Double,
    /// 氏名として読めない: set aside
    Unfit,
    /// 生年月日が読めない: taken without it
    Birth,
    /// この欄は読めない: taken, the value is among the remarks
    Unread,
    /// 長すぎる備考: taken, cut
    Cut,
}

/// A column of the file (列).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReceptionListColumn)]
pub struct ColumnView {
    pub name: String,
    /// What it is taken for; null: nothing.
    pub field: Option<String>,
}

/// A field that a column can be taken for (項目).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReceptionListField)]
pub struct Field {
    pub field: String,
    pub label: String,
}

impl RowReason {
    /// Whether the row is not taken.
    pub fn is_aside(self) -> bool {
        matches!(self, Self::NoName | Self::MyNumber | Self::Double | Self::Unfit)
    }

    /// For people.
    pub fn text(self) -> Text {
        let (ja, en) = match self {
            Self::NoName => (
                "氏名がありません。氏名を書いて、もう一度取り込んでください。",
                "There is no name. Write it and take the file in again.",
            ),
            Self::MyNumber => (
                "12桁の個人番号（マイナンバー）が書かれています。消してから、もう一度取り込んでください。",
                "There is a 12-digit My Number. Remove it and take the file in again.",
            ),
            Self::Double => (
                "同じ氏名・生年月日・住所の行がほかにあります。",
                "Another row has the same name, birth date and address.",
            ),
            Self::Unfit => (
                "氏名として読めません（長すぎるか、使えない文字があります）。",
                "The name is too long or has characters that cannot be used.",
            ),
            Self::Birth => (
                "生年月日が読めません。生年月日なしで取り込み、書かれていた内容を備考に残します。",
                "The birth date cannot be read: taken without it, kept among the remarks.",
            ),
            Self::Unread => (
                "この欄は読めません。書かれていた内容を備考に残します。",
                "This field cannot be read: kept among the remarks.",
            ),
            Self::Cut => (
                "備考が長すぎるため、500文字で切りました。",
                "The remarks are too long and were cut at 500 characters.",
            ),
        };
        Text::new(ja, ja, en)
    }
}

/// The fields that a column can be taken for, with what people are shown.
pub fn fields() -> Vec<Field> {
    #[derive(Deserialize)]
    struct Names {
        fields: BTreeMap<String, Vec<String>>,
    }
    let Ok(names) = toml::from_str::<Names>(include_str!("listing/headers.toml")) else { return Vec::new() };
    let field = |(field, names): (String, Vec<String>)| Some(Field { label: names.into_iter().next()?, field });
    names.fields.into_iter().filter(|(field, _)| field != "my_number").filter_map(field).collect()
}

/// Reads a file. Every sheet with a column of names is read; without a column of districts the sheets of a workbook are the
/// districts.
pub fn read(name: &str, bytes: &[u8], jis5: &str, chosen: &Chosen, today: NaiveDate) -> Result<Listing, Refusal> {
    let limits = Limits { file_bytes: BYTES, rows: MOST + 100, ..Limits::default() };
    let file = sheets::read(name, bytes, &limits)?;
    let mut tables = Vec::new();
    for grid in &file.grids {
        if let Ok(table) = Table::of(grid, &DICTIONARY) {
            tables.push((grid.name.as_str(), Columns::of(&table, chosen), table));
        }
    }
    let has_names = |columns: &Columns| columns.has("name") || columns.has("family_name");
    let named = tables.iter().filter(|(_, columns, _)| has_names(columns)).count();
    let mut listing = Listing { format: Some(file.format), encoding: file.encoding, ..Listing::default() };
    listing.notes = notes(&file, &tables.iter().map(|(_, _, table)| table).collect::<Vec<_>>());
    if named == 0 {
        // What the columns are called is what a person needs to say which one has the names.
        listing.columns = tables.first().map(|(_, columns, _)| columns.views()).unwrap_or_default();
        return Ok(listing);
    }
    let mut seen = BTreeSet::new();
    for (sheet, columns, table) in tables.iter().filter(|(_, columns, _)| has_names(columns)) {
        for view in columns.views() {
            if !listing.columns.iter().any(|known| known.name == view.name) {
                listing.columns.push(view);
            }
        }
        let of = person::Sheet { name: (named > 1).then_some(*sheet), jis5, columns, today };
        for row in &table.rows {
            listing.take(&of, row, &mut seen);
        }
    }
    Ok(listing)
}

impl Listing {
    fn take(&mut self, sheet: &person::Sheet<'_>, row: &TableRow, seen: &mut BTreeSet<[String; 3]>) {
        let (found, mut notes) = sheet.person(row);
        if let Some(household) = found {
            let person = household.persons.first();
            let key = [
                person.map(|person| fold(&person.name)).unwrap_or_default(),
                person.and_then(|person| person.birth).map(|birth| birth.to_string()).unwrap_or_default(),
                fold(&household.address),
            ];
            // Of two without birth date and address nobody can say that they are one.
            let unsure = key[1].is_empty() && key[2].is_empty();
            if unsure || seen.insert(key) {
                self.people.push(Listed { line: row.line, household });
            } else {
                notes = vec![sheet.note(row, None, RowReason::Double)];
            }
        }
        for note in notes {
            let list = if note.reason.is_aside() { &mut self.aside } else { &mut self.remarks };
            list.push(note);
        }
    }

    /// As much of the notes as is told one by one.
    pub(crate) fn told(notes: &[RowNote]) -> Vec<RowNote> {
        notes.iter().take(TOLD).cloned().collect()
    }
}

/// What to know about the file, for people.
fn notes(file: &File, tables: &[&Table]) -> Vec<Text> {
    let of_tables = tables.iter().flat_map(|table| &table.notes);
    let mut notes: Vec<Text> = file.notes.iter().chain(of_tables).take(50).map(sheets::Note::text).collect();
    if tables.iter().any(|table| table.column("my_number").is_some()) {
        let ja = "個人番号（マイナンバー）の列があります。この列は読み込みません。ファイルからも消してください。";
        notes.push(Text::new(ja, ja, "There is a column of My Numbers. It is not read; remove it from the file, too."));
    }
    notes
}

/// The columns of one table by field (列).
pub(crate) struct Columns {
    by_field: HashMap<String, usize>,
    all: Vec<ColumnView>,
}

impl Columns {
    fn of(table: &Table, chosen: &Chosen) -> Self {
        let (mut by_field, mut all) = (HashMap::new(), Vec::new());
        for (at, column) in table.columns.iter().enumerate() {
            let own = column.field.clone();
            let forbidden = own.as_deref() == Some("my_number");
            let field = match chosen.get(&column.name) {
                Some(field) if !forbidden => Some(field.clone()).filter(|field| !field.is_empty()),
                _ => own,
            };
            if let Some(field) = field.as_ref().filter(|_| !forbidden) {
                by_field.entry(field.clone()).or_insert(at);
            }
            all.push(ColumnView { name: column.name.clone(), field });
        }
        Self { by_field, all }
    }

    fn views(&self) -> Vec<ColumnView> {
        self.all.clone()
    }

    pub(crate) fn has(&self, field: &str) -> bool {
        self.by_field.contains_key(field)
    }

    /// What stands in the field; nothing for words that mean nothing.
    pub(crate) fn cell<'r>(&self, row: &'r TableRow, field: &str) -> &'r Cell {
        self.by_field.get(field).and_then(|at| row.cells.get(*at)).unwrap_or(Cell::EMPTY)
    }

    pub(crate) fn text(&self, row: &TableRow, field: &str) -> String {
        let text = self.cell(row, field).text().into_owned();
        if sheets::value::is_missing(&text) { String::new() } else { text }
    }

    /// The name of the field's column in the file.
    pub(crate) fn name(&self, field: &str) -> Option<String> {
        self.by_field.get(field).and_then(|at| self.all.get(*at)).map(|column| column.name.clone())
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::SHIFT_JIS;

    use super::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 28).unwrap()
    }

    fn listing(name: &str, bytes: &[u8]) -> Listing {
        read(name, bytes, "02203", &Chosen::new(), today()).unwrap()
    }

    fn names(listing: &Listing) -> Vec<&str> {
        listing.people.iter().map(|one| one.household.persons[0].name.as_str()).collect()
    }

    fn reasons(notes: &[RowNote]) -> Vec<(u32, RowReason)> {
        notes.iter().map(|note| (note.line, note.reason)).collect()
    }

    #[test]
    fn a_list_of_an_office_in_its_own_words_is_read() {
        let text = "避難行動要支援者名簿（令和8年4月1日現在）,,,,,,,\r\n\
            №,氏　名,フリガナ,生年月日,住　所,行政区名,電話番号,要介護度,身体障害者手帳,人工透析,避難支援者氏名,支援者電話番号,続柄,支援を必要とする事由\r\n\
            1,見本　イチ,ﾐﾎﾝ ｲﾁ,昭和10年4月1日,八戸市市川町1-1,市川一区,0178-00-0000,要介護３,1級（下肢）,,見本 太郎,090-0000-0000,長男,歩行に介助が必要\r\n\
            2,髙橋 一,たかはし はじめ,S5.12.30,八戸市根城2-2,根城,0178000001,要支援2,,○,見本 花子,,隣人,\r\n";
        let (bytes, _, _) = SHIFT_JIS.encode(text);
        let found = listing("名簿.csv", &bytes);
        assert_eq!(names(&found), ["見本　イチ", "髙橋 一"]);
        assert!(found.aside.is_empty(), "{:?}", found.aside);
        let first = &found.people[0].household;
        assert_eq!(first.persons[0].birth, NaiveDate::from_ymd_opt(1935, 4, 1));
        assert_eq!((first.persons[0].kana.as_str(), first.neighbourhood.as_str()), ("みほん いち", "市川一区"));
        assert_eq!(
            (first.landline.as_str(), first.emergency[0].phone.as_str(), first.emergency[0].relation.as_str()),
            ("0178000000", "09000000000", "長男")
        );
        assert_eq!(first.persons[0].needs.care, Some(households::model::Care::Care3));
        assert_eq!(first.persons[0].needs.disabilities, [households::model::Disability::Body]);
        assert!(first.remarks.contains("歩行に介助が必要"));
        let second = &found.people[1].household;
        assert_eq!(second.persons[0].birth, NaiveDate::from_ymd_opt(1930, 12, 30));
        assert_eq!(second.persons[0].needs.dialysis, Some(true));
        assert!(second.emergency.is_empty() && second.remarks.contains("見本 花子（隣人）"), "{}", second.remarks);
    }

    #[test]
    fn nobody_is_lost_for_a_slip_of_the_pen_and_each_reason_is_said() {
        let text = "氏名,生年月日,住所,電話,備考\n\
            見本 一,昭和100年1月1日,八戸市市川町1,0178,\n\
            ,昭和10年1月1日,八戸市市川町2,,\n\
            見本 二,昭和10年1月1日,八戸市市川町3,0178-00-0000,番号は 1234-5678-9018\n\
            見本 三,S10.1.1,八戸市市川町4,,\n\
            見本　三,昭和10年1月1日,八戸市市川町4,,二度目\n\
            見本 四,,,,\n\
            見本 四,,,,\n";
        let found = listing("a.csv", text.as_bytes());
        assert_eq!(names(&found), ["見本 一", "見本 三", "見本 四", "見本 四"]);
        assert_eq!(reasons(&found.aside), [(3, RowReason::NoName), (4, RowReason::MyNumber), (6, RowReason::Double)]);
        assert_eq!(reasons(&found.remarks), [(2, RowReason::Birth), (2, RowReason::Unread)]);
        let first = &found.people[0].household;
        assert!(first.remarks.contains("昭和100年1月1日") && first.remarks.contains("0178"), "{}", first.remarks);
        assert!(!format!("{:?}", found.aside).contains("9018"));
    }

    #[test]
    fn a_column_of_my_numbers_is_never_read() {
        let text = "氏名,個人番号,生年月日\n見本 一,123456789018,昭和10年1月1日\n";
        let found = listing("a.csv", text.as_bytes());
        assert_eq!(names(&found), ["見本 一"]);
        assert!(found.notes.iter().any(|note| note.ja.contains("読み込みません")), "{:?}", found.notes);
        let chosen = Chosen::from([("個人番号".to_owned(), "remarks".to_owned())]);
        let found = read("a.csv", text.as_bytes(), "02203", &chosen, today()).unwrap();
        assert!(!format!("{found:?}").contains("123456789018"));
    }

    #[test]
    fn columns_that_nobody_knows_are_named_and_may_be_given_a_meaning() {
        let text = "おなまえ,うまれ,どこ\n見本 一,昭和10年1月1日,八戸市市川町1\n";
        let found = listing("a.csv", text.as_bytes());
        assert!(found.people.is_empty());
        assert_eq!(
            found.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(),
            ["おなまえ", "うまれ", "どこ"]
        );
        let chosen = [("おなまえ", "name"), ("うまれ", "birth"), ("どこ", "address")];
        let chosen: Chosen = chosen.into_iter().map(|(name, field)| (name.to_owned(), field.to_owned())).collect();
        let found = read("a.csv", text.as_bytes(), "02203", &chosen, today()).unwrap();
        assert_eq!((names(&found), found.people[0].household.address.as_str()), (vec!["見本 一"], "八戸市市川町1"));
    }

    #[test]
    fn names_and_births_in_pieces_are_put_together() {
        let text = "氏,名,セイ,メイ,元号,生年月日_年,生年月日_月,生年月日_日\n見本,一,ミホン,ハジメ,昭和,10,4,1\n";
        let found = listing("a.csv", text.as_bytes());
        let person = &found.people[0].household.persons[0];
        assert_eq!(
            (person.name.as_str(), person.kana.as_str(), person.birth),
            ("見本 一", "みほん はじめ", NaiveDate::from_ymd_opt(1935, 4, 1))
        );
    }

    #[test]
    fn what_is_no_list_is_refused_in_words() {
        assert!(read("a.pdf", b"%PDF-1.7", "02203", &Chosen::new(), today()).is_err());
        assert!(listing("a.csv", b"a,b\n1,2\n").people.is_empty());
        let all = fields();
        assert!(all.iter().any(|field| field.field == "name" && field.label == "氏名"));
        assert!(!all.iter().any(|field| field.field == "my_number"));
    }
}
