//! Export (書き出し): what is published, as CSV, GeoJSON and 自治体標準オープンデータセット, with licence and as-of date.
//!
//! **Invariant:** an export holds what is published, nothing else.
//! **Invariant:** whoever has the file knows whose data it is, under which licence and of which day.
//! **Invariant:** a spreadsheet opens a CSV without running any of it: see [`csv::defused`].

mod columns;
mod csv;
mod geojson;
mod notice;
mod standard;

use crate::facility::kind_name;
use crate::model::Kind;
use crate::publish::{FacilityView, PlacesDocument};

pub(crate) use geojson::geojson;
pub(crate) use notice::Notice;

/// How a CSV is laid out (書き出しの形式).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// The columns of 自治体標準オープンデータセット, exactly.
    Standard,
    /// Everything that is published, with licence and date in the last columns.
    General,
}

/// What is exported: documents of municipalities, of them facilities of one kind or of all.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Selection<'a> {
    pub(crate) documents: &'a [&'a PlacesDocument],
    pub(crate) kind: Option<Kind>,
}

impl<'a> Selection<'a> {
    /// The facilities with the document they stand in.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&'a PlacesDocument, &'a FacilityView)> {
        let (documents, kind) = (self.documents, self.kind);
        let all =
            documents.iter().flat_map(|document| document.facilities.iter().map(move |facility| (*document, facility)));
        all.filter(move |(_, facility)| kind.is_none_or(|kind| facility.kinds.contains(&kind)))
    }

    /// 八戸市, or 青森県 for several.
    pub(crate) fn place_name(&self) -> &str {
        match self.documents {
            [one] => &one.area.name,
            _ => "青森県",
        }
    }

    /// 指定緊急避難場所, or 施設 for all kinds.
    pub(crate) fn what(&self) -> &'static str {
        self.kind.map_or("施設", kind_name)
    }
}

/// The file as CSV: UTF-8 with a byte order mark, lines ended by CR LF. `None` when there is no standard form of the kind.
pub(crate) fn csv(selection: Selection<'_>, form: Form) -> Option<String> {
    let columns = match form {
        Form::Standard => columns::columns(selection.kind?)?,
        Form::General => columns::GENERAL,
    };
    let mut file = csv::Writer::new(columns);
    for (document, facility) in selection.rows() {
        let row = standard::Row::new(document, facility, selection.kind, form);
        file.row(columns.iter().map(|column| row.cell(column)));
    }
    Some(file.finish())
}

#[cfg(test)]
mod tests;
