//! The command line: what may be said, and how each word is refused.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use lexopt::prelude::*;

/// What `mamori help` prints.
pub(crate) const USAGE: &str = "\
mamori – あおもり防災・あおもり子育ての基盤

  mamori demo [--port N] [--speed N] [--scenario NAME] [--data FOLDER] [--keep]
                                    everything in one process with sample data, in drill mode
  mamori serve  [--config FILE]     the server: web app, API, feeds and background work
  mamori migrate [--config FILE]    bring the database to this version, then stop
  mamori doctor [--config FILE]     check database, journal, jobs, sources; name what is wrong and what to do
  mamori config reference           print every setting with its meaning and default
  mamori config check --config FILE read a configuration and say what is wrong with it
  mamori admin invite --name NAME [--config FILE]
                                    print an invitation link for the first administrator
  mamori feeds check FOLDER         read a folder of telegrams; name what is not understood
  mamori import boundaries FILE [--config FILE]
                                    municipal boundaries (TopoJSON of 国土数値情報 N03) for the map
  mamori export documents FOLDER [--config FILE]
                                    write the public documents as files, for a CDN
  mamori jobs [revive ID] [--config FILE]
                                    list dead letters, or try one again
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
    ImportBoundaries { config: Option<PathBuf>, file: PathBuf },
    ExportDocuments { config: Option<PathBuf>, folder: PathBuf },
    Jobs { config: Option<PathBuf>, revive: Option<String> },
    OpenApi,
    Areas,
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
}

impl Default for Demo {
    fn default() -> Self {
        Self {
            port: 8080,
            speed: 20,
            scenario: crate::scenario::BUILT_IN.into(),
            data: "data/demo".into(),
            keep: false,
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
        ["import", "boundaries", file] => Command::ImportBoundaries { config, file: file.into() },
        ["export", "documents", folder] => Command::ExportDocuments { config, folder: folder.into() },
        ["jobs"] => Command::Jobs { config, revive: None },
        ["jobs", "revive", id] => Command::Jobs { config, revive: Some((*id).into()) },
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
            Long("port") => words.demo.port = parser.value()?.parse().context("--port takes a number up to 65535")?,
            Long("speed") => words.demo.speed = speed(&parser.value()?.string()?)?,
            Long("scenario") => words.demo.scenario = parser.value()?.string()?,
            Long("data") => words.demo.data = parser.value()?.into(),
            Long("keep") => words.demo.keep = true,
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
        let demo = Demo { port: 9000, speed: 60, keep: true, ..Demo::default() };
        assert_eq!(read("demo --port 9000 --speed ×60 --keep").unwrap(), Command::Demo(demo));
    }

    #[test]
    fn a_wrong_word_is_named() {
        for (line, part) in [
            ("sevre", "`mamori sevre` is not a command"),
            ("demo --speed fast", "--speed takes a whole number"),
            ("demo --speed 0", "1 to 3600"),
            ("demo --port 99999", "--port takes a number"),
            ("admin invite", "--name"),
            ("serve --what", "--what"),
        ] {
            let error = format!("{:#}", read(line).unwrap_err());
            assert!(error.contains(part), "{line}: {error}");
        }
    }
}
