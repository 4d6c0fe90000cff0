//! OpenStreetMap extracts as XML, read as they stream by.

use std::io::{BufReader, Read};

use kernel::Point;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::osm::Extract;
use super::osm_tags::Tags;
use super::{Reading, Scope, What, both, cut};

/// The element being read.
#[derive(Default)]
struct Open {
    id: i64,
    point: Option<Point>,
    refs: Vec<i64>,
    members: Vec<(i64, bool)>,
    tags: Vec<(String, String)>,
}

pub(super) fn read(file: Box<dyn Read + Send>, scope: Scope) -> Result<Reading, What> {
    let mut reader = Reader::from_reader(BufReader::with_capacity(1 << 16, file));
    let mut extract = Extract::default();
    let mut open = Open::default();
    let mut ended = false;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer);
        let place = || format!("byte {}", reader.buffer_position());
        match event.map_err(|error| broken(place(), &error))? {
            Event::Start(start) => open.begin(&start).map_err(super::at(place))?,
            Event::Empty(start) => {
                open.begin(&start).map_err(super::at(place))?;
                open.end(start.name().as_ref(), &mut extract, scope)?;
            }
            Event::End(end) if end.name().as_ref() == "osm" => ended = true,
            Event::End(end) => open.end(end.name().as_ref(), &mut extract, scope)?,
            Event::Eof if ended => break,
            Event::Eof => return Err(cut(place())),
            _ => {}
        }
    }
    extract.finish()
}

impl Open {
    fn begin(&mut self, start: &BytesStart<'_>) -> Result<(), What> {
        match start.name().as_ref() {
            name @ ("node" | "way" | "relation") => {
                *self = Self { id: number(start, "id")?, ..Self::default() };
                if name == "node" {
                    self.point = Some(Point { lat: degrees(start, "lat")?, lon: degrees(start, "lon")? });
                }
            }
            "nd" => self.refs.push(number(start, "ref")?),
            "member" if text(start, "type")?.as_deref() == Some("way") => {
                let inner = text(start, "role")?.as_deref() == Some("inner");
                self.members.push((number(start, "ref")?, inner));
            }
            "tag" => {
                if let (Some(key), Some(value)) = (text(start, "k")?, text(start, "v")?) {
                    self.tags.push((key, value));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &str, extract: &mut Extract, scope: Scope) -> Result<(), What> {
        if !matches!(name, "node" | "way" | "relation") {
            return Ok(());
        }
        let done = std::mem::take(self);
        let tags = Tags(done.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect());
        match (name, done.point) {
            ("node", Some(point)) => extract.node(scope, done.id, point, &tags)?,
            ("way", _) => extract.way(done.id, done.refs, &tags),
            ("relation", _) => extract.relation(done.members.into_iter(), &tags),
            _ => {}
        }
        Ok(())
    }
}

fn text(start: &BytesStart<'_>, name: &str) -> Result<Option<String>, What> {
    let Some(attribute) = start.try_get_attribute(name).map_err(|error| broken(String::new(), &error.into()))? else {
        return Ok(None);
    };
    let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0);
    Ok(Some(value.map_err(|error| broken(String::new(), &error))?.into_owned()))
}

fn number(start: &BytesStart<'_>, name: &str) -> Result<i64, What> {
    parsed(start, name)
}

fn degrees(start: &BytesStart<'_>, name: &str) -> Result<f64, What> {
    parsed(start, name)
}

fn parsed<T: std::str::FromStr>(start: &BytesStart<'_>, name: &str) -> Result<T, What> {
    let said = text(start, name)?;
    said.as_deref().and_then(|said| said.trim().parse().ok()).ok_or_else(|| {
        let element = start.name().as_ref().to_owned();
        let said = said.unwrap_or_default();
        let ja = format!("<{element}> の {name} が数ではありません（「{said}」）");
        (String::new(), both(ja, format!("{name} of <{element}> is not a number: {said:?}")))
    })
}

fn broken(at: String, error: &quick_xml::Error) -> What {
    if let quick_xml::Error::Io(io) = error {
        return super::at(|| at)(super::unreadable(io));
    }
    let ja = format!("XML として読めません（{error}）。ファイルが切れていないか確かめてください");
    (at, both(ja, format!("not readable as XML: {error}; is the file cut off?")))
}
