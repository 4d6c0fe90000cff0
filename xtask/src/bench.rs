//! The figures the project holds itself to: `cargo xtask bench [group] [--json]`.
//!
//! A group is a file in `bench/`: a table of programs, the figures each prints, and their bounds. A program of a room
//! (`benches/` with `harness = false`, or `examples/`) prints lines `figure <key> <number>`, `peer <key> <what it reached>`
//! and `skipped <key> <reason>`, or one line of JSON, whose numbers are keyed by their path (`engines.sqlite.missed`). How to measure: warm up, interleave with the peer (A B A B), CPU seconds beside wall
//! time, median of at least five; judge ratios, never absolutes.

mod floor;
mod notices;
mod places;
mod reception;
mod registry;

use std::collections::BTreeMap;
use std::fmt;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde_json::Value;

use crate::run;

/// A group: its name and what measures it.
type Group = (&'static str, fn() -> Vec<Figure>);

/// Every group, in the order they are run.
const GROUPS: &[Group] = &[
    ("floor", floor::figures),
    ("places", places::figures),
    ("reception", reception::figures),
    ("notices", notices::figures),
    ("registry", registry::figures),
];

/// One measured figure against its bound.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figure {
    name: String,
    value: Option<f64>,
    unit: &'static str,
    bound: String,
    verdict: Verdict,
    /// What the strongest comparable program reached in the same run, e.g. `nginx 121,000 /CPU-s`.
    peer: Option<String>,
}

/// What counts as reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

/// Whether it was.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    Ok,
    Short,
    Skipped(String),
}

impl Figure {
    /// A measured figure. NaN is short of every bound.
    pub(crate) fn new(name: &str, value: f64, unit: &'static str, bound: Bound) -> Self {
        let reached = match bound {
            Bound::AtLeast(least) => value >= least,
            Bound::AtMost(most) => value <= most,
        };
        let verdict = if reached { Verdict::Ok } else { Verdict::Short };
        Self { name: name.to_owned(), value: Some(value), unit, bound: bound.to_string(), verdict, peer: None }
    }

    /// A figure that could not be measured here, and why.
    pub(crate) fn skipped(name: &str, unit: &'static str, bound: Bound, reason: impl Into<String>) -> Self {
        let verdict = Verdict::Skipped(reason.into());
        Self { name: name.to_owned(), value: None, unit, bound: bound.to_string(), verdict, peer: None }
    }

    /// Names the peer and what it reached.
    pub(crate) fn beside(mut self, peer: Option<String>) -> Self {
        self.peer = peer;
        self
    }

    /// A figure whose measuring broke: short, because nothing shows that it is reached.
    pub(crate) fn broken(name: &str, unit: &'static str, bound: Bound) -> Self {
        Self { verdict: Verdict::Short, ..Self::skipped(name, unit, bound, "") }
    }
}

/// What a measuring program printed.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    values: BTreeMap<String, f64>,
    peers: BTreeMap<String, String>,
    skipped: BTreeMap<String, String>,
}

impl Measured {
    /// Runs the program and reads what it prints.
    pub(crate) fn by(command: Command) -> Result<Self> {
        Self::read(&String::from_utf8_lossy(&run::read(command)?))
    }

    /// The number with this key.
    pub(crate) fn value(&self, key: &str) -> Option<f64> {
        self.values.get(key).copied()
    }

    /// What the peer of this figure reached, in the program's words.
    pub(crate) fn peer(&self, key: &str) -> Option<&str> {
        self.peers.get(key).map(String::as_str)
    }

    /// Why there is no such number.
    pub(crate) fn reason(&self, key: &str) -> &str {
        let said = self.skipped.get(key).or_else(|| self.skipped.get(""));
        said.map_or("the measuring program did not print it", String::as_str)
    }

    fn read(text: &str) -> Result<Self> {
        let mut measured = Self::default();
        for line in text.lines() {
            let mut words = line.splitn(3, ' ');
            match (words.next(), words.next(), words.next()) {
                (Some("figure"), Some(key), Some(value)) => {
                    let value = value.trim().parse().with_context(|| format!("not a number in `{line}`"))?;
                    measured.values.insert(key.to_owned(), value);
                }
                (Some("peer"), Some(key), Some(reached)) => {
                    measured.peers.insert(key.to_owned(), reached.to_owned());
                }
                (Some("skipped"), Some(key), Some(reason)) => {
                    measured.skipped.insert(key.to_owned(), reason.to_owned());
                }
                (Some("skipped:"), Some(first), rest) => {
                    measured.skipped.insert(String::new(), format!("{first} {}", rest.unwrap_or_default()));
                }
                (Some(word), ..) if word.starts_with('{') => measured.add_json("", &serde_json::from_str(line)?),
                _ => {}
            }
        }
        Ok(measured)
    }

