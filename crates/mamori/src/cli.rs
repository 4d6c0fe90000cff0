//! The command line: what may be said, and how each word is refused.

mod kit;

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use lexopt::prelude::*;

/// What `mamori help` prints.
pub(crate) const USAGE: &str = "\
mamori – あおもり防災・あおもり子育ての基盤

  mamori demo [--port N] [--speed N] [--scenario NAME] [--data FOLDER] [--keep] [--sample] [--database URL]
                                    everything in one process with sample data, in drill mode; --database
                                    names an empty PostgreSQL database, which stays as it is afterwards
  mamori serve  [--config FILE]     the server: web app, API, feeds and background work
  mamori migrate [--config FILE]    bring the database to this version, then stop
  mamori restored [--config FILE]   after the database was restored from a backup: begin a new life, so that kits and
                                    tablets offer everything again
  mamori doctor [--config FILE]     check database, journal, jobs, sources; name what is wrong and what to do
  mamori config reference           print every setting with its meaning and default
  mamori config check --config FILE read a configuration and say what is wrong with it
  mamori admin invite --name NAME [--config FILE]
                                    print an invitation link for the first administrator
  mamori feeds check FOLDER         read a folder of telegrams; name what is not understood
  mamori import [--dry-run] [--report json] [--municipality CODE] [--kind KIND] [--series NAME] [--accept-repairs]
                [--licence TEXT] [--attribution TEXT] FILE|FOLDER [--config FILE]
                                    lists of places into the register: CSV, Excel, GeoJSON, JSON, shapefiles
  mamori import undo SOURCE [--config FILE]
                                    take an imported file back, by the id the report names
  mamori import history FOLDER --name NAME --municipality CODE [--config FILE]
                                    shelters of a past disaster, one file per time: a curve that a drill can replay
  mamori import listed FILE --municipality CODE [--dry-run] [--report json] [--config FILE]
                                    people who cannot flee alone (避難行動要支援者名簿), from CSV or Excel; kept sealed
  mamori import boundaries FILE [--config FILE]
                                    municipal boundaries (TopoJSON of 国土数値情報 N03) for the map
  mamori import basemap FILE|FOLDER… [--config FILE]
                                    what the map is drawn from: N03 boundaries, OpenStreetMap extracts, towns, timetables
  mamori maps build [--config FILE] draw the map and cut a pack for every municipality
  mamori maps forget NAME [--config FILE]
                                    draw without an imported file from the next build on
  mamori maps export FOLDER [--config FILE]
                                    write the map as files, for a CDN
  mamori export documents FOLDER [--config FILE]
                                    write the public documents as files, for a CDN
  mamori jobs [revive ID] [--config FILE]
                                    list dead letters, or try one again
  mamori kit enrol --centre URL --code CODE [--folder F] [--centre-ca FILE]
                                    make a laptop a shelter kit, once, with a code of the office
  mamori kit run [--folder F] [--lan ADDRESS] [--port N]
                                    the desk of a shelter at http://localhost:8090, and over TLS for tablets at ADDRESS
  mamori kit unlock|lock|status [--folder F]
                                    let people's data be read with the passphrase; stop it; say how the running kit is
  mamori kit export FILE [--folder F]
                                    write what the centre has not receipted onto a stick, sealed to the municipality
  mamori kit import FILE [--folder F | --config FILE]
                                    at the centre: take a kit's file in; on the kit: take the centre's receipts in
  mamori kit tablet --name NAME [--folder F]
                                    show a code with which one tablet is paired
  mamori kit ca FOLDER --name MUNICIPALITY
                                    make a municipality's private authority, once
  mamori kit certificate AUTHORITY --lan ADDRESS --name NAME [--folder F]
                                    give a kit a certificate of that authority
  mamori openapi                    print the API description
  mamori areas                      print the municipalities as JSON

Settings come from FILE, else ./mamori.toml, else /etc/mamori/mamori.toml, else the defaults.";

/// One command with everything it needs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Demo(Demo),
    Serve { config: Option<PathBuf> },
    Migrate { config: Option<PathBuf> },
    Doctor { config: Option<PathBuf> },
    ConfigReference,
    ConfigCheck { config: Option<PathBuf> },
    AdminInvite { config: Option<PathBuf>, name: String },
    FeedsCheck { folder: PathBuf },
    ImportPlaces { config: Option<PathBuf>, path: PathBuf, places: Places },
    ImportUndo { config: Option<PathBuf>, source: String },
    ImportHistory { config: Option<PathBuf>, folder: PathBuf, name: String, municipality: String },
    ImportListed { config: Option<PathBuf>, file: PathBuf, municipality: String, dry_run: bool, json: bool },
    ImportBoundaries { config: Option<PathBuf>, file: PathBuf },
    ImportBasemap { config: Option<PathBuf>, paths: Vec<PathBuf> },
    MapsBuild { config: Option<PathBuf> },
    MapsForget { config: Option<PathBuf>, name: String },
    MapsExport { config: Option<PathBuf>, folder: PathBuf },
    ExportDocuments { config: Option<PathBuf>, folder: PathBuf },
    Jobs { config: Option<PathBuf>, revive: Option<String> },
    Restored { config: Option<PathBuf> },
    Kit { order: crate::kit::Order, folder: Option<PathBuf> },
    OpenApi,
    Areas,
}

