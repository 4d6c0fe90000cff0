//! The short commands: migrate, invite, check, import, export, jobs, areas.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use http::{Actor, App, hot};
use kernel::{Clock, Id, Ids};
use serde_json::json;
use store::jobs;

use crate::compose;
use crate::config::Config;
use crate::{boundaries, cli};

/// Brings the database to this version.
pub(crate) async fn migrate(config: &Config) -> anyhow::Result<()> {
    let store = compose::open_store(config).await?;
    store.migrate(&compose::schemas()).await?;
    store.close().await;
    println!("the database is at this version");
    Ok(())
}

/// Begins a new life of a database that was restored: receipts of the former one are void.
pub(crate) async fn restored(config: &Config) -> anyhow::Result<()> {
    let app = plain_app(config).await?;
    let node = reception::Node::find_or_make(&app, config.role).await?;
    let fresh = node.renew(&app, None).await?;
    app.store.close().await;
    println!("a new life begins ({}); kits and tablets offer everything again", fresh.epoch.0);
    Ok(())
}

/// Prints the first administrator's link.
pub(crate) async fn invite(config: &Config, name: &str) -> anyhow::Result<()> {
    let store = compose::open_store(config).await?;
    store.migrate(&compose::schemas()).await?;
    let clock = Clock::system();
    let ids = Ids::system(clock.clone());
    let invitation = identity::invite_first_administrator(&store, &ids, clock.now(), name, false).await?;
    store.close().await;
    println!("{}{}", config.http.public_url.trim_end_matches('/'), invitation.path);
    println!(
        "valid once, until {}; open it in the browser that will hold the passkey",
        invitation.expires_at.jst().format("%Y-%m-%d %H:%M")
    );
    Ok(())
}

