//! A partition by network namespace: five thousand admissions wait, then the line comes back with 1 Mbit/s.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use kernel::Stopwatch;
use serde_json::{Value, json};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

use crate::desk::Post;
use crate::process::free_port;
use crate::stage::{Centre, Kit, enrolled, system};

const SPACE: &str = "mamori-kit";
const HERE: &str = "10.77.9.1";
const THERE: &str = "10.77.9.2";
const WAITING: usize = 5_000;

/// Ends with this value.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Prints `partition_s`, `partition_refused` and `partition_missing`.
pub(crate) async fn measure() -> anyhow::Result<()> {
    let centre = Centre::start().await?;
    let made = lay().and_then(|()| Ok(tempfile::tempdir()?));
    let done = match made {
        Ok(home) => run(&centre, home.path()).await,
        Err(error) => Err(error),
    };
    let _ = system(&format!("ip netns del {SPACE}"));
    let _ = system("ip link del mamori-a");
    done
}

fn lay() -> anyhow::Result<()> {
    system(&format!("ip netns add {SPACE}"))?;
    system("ip link add mamori-a type veth peer name mamori-b")?;
    system(&format!("ip link set mamori-b netns {SPACE}"))?;
    system(&format!("ip addr add {HERE}/24 dev mamori-a"))?;
    system("ip link set mamori-a up")?;
    for line in ["ip link set lo up", &format!("ip addr add {THERE}/24 dev mamori-b"), "ip link set mamori-b up"] {
        system(&format!("ip netns exec {SPACE} {line}"))?;
    }
    let thin = "root tbf rate 1mbit burst 32kbit latency 400ms";
    system(&format!("tc qdisc add dev mamori-a {thin}"))?;
    system(&format!("ip netns exec {SPACE} tc qdisc add dev mamori-b {thin}"))
}

async fn run(centre: &Centre, home: &Path) -> anyhow::Result<()> {
    // Outside, the centre's port as seen from the veth; inside, as this machine's own, where plain HTTP is allowed.
    let (outer, inner) = (free_port()?, free_port()?);
    let me = std::env::current_exe()?;
    let _out = Ended(
        Command::new(&me)
            .args(["forward", &format!("{HERE}:{outer}"), &format!("127.0.0.1:{}", centre.port)])
            .stdout(Stdio::null())
            .spawn()?,
    );
    let _in = Ended(
        Command::new("ip")
            .args(["netns", "exec", SPACE])
            .arg(&me)
            .args(["forward", &format!("127.0.0.1:{inner}"), &format!("{HERE}:{outer}")])
            .stdout(Stdio::null())
            .spawn()?,
    );
    let folder = home.join("kit");
    // Enrolled outside under the address that is right inside: the same forwarding stands in both places for a moment.
    let _enrolling = Ended(
        Command::new(&me)
            .args(["forward", &format!("127.0.0.1:{inner}"), &format!("127.0.0.1:{}", centre.port)])
            .stdout(Stdio::null())
            .spawn()?,
    );
    tokio::time::sleep(Duration::from_secs(1)).await;
    enrolled(centre, &format!("http://127.0.0.1:{inner}"), &folder).await?;
    let post = serde_json::to_string(&json!([
        centre.post.municipality,
        centre.post.mode,
        centre.post.disaster,
        centre.post.shelter
    ]))?;
    let inside = tokio::process::Command::new("ip")
        .args(["netns", "exec", SPACE])
        .arg(&me)
        .args(["inside", &folder.display().to_string(), &post])
        .stdout(Stdio::piped())
        .output()
        .await?;
    let said = String::from_utf8_lossy(&inside.stdout).into_owned();
    let seconds = said
        .lines()
        .find_map(|line| line.strip_prefix("seconds "))
        .with_context(|| format!("the kit said: {said}{}", String::from_utf8_lossy(&inside.stderr)))?;
    let refused = said.lines().find_map(|line| line.strip_prefix("refused ")).unwrap_or("0");
    let there = crate::desk::Desk::register(&centre.server.url, &centre.clerk, &centre.post).await?;
    println!("figure partition_s {seconds}");
    println!("figure partition_refused {refused}");
    println!("figure partition_missing {}", there.persons().await?.abs_diff(WAITING as u64));
    Ok(())
}

/// Inside the namespace: the link is taken down, people are admitted, the link comes back.
pub(crate) async fn inside(words: &[String]) {
    if let Err(error) = admit_cut_off(words).await {
        println!("failed {error:#}");
    }
}

async fn admit_cut_off(words: &[String]) -> anyhow::Result<()> {
    let [folder, post] = words else { anyhow::bail!("inside FOLDER POST") };
    let [municipality, mode, disaster, shelter]: [String; 4] = serde_json::from_str(post)?;
    let post = Post { municipality, mode, disaster, shelter };
    system("ip link set mamori-b down")?;
    let kit = Kit::run(Path::new(folder)).await?;
    let desk = kit.desk(&post).await?;
    let mut refused = 0;
    for _ in 0..WAITING / 20 {
        let batch: Vec<Value> = (0..20)
            .map(|_| desk.check_in(1, &json!({ "persons": [{ "name": "分断 太郎" }] })))
            .collect::<anyhow::Result<_>>()?;
        refused += desk.send(&batch).await?.iter().filter(|one| one.state != "stored").count();
    }
    println!("refused {refused}");
    system("ip link set mamori-b up")?;
    let watch = Stopwatch::start();
    loop {
        ensure!(watch.elapsed() < Duration::from_mins(10), "not all there after ten minutes");
        let status = desk.get("/api/kit/status").await?;
        if status["waiting"] == 0 && status["contact_at"].is_string() && watch.elapsed() > Duration::from_secs(3) {
            println!("seconds {}", watch.elapsed().as_secs_f64());
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Passes connections on.
pub(crate) async fn forward(from: &str, to: &str) {
    let Ok(listener) = TcpListener::bind(from).await else { return };
    while let Ok((mut here, _)) = listener.accept().await {
        let to = to.to_owned();
        tokio::spawn(async move {
            if let Ok(mut there) = TcpStream::connect(&to).await {
                let _ = copy_bidirectional(&mut here, &mut there).await;
            }
        });
    }
}
