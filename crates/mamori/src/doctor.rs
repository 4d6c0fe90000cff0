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

/// Looks at everything; fails when something is wrong.
pub(crate) async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let store = compose::open_store(config).await?;
    let mut findings = vec![engine(&store)];
    match store.migrate(&compose::schemas()).await {
        Ok(()) => findings.extend([chain(config, &store).await?, readers(&store).await?, letters(&store).await?]),
        Err(error) => findings.push(Finding {
            well: false,
            what: format!("schema: {error}"),
            advice: "The database belongs to another version. Run that version, or restore a backup; never edit the tables.",
        }),
    }
    store.close().await;
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
        what: format!("readers of the journal: {}", if behind.is_empty() { "all at the end".to_owned() } else { behind.join(", ") }),
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