/// How lists of places are to be imported.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Places {
    /// Say what would happen; write nothing.
    pub(crate) dry_run: bool,
    /// The report as JSON.
    pub(crate) json: bool,
    pub(crate) municipality: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) series: Option<String>,
    pub(crate) accept_repairs: bool,
    pub(crate) licence: Option<String>,
    pub(crate) attribution: Option<String>,
}

/// How the demo is to run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Demo {
    pub(crate) port: u16,
    /// How many times faster than it happened.
    pub(crate) speed: u32,
    pub(crate) scenario: String,
    /// Where the database and the archive live; removed at the end unless `keep`.
    pub(crate) data: PathBuf,
    pub(crate) keep: bool,
    /// Our own sample of places even when the data folder is there.
    pub(crate) sample: bool,
    /// An empty database elsewhere, instead of a file in the folder.
    pub(crate) database: Option<String>,
}

impl Default for Demo {
    fn default() -> Self {
        Self {
            port: 8080,
            speed: 20,
            scenario: crate::scenario::BUILT_IN.into(),
            data: "data/demo".into(),
            keep: false,
            sample: false,
            database: None,
        }
    }
}

/// Everything that may stand behind a command, in any order.
#[derive(Default)]
struct Words {
    plain: Vec<String>,
    config: Option<PathBuf>,
    name: Option<String>,
    demo: Demo,
    places: Places,
    kit: kit::Words,
}

/// Reads the command line (without the program's own name).
pub(crate) fn parse(args: impl IntoIterator<Item = std::ffi::OsString>) -> anyhow::Result<Command> {
    let words = collect(args)?;
    let config = words.config;
    let plain: Vec<&str> = words.plain.iter().map(String::as_str).collect();
    Ok(match plain.as_slice() {
        [] | ["help"] => Command::Help,
        ["demo"] => Command::Demo(words.demo),
        ["serve"] => Command::Serve { config },
        ["migrate"] => Command::Migrate { config },
        ["doctor"] => Command::Doctor { config },
        ["config", "reference"] => Command::ConfigReference,
        ["config", "check"] => Command::ConfigCheck { config },
        ["admin", "invite"] => {
            let name = words.name.context("`mamori admin invite` needs --name, the name of the first administrator")?;
            Command::AdminInvite { config, name }
        }
        ["feeds", "check", folder] => Command::FeedsCheck { folder: folder.into() },
        ["import", "undo", source] => Command::ImportUndo { config, source: (*source).into() },
        ["import", "history", folder] => {
            let name = words.name.context("`mamori import history` needs --name, what the disaster is called")?;
            let municipality = words.places.municipality.context("`mamori import history` needs --municipality")?;
            Command::ImportHistory { config, folder: folder.into(), name, municipality }
        }
        ["import", "listed", file] => {
            let Places { dry_run, json, municipality, .. } = words.places;
            let municipality = municipality.context("`mamori import listed` needs --municipality, whose list it is")?;
            Command::ImportListed { config, file: (*file).into(), municipality, dry_run, json }
        }
        ["import", "boundaries", file] => Command::ImportBoundaries { config, file: file.into() },
        ["import", path] => Command::ImportPlaces { config, path: path.into(), places: words.places },
        ["import", "basemap", paths @ ..] if !paths.is_empty() => {
            Command::ImportBasemap { config, paths: paths.iter().map(PathBuf::from).collect() }
        }
        ["maps", "build"] => Command::MapsBuild { config },
        ["maps", "forget", name] => Command::MapsForget { config, name: (*name).into() },
        ["maps", "export", folder] => Command::MapsExport { config, folder: folder.into() },
        ["export", "documents", folder] => Command::ExportDocuments { config, folder: folder.into() },
        ["jobs"] => Command::Jobs { config, revive: None },
        ["jobs", "revive", id] => Command::Jobs { config, revive: Some((*id).into()) },
        ["restored"] => Command::Restored { config },
        ["kit", rest @ ..] => {
            let (order, folder) = kit::order(rest, kit::Words { name: words.name, config, ..words.kit })?;
            Command::Kit { order, folder }
        }
        ["openapi"] => Command::OpenApi,
        ["areas"] => Command::Areas,
        other => bail!("`mamori {}` is not a command; `mamori help` lists them", other.join(" ")),
    })
}

