//! Figures of the maps: an extract to tiles, the packs of all municipalities, tiles served against nginx.
//!
//! `cargo run --release -p mamori-maps --example map_rate` prints `figure`, `peer` and `skipped` lines.

#![expect(clippy::print_stdout, reason = "a measuring program speaks on standard output")]

extern crate mamori_maps as maps;

mod serve;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use kernel::Stopwatch;
use maps::sources::{Scope, read};
use maps::{Folder, Legend, build};

/// The word with which this program builds tiles alone, so that its memory is the build's.
const EXTRACT: &str = "--extract";

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        [EXTRACT, file] => extract(Path::new(file)),
        [serve::SERVE, bind, folder] => serve::serve(bind, Path::new(folder)),
        _ => {
            let Some(data) = testkit::data_dir() else {
                println!("skipped: no data");
                return Ok(());
            };
            told("extract_s", in_a_child(&data.join("osm/heidelberg.test.pbf")));
            told("packs_s", serve::measure(&data));
            Ok(())
        }
    }
}

/// A figure that cannot be measured is said so, and the others go on.
fn told(figure: &str, outcome: anyhow::Result<()>) {
    if let Err(error) = outcome {
        println!("skipped {figure} {error:#}");
    }
}

fn in_a_child(file: &Path) -> anyhow::Result<()> {
    let output = Command::new(std::env::current_exe()?).arg(EXTRACT).arg(file).output()?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    print!("{}", String::from_utf8_lossy(&output.stdout));
    Ok(())
}

/// Prints `extract_s`, `extract_rss_mb`: an extract to an archive, from file to file.
fn extract(file: &Path) -> anyhow::Result<()> {
    let place = tempfile::tempdir()?;
    let folder = Folder::open(place.path())?;
    let watch = Stopwatch::start();
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let reading = read(file, &name, Scope::ANYWHERE)?;
    let legend = Legend { name, attribution: vec![reading.attribution.clone()] };
    let kept = build::archive(&reading.features, &legend, &folder, &|_| {})?;
    println!("figure extract_s {:.3}", watch.elapsed().as_secs_f64());
    println!("figure extract_rss_mb {:.1}", peak_mb()?);
    println!("figure extract_bytes {}", kept.bytes);
    Ok(())
}

/// The most memory this process ever held, in megabytes.
fn peak_mb() -> anyhow::Result<f64> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:")).context("no VmHWM")?;
    let kilobytes: f64 = line.split_whitespace().nth(1).context("no VmHWM")?.parse()?;
    Ok(kilobytes / 1024.0)
}

/// Nobody listens.
pub(crate) fn nobody() -> maps::Teller {
    Arc::new(|_| {})
}
