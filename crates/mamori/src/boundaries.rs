//! Municipal boundaries (行政区域) for the map: a TopoJSON file of 国土数値情報 N03, checked and made into a public document.
//!
//! Only the code of each municipality is kept of its properties, so that the document is small and says nothing twice.

use std::collections::BTreeSet;

use anyhow::{Context as _, bail};
use kernel::areas;
use serde_json::{Map, Value, json};

/// Name of the public document.
pub(crate) const DOCUMENT: &str = "map/boundaries";

/// A larger file is not for a phone.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// The document of a TopoJSON file: `{topology, source}` where each geometry has the property `code` (JIS5).
///
/// Errors name the geometry and what to do.
pub(crate) fn document(bytes: &[u8]) -> anyhow::Result<Value> {
    if bytes.len() > MAX_BYTES {
        bail!("the file has {} bytes; at most {MAX_BYTES} are taken: simplify it first (e.g. to 1 %)", bytes.len());
    }
    let mut topology: Value = serde_json::from_slice(bytes).context("this is not JSON")?;
    if topology["type"] != "Topology" {
        bail!("this is not TopoJSON: `type` is {}, not \"Topology\"", topology["type"]);
    }
    let objects = topology["objects"].as_object_mut().context("the topology has no `objects`")?;
    let mut found = BTreeSet::new();
    let mut kept = Vec::new();
    for (name, object) in objects.iter_mut() {
        let geometries = object["geometries"]
            .as_array_mut()
            .with_context(|| format!("object `{name}` is not a GeometryCollection"))?;
        for (at, geometry) in geometries.iter_mut().enumerate() {
            let code = code_of(geometry).with_context(|| format!("object `{name}`, geometry {at}"))?;
            if areas::municipality(&code).is_none() {
                bail!(
                    "object `{name}`, geometry {at}: {code} is not a municipality of Aomori; cut the file to the prefecture"
                );
            }
            geometry["properties"] = json!({ "code": code });
            found.insert(code);
            kept.push(geometry.take());
        }
    }
    refuse_gaps(&found)?;
    let mut out = Map::new();
    for key in ["type", "transform", "arcs", "bbox"] {
        if let Some(value) = topology.get_mut(key) {
            out.insert(key.into(), value.take());
        }
    }
    out.insert("objects".into(), json!({ "municipalities": { "type": "GeometryCollection", "geometries": kept } }));
    Ok(json!({
        "source": "「国土数値情報（行政区域データ）」（国土交通省）を加工して作成",
        "topology": Value::Object(out),
    }))
}

fn code_of(geometry: &Value) -> anyhow::Result<String> {
    let properties = &geometry["properties"];
    ["N03_007", "code5", "code"]
        .iter()
        .find_map(|key| properties[*key].as_str())
        .map(str::to_owned)
        .context("has none of the properties N03_007, code5, code (the five-digit municipality code)")
}

fn refuse_gaps(found: &BTreeSet<String>) -> anyhow::Result<()> {
    let missing: Vec<&str> =
        areas::municipalities().iter().filter(|one| !found.contains(one.jis5)).map(|one| one.name).collect();
    if !missing.is_empty() {
        bail!("these municipalities are missing: {}", missing.join("、"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topology(skip: &str, extra: Option<&str>) -> Vec<u8> {
        let codes = areas::municipalities().iter().map(|one| one.jis5).filter(|code| *code != skip).chain(extra);
        let geometries: Vec<Value> =
            codes.map(|code| json!({ "type": "Polygon", "arcs": [[0]], "properties": { "N03_007": code, "N03_001": "青森県" } })).collect();
        json!({ "type": "Topology", "arcs": [[[0, 0], [1, 1]]], "objects": { "a": { "type": "GeometryCollection", "geometries": geometries } } })
            .to_string()
            .into_bytes()
    }

    #[test]
    fn only_the_code_is_kept() {
        let document = document(&topology("", None)).unwrap();
        let geometries = document["topology"]["objects"]["municipalities"]["geometries"].as_array().unwrap();
        assert_eq!(geometries.len(), 40);
        assert_eq!(geometries[0]["properties"], json!({ "code": "02201" }));
    }

    #[test]
    fn a_wrong_file_is_named() {
        for (bytes, part) in [
            (b"PK\x03\x04".to_vec(), "not JSON"),
            (br#"{"type":"FeatureCollection"}"#.to_vec(), "not TopoJSON"),
            (topology("02203", None), "八戸市"),
            (topology("", Some("13101")), "13101 is not a municipality of Aomori"),
        ] {
            let error = format!("{:#}", document(&bytes).unwrap_err());
            assert!(error.contains(part), "{error}");
        }
    }
}
