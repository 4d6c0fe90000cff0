//! Earthquakes (地震情報): origin, magnitude and intensities by prefecture, seismic area, municipality and station.

use kernel::{CodeType, Point};

use super::Notes;
use super::places;
use super::tree::{El, area};
use crate::facts::{AreaIntensity, Hypocentre, Intensity, Magnitude, Quake};

/// Comments of a telegram (付加文): the fixed codes, and the texts.
pub(crate) type Comments = (Vec<String>, Vec<String>);

/// Reads VXSE51/52/53/61/62.
pub(crate) fn read(body: El<'_>, notes: &mut Notes) -> Quake {
    let earthquake = body.child("Earthquake");
    let observation = body.at(&["Intensity", "Observation"]);
    let (comment_codes, comments) = comments(body, notes);
    if earthquake.is_none() && observation.is_none() {
        notes.add("Body", "neither Earthquake nor Intensity");
    }
    let top = |name: &str| observation.map_or("", |found| found.text_at(&[name]));
    let mut intensities = Vec::new();
    for prefecture in observation.iter().flat_map(|found| found.each("Pref")) {
        prefecture_intensities(prefecture, &mut intensities, notes);
    }
    Quake {
        origin_at: earthquake.and_then(|found| found.time_at(&["OriginTime"])),
        arrived_at: earthquake.and_then(|found| found.time_at(&["ArrivalTime"])),
        hypocentre: earthquake.and_then(|found| hypocentre(found, notes)),
        magnitude: earthquake.and_then(magnitude),
        max_intensity: intensity(top("MaxInt"), notes).0,
        max_long_period: long_period(top("MaxLgInt"), notes),
        intensities,
        comment_codes,
        comments,
    }
}

/// Hypocentre of an Earthquake element.
pub(crate) fn hypocentre(earthquake: El<'_>, notes: &mut Notes) -> Option<Hypocentre> {
    let place = earthquake.at(&["Hypocenter", "Area"])?;
    let coordinates = || place.each("Coordinate");
    // Two may stand side by side, in degrees and in minutes; the plain one is in degrees.
    let coordinate = coordinates().find(|found| found.attr("type").is_empty()).or_else(|| coordinates().next());
    let text = coordinate.map_or("", El::text);
    let (point, depth_km) = coordinate_of(text);
    if point.is_none() && !text.is_empty() {
        notes.add("Body/Earthquake/Hypocenter/Area/Coordinate", text);
    }
    let code = place.text_at(&["Code"]);
    let details = ["DetailedName", "NameFromMark"].map(|name| place.text_at(&[name]));
    Some(Hypocentre {
        name: place.string_at(&["Name"]),
        area: (!code.is_empty()).then(|| area(CodeType::Epicentre, code)),
        point,
        depth_km,
        text: coordinate.map_or("", |found| found.attr("description")).to_owned(),
        detail: details.into_iter().find(|detail| !detail.is_empty()).unwrap_or("").to_owned(),
    })
}

/// Magnitude of an Earthquake element.
pub(crate) fn magnitude(earthquake: El<'_>) -> Option<Magnitude> {
    let found = earthquake.child("Magnitude")?;
    let value = number(found.text());
    let described = found.attr("description");
    let text = if described.is_empty() { found.text() } else { described };
    Some(Magnitude { value, text: text.to_owned() })
}

/// A finite number; `None` for NaN, empty and anything else.
pub(crate) fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

/// An intensity as printed; the second value says 震度５弱以上未入電 (`!5-`).
pub(crate) fn intensity(text: &str, notes: &mut Notes) -> (Option<Intensity>, bool) {
    let known = match text {
        "0" => Intensity::Zero,
        "1" => Intensity::One,
        "2" => Intensity::Two,
        "3" => Intensity::Three,
        "4" => Intensity::Four,
        "5-" => Intensity::FiveLower,
        "5+" => Intensity::FiveUpper,
        "6-" => Intensity::SixLower,
        "6+" => Intensity::SixUpper,
        "7" => Intensity::Seven,
        "" | "不明" => return (None, false),
        _ if text.starts_with('!') || text.contains("未入電") => return (None, true),
        _ => {
            notes.add("Body/Intensity/Int", text);
            return (None, false);
        }
    };
    (Some(known), false)
}

