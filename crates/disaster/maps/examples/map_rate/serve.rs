//! Packs of all municipalities, then a thousand mixed tiles: requests per CPU-second of the server, ours and nginx's in turn.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use http::{App, Assets, Settings, Site};
use kernel::{Clock, Ids, Stopwatch};
use maps::archive::Archive;
use store::blobs::{Blobs, Limits};
use store::sealed::{Crypter, KeyList};
use store::{Stop, Store};

/// The word with which this program is its own server.
pub(crate) const SERVE: &str = "--serve";
const ROUNDS: usize = 5;
const SECONDS: u32 = 4;
const TILES: usize = 1_000;

/// What the map of the measurement is drawn from, below the folder of real inputs.
const INPUTS: [&str; 4] = [
    "aomori/boundaries/aomori_N03_2022_full.geojson.gz",
    "aomori/address/geolonia-ja",
    "osm/japan_osm_motorway.geojson.gz",
    "aomori/gtfs",
];

/// Prints `packs_s`, `packs_median_mb` and `tiles_ratio`, the median of ours / nginx, pair by pair.
pub(crate) fn measure(data: &Path) -> anyhow::Result<()> {
    let place = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let tiles = runtime.block_on(prepare(data, place.path()))?;
    for tool in ["wrk", "nginx"] {
        if Command::new(tool).arg("-v").output().is_err() {
            bail!("{tool} is not installed");
        }
    }
    let script = script(place.path(), &tiles)?;
    let port = free_port()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args([SERVE, &format!("127.0.0.1:{port}")]).arg(place.path());
    let ours = Running::start(command, port)?;
    let (nginx, worker) = nginx(place.path())?;
    let (mut ratios, mut peers, mut own) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let a = rate(ours.port, ours.id(), &script)?;
        let b = rate(nginx.port, worker, &script)?;
        if round > 0 {
            ratios.push(a / b);
            peers.push(b);
            own.push(a);
        }
    }
    println!("figure tiles_ratio {:.3}", median(&mut ratios));
    println!("figure tiles_per_cpu_s {:.0}", median(&mut own));
    println!("peer tiles_ratio nginx {:.0} /CPU-s", median(&mut peers));
    Ok(())
}

/// Takes the originals in, builds, exports for nginx; answers the paths of the tiles.
async fn prepare(data: &Path, place: &Path) -> anyhow::Result<Vec<String>> {
    let app = app(place, Settings::default()).await?;
    for input in INPUTS {
        maps::import_basemap(&app, &data.join(input), &|_| {}).await?;
    }
    let watch = Stopwatch::start();
    let built = maps::build_all(&app, crate::nobody()).await?;
    println!("figure packs_s {:.3}", watch.elapsed().as_secs_f64());
    println!("figure packs_median_mb {:.3}", megabytes(built.median_bytes));
    println!("figure prefecture_mb {:.3}", megabytes(built.prefecture_bytes));
    maps::export(&app, &place.join("cdn")).await?;
    app.hot.refresh().await?;
    let document = app.hot.get(maps::PACKS).context("no document")?;
    let packs: maps::PacksDocument = serde_json::from_slice(document.body())?;
    let prefecture = packs.prefecture.context("no archive")?;
    let archive = Archive::open(&place.join("maps/files").join(format!("{}.pmtiles", prefecture.sha256)))?;
    let all: Vec<String> =
        archive.tiles().map(|(tile, _)| format!("/maps/tiles/{}/{}/{}.mvt", tile.z(), tile.x(), tile.y())).collect();
    app.store.close().await;
    let step = (all.len() / TILES).max(1);
    Ok(all.into_iter().step_by(step).take(TILES).collect())
}

async fn app(place: &Path, settings: Settings) -> anyhow::Result<App> {
    let url = format!("sqlite://{}", place.join("bench.sqlite").display());
    let store = Store::open(&url, store::Settings::default()).await?;
    store.migrate(&[http::SCHEMA, places::SCHEMA, maps::SCHEMA]).await?;
    let clock = Clock::system();
    let blobs = Blobs::open(place.join("blobs"), Limits::default())?;
    let crypter = Crypter::new(KeyList::single(1, [7; 32]));
    let builder = App::builder(store, clock.clone(), Ids::system(clock), blobs, crypter).settings(settings);
    maps::install(builder, &maps::Settings { folder: place.join("maps") })?.build().await
}

