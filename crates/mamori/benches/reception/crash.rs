//! kill -9 and power cuts while people are being admitted: nothing acknowledged is lost, nothing counted twice.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use kernel::Stopwatch;
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::desk::{Desk, Post};
use crate::stage::{Centre, Kit, enrolled, system};

const KILLS: usize = 200;
const CUTS: usize = 50;
const WRITERS: usize = 8;
/// Acknowledgements before each blow.
const ACKS: usize = 100;

/// Events that the kit said are stored, with everything that was sent.
#[derive(Default)]
struct Ledger {
    acknowledged: Vec<Value>,
    sent: Vec<Value>,
}

#[derive(Debug, Default)]
struct Verdict {
    acknowledged: usize,
    lost: usize,
    doubled: u64,
    slowest_start_s: f64,
}

/// Prints `kill_*`.
pub(crate) async fn kill(count: Option<usize>) -> anyhow::Result<()> {
    let (centre, home) = (Centre::start().await?, tempfile::tempdir()?);
    let folder = home.path().join("kit");
    enrolled(&centre, &centre.server.url.clone(), &folder).await?;
    let post = centre.post.clone();
    // The line is gone: what counts is the kit alone.
    drop(centre);
    let verdict = rounds(&folder, &post, count.unwrap_or(KILLS), |kit| {
        kit.kill();
        Ok(())
    })
    .await?;
    say("kill", &verdict);
    Ok(())
}

/// Prints `power_*`: ext4 on a loop device loses everything that was not synced.
pub(crate) async fn power(count: Option<usize>) -> anyhow::Result<()> {
    let home = tempfile::tempdir()?;
    let (image, mount) = (home.path().join("disk"), home.path().join("mount"));
    std::fs::create_dir(&mount)?;
    system(&format!("truncate -s 1G {}", image.display()))?;
    system(&format!("mkfs.ext4 -q -F {}", image.display()))?;
    system(&format!("mount -o loop {} {}", image.display(), mount.display()))?;
    let done = cuts(&image, &mount, count.unwrap_or(CUTS)).await;
    let _ = system(&format!("umount {}", mount.display()));
    done
}

async fn cuts(image: &Path, mount: &Path, count: usize) -> anyhow::Result<()> {
    let centre = Centre::start().await?;
    let folder = mount.join("kit");
    enrolled(&centre, &centre.server.url.clone(), &folder).await?;
    let post = centre.post.clone();
    drop(centre);
    system("sync")?;
    let verdict = rounds(&folder, &post, count, |kit| {
        pull_the_plug(mount)?;
        kit.kill();
        system(&format!("umount {}", mount.display()))?;
        system(&format!("mount -o loop {} {}", image.display(), mount.display()))
    })
    .await?;
    say("power", &verdict);
    Ok(())
}

/// `EXT4_IOC_SHUTDOWN` without flushing the log: what is not on the disk now never will be.
fn pull_the_plug(mount: &Path) -> anyhow::Result<()> {
    let script = format!(
        "import fcntl,os,struct;fcntl.ioctl(os.open('{}',os.O_RDONLY),0x8004587d,struct.pack('I',2))",
        mount.display()
    );
    let said = Command::new("python3").args(["-c", &script]).output()?;
    ensure!(said.status.success(), "no shutdown: {}", String::from_utf8_lossy(&said.stderr));
    Ok(())
}

async fn rounds(
    folder: &Path,
    post: &Post,
    count: usize,
    blow: impl Fn(Kit) -> anyhow::Result<()>,
) -> anyhow::Result<Verdict> {
    let mut verdict = Verdict::default();
    let mut all: Vec<Value> = Vec::new();
    let mut kit = Kit::run(folder).await?;
    for round in 0..count {
        let ledger = admit_until(&kit, post, ACKS + round % 7).await?;
        blow(kit)?;
        let watch = Stopwatch::start();
        kit = Kit::run(folder).await?;
        verdict.slowest_start_s = verdict.slowest_start_s.max(watch.elapsed().as_secs_f64());
        let desk = kit.desk(post).await?;
        verdict.acknowledged += ledger.acknowledged.len();
        verdict.lost += stored_now(&desk, &ledger.acknowledged).await?;
        // What was under way may be there or not; from here on it is.
        stored_now(&desk, &ledger.sent).await?;
        all.extend(ledger.sent);
    }
    let desk = kit.desk(post).await?;
    verdict.lost += stored_now(&desk, &all).await?;
    verdict.doubled = desk.persons().await?.abs_diff(all.len() as u64);
    Ok(verdict)
}

/// Writers admit one person after the other until so many were acknowledged; they go on while the blow falls.
async fn admit_until(kit: &Kit, post: &Post, acknowledged: usize) -> anyhow::Result<Ledger> {
    let ledger = Arc::new(Mutex::new(Ledger::default()));
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..WRITERS {
        let (desk, ledger) = (kit.desk(post).await?, Arc::clone(&ledger));
        writers.spawn(async move {
            while let Ok(event) = desk.check_in(1, &json!({})) {
                ledger.lock().sent.push(event.clone());
                match desk.send(std::slice::from_ref(&event)).await {
                    Ok(sent) if sent[0].state == "stored" => ledger.lock().acknowledged.push(event),
                    _ => return,
                }
            }
        });
    }
    while ledger.lock().acknowledged.len() < acknowledged {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    // Cut off here, in the middle of whatever they do.
    writers.abort_all();
    let ledger = std::mem::take(&mut *ledger.lock());
    Ok(ledger)
}

/// Sends events again; how many were not there.
async fn stored_now(desk: &Desk, events: &[Value]) -> anyhow::Result<usize> {
    let mut new = 0;
    for batch in events.chunks(200) {
        let sent = desk.send(batch).await?;
        ensure!(sent.iter().all(|one| ["stored", "already"].contains(&one.state.as_str())), "refused: {sent:?}");
        new += sent.iter().filter(|one| one.state == "stored").count();
    }
    Ok(new)
}

fn say(name: &str, verdict: &Verdict) {
    println!("figure {name}_acknowledged {}", verdict.acknowledged);
    println!("figure {name}_lost {}", verdict.lost);
    println!("figure {name}_doubled {}", verdict.doubled);
    println!("figure {name}_start_s {}", verdict.slowest_start_s);
}
