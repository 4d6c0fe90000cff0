//! Keeping the documents in memory up to date.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use store::Stop;

use super::export::Exporter;
use super::{Document, Hot, Version};
use crate::db;
use crate::precompressed::Effort;
use crate::settings::Settings;

/// Looks at least this often, because a wake can be lost.
const SAFETY_LOOK: Duration = Duration::from_secs(2);
/// A document that has not changed for this long is compressed as small as it gets.
const QUIET: Duration = Duration::from_secs(5);
/// Documents taken over in one go.
const BATCH: i64 = 100;

impl Hot {
    /// Follows publications until stopped: takes them over, tells the streams, exports, compresses better when quiet.
    pub async fn run(&self, settings: &Settings, stop: Stop) {
        let exporter = settings.export.clone().map(Exporter::new);
        tokio::join!(self.follow(exporter, stop.clone()), self.streams().beat(stop.clone()), self.polish(stop));
        self.streams().close();
    }

    /// Takes over what was published since the last time. On an error everything stays as it was.
    pub async fn refresh(&self) -> store::Result<()> {
        let _one_at_a_time = self.0.refreshing.lock().await;
        let taken = self.take_over().await;
        let stale = taken.is_err();
        if self.0.stale.swap(stale, Ordering::Relaxed) != stale {
            match &taken {
                Ok(()) => tracing::info!("public documents are up to date again"),
                Err(error) => tracing::error!(%error, "public documents cannot be refreshed; the last ones stay"),
            }
        }
        taken
    }

    async fn take_over(&self) -> store::Result<()> {
        let mut conn = self.0.store.read().await?;
        let current = db::current(&mut conn).await?;
        if current < self.version() {
            // The database was put back to an earlier state: begin again from it.
            tracing::warn!(current, had = self.version(), "the database is older than what was published from it");
            self.0.documents.write().clear();
            self.0.version.store(0, Ordering::Release);
        }
        while self.version() < current {
            let rows = db::newer(&mut conn, self.version(), BATCH).await?;
            let Some(last) = rows.last().map(|row| row.version) else { break };
            self.accept(rows).await;
            self.0.version.store(last, Ordering::Release);
        }
        Ok(())
    }

    async fn accept(&self, rows: Vec<db::Row>) {
        let news: Vec<(String, Version)> = rows.iter().map(|row| (row.name.clone(), row.version)).collect();
        // Compressing a hundred documents takes some ten milliseconds: not on a thread that answers.
        let ready = tokio::task::spawn_blocking(move || rows.into_iter().map(prepare).collect::<Vec<_>>()).await;
        let Ok(ready) = ready else { return };
        {
            let mut documents = self.0.documents.write();
            for (name, document) in ready {
                match document {
                    Some(document) => documents.insert(name, Arc::new(document)),
                    None => documents.remove(&name),
                };
            }
        }
        self.streams().tell(&news);
    }

    async fn follow(&self, mut exporter: Option<Exporter>, mut stop: Stop) {
        let mut wake = self.0.store.wakes().subscribe(db::CHANNEL);
        while !stop.is_stopped() {
            // The outcome is logged when it changes; the next look tries again.
            let _ = self.refresh().await;
            if let Some(exporter) = &mut exporter {
                exporter.write_changed(self).await;
            }
            tokio::select! {
                _ = wake.wait(SAFETY_LOOK) => {}
                () = stop.stopped() => {}
            }
        }
    }

    async fn polish(&self, mut stop: Stop) {
        let mut quiet_since = self.version();
        while stop.pause(QUIET).await {
            let seen = std::mem::replace(&mut quiet_since, self.version());
            for document in self.all() {
                if document.effort == Effort::Best || document.version > seen || stop.is_stopped() {
                    continue;
                }
                let version = document.version;
                let Ok(better) = tokio::task::spawn_blocking(move || document.polished()).await else { continue };
                let mut documents = self.0.documents.write();
                if documents.get(&better.name).is_some_and(|now| now.version == version) {
                    documents.insert(better.name.clone(), Arc::new(better));
                }
            }
        }
    }
}

fn prepare(mut row: db::Row) -> (String, Option<Document>) {
    let document = row.body.take().map(|body| Document::new(&row, body, Effort::Fast));
    (row.name, document)
}
