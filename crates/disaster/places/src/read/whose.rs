//! Whose list it is: the designating municipality, from codes, from the file's name, from addresses. Never from positions.

use std::collections::HashMap;

use kernel::areas;
use kernel::fold::fold;
use sheets::value::municipality;
use sheets::{Cell, Table};

use super::columns::Columns;

/// How many addresses of a list must name a municipality for it to be the list's own.
const MOST_OF_TEN: usize = 7;

/// The municipality of one row by its own code.
pub(super) fn of_row(columns: &Columns, row: &sheets::TableRow) -> Option<String> {
    let by_id = columns.text(row, "gsi_id").and_then(|id| of_gsi_id(&id));
    by_id.or_else(|| of_code(columns.cell(row, "code")))
}

/// The municipality most rows have in common, and whether some have another.
pub(super) fn of_rows(tables: &[(&Table, &Columns)]) -> Option<(String, bool)> {
    let mut votes: HashMap<String, usize> = HashMap::new();
    for (table, columns) in tables {
        for code in table.rows.iter().filter_map(|row| of_row(columns, row)) {
            *votes.entry(code).or_default() += 1;
        }
    }
    let mixed = votes.len() > 1;
    let most = votes.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0)));
    most.map(|(code, _)| (code, mixed))
}

/// The municipality a file is named after: `022012.json`, `222127_aed.csv`, `三戸郡南部町.json`.
pub(super) fn of_name(name: &str) -> Option<String> {
    let stem = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = stem.split('.').next().unwrap_or(stem);
    let digits: String = stem.chars().take_while(char::is_ascii_digit).collect();
    // Five digits without a check digit may be anything: only six count, and a date has eight.
    if digits.len() == 6 {
        return of_code(&Cell::from_text(&digits));
    }
    stem.split(['_', '-', ' ', '　']).find_map(areas::by_name).map(|found| found.jis5.to_owned())
}

/// The municipality of Aomori that the names and addresses of a list agree on.
pub(super) fn of_addresses(tables: &[(&Table, &Columns)]) -> Option<String> {
    let mut votes: HashMap<&'static str, usize> = HashMap::new();
    let mut asked = 0;
    for (table, columns) in tables {
        for row in &table.rows {
            let text = ["city", "address", "address_city"].into_iter().find_map(|field| columns.text(row, field));
            let Some(text) = text else { continue };
            asked += 1;
            if let Some(found) = named_in(&text) {
                *votes.entry(found).or_default() += 1;
            }
        }
    }
    let (code, most) = votes.into_iter().max_by_key(|(_, votes)| *votes)?;
    (most * 10 >= asked * MOST_OF_TEN).then(|| code.to_owned())
}

/// The municipality where everything of a list stands, by the codes of the locations: better than nothing, when nobody
/// says who designated it.
pub(super) fn of_locations(tables: &[(&Table, &Columns)]) -> Option<String> {
    let codes = tables
        .iter()
        .flat_map(|(table, columns)| table.rows.iter().filter_map(|row| of_code(columns.cell(row, "location_code"))));
    let mut codes: Vec<String> = codes.collect();
    codes.dedup();
    match codes.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    }
}

/// The municipality of Aomori an address begins with: 青森県三戸郡南部町大字…, 八戸市城下四丁目….
pub(super) fn named_in(address: &str) -> Option<&'static str> {
    let folded = fold(address);
    let text = folded.strip_prefix("青森県").unwrap_or(&folded);
    let text = match text.split_once('郡') {
        // A district stands in front and is short; 郡 further back belongs to a name.
        Some((district, rest)) if district.chars().count() <= 3 => rest,
        _ => text,
    };
    let found = areas::municipalities().iter().find(|one| text.starts_with(&fold(one.name)));
    found.map(|one| one.jis5)
}

/// E + five digits of the designating municipality + running number and class.
fn of_gsi_id(id: &str) -> Option<String> {
    let id: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
    let code = id.strip_prefix(['E', 'e'])?.get(..5)?;
    (id.len() == 14 && code.bytes().all(|b| b.is_ascii_digit())).then(|| code.to_owned())
}

fn of_code(cell: &Cell) -> Option<String> {
    municipality(cell).map(|reading| reading.jis5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_names_its_municipality() {
        for (name, code) in [
            ("emergency/022039.json", Some("02203")),
            ("222127_aed.csv", Some("22212")),
            ("三戸郡南部町.json", Some("02445")),
            ("東津軽郡外ケ浜町.json", Some("02307")),
            ("八戸市_AED.csv", Some("02203")),
            ("20250527_siteihinanjo.xlsx", None),
            ("022030.json", None),
            ("aed.csv", None),
        ] {
            assert_eq!(of_name(name).as_deref(), code, "{name}");
        }
    }

    #[test]
    fn an_address_names_its_municipality() {
        for (address, code) in [
            ("青森県八戸市旭ケ丘1-1-19", Some("02203")),
            ("八戸市城下四丁目２０－３４", Some("02203")),
            ("青森県三戸郡南部町大字沖田面", Some("02445")),
            ("三戸郡三戸町在府小路", Some("02441")),
            ("静岡県焼津市本町", None),
            ("城下四丁目", None),
        ] {
            assert_eq!(named_in(address), code, "{address}");
        }
    }

    #[test]
    fn the_id_of_the_national_list_names_the_designating_municipality() {
        assert_eq!(of_gsi_id("E0220300001201").as_deref(), Some("02203"));
        assert_eq!(of_gsi_id("CC0000000504"), None);
    }
}