/// Reads a folder of telegrams; fails when something was refused.
pub(crate) fn check_feeds(folder: &Path) -> anyhow::Result<ExitCode> {
    let report = feeds::parse::check::check(folder, &mut std::io::stdout().lock())
        .with_context(|| format!("cannot read {}", folder.display()))?;
    Ok(if report.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Takes lists of places into the register; fails when one was refused.
pub(crate) async fn import_places(config: &Config, path: PathBuf, wanted: cli::Places) -> anyhow::Result<ExitCode> {
    let kind = wanted.kind.as_deref().map(|name| {
        let all: Vec<&str> = places::Kind::ALL.iter().map(|(_, name)| *name).collect();
        places::Kind::parse(name).with_context(|| format!("--kind takes one of {}", all.join(", ")))
    });
    let chosen = places::Chosen {
        kind: kind.transpose()?,
        municipality: wanted.municipality,
        series: wanted.series,
        ..places::Chosen::default()
    };
    let order = places::Order { path, chosen, licence: wanted.licence, attribution: wanted.attribution };
    let reach = if wanted.dry_run {
        places::Reach::DryRun
    } else {
        places::Reach::Apply { accept_repairs: wanted.accept_repairs }
    };
    let app = plain_app(config).await?;
    let report = places::import(&app, &Actor::system(), &order, reach).await?;
    app.store.close().await;
    if wanted.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{report}");
    }
    Ok(if report.totals.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Takes a municipality's list of people who cannot flee alone; fails when somebody on it was set aside.
pub(crate) async fn import_listed(
    config: &Config,
    file: &Path,
    municipality: String,
    dry_run: bool,
    json: bool,
) -> anyhow::Result<ExitCode> {
    use reception::listing::{Chosen, Order, Reach, import};
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let order = Order { name, bytes, municipality, chosen: Chosen::new() };
    let app = plain_app(config).await?;
    let by = Actor::system().label();
    let reach = if dry_run { Reach::Preview } else { Reach::Apply { command: app.ids.uuid(), by } };
    let found = import(&app, &order, &reach).await;
    app.store.close().await;
    let found = found?;
    if json {
        println!("{}", serde_json::to_string_pretty(&found)?);
    } else {
        print_list(&found);
    }
    Ok(if found.aside == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What a list holds, without anybody's name.
fn print_list(found: &reception::listing::Imported) {
    let kept = found.kept;
    for column in &found.columns {
        println!("  {} → {}", column.name, column.field.as_deref().unwrap_or("-"));
    }
    for note in &found.notes {
        println!("  {}", note.ja);
    }
    for row in found.aside_rows.iter().chain(&found.remark_rows) {
        let sheet = row.note.sheet.as_ref().map(|sheet| format!("{sheet} ")).unwrap_or_default();
        let column = row.note.column.as_ref().map(|column| format!("（{column}）")).unwrap_or_default();
        println!("  {sheet}{}行目{column}: {}", row.note.line, row.words.ja);
    }
    println!(
        "{} people: {} new, {} changed, {} as before; {} no longer on the list; {} rows set aside, {} remarks",
        kept.people, kept.added, kept.changed, kept.same, kept.gone, found.aside, found.remarks
    );
    println!("{}", if found.applied { "the list is kept" } else { "nothing was written" });
}

/// Takes an imported file back.
pub(crate) async fn undo_import(config: &Config, source: &str) -> anyhow::Result<()> {
    let id: Id<places::Source> =
        source.parse().context("a source is named by its id, a UUID, as the report shows it")?;
    let app = plain_app(config).await?;
    let command = app.ids.uuid();
    let undone = places::undo(&app, &Actor::system(), id, command).await?;
    app.store.close().await;
    let source = undone.context("nothing was undone")?;
    println!("{} is taken back; the register is as before it", source.title);
    Ok(())
}

/// Takes the history of a past disaster's shelters.
pub(crate) async fn import_history(
    config: &Config,
    folder: &Path,
    name: &str,
    municipality: &str,
) -> anyhow::Result<()> {
    let app = plain_app(config).await?;
    let done = shelters::import(&app, folder, name, municipality, &Actor::system()).await?;
    app.store.close().await;
    for note in &done.notes {
        println!("  {}", note.ja);
    }
    let (times, files) = (done.points.len(), done.files);
    println!("{times} times in {files} files: {} shelters, {} of them on no list", done.shelters, done.adhoc);
    if let Some(peak) = done.peak {
        println!("most people: {} in {} shelters at {}", peak.persons.unwrap_or(0), peak.open, peak.at);
    }
    let word = if done.new { "kept as" } else { "was imported before as" };
    println!("{word} disaster {} (document shelters/history/{})", done.disaster, done.disaster);
    Ok(())
}

/// Takes real boundaries for the map.
pub(crate) async fn import_boundaries(config: &Config, file: &Path) -> anyhow::Result<()> {
    let app = plain_app(config).await?;
    publish_boundaries(&app, file).await?;
    app.store.close().await;
    println!("the map now draws the boundaries of {}", file.display());
    Ok(())
}

/// Publishes the document of a boundaries file.
async fn publish_boundaries(app: &App, file: &Path) -> anyhow::Result<()> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let document = boundaries::document(&bytes).with_context(|| file.display().to_string())?;
    let mut tx = app.store.write().await?;
    hot::publish(&mut tx, boundaries::DOCUMENT, &document, app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Writes the public documents as files.
pub(crate) async fn export_documents(config: &Config, folder: &Path) -> anyhow::Result<()> {
    let app = plain_app(config).await?;
    let files = app.hot.export(folder).await.with_context(|| format!("cannot write to {}", folder.display()))?;
    app.store.close().await;
    println!("{files} files in {}", folder.display());
    Ok(())
}

/// Lists dead letters, or tries one again.
pub(crate) async fn jobs(config: &Config, revive: Option<&str>) -> anyhow::Result<()> {
    let app = plain_app(config).await?;
    if let Some(id) = revive {
        let id: Id<jobs::Job> = id.parse().context("the id of a job is a UUID, as `mamori jobs` prints it")?;
        let mut tx = app.store.write().await?;
        let found = jobs::revive(&mut tx, id, app.clock.now()).await?;
        tx.commit().await?;
        anyhow::ensure!(found, "there is no dead letter {id}");
        println!("{id} will be tried again");
    } else {
        let dead = jobs::dead_letters(&app.store, 1000).await?;
        for job in &dead {
            println!("{job:?}");
        }
        println!("{} dead letters", dead.len());
    }
    app.store.close().await;
    Ok(())
}

/// The municipalities as JSON, for the web app's own table.
pub(crate) fn areas() -> anyhow::Result<String> {
    let rows: Vec<_> = kernel::areas::municipalities()
        .iter()
        .map(|one| json!({ "code": one.jis5, "name": one.name, "kana": one.kana, "romaji": one.romaji, "lat": one.lat, "lon": one.lon, "tsunami_zones": one.tsunami_zones }))
        .collect();
    Ok(serde_json::to_string_pretty(&rows)?)
}

/// The application without feeds and background work.
pub(crate) async fn plain_app(config: &Config) -> anyhow::Result<App> {
    let store = compose::open_store(config).await?;
    store.migrate(&compose::schemas()).await?;
    compose::app(config, store, &compose::sources(config)).await
}
