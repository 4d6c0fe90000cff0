//! How fast telegrams become facts, beside the `jmaxml` crate on the same bytes: one thread, A B A B, CPU time.
//!
//! `cargo run --release -p mamori-feeds --example parse_rate` prints one line of JSON.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use mamori_feeds::parse::{inflate, parse};

const ROUNDS: usize = 7;

/// One telegram: its name and its XML.
struct File {
    name: String,
    xml: String,
}

fn main() {
    let Some(folder) = testkit::data_dir() else {
        testkit::skip("no data");
        return;
    };
    let files = load(&folder.join("jma"));
    let bytes: usize = files.iter().map(|file| file.xml.len()).sum();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (a, b) = (cpu(|| read_ours(&files)), cpu(|| read_theirs(&files)));
        if round > 0 {
            ours.push(a);
            theirs.push(b);
        }
    }
    let each = files.iter().map(one).collect();
    let (ours, theirs) = (median(ours), median(theirs));
    println!(
        "{{\"files\":{},\"bytes\":{bytes},\"ours_mb_s\":{:.1},\"jmaxml_mb_s\":{:.1},\"ratio\":{:.2},\"median_ms\":{:.4}}}",
        files.len(),
        rate(bytes, ours),
        rate(bytes, theirs),
        theirs.as_secs_f64() / ours.as_secs_f64(),
        median(each).as_secs_f64() * 1000.0,
    );
}

fn read_ours(files: &[File]) {
    for file in files {
        let telegram = parse(black_box(file.xml.as_bytes()), Some(&file.name));
        assert!(black_box(telegram).is_ok(), "{}", file.name);
    }
}

fn read_theirs(files: &[File]) {
    for file in files {
        let report = jmaxml::Report::from_str(black_box(&file.xml));
        assert!(black_box(report).is_ok(), "{}", file.name);
    }
}

/// The best of three readings of one telegram, by the clock of the wall.
fn one(file: &File) -> Duration {
    let once = || {
        let watch = kernel::Stopwatch::start();
        let _ = black_box(parse(black_box(file.xml.as_bytes()), Some(&file.name)));
        watch.elapsed()
    };
    once().min(once()).min(once())
}

fn rate(bytes: usize, time: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few megabytes")]
    let megabytes = bytes as f64 / 1e6;
    megabytes / time.as_secs_f64()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn cpu(work: impl FnOnce()) -> Duration {
    let begun = cpu_now();
    work();
    cpu_now().saturating_sub(begun)
}

/// CPU time of this process so far, from the scheduler's own count in nanoseconds.
fn cpu_now() -> Duration {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(line.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0))
}

fn load(folder: &Path) -> Vec<File> {
    let mut paths = Vec::new();
    gather(folder, &mut paths);
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let bytes = std::fs::read(&path).expect("the file was just listed");
            let xml = inflate(&bytes).expect("data files unpack").into_owned();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            File { name, xml: String::from_utf8(xml).expect("data files are UTF-8") }
        })
        .collect()
}

fn gather(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the data folder can be read").flatten() {
        let path = entry.path();
        let name = path.to_string_lossy().into_owned();
        let is_xml = Path::new(name.strip_suffix(".gz").unwrap_or(&name)).extension().is_some_and(|end| end == "xml");
        if path.is_dir() {
            gather(&path, paths);
        } else if is_xml {
            paths.push(path);
        }
    }
}