/// Comments of Body/Comments, and a free Body/Text.
pub(crate) fn comments(body: El<'_>, notes: &mut Notes) -> Comments {
    let mut codes = Vec::new();
    let mut texts = Vec::new();
    for comment in body.each("Comments").flat_map(El::children) {
        if comment.name() == "FreeFormComment" {
            texts.push(comment.text());
            continue;
        }
        texts.extend(comment.each("Text").map(El::text));
        for code in comment.each("Code").flat_map(|code| code.text().split_whitespace()) {
            if code.len() != 4 || code.bytes().any(|byte| !byte.is_ascii_digit()) {
                notes.add("Body/Comments/Code", code);
            }
            codes.push(code.to_owned());
        }
    }
    texts.extend(body.each("Text").map(El::text));
    (codes, texts.into_iter().filter(|text| !text.is_empty()).map(str::to_owned).collect())
}

/// A place as ISO 6709 (`+41.0+142.3-50000/`): point in degrees, and depth in km.
fn coordinate_of(text: &str) -> (Option<Point>, Option<f64>) {
    let Some(text) = text.strip_suffix('/') else { return (None, None) };
    let mut cuts: Vec<usize> = text.match_indices(['+', '-']).map(|(at, _)| at).collect();
    cuts.push(text.len());
    let mut numbers = cuts.windows(2).filter_map(|pair| number(text.get(*pair.first()?..*pair.last()?)?));
    let (Some(lat), Some(lon)) = (numbers.next(), numbers.next()) else { return (None, None) };
    if cuts.first() != Some(&0) || lat.abs() > 90.0 || lon.abs() > 180.0 {
        return (None, None);
    }
    (Some(Point { lat, lon }), numbers.next().map(|metres| if metres == 0.0 { 0.0 } else { -metres / 1000.0 }))
}

fn prefecture_intensities(prefecture: El<'_>, out: &mut Vec<AreaIntensity>, notes: &mut Notes) {
    let whole = one(prefecture, CodeType::Prefecture, notes);
    let above = whole.area.clone();
    out.push(whole);
    for part in prefecture.each("Area") {
        let part_of = one(part, CodeType::SeismicArea, notes);
        places::note_seismic(&above, &part_of.area, "Body/Intensity/Observation/Pref/Area/Code", notes);
        out.push(part_of);
        for place in part.children() {
            match place.name() {
                "City" => {
                    let city = one(place, CodeType::JmaMunicipality, notes);
                    places::note(&city.area, "Body/Intensity/Observation/Pref/Area/City/Code", notes);
                    out.push(city);
                    for station in place.each("IntensityStation") {
                        out.push(one(station, CodeType::SeismicStation, notes));
                    }
                }
                "IntensityStation" => out.push(one(place, CodeType::SeismicStation, notes)),
                _ => {}
            }
        }
    }
}

/// One entry: an area gives MaxInt and MaxLgInt, a station Int and LgInt.
fn one(place: El<'_>, kind: CodeType, notes: &mut Notes) -> AreaIntensity {
    let (mut name, mut code, mut strength, mut class, mut condition) = ("", "", "", "", "");
    for part in place.children() {
        match part.name() {
            "Name" => name = part.text(),
            "Code" => code = part.text(),
            "MaxInt" | "Int" => strength = part.text(),
            "MaxLgInt" | "LgInt" => class = part.text(),
            "Condition" => condition = part.text(),
            _ => {}
        }
    }
    let (intensity, not_arrived) = intensity(strength, notes);
    AreaIntensity {
        area: area(kind, code),
        name: name.to_owned(),
        intensity,
        not_arrived: not_arrived || condition.contains("未入電"),
        long_period: long_period(class, notes),
    }
}

fn long_period(text: &str, notes: &mut Notes) -> Option<u8> {
    let class = text.parse().ok().filter(|class| *class <= 4);
    if class.is_none() && !text.is_empty() && text != "不明" {
        notes.add("Body/Intensity/LgInt", text);
    }
    class
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_with_and_without_depth() {
        let depth = |text| coordinate_of(text).1;
        assert_eq!(depth("+41.0+142.3-50000/"), Some(50.0));
        assert_eq!(depth("+41.0+142.3+0/"), Some(0.0));
        assert_eq!(depth("-36.1-072.6/"), None);
        let point = |text| coordinate_of(text).0.map(|point| (point.lat, point.lon));
        assert_eq!(point("-36.1-072.6/"), Some((-36.1, -72.6)));
        assert_eq!(point("+3447.1+13829.9-23000/"), None);
        assert_eq!(point("41.0+142.3/"), None);
        assert_eq!(point("+41.0+142.3"), None);
        assert_eq!(point("/"), None);
        assert_eq!(point("+NaN+1/"), None);
    }

    #[test]
    fn a_magnitude_that_is_no_number_stays_open() {
        assert_eq!(number("NaN"), None);
        assert_eq!(number("inf"), None);
        assert_eq!(number(""), None);
        assert_eq!(number("7.5"), Some(7.5));
    }
}
