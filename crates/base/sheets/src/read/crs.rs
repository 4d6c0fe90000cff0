//! Coordinate systems: degrees of JGD2000, JGD2011 and WGS 84 as they are, plane systems turned into degrees. Anything
//! else is refused by name; the old Tokyo datum lies 400 m off and is never guessed.
//!
//! Inverse of the transverse Mercator projection: K. Kawase, "A General Formula for Calculating Meridian Arc Length and
//! its Application to Coordinate Conversion in the Gauss-Krüger Projection", Bulletin of the Geospatial Information
//! Authority of Japan 59 (2011), 1–13. The plane rectangular zones: 平成14年国土交通省告示第9号.

/// How coordinates of a file become degrees (座標系).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Crs {
    /// Longitude and latitude in degrees.
    Degrees,
    /// Transverse Mercator, metres: 平面直角座標系, UTM.
    Plane(Plane),
    /// Web Mercator, metres.
    Web,
}

/// A transverse Mercator system.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Plane {
    /// Latitude of the origin, degrees.
    lat: f64,
    /// Central meridian, degrees.
    lon: f64,
    scale: f64,
    easting: f64,
    northing: f64,
}

/// Equatorial radius of GRS 80 and WGS 84, metres.
const A: f64 = 6_378_137.0;
/// Inverse flattening of GRS 80; that of WGS 84 differs in the ninth digit.
const F: f64 = 298.257_222_101;

/// Origins of the plane rectangular zones I–XIX.
const ZONES: [(f64, f64); 19] = [
    (33.0, 129.5),
    (33.0, 131.0),
    (36.0, 132.0 + 10.0 / 60.0),
    (33.0, 133.5),
    (36.0, 134.0 + 20.0 / 60.0),
    (36.0, 136.0),
    (36.0, 137.0 + 10.0 / 60.0),
    (36.0, 138.5),
    (36.0, 139.0 + 50.0 / 60.0),
    (40.0, 140.0 + 50.0 / 60.0),
    (44.0, 140.25),
    (44.0, 142.25),
    (44.0, 144.25),
    (26.0, 142.0),
    (26.0, 127.5),
    (26.0, 124.0),
    (26.0, 131.0),
    (20.0, 136.0),
    (26.0, 154.0),
];

impl Crs {
    /// From the text of a .prj (WKT of Esri); the name of the system when it is none of ours.
    pub(super) fn from_wkt(wkt: &str) -> Result<Self, String> {
        let name = quoted(wkt).unwrap_or_else(|| wkt.trim().chars().take(60).collect());
        let upper = wkt.to_uppercase();
        if let Some(code) =
            upper.rsplit_once("AUTHORITY[\"EPSG\",").and_then(|(_, rest)| number(rest.trim_start_matches('"')))
            && let Some(crs) = from_epsg(code)
        {
            return Ok(crs);
        }
        // Ellipsoids other than these are other datums: Bessel is Tokyo.
        let modern = upper.contains("6378137") && !upper.contains("TOKYO");
        if upper.trim_start().starts_with("GEOGCS") && modern {
            return Ok(Self::Degrees);
        }
        if !modern || !upper.trim_start().starts_with("PROJCS") {
            return Err(name);
        }
        if upper.contains("MERCATOR_AUXILIARY_SPHERE") || upper.contains("PSEUDO-MERCATOR") {
            return Ok(Self::Web);
        }
        let parameter =
            |key: &str| upper.split_once(&format!("\"{key}\","))?.1.split([']', ',']).next()?.trim().parse().ok();
        let metres = upper.rsplit_once("UNIT[").and_then(|(_, unit)| unit.split(',').nth(1)).and_then(number);
        let plane = || {
            Some(Plane {
                lat: parameter("LATITUDE_OF_ORIGIN").unwrap_or(0.0),
                lon: parameter("CENTRAL_MERIDIAN")?,
                scale: parameter("SCALE_FACTOR").unwrap_or(1.0),
                easting: parameter("FALSE_EASTING").unwrap_or(0.0),
                northing: parameter("FALSE_NORTHING").unwrap_or(0.0),
            })
        };
        let gauss = upper.contains("TRANSVERSE_MERCATOR") || upper.contains("GAUSS_KRUGER");
        let sound =
            |plane: &Plane| (0.5..2.0).contains(&plane.scale) && plane.lat.abs() <= 90.0 && plane.lon.abs() <= 180.0;
        plane().filter(sound).filter(|_| gauss && metres == Some(1.0)).map(Self::Plane).ok_or(name)
    }