fn collect(args: impl IntoIterator<Item = std::ffi::OsString>) -> anyhow::Result<Words> {
    let mut words = Words::default();
    let mut parser = lexopt::Parser::from_args(args);
    while let Some(arg) = parser.next()? {
        match arg {
            Long("help") | Short('h') => return Ok(Words::default()),
            Long("config") => words.config = Some(parser.value()?.into()),
            Long("name") => words.name = Some(parser.value()?.string()?),
            Long("port") => {
                words.demo.port = parser.value()?.parse().context("--port takes a number up to 65535")?;
                words.kit.port = Some(words.demo.port);
            }
            Long("folder") => words.kit.folder = Some(parser.value()?.into()),
            Long("centre") => words.kit.centre = Some(parser.value()?.string()?),
            Long("code") => words.kit.code = Some(parser.value()?.string()?),
            Long("centre-ca") => words.kit.trusted = Some(parser.value()?.into()),
            Long("lan") => words.kit.lan = Some(parser.value()?.string()?),
            Long("speed") => words.demo.speed = speed(&parser.value()?.string()?)?,
            Long("scenario") => words.demo.scenario = parser.value()?.string()?,
            Long("data") => words.demo.data = parser.value()?.into(),
            Long("keep") => words.demo.keep = true,
            Long("sample") => words.demo.sample = true,
            Long("database") => words.demo.database = Some(parser.value()?.string()?),
            Long("dry-run") => words.places.dry_run = true,
            Long("accept-repairs") => words.places.accept_repairs = true,
            Long("report") => words.places.json = report(&parser.value()?.string()?)?,
            Long("municipality") => words.places.municipality = Some(municipality(&parser.value()?.string()?)?),
            Long("kind") => words.places.kind = Some(parser.value()?.string()?),
            Long("series") => words.places.series = Some(parser.value()?.string()?),
            Long("licence") => words.places.licence = Some(parser.value()?.string()?),
            Long("attribution") => words.places.attribution = Some(parser.value()?.string()?),
            Value(word) => words.plain.push(word.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(words)
}

fn speed(text: &str) -> anyhow::Result<u32> {
    let speed: u32 = text.trim_start_matches('×').parse().context("--speed takes a whole number, e.g. 20")?;
    if !(1..=3600).contains(&speed) {
        bail!("--speed takes 1 to 3600, not {speed}");
    }
    Ok(speed)
}

fn report(form: &str) -> anyhow::Result<bool> {
    match form {
        "json" => Ok(true),
        "text" => Ok(false),
        other => bail!("--report takes json or text, not {other}"),
    }
}

/// Five digits, or six with the check digit.
fn municipality(text: &str) -> anyhow::Result<String> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let jis5 = text.get(..5).filter(|_| digits && matches!(text.len(), 5 | 6));
    let jis5 = jis5.with_context(|| format!("--municipality takes a code of five digits, e.g. 02203, not {text}"))?;
    Ok(jis5.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> anyhow::Result<Command> {
        parse(line.split_whitespace().map(Into::into))
    }

    #[test]
    fn commands_are_read() {
        assert_eq!(read("").unwrap(), Command::Help);
        assert_eq!(read("serve --config a.toml").unwrap(), Command::Serve { config: Some("a.toml".into()) });
        assert_eq!(read("feeds check x").unwrap(), Command::FeedsCheck { folder: "x".into() });
        let places = Places { dry_run: true, json: true, municipality: Some("02203".into()), ..Places::default() };
        let import = Command::ImportPlaces { config: None, path: "lists".into(), places };
        assert_eq!(read("import --dry-run --report json --municipality 022039 lists").unwrap(), import);
        let history = Command::ImportHistory {
            config: None,
            folder: "x".into(),
            name: "能登".into(),
            municipality: "17202".into(),
        };
        assert_eq!(read("import history x --name 能登 --municipality 17202").unwrap(), history);
        let listed = Command::ImportListed {
            config: None,
            file: "meibo.xlsx".into(),
            municipality: "02203".into(),
            dry_run: true,
            json: false,
        };
        assert_eq!(read("import listed meibo.xlsx --municipality 02203 --dry-run").unwrap(), listed);
        let undo = Command::ImportUndo { config: None, source: "x".into() };
        assert_eq!(read("import undo x").unwrap(), undo);
        let basemap = Command::ImportBasemap { config: None, paths: vec!["a.osm.pbf".into(), "b".into()] };
        assert_eq!(read("import basemap a.osm.pbf b").unwrap(), basemap);
        assert_eq!(read("maps build").unwrap(), Command::MapsBuild { config: None });
        let database = Some("postgres:///demo".to_owned());
        let demo = Demo { port: 9000, speed: 60, keep: true, database, ..Demo::default() };
        let line = "demo --port 9000 --speed ×60 --keep --database postgres:///demo";
        assert_eq!(read(line).unwrap(), Command::Demo(demo));
    }

    #[test]
    fn a_wrong_word_is_named() {
        for (line, part) in [
            ("sevre", "`mamori sevre` is not a command"),
            ("demo --speed fast", "--speed takes a whole number"),
            ("demo --speed 0", "1 to 3600"),
            ("demo --port 99999", "--port takes a number"),
            ("import --municipality 八戸 x", "--municipality takes a code"),
            ("import --report xml x", "json or text"),
            ("import history x --municipality 17202", "--name"),
            ("import history x --name 能登", "--municipality"),
            ("import listed x", "--municipality"),
            ("admin invite", "--name"),
            ("serve --what", "--what"),
        ] {
            let error = format!("{:#}", read(line).unwrap_err());
            assert!(error.contains(part), "{line}: {error}");
        }
    }
}
