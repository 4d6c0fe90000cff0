//! A full disk and a very slow one.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use kernel::Stopwatch;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::said::quantile;
use crate::stage::{Centre, Kit, enrolled, system};

/// Prints `full_*`: a small disk fills up, the kit refuses in clear words, and goes on when there is room.
pub(crate) async fn full() -> anyhow::Result<()> {
    let home = tempfile::tempdir()?;
    let mount = home.path().join("mount");
    std::fs::create_dir(&mount)?;
    system(&format!("mount -t tmpfs -o size=96m tmpfs {}", mount.display()))?;
    let done = fill(&mount).await;
    let _ = system(&format!("umount -l {}", mount.display()));
    done
}

async fn fill(mount: &Path) -> anyhow::Result<()> {
    let centre = Centre::start().await?;
    let folder = mount.join("kit");
    enrolled(&centre, &centre.server.url.clone(), &folder).await?;
    let post = centre.post.clone();
    drop(centre);
    let kit = Kit::run(&folder).await?;
    let desk = kit.desk(&post).await?;
    let before = admit(&desk, 50).await?;
    let filler = mount.join("filler");
    let _ = system(&format!("dd if=/dev/zero of={} bs=64k status=none", filler.display()));
    let (mut stored, mut refusal) = (before, None);
    let big = json!({ "remarks": "か".repeat(8_000) });
    for _ in 0..2_000 {
        let event = desk.check_in(1, &big)?;
        let answer = desk.post("/api/reception/events", &json!({ "events": [event] })).await?;
        if answer["results"][0]["state"] != "stored" {
            refusal = Some(answer);
            break;
        }
        stored.push(event);
    }
    let refusal = refusal.context("the disk did not fill up")?;
    println!("figure full_words {}", u8::from(!refusal["details"]["ja"].as_str().unwrap_or_default().is_empty()));
    println!("figure full_read_ok {}", u8::from(desk.persons().await.is_ok()));
    std::fs::remove_file(&filler)?;
    let watch = Stopwatch::start();
    let mut after = Vec::new();
    while after.is_empty() {
        ensure!(watch.elapsed() < Duration::from_mins(1), "it does not recover");
        after = admit(&desk, 1).await.unwrap_or_default();
    }
    println!("figure full_recovery_s {}", watch.elapsed().as_secs_f64());
    stored.extend(after);
    let sent = desk.send(&stored).await?;
    println!("figure full_lost {}", sent.iter().filter(|one| one.state != "already").count());
    println!("figure full_doubled {}", desk.persons().await?.abs_diff(stored.len() as u64));
    Ok(())
}

/// Prints `slow_*`: a disk of 20 writes a second.
pub(crate) async fn slow() -> anyhow::Result<()> {
    let group = Path::new("/sys/fs/cgroup/blkio/mamori-slow");
    std::fs::create_dir_all(group).context("no blkio group here")?;
    let home = tempfile::tempdir()?;
    let (image, mount) = (home.path().join("disk"), home.path().join("mount"));
    std::fs::create_dir(&mount)?;
    system(&format!("truncate -s 512M {}", image.display()))?;
    system(&format!("mkfs.ext4 -q -F {}", image.display()))?;
    system(&format!("mount -o loop {} {}", image.display(), mount.display()))?;
    let done = slowly(group, &mount).await;
    let _ = system(&format!("umount -l {}", mount.display()));
    let _ = std::fs::remove_dir(group);
    done
}

async fn slowly(group: &Path, mount: &Path) -> anyhow::Result<()> {
    let centre = Centre::start().await?;
    let folder = mount.join("kit");
    enrolled(&centre, &centre.server.url.clone(), &folder).await?;
    let post = centre.post.clone();
    drop(centre);
    let device = std::fs::read_to_string("/proc/self/mountinfo")?;
    let wanted = mount.display().to_string();
    let line = device.lines().find(|line| line.contains(&wanted)).context("the mount is not listed")?;
    let number = line.split(' ').nth(2).context("no device number")?;
    std::fs::write(group.join("blkio.throttle.write_iops_device"), format!("{number} 20"))?;
    let kit = Kit::run(&folder).await?;
    std::fs::write(group.join("cgroup.procs"), kit.server.id().to_string())?;
    let mut workers = tokio::task::JoinSet::new();
    let watch = Stopwatch::start();
    for _ in 0..64 {
        let desk = kit.desk(&post).await?;
        workers.spawn(timed(desk, Duration::from_secs(20)));
    }
    let mut taken: Vec<f64> = workers.join_all().await.into_iter().flatten().collect();
    let seconds = watch.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a count of seconds of work")]
    let rate = taken.len() as f64 / seconds;
    println!("figure slow_per_s {rate}");
    println!("figure slow_p99_ms {}", quantile(&mut taken, 0.99));
    Ok(())
}

/// Milliseconds of admissions one after the other.
async fn timed(desk: Desk, time: Duration) -> Vec<f64> {
    let (began, mut taken) = (Stopwatch::start(), Vec::new());
    while began.elapsed() < time {
        let Ok(event) = desk.check_in(1, &json!({})) else { break };
        let watch = Stopwatch::start();
        let good = desk.send(&[event]).await.is_ok_and(|sent| sent[0].state == "stored");
        taken.push(if good { watch.elapsed().as_secs_f64() * 1000.0 } else { f64::INFINITY });
    }
    taken
}

async fn admit(desk: &Desk, count: usize) -> anyhow::Result<Vec<Value>> {
    let mut stored = Vec::new();
    for _ in 0..count {
        let event = desk.check_in(1, &json!({}))?;
        let sent = desk.send(std::slice::from_ref(&event)).await?;
        ensure!(sent[0].state == "stored", "{sent:?}");
        stored.push(event);
    }
    Ok(stored)
}
