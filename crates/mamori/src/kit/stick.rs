//! `mamori kit export` and `mamori kit import`: what waits, carried by hand.

use std::path::Path;

use anyhow::Context as _;
use reception::upstream::standing;
use reception::{Live, stick};

use super::enrol::request_key;
use super::folder::{self, Folder};
use super::run;
use crate::config::Config;
use crate::{commands, compose};

/// Writes what the centre has not receipted into a file, sealed to the municipality.
pub(crate) async fn export(folder: &Folder, file: &Path) -> anyhow::Result<()> {
    let app = open(folder).await?;
    let books = standing(&app).await?.context("this folder is no enrolled kit")?;
    let written = stick::export(&app, &books, &request_key(folder)?).await?;
    app.store.close().await;
    let Some((text, events)) = written else {
        println!("中央に届いていない記録はありません。書き出しませんでした。");
        return Ok(());
    };
    folder::write_bytes(file, text.as_bytes())?;
    println!(
        "{events} 件を {} に書き出しました。本部で取り込んでください（中身は本部だけが開けます）。",
        file.display()
    );
    Ok(())
}

/// On a kit: takes the centre's answer in. At a centre: takes a kit's file in and writes the answer beside it.
pub(crate) async fn import(folder: &Folder, file: &Path, config: Option<&Path>) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    if config.is_none() && folder.plate().is_ok() {
        let app = open(folder).await?;
        let books = standing(&app).await?.context("this folder is no enrolled kit")?;
        let taken = stick::take_answer(&app, &books, &text).await;
        app.store.close().await;
        println!("受領証 {} 件を取り込みました。", taken?);
        return Ok(());
    }
    let app = commands::plain_app(&Config::find(config)?).await?;
    reception::prepare(&app).await?;
    let live = Live::of(&app).map_err(|problem| anyhow::anyhow!("{problem}"))?;
    let report = stick::import(&app, &live, &text, |_| true).await?;
    app.store.close().await;
    println!(
        "{} 件を取り込みました（取り込み済み {} 件、確認が必要 {} 件）。",
        report.stored, report.already, report.refused
    );
    if !report.missing.is_empty() {
        println!("欠けている部分: {:?} / {}。キットでもう一度書き出してください。", report.missing, report.parts);
    }
    let answer = file.with_extension("receipts");
    folder::write_bytes(&answer, stick::answer(&report)?.as_bytes())?;
    println!("受領証: {} （キットで `mamori kit import` に渡してください）", answer.display());
    Ok(())
}

/// The kit's application beside a running one.
async fn open(folder: &Folder) -> anyhow::Result<http::App> {
    let config = run::config(folder, &folder.plate()?, None, super::PORT)?;
    let store = compose::open_store(&config).await?;
    store.migrate(&compose::schemas()).await?;
    compose::app(&config, store, &compose::sources(&config)).await
}
