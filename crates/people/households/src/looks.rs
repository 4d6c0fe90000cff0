//! Looks that were recorded on a kit (拠点での閲覧の記録), on their way to where the person reads them.
//!
//! **Invariant:** a look is carried once, whatever the line does: its id follows from what it says.

use http::App;
use kernel::{AreaCode, Mode, Timestamp};
use serde::{Deserialize, Serialize};
use store::journal::{self, Entry, Filter};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::disclosure::{Looking, entry};
use crate::model::Purpose;
use crate::record::DISCLOSED;

/// A look at one household (閲覧の記録), as a kit tells its centre. No names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Looked {
    /// 32 hex digits.
    pub subject: String,
    pub at: Timestamp,
    pub purpose: Purpose,
    /// The shelter at whose desk it was.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    pub facility: Option<Uuid>,
    /// In a drill (訓練). A kit of an earlier program says nothing of it.
    #[serde(default = "live")]
    pub mode: Mode,
}

/// The next looks in this journal after a position, and up to where that is all.
pub async fn looks_after(app: &App, position: i64, most: u32) -> anyhow::Result<(Vec<Looked>, i64)> {
    let (head, _) = journal::head(&app.store).await?;
    let filter = Filter { subject: None, kind: Some(DISCLOSED.to_owned()) };
    let entries = journal::entries_after(&app.store, position, &filter, most).await?;
    let full = entries.len() == most as usize;
    let upto = entries.last().filter(|_| full).map_or(head.max(position), |last| last.position);
    Ok((entries.iter().filter_map(looked).collect(), upto))
}

/// Records looks that the node `by` tells of its own desks in a municipality. Safe to repeat; what is no look is left out.
pub async fn take_looks(app: &App, by: &str, jis5: &str, looks: &[Looked]) -> anyhow::Result<()> {
    let now = app.clock.now();
    let area = AreaCode::municipality(jis5);
    let entries = looks.iter().filter_map(|look| {
        let subject = u128::from_str_radix(&look.subject, 16).ok()?;
        let what = Looking { purpose: look.purpose, area: area.clone(), facility: look.facility, mode: look.mode };
        Some(journal::append(&app.store, entry((by, None), &what, subject, look.at), now))
    });
    for recorded in futures_util::future::join_all(entries).await {
        recorded?;
    }
    Ok(())
}

fn looked(entry: &Entry) -> Option<Looked> {
    let body = entry.open_body();
    Some(Looked {
        subject: entry.subject.clone(),
        at: entry.occurred_at,
        purpose: serde_json::from_value(body["purpose"].clone()).ok()?,
        facility: body["facility"].as_str().and_then(|id| id.parse().ok()),
        mode: entry.mode,
    })
}

fn live() -> Mode {
    Mode::Live
}
