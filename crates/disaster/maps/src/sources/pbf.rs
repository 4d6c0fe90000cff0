//! OpenStreetMap extracts as `.osm.pbf`: blocks decoded on all cores, taken in their order.

use std::path::Path;

use kernel::Point;
use osmpbf::{Blob, BlobDecode, BlobReader, Element, RelMemberType};
use rayon::prelude::*;

use super::osm::Extract;
use super::osm_tags::Tags;
use super::{Reading, Scope, What, both, cut, whole};

/// Blocks in memory at a time; a block is at most 32 MiB unpacked and usually two.
const BLOCKS: usize = 16;

/// What a reader of ours understands; an extract that needs more would be drawn wrongly.
const UNDERSTOOD: [&str; 2] = ["OsmSchema-V0.6", "DenseNodes"];

pub(super) fn read(path: &Path, scope: Scope) -> Result<Reading, What> {
    let mut blobs = BlobReader::from_path(path).map_err(|error| broken(String::new(), &error))?;
    let mut extract = Extract::default();
    let mut begun = false;
    let mut offset = 0;
    loop {
        let mut some = Vec::with_capacity(BLOCKS);
        for blob in blobs.by_ref().take(BLOCKS) {
            let blob = blob.map_err(|error| broken(format!("after byte {offset}"), &error))?;
            offset = blob.offset().map_or(offset, |at| at.0);
            some.push(blob);
        }
        if some.is_empty() {
            break;
        }
        begun = true;
        let parts: Vec<Result<Extract, What>> = some.par_iter().map(|blob| part(blob, scope)).collect();
        for part in parts {
            extract.absorb(part?);
        }
    }
    if !begun {
        return Err(cut(String::new()));
    }
    extract.finish()
}

fn part(blob: &Blob, scope: Scope) -> Result<Extract, What> {
    let place = || format!("byte {}", blob.offset().map_or(0, |at| at.0));
    let mut extract = Extract::default();
    match blob.decode().map_err(|error| broken(place(), &error))? {
        BlobDecode::OsmHeader(header) => {
            if let Some(unknown) = header.required_features().iter().find(|need| !UNDERSTOOD.contains(&need.as_str())) {
                let ja =
                    format!("この抜粋は「{unknown}」を必要としますが、読めません。通常の .osm.pbf を入手してください");
                return Err((
                    place(),
                    both(ja, format!("it needs {unknown}, which we cannot read; get a plain extract")),
                ));
            }
        }
        BlobDecode::OsmData(block) => {
            for element in block.elements() {
                take(&mut extract, &element, scope).map_err(super::at(place))?;
            }
        }
        BlobDecode::Unknown(_) => {}
    }
    Ok(extract)
}

fn take(extract: &mut Extract, element: &Element<'_>, scope: Scope) -> Result<(), What> {
    match element {
        Element::DenseNode(node) => {
            let point = Point { lat: node.lat(), lon: node.lon() };
            extract.node(scope, node.id(), point, &Tags(node.tags().collect()))
        }
        Element::Node(node) => {
            let point = Point { lat: node.lat(), lon: node.lon() };
            extract.node(scope, node.id(), point, &Tags(node.tags().collect()))
        }
        Element::Way(way) => {
            extract.way(way.id(), way.refs().collect(), &Tags(way.tags().collect()));
            Ok(())
        }
        Element::Relation(relation) => {
            let ways = relation.members().filter(|member| member.member_type == RelMemberType::Way);
            let members = ways.map(|member| (member.member_id, member.role().is_ok_and(|role| role == "inner")));
            extract.relation(members, &Tags(relation.tags().collect()));
            Ok(())
        }
    }
}

fn broken(at: String, error: &osmpbf::Error) -> What {
    let text = error.to_string();
    match error.kind() {
        osmpbf::ErrorKind::Io(io) if io.kind() != std::io::ErrorKind::UnexpectedEof => {
            whole(format!("読めません（{io}）"), format!("cannot be read: {io}"))
        }
        osmpbf::ErrorKind::Io(_) => cut(at),
        _ if text.contains("Unexpected end") => cut(at),
        _ => {
            let ja =
                format!("OpenStreetMap の PBF として読めません（{text}）。ファイルが壊れていないか確かめてください");
            (at, both(ja, format!("not readable as an OpenStreetMap PBF: {text}; is the file damaged?")))
        }
    }
}
