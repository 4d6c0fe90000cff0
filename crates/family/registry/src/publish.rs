//! The public documents: the attribute dictionary, and the programmes of each area with their rules, so that a phone decides by
//! itself and the profile need not leave it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use http::hot;
use kernel::{Timestamp, areas};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;

use crate::db;
use crate::model::{Attribute, Content, NATION, PREFECTURE, Programme, Version, attributes};

/// The channel that is woken when something of this room was published.
pub(crate) const CHANGED: &str = "registry";

/// The attribute dictionary (属性の辞書の文書).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = RegistryAttributesDocument)]
pub struct AttributesDocument {
    pub attributes: Vec<Attribute>,
}

/// A version that holds or will hold (公開中の版).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = RegistryPublishedVersion)]
pub struct PublishedVersion {
    pub version: String,
    pub number: i64,
    pub valid_from: NaiveDate,
    pub valid_until: Option<NaiveDate>,
    /// Without its validation cases.
    pub content: Content,
}

/// A programme with the versions of today and later (公開中の制度).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = RegistryPublishedProgramme)]
pub struct PublishedProgramme {
    pub programme: String,
    pub key: String,
    pub area: String,
    pub versions: Vec<PublishedVersion>,
}

/// The programmes of an area (地域の制度の文書).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = RegistryProgrammesDocument)]
pub struct ProgrammesDocument {
    /// `00` the nation, `02` the prefecture, else a JIS code.
    pub area: String,
    pub programmes: Vec<PublishedProgramme>,
}

/// The name of the document of an area.
pub(crate) fn name(area: &str) -> String {
    format!("registry/programmes/{area}")
}

/// Every area that has a document.
pub(crate) fn everywhere() -> Vec<String> {
    let ours = areas::municipalities().iter().map(|row| row.jis5.to_owned());
    [NATION, PREFECTURE].into_iter().map(str::to_owned).chain(ours).collect()
}

/// Publishes the documents of these areas. Call it last in a transaction.
pub(crate) async fn refresh(tx: &mut Tx, areas: &[String], now: Timestamp) -> anyhow::Result<()> {
    for area in areas {
        let held = db::published_of(tx, area, now.jst().date_naive()).await?;
        hot::publish(tx, &name(area), &document(area, held), now).await?;
    }
    tx.wake_on_commit(CHANGED);
    Ok(())
}

/// Publishes the dictionary.
pub(crate) async fn publish_attributes(tx: &mut Tx, now: Timestamp) -> anyhow::Result<()> {
    let document = AttributesDocument { attributes: attributes().all().to_vec() };
    hot::publish(tx, "registry/attributes", &document, now).await?;
    Ok(())
}

fn document(area: &str, held: Vec<(Programme, Version)>) -> ProgrammesDocument {
    let mut programmes: BTreeMap<String, PublishedProgramme> = BTreeMap::new();
    for (programme, version) in held {
        let published = programmes.entry(programme.key.clone()).or_insert_with(|| PublishedProgramme {
            programme: programme.id.to_string(),
            key: programme.key,
            area: programme.area,
            versions: Vec::new(),
        });
        published.versions.push(PublishedVersion {
            version: version.id.to_string(),
            number: version.number,
            valid_from: version.valid_from,
            valid_until: version.valid_until,
            content: Content { cases: Vec::new(), ..version.content },
        });
    }
    ProgrammesDocument { area: area.to_owned(), programmes: programmes.into_values().collect() }
}