/// Serves what was prepared in `folder`.
pub(crate) fn serve(bind: &str, folder: &Path) -> anyhow::Result<()> {
    // One worker and one door, as nginx has one worker: cost per request is compared, not the number of processors.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let settings = Settings { bind: bind.to_owned(), doors: 1, ..Settings::default() };
        let listener = http::listen(&settings).await?;
        let app = app(folder, settings).await?;
        let (_stopper, stop) = Stop::new();
        http::serve(listener, Site::new(app, [], maps::pages(), Assets::none()), stop).await
    })
}

/// A script for wrk that asks for one tile after another.
fn script(place: &Path, tiles: &[String]) -> anyhow::Result<std::path::PathBuf> {
    let list: Vec<String> = tiles.iter().map(|tile| format!("\"{tile}\"")).collect();
    let text = format!(
        "local paths = {{{}}}\nlocal at = 0\nfunction request()\n  at = at % #paths + 1\n  \
         return wrk.format(\"GET\", paths[at])\nend\n",
        list.join(",")
    );
    let path = place.join("tiles.lua");
    std::fs::write(&path, text)?;
    Ok(path)
}

/// Requests per CPU-second of `process` under a steady load.
fn rate(port: u16, process: u32, script: &Path) -> anyhow::Result<f64> {
    let before = cpu_seconds(process)?;
    let output = Command::new("wrk")
        .args(["-t1", "-c64", &format!("-d{SECONDS}s"), "-H", "Accept-Encoding: gzip", "-s"])
        .arg(script)
        .arg(format!("http://127.0.0.1:{port}"))
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let requests = text.lines().find(|line| line.contains("requests in")).context("wrk said nothing")?;
    let requests: f64 = requests.split_whitespace().next().context("wrk said nothing")?.parse()?;
    if text.contains("Non-2xx") {
        bail!("the server refused under load: {text}");
    }
    Ok(requests / (cpu_seconds(process)? - before))
}

/// nginx on the same tiles as files, one worker; gives the worker's process too.
fn nginx(place: &Path) -> anyhow::Result<(Running, u32)> {
    let port = free_port()?;
    let text = format!(
        "daemon off; worker_processes 1; pid {dir}/nginx.pid; error_log {dir}/error.log; user root;\n\
         events {{ worker_connections 1024; }}\n\
         http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;\n\
         open_file_cache max=4000; types {{ application/vnd.mapbox-vector-tile mvt; }}\n\
         gzip_static on; gzip_vary on; etag on;\n\
         server {{ listen 127.0.0.1:{port}; root {dir}/cdn; add_header Cache-Control \"public, max-age=300\"; }} }}\n",
        dir = place.display(),
    );
    let file = place.join("nginx.conf");
    std::fs::write(&file, text)?;
    let mut command = Command::new("nginx");
    command.arg("-c").arg(&file).arg("-p").arg(place);
    let running = Running::start(command, port)?;
    let children = format!("/proc/{0}/task/{0}/children", running.id());
    let worker =
        std::fs::read_to_string(children)?.split_whitespace().next().context("nginx has no worker")?.parse()?;
    Ok((running, worker))
}

/// A process that ends with this value.
struct Running {
    child: Child,
    port: u16,
}

impl Running {
    /// Any server, once somebody listens.
    fn start(mut command: Command, port: u16) -> anyhow::Result<Self> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let running = Self { child, port };
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(running);
            }
            #[expect(clippy::disallowed_methods, reason = "a measuring program has nothing else to do meanwhile")]
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("the server did not become ready")
    }

    fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // SIGTERM, so that nginx takes its worker along.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// User and system time of a process in seconds.
fn cpu_seconds(process: u32) -> anyhow::Result<f64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let after = text.rsplit_once(") ").context("no process state")?.1;
    let ticks: Vec<f64> = after.split(' ').skip(11).take(2).filter_map(|word| word.parse().ok()).collect();
    Ok(ticks.iter().sum::<f64>() / 100.0)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / (1024.0 * 1024.0)
}
