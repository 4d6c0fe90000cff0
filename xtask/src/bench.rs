//! The figures the project holds itself to: `cargo xtask bench [group] [--json]`.
//!
//! A group is a file in `bench/` that returns [`Figure`]s. What needs the product's code is measured by a program of the
//! room (`crates/…/benches/<group>.rs`, `harness = false`), run in release mode through [`measure`]. It prints lines
//! `figure <key> <number>`, `peer <key> <what the peer reached>` and `skipped <key> <reason>`; bound and verdict stand here. How to measure: warm up, interleave with the peer (A B A B), CPU seconds beside wall
//! time, median of at least five; judge ratios, never absolutes.

mod floor;

use std::collections::BTreeMap;
use std::fmt;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};
use serde::Serialize;

use crate::run;

/// A group: its name and what measures it.
type Group = (&'static str, fn() -> Vec<Figure>);

/// Every group, in the order they are run.
const GROUPS: &[Group] = &[("floor", floor::figures)];

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

    /// A figure whose measuring broke: short, because nothing shows that it is reached.
    pub(crate) fn broken(name: &str, unit: &'static str, bound: Bound) -> Self {
        Self { verdict: Verdict::Short, ..Self::skipped(name, unit, bound, "") }
    }
}

/// What a measuring program printed: `figure <name> <value>` and `skipped <name> <reason>` lines.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    values: BTreeMap<String, f64>,
    peers: BTreeMap<String, String>,
    skipped: BTreeMap<String, String>,
}

impl Measured {
    /// The value `key` as a figure, skipped with its reason when there is none.
    pub(crate) fn figure(&self, title: &str, key: &str, unit: &'static str, bound: Bound) -> Figure {
        let reason = || self.skipped.get(key).map_or("the measuring program did not print it", String::as_str);
        let mut figure = match self.values.get(key) {
            Some(value) => Figure::new(title, *value, unit, bound),
            None => Figure::skipped(title, unit, bound, reason()),
        };
        figure.peer = self.peers.get(key).cloned();
        figure
    }

    fn read(text: &str) -> Result<Self> {
        let mut measured = Self::default();
        for line in text.lines() {
            let mut words = line.splitn(3, ' ');
            match (words.next(), words.next(), words.next()) {
                (Some("figure"), Some(name), Some(value)) => {
                    let value = value.trim().parse().with_context(|| format!("not a number in `{line}`"))?;
                    measured.values.insert(name.to_owned(), value);
                }
                (Some("peer"), Some(name), Some(reached)) => {
                    measured.peers.insert(name.to_owned(), reached.to_owned());
                }
                (Some("skipped"), Some(name), Some(reason)) => {
                    measured.skipped.insert(name.to_owned(), reason.to_owned());
                }
                _ => {}
            }
        }
        Ok(measured)
    }
}

/// Builds and runs the bench program `name` of `package` in release mode and reads what it prints.
pub(crate) fn measure(package: &str, name: &str) -> Result<Measured> {
    read_figures(run::cargo(&["bench", "-q", "-p", package, "--bench", name]))
}

/// Runs any program that prints `figure` lines.
pub(crate) fn read_figures(command: Command) -> Result<Measured> {
    Measured::read(&String::from_utf8_lossy(&run::read(command)?))
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
        let mut figure = Figure::new("hot document", 0.934, "× nginx", Bound::AtLeast(0.9));
        figure.peer = Some("nginx 121000 /CPU-s".to_owned());
        assert_eq!(figure.to_string(), "hot document | 0.9340 × nginx | ≥ 0.9000 | ok | nginx 121000 /CPU-s");
        let short = Figure::new("memory", 180.0, "MB", Bound::AtMost(150.0));
        assert_eq!(short.to_string(), "memory | 180 MB | ≤ 150 | short | –");
        let skipped = Figure::skipped("parse", "ms", Bound::AtMost(0.2), "no data");
        assert_eq!(skipped.to_string(), "parse | – ms | ≤ 0.2000 | skipped: no data | –");
        assert_eq!(Figure::new("x", f64::NAN, "ms", Bound::AtMost(1.0)).verdict, Verdict::Short);
        assert_eq!(Figure::broken("x", "ms", Bound::AtMost(1.0)).verdict, Verdict::Short);
    }

    #[test]
    fn a_program_prints_figures_peers_and_what_it_skipped() {
        let text = "warming up\nfigure p99 12.5\npeer p99 nginx 10 ms\nskipped hot no nginx here\n";
        let measured = Measured::read(text).unwrap();
        let bound = Bound::AtMost(20.0);
        assert_eq!(measured.figure("p99", "p99", "ms", bound).to_string(), "p99 | 12.50 ms | ≤ 20 | ok | nginx 10 ms");
        assert_eq!(measured.figure("hot", "hot", "x", bound).verdict, Verdict::Skipped("no nginx here".to_owned()));
        assert!(matches!(measured.figure("other", "other", "x", bound).verdict, Verdict::Skipped(_)));
        assert!(Measured::read("figure p99 fast").is_err());
    }
}
