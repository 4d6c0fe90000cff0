//! `mamori doctor`: each finding with what it means and what to do.

use std::process::ExitCode;

use store::{Engine, Store, jobs, journal};

use crate::compose;
use crate::config::Config;

/// One thing that was looked at (診断の結果).
struct Finding {
    well: bool,
    what: String,
    /// What it means and what to do, when it is not well.
    advice: &'static str,
}

/// Looks at everything and changes nothing; fails when something is wrong.
pub(crate) async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let findings = match missing_file(config) {
        Some(finding) => vec![finding],
        None => examine(config).await?,
    };
    let wrong = findings.iter().filter(|finding| !finding.well).count();
    for finding in &findings {
        println!("{} {}", if finding.well { "ok   " } else { "WRONG" }, finding.what);
        if !finding.well {
            println!("      {}", finding.advice);
        }
    }
    println!("{} looked at, {wrong} wrong", findings.len());
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Opening a SQLite address makes the file: doctor must not.
fn missing_file(config: &Config) -> Option<Finding> {
    let file = config.database.strip_prefix("sqlite://")?;
    (!std::path::Path::new(file).exists()).then(|| Finding {
        well: false,
        what: format!("database: there is no {file}"),
        advice: "Run `mamori migrate` to make it, or mend `database` in the configuration.",
    })
}

async fn examine(config: &Config) -> anyhow::Result<Vec<Finding>> {
    let store = compose::open_store(config).await?;
    let mut findings = vec![engine(&store)];
    match store.pending(&compose::schemas()).await {
        Ok(pending) if pending.is_empty() => {
            findings.push(integrity(&store).await?);
            findings.extend([chain(config, &store).await?, readers(&store).await?, letters(&store).await?]);
            findings.extend(sources(config, &store).await?);
        }
        Ok(pending) => findings.push(Finding {
            well: false,
            what: format!("schema: not done yet: {}", pending.join(", ")),
            advice: "Run `mamori migrate`; the server does it at its start too.",
        }),
        Err(error) => findings.push(Finding {
            well: false,
            what: format!("schema: {error}"),
            advice: "The database belongs to another version. Run that version, or restore a backup; never edit the tables.",
        }),
    }
    store.close().await;
    Ok(findings)
}

async fn integrity(store: &Store) -> anyhow::Result<Finding> {
    let said = match store.engine() {
        Engine::Sqlite => {
            let mut conn = store.read().await?;
            store::sql("PRAGMA integrity_check").fetch_one::<(String,)>(&mut conn).await?.0
        }
        Engine::Postgres => "left to the server's own tools".to_owned(),
    };
    Ok(Finding {
        well: said == "ok" || store.engine() == Engine::Postgres,
        what: format!("integrity of the file: {said}"),
        advice: "The file is damaged: stop the server, copy it, restore the last backup, check the disk.",
    })
}

/// Each source as the last published document says it.
async fn sources(config: &Config, store: &Store) -> anyhow::Result<Vec<Finding>> {
    let hot = http::Hot::load(store, &config.http).await?;
    let Some(document) = hot.get("sources") else { return Ok(Vec::new()) };
    let document: serde_json::Value = serde_json::from_slice(document.body())?;
    let rows = document["sources"].as_array().cloned().unwrap_or_default();
    let finding = |row: &serde_json::Value| Finding {
        well: !matches!(row["state"].as_str(), Some("stale" | "never")),
        what: format!(
            "source {}: {}, last received {}",
            row["key"].as_str().unwrap_or("?"),
            row["state"].as_str().unwrap_or("?"),
            row["last_success"].as_str().unwrap_or("never")
        ),
        advice: "Nothing comes from it, or nothing new: docs/runbooks/source-stale.md.",
    };
    Ok(rows.iter().map(finding).collect())
}

fn engine(store: &Store) -> Finding {
    let name = match store.engine() {
        Engine::Sqlite => "SQLite, WAL, synchronous=FULL",
        Engine::Postgres => "PostgreSQL, synchronous_commit=on",
    };
    Finding { well: true, what: format!("database: {name}"), advice: "" }
}

async fn chain(config: &Config, store: &Store) -> anyhow::Result<Finding> {
    let key = compose::public_key(config)?;
    let report = journal::verify_with(store, key.as_ref(), &[]).await?;
    let what = match &report.fault {
        None => format!("journal: {} entries, {} checkpoints, the chain holds", report.entries, report.checkpoints),
        Some(fault) => format!("journal: {fault} (right up to entry {})", report.entries),
    };
    Ok(Finding {
        well: report.fault.is_none(),
        what,
        advice: "The record was changed outside the program, or the disk lost it: docs/runbooks/journal-broken.md.",
    })
}

async fn readers(store: &Store) -> anyhow::Result<Finding> {
    let (head, _) = journal::head(store).await?;
    let behind: Vec<String> = journal::cursors(store)
        .await?
        .iter()
        .filter(|cursor| cursor.position < head)
        .map(|cursor| format!("{} at {} of {head}", cursor.name, cursor.position))
        .collect();
    Ok(Finding {
        well: behind.is_empty(),
        what: format!(
            "readers of the journal: {}",
            if behind.is_empty() { "all at the end".to_owned() } else { behind.join(", ") }
        ),
        advice: "A room has not followed the record. With the server running this passes in seconds; if it stays, read that room's errors in the log.",
    })
}

async fn letters(store: &Store) -> anyhow::Result<Finding> {
    let dead = jobs::dead_letters(store, 1000).await?.len();
    Ok(Finding {
        well: dead == 0,
        what: format!("jobs: {dead} dead letters"),
        advice: "Background work failed on every try; `mamori jobs` shows the last error: docs/runbooks/dead-letters.md.",
    })
}
