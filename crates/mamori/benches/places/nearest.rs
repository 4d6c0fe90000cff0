//! The five nearest of 1,500 open shelters, against Redis GEOSEARCH on the same points and the same questions.
//!
//! Ours is a call in this process; Redis is asked over its socket, many questions at a time, and only the server's own
//! processor time counts, so that neither its client nor the waiting is held against it. The answers are compared first.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, ensure};
use kernel::{Clock, Id, Ids, Mode, Point, Stopwatch, Timestamp};
use shelters::nearest::Index;
use shelters::{Opening, State, Venue};

use crate::said::{cpu_seconds, quantile};

const SHELTERS: u32 = 1_500;
const QUESTIONS: u32 = 20_000;
/// Processor time is counted in hundredths of a second: ours must be asked often to be seen.
const REPEATS: u32 = 20;
const NEAR: usize = 5;
/// Redis' earth is a little larger than ours, and it keeps positions to about a metre.
const SPHERES: f64 = 0.002;
const ROUNDS: usize = 5;
/// Questions on their way to Redis at a time.
const PIPELINE: usize = 100;

/// Prints ours per processor second and, where Redis is installed, the median of ours / Redis, pair by pair.
pub(crate) fn measure() -> anyhow::Result<()> {
    let ids = Ids::seeded(7, Clock::fixed(Timestamp::EPOCH));
    let openings: Vec<Opening> = (0..SHELTERS).map(|n| opening(&ids, n)).collect();
    let questions: Vec<Point> = (0..QUESTIONS).map(|n| scattered(n, 3)).collect();
    let index = Index::new(openings.clone(), Timestamp::EPOCH);
    let mut redis = Redis::start(&openings, radius_km(&index, &questions))?;
    if let Some(redis) = &mut redis {
        let theirs = redis.ask(&questions)?;
        for (from, names) in questions.iter().zip(theirs) {
            agree(&index, *from, &names)?;
        }
        println!("every answer of Redis within {} km is ours", redis.radius_km);
    }
    let (mut rates, mut ratios) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let rate = rate_of_ours(&index, &questions)?;
        rates.push(rate);
        if let Some(redis) = &mut redis {
            ratios.push(rate / redis.rate(&questions)?);
        }
    }
    println!("figure nearest_per_cpu_second {:.0}", quantile(&mut rates, 0.5));
    match redis {
        Some(redis) => {
            println!("figure nearest_to_redis {:.1}", quantile(&mut ratios, 0.5));
            println!("peer nearest_to_redis Redis within {} km, every answer exact", redis.radius_km);
        }
        None => println!("skipped nearest_to_redis redis-server is not installed (apt-get install redis-server)"),
    }
    Ok(())
}

/// Redis must be told how far to look, and misses what lies further. So it gets the smallest whole number of kilometres
/// within which it finds all five for every question asked here, and with them the exact answers: a server that does not
/// know the places beforehand could not choose a smaller one.
fn radius_km(index: &Index, questions: &[Point]) -> u32 {
    let fifth = |from: &Point| index.nearest(*from, None, NEAR).last().map_or(0.0, |near| near.distance_m);
    let farthest = questions.iter().map(fifth).fold(0.0, f64::max);
    (1..=1_000).find(|km| f64::from(*km) * 1_000.0 > farthest * (1.0 + SPHERES)).unwrap_or(1)
}

/// Questions answered per second of this process's processor time.
fn rate_of_ours(index: &Index, questions: &[Point]) -> anyhow::Result<f64> {
    let before = cpu_seconds(std::process::id())?;
    for _ in 0..REPEATS {
        for from in questions {
            std::hint::black_box(index.nearest(*from, None, NEAR));
        }
    }
    let spent = cpu_seconds(std::process::id())? - before;
    Ok(f64::from(QUESTIONS * REPEATS) / spent.max(0.01))
}

/// Redis keeps positions to about a metre, so two shelters as near as that may change places.
fn agree(index: &Index, from: Point, names: &[String]) -> anyhow::Result<()> {
    let near = index.nearest(from, None, NEAR);
    ensure!(names.len() == NEAR, "Redis finds {} of {NEAR} at {from:?}", names.len());
    for (ours, name) in near.iter().zip(names) {
        let theirs = index.nearest(from, None, 2 * NEAR);
        let theirs = theirs.iter().find(|near| near.opening.venue.facility.to_string() == *name);
        let metres = theirs.with_context(|| format!("{name} is not near {from:?}"))?.distance_m;
        ensure!((metres - ours.distance_m).abs() < 2.0, "Redis and the index disagree at {from:?}");
    }
    Ok(())
}