    /// From the name in an old GeoJSON: `urn:ogc:def:crs:EPSG::6676`, `EPSG:4326`, `urn:ogc:def:crs:OGC:1.3:CRS84`.
    pub(super) fn from_name(name: &str) -> Result<Self, String> {
        if name.ends_with("CRS84") || name.ends_with("CRS83") {
            return Ok(Self::Degrees);
        }
        let code = name.to_uppercase().contains("EPSG").then(|| name.rsplit(':').next().and_then(number)).flatten();
        code.and_then(from_epsg).ok_or_else(|| name.chars().take(60).collect())
    }

    /// Degrees (longitude, latitude) from what the file says first and second (east and north).
    pub(super) fn degrees(self, x: f64, y: f64) -> (f64, f64) {
        match self {
            Self::Degrees => (x, y),
            Self::Plane(plane) => plane.degrees(x, y),
            Self::Web => {
                ((x / A).to_degrees(), (2.0 * (y / A).exp().atan() - std::f64::consts::FRAC_PI_2).to_degrees())
            }
        }
    }
}

fn from_epsg(code: f64) -> Option<Crs> {
    let zone = |first: f64| ZONES.get(index(code - first)?);
    match code {
        // JGD2011, JGD2000, WGS 84; with height the same.
        6668.0 | 6697.0 | 4612.0 | 4326.0 | 4979.0 => Some(Crs::Degrees),
        3857.0 => Some(Crs::Web),
        2443.0..=2461.0 => zone(2443.0).map(|origin| Crs::Plane(Plane::zone(*origin))),
        6669.0..=6687.0 => zone(6669.0).map(|origin| Crs::Plane(Plane::zone(*origin))),
        // UTM 51N–55N on JGD2000, JGD2011, and 51N–56N on WGS 84.
        3097.0..=3101.0 => Some(Crs::Plane(Plane::utm(51.0 + code - 3097.0))),
        6688.0..=6692.0 => Some(Crs::Plane(Plane::utm(51.0 + code - 6688.0))),
        32651.0..=32656.0 => Some(Crs::Plane(Plane::utm(code - 32600.0))),
        _ => None,
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 18, from a code in a range")]
fn index(offset: f64) -> Option<usize> {
    (0.0..19.0).contains(&offset).then_some(offset as usize)
}

impl Plane {
    fn zone((lat, lon): (f64, f64)) -> Self {
        Self { lat, lon, scale: 0.9999, easting: 0.0, northing: 0.0 }
    }

    fn utm(zone: f64) -> Self {
        Self { lat: 0.0, lon: zone * 6.0 - 183.0, scale: 0.9996, easting: 500_000.0, northing: 0.0 }
    }

    /// Kawase's inverse with n to the fifth power: better than a millimetre within 10° of the meridian.
    fn degrees(self, x: f64, y: f64) -> (f64, f64) {
        let n = 1.0 / (2.0 * F - 1.0);
        let radius = self.scale * A / (1.0 + n) * (1.0 + n.powi(2) / 4.0 + n.powi(4) / 64.0);
        let xi = (y - self.northing + self.scale * meridian(self.lat)) / radius;
        let eta = (x - self.easting) / radius;
        let (mut xi0, mut eta0) = (xi, eta);
        for (j, beta) in (1..).zip(betas(n)) {
            let twice = 2.0 * f64::from(j);
            xi0 -= beta * (twice * xi).sin() * (twice * eta).cosh();
            eta0 -= beta * (twice * xi).cos() * (twice * eta).sinh();
        }
        let chi = (xi0.sin() / eta0.cosh()).asin();
        let lat = (1..).zip(deltas(n)).map(|(j, delta)| delta * (2.0 * f64::from(j) * chi).sin()).sum::<f64>() + chi;
        let lon = self.lon.to_radians() + (eta0.sinh() / xi0.cos()).atan();
        (lon.to_degrees(), lat.to_degrees())
    }
}

/// Arc of the meridian from the equator, metres.
fn meridian(lat: f64) -> f64 {
    let n = 1.0 / (2.0 * F - 1.0);
    let phi = lat.to_radians();
    let series = [
        1.0 + n.powi(2) / 4.0 + n.powi(4) / 64.0,
        -3.0 / 2.0 * (n - n.powi(3) / 8.0 - n.powi(5) / 64.0),
        15.0 / 16.0 * (n.powi(2) - n.powi(4) / 4.0),
        -35.0 / 48.0 * (n.powi(3) - 5.0 / 16.0 * n.powi(5)),
        315.0 / 512.0 * n.powi(4),
        -693.0 / 1280.0 * n.powi(5),
    ];
    let waves = (1..).zip(&series[1..]).map(|(j, a)| a * (2.0 * f64::from(j) * phi).sin()).sum::<f64>();
    A / (1.0 + n) * (series[0] * phi + waves)
}

fn betas(n: f64) -> [f64; 5] {
    [
        n / 2.0 - 2.0 / 3.0 * n.powi(2) + 37.0 / 96.0 * n.powi(3) - n.powi(4) / 360.0 - 81.0 / 512.0 * n.powi(5),
        n.powi(2) / 48.0 + n.powi(3) / 15.0 - 437.0 / 1440.0 * n.powi(4) + 46.0 / 105.0 * n.powi(5),
        17.0 / 480.0 * n.powi(3) - 37.0 / 840.0 * n.powi(4) - 209.0 / 4480.0 * n.powi(5),
        4397.0 / 161_280.0 * n.powi(4) - 11.0 / 504.0 * n.powi(5),
        4583.0 / 161_280.0 * n.powi(5),
    ]
}

fn deltas(n: f64) -> [f64; 5] {
    [
        2.0 * n - 2.0 / 3.0 * n.powi(2) - 2.0 * n.powi(3) + 116.0 / 45.0 * n.powi(4) + 26.0 / 45.0 * n.powi(5),
        7.0 / 3.0 * n.powi(2) - 8.0 / 5.0 * n.powi(3) - 227.0 / 45.0 * n.powi(4) + 2704.0 / 315.0 * n.powi(5),
        56.0 / 15.0 * n.powi(3) - 136.0 / 35.0 * n.powi(4) - 1262.0 / 105.0 * n.powi(5),
        4279.0 / 630.0 * n.powi(4) - 332.0 / 35.0 * n.powi(5),
        4174.0 / 315.0 * n.powi(5),
    ]
}

/// The first text in quotes.
fn quoted(wkt: &str) -> Option<String> {
    let (_, rest) = wkt.split_once('"')?;
    Some(rest.split('"').next()?.chars().take(60).collect())
}

/// The number a text begins with.
fn number(text: &str) -> Option<f64> {
    let text = text.trim_start();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    text[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONE_8: &str = r#"PROJCS["JGD_2000_Japan_Zone_8",GEOGCS["GCS_JGD_2000",DATUM["D_JGD_2000",SPHEROID["GRS_1980",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",0.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",138.5],PARAMETER["Scale_Factor",0.9999],PARAMETER["Latitude_Of_Origin",36.0],UNIT["Meter",1.0]]"#;

    /// The worked example of the Geospatial Information Authority: 36°6'13.58925", 140°5'16.27815" in zone IX.
    #[test]
    fn the_official_example_comes_out() {
        let crs = Crs::from_name("urn:ogc:def:crs:EPSG::6677").unwrap();
        let (lon, lat) = crs.degrees(22_916.243_6, 11_543.688_3);
        assert!((lat - 36.103_774_791_7).abs() < 1e-8 && (lon - 140.087_855_041_7).abs() < 1e-8, "{lat} {lon}");
    }

    #[test]
    fn origins_are_where_they_should_be() {
        for (at, (lat, lon)) in (6669_u32..).zip(ZONES) {
            let (x, y) = Crs::from_name(&format!("EPSG:{at}")).unwrap().degrees(0.0, 0.0);
            assert!((x - lon).abs() < 1e-9 && (y - lat).abs() < 1e-9, "{at}");
        }
        // UTM 54: the central meridian has 500 km east.
        let (lon, lat) = Crs::from_name("EPSG:6691").unwrap().degrees(500_000.0, 4_427_757.22);
        assert!((lon - 141.0).abs() < 1e-9 && (lat - 40.0).abs() < 1e-6, "{lat} {lon}");
        let (lon, lat) = Crs::Web.degrees(15_584_728.711, 4_865_942.279_6);
        assert!((lon - 140.0).abs() < 1e-6 && (lat - 40.0).abs() < 1e-6, "{lat} {lon}");
    }

    #[test]
    fn systems_are_known_by_their_text() {
        assert_eq!(Crs::from_wkt(ZONE_8), Ok(Crs::Plane(Plane::zone(ZONES[7]))));
        let degrees = r#"GEOGCS["GCS_JGD_2011",DATUM["D_JGD_2011",SPHEROID["GRS_1980",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#;
        assert_eq!(Crs::from_wkt(degrees), Ok(Crs::Degrees));
        assert_eq!(Crs::from_name("urn:ogc:def:crs:OGC:1.3:CRS84"), Ok(Crs::Degrees));
        let tokyo = r#"GEOGCS["GCS_Tokyo",DATUM["D_Tokyo",SPHEROID["Bessel_1841",6377397.155,299.1528128]]]"#;
        assert_eq!(Crs::from_wkt(tokyo), Err("GCS_Tokyo".into()));
        for other in [
            ZONE_8.replace("Transverse_Mercator", "Lambert"),
            ZONE_8.replace("\"Meter\",1.0", "\"Foot\",0.3048"),
            "garbage".into(),
            String::new(),
        ] {
            assert!(Crs::from_wkt(&other).is_err(), "{other}");
        }
        assert_eq!(Crs::from_name("EPSG:30168"), Err("EPSG:30168".into()));
    }
}