    fn add_json(&mut self, path: &str, value: &Value) {
        if let Some(number) = value.as_f64() {
            self.values.insert(path.to_owned(), number);
        }
        for (key, inner) in value.as_object().into_iter().flatten() {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            self.add_json(&path, inner);
        }
    }
}

/// Runs the groups and prints one line a figure; fails when one is short.
pub(crate) fn run(group: Option<&str>, json: bool) -> Result<ExitCode> {
    let names: Vec<&str> = GROUPS.iter().map(|(name, _)| *name).collect();
    if group.is_some_and(|wanted| !names.contains(&wanted)) {
        bail!("there is no such group; groups: {}", names.join(", "));
    }
    let mut figures = Vec::new();
    for (_, measure) in GROUPS.iter().filter(|(name, _)| group.is_none_or(|wanted| wanted == *name)) {
        figures.extend(measure());
    }
    let count = |wanted: fn(&Verdict) -> bool| figures.iter().filter(|figure| wanted(&figure.verdict)).count();
    let short = count(|verdict| *verdict == Verdict::Short);
    if json {
        println!("{}", serde_json::to_string_pretty(&figures)?);
    } else {
        for figure in &figures {
            println!("{figure}");
        }
        let skipped = count(|verdict| matches!(verdict, Verdict::Skipped(_)));
        println!("{} ok, {short} short, {skipped} skipped", count(|verdict| *verdict == Verdict::Ok));
    }
    Ok(if short == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value.map_or_else(|| "–".to_owned(), number);
        let peer = self.peer.as_deref().unwrap_or("–");
        write!(f, "{} | {value} {} | {} | {} | {peer}", self.name, self.unit, self.bound, self.verdict)
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(least) => write!(f, "≥ {}", number(*least)),
            Self::AtMost(most) => write!(f, "≤ {}", number(*most)),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ok => f.write_str("ok"),
            Self::Short => f.write_str("short"),
            Self::Skipped(reason) => write!(f, "skipped: {reason}"),
        }
    }
}

/// Three significant places are what such a measurement knows; whole numbers stay whole.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_figure_value_bound_verdict_and_peer() {
        let figure = Figure::new("hot document", 0.934, "× nginx", Bound::AtLeast(0.9));
        let figure = figure.beside(Some("nginx 121000 /CPU-s".to_owned()));
        assert_eq!(figure.to_string(), "hot document | 0.9340 × nginx | ≥ 0.9000 | ok | nginx 121000 /CPU-s");
        let short = Figure::new("memory", 180.0, "MB", Bound::AtMost(150.0));
        assert_eq!(short.to_string(), "memory | 180 MB | ≤ 150 | short | –");
        let skipped = Figure::skipped("parse", "ms", Bound::AtMost(0.2), "no data");
        assert_eq!(skipped.to_string(), "parse | – ms | ≤ 0.2000 | skipped: no data | –");
        assert_eq!(Figure::new("x", f64::NAN, "ms", Bound::AtMost(1.0)).verdict, Verdict::Short);
        assert_eq!(Figure::broken("x", "ms", Bound::AtMost(1.0)).verdict, Verdict::Short);
    }

    #[test]
    fn a_program_prints_figures_peers_skips_or_json() {
        let text = "warming up\nfigure p99 12.5\npeer p99 nginx 10 ms\nskipped hot no nginx here\n";
        let measured = Measured::read(text).unwrap();
        assert_eq!((measured.value("p99"), measured.peer("p99")), (Some(12.5), Some("nginx 10 ms")));
        assert_eq!(measured.reason("hot"), "no nginx here");
        assert_eq!(Measured::read("skipped: no data").unwrap().reason("any").trim(), "no data");
        let json = Measured::read(r#"{"ratio":2.5,"engines":{"sqlite":{"missed":0,"fault":null}}}"#).unwrap();
        assert_eq!((json.value("ratio"), json.value("engines.sqlite.missed")), (Some(2.5), Some(0.0)));
        assert!(Measured::read("figure p99 fast").is_err() && Measured::read("{broken").is_err());
    }
}