/// Points over the prefecture, the same in every run.
fn scattered(n: u32, salt: u32) -> Point {
    let part = |step: f64| (f64::from(n * 7 + salt) * step).fract();
    Point { lat: 40.2 + 1.3 * part(0.754_877_666), lon: 139.9 + 1.7 * part(0.569_840_291) }
}

fn opening(ids: &Ids, n: u32) -> Opening {
    let venue = Venue {
        facility: ids.next(),
        name: format!("避難所{n}"),
        municipality: "02203".to_owned(),
        address: None,
        point: Some(scattered(n, 0)),
        listed: Some(300),
        floor_m2: None,
        suitability: Vec::new(),
        adhoc: false,
    };
    Opening {
        disaster: Id::from_uuid(uuid::Uuid::nil()),
        mode: Mode::Live,
        venue,
        state: State::Open,
        since: Timestamp::EPOCH,
        by: "system".to_owned(),
        reason: None,
        note: None,
        instead: None,
        count: None,
    }
}

/// A Redis of our own, which ends with this value.
struct Redis {
    radius_km: u32,
    server: Child,
    reader: BufReader<TcpStream>,
    writer: TcpStream,
}

impl Redis {
    /// `None` where Redis is not installed.
    fn start(openings: &[Opening], radius_km: u32) -> anyhow::Result<Option<Self>> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
        let quiet = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port", &port];
        let started = Command::new("redis-server").args(quiet).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let Ok(server) = started else { return Ok(None) };
        let watch = Stopwatch::start();
        let stream = loop {
            match TcpStream::connect(format!("127.0.0.1:{port}")) {
                Ok(stream) => break stream,
                Err(error) => ensure!(watch.elapsed().as_secs() < 10, "redis-server does not answer: {error}"),
            }
            std::thread::park_timeout(std::time::Duration::from_millis(50));
        };
        let mut redis = Self { radius_km, server, reader: BufReader::new(stream.try_clone()?), writer: stream };
        for opening in openings {
            let point = opening.venue.point.context("every shelter has a point")?;
            let name = opening.venue.facility.to_string();
            redis.send(&["GEOADD", "s", &point.lon.to_string(), &point.lat.to_string(), &name])?;
            redis.line()?;
        }
        Ok(Some(redis))
    }

    /// Questions answered per second of the server's own processor time.
    fn rate(&mut self, questions: &[Point]) -> anyhow::Result<f64> {
        let before = cpu_seconds(self.server.id())?;
        self.ask(questions)?;
        let spent = cpu_seconds(self.server.id())? - before;
        Ok(f64::from(u32::try_from(questions.len())?) / spent.max(0.01))
    }

    fn ask(&mut self, questions: &[Point]) -> anyhow::Result<Vec<Vec<String>>> {
        let mut answers = Vec::with_capacity(questions.len());
        let radius = self.radius_km.to_string();
        for some in questions.chunks(PIPELINE) {
            let mut bytes = Vec::new();
            for from in some {
                let (lon, lat) = (from.lon.to_string(), from.lat.to_string());
                let words =
                    ["GEOSEARCH", "s", "FROMLONLAT", &lon, &lat, "BYRADIUS", &radius, "km", "ASC", "COUNT", "5"];
                bytes.extend(command(&words));
            }
            self.writer.write_all(&bytes)?;
            for _ in some {
                answers.push(self.list()?);
            }
        }
        Ok(answers)
    }

    fn send(&mut self, words: &[&str]) -> anyhow::Result<()> {
        Ok(self.writer.write_all(&command(words))?)
    }

    fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        self.reader.read_line(&mut line)?;
        ensure!(!line.starts_with('-'), "Redis refuses: {line}");
        Ok(line.trim_end().to_owned())
    }

    fn list(&mut self) -> anyhow::Result<Vec<String>> {
        let head = self.line()?;
        let many: usize = head.strip_prefix('*').context("Redis gives no list")?.parse()?;
        let mut items = Vec::with_capacity(many);
        for _ in 0..many {
            self.line()?;
            items.push(self.line()?);
        }
        Ok(items)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn command(words: &[&str]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend(format!("${}\r\n{word}\r\n", word.len()).into_bytes());
    }
    bytes
}
