//! Seek paging (ページ送り): a page says where the next one starts, by the key of its last row, never by a row count.
//!
//! ```ignore
//! async fn list(State(app): State<App>, Query(ask): Query<PageQuery>) -> Result<Json<Page<Item>>, Problem> {
//!     let after: Option<(Timestamp, Uuid)> = ask.after()?;
//!     let rows = db::list(&mut conn, after, ask.rows_to_read()).await?;
//!     Ok(Json(Page::from_rows(rows, &ask, |row| (row.at, row.id))))
//! }
//! ```

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::Problem;

/// Rows in a page when the caller does not say.
pub const DEFAULT_LIMIT: u32 = 50;
/// The most rows a page holds, whatever the caller asks.
pub const MAX_LIMIT: u32 = 200;

/// A page of a list (一覧の1ページ).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The rows of this page.
    pub items: Vec<T>,
    /// Give this as `after` to get the next page; null at the end.
    pub next: Option<String>,
}

/// What a caller says about paging (ページの指定).
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// The `next` of the page before.
    #[serde(default)]
    after: Option<String>,
    /// How many rows, at most 200; 50 if left out.
    #[serde(default)]
    limit: Option<u32>,
}

impl PageQuery {
    /// Rows per page: at least 1, at most [`MAX_LIMIT`].
    pub fn limit(&self) -> usize {
        self.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT) as usize
    }

    /// The `LIMIT` of the query: one row more than shown, to know whether there is a next page.
    pub fn rows_to_read(&self) -> i64 {
        self.limit() as i64 + 1
    }

    /// The key after which this page starts. Refuses a cursor that we did not make.
    pub fn after<K: DeserializeOwned>(&self) -> Result<Option<K>, Problem> {
        let Some(cursor) = &self.after else { return Ok(None) };
        let key = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|json| serde_json::from_slice(&json).ok());
        key.map(Some).ok_or_else(|| {
            Problem::invalid(
                "after",
                "ページの続きの位置を読み取れません。最初のページからやり直してください。",
                "This is not a cursor we gave. Start again from the first page.",
            )
        })
    }
}

impl<T> Page<T> {
    /// A page out of up to `rows_to_read` rows; `key` names what the next page starts after.
    pub fn from_rows<K: Serialize>(mut rows: Vec<T>, ask: &PageQuery, key: impl Fn(&T) -> K) -> Self {
        let more = rows.len() > ask.limit();
        rows.truncate(ask.limit());
        let next = rows.last().filter(|_| more).and_then(|row| cursor(&key(row)));
        Self { items: rows, next }
    }

    /// The same page with every row changed.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next: self.next }
    }
}

fn cursor<K: Serialize>(key: &K) -> Option<String> {
    serde_json::to_vec(key).ok().map(|json| URL_SAFE_NO_PAD.encode(json))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(after: Option<String>, limit: Option<u32>) -> PageQuery {
        PageQuery { after, limit }
    }

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let all: Vec<u32> = (0..7).collect();
        let mut seen = Vec::new();
        let mut next = None;
        loop {
            let ask = ask(next, Some(3));
            let after: Option<u32> = ask.after().unwrap();
            let rows: Vec<u32> = all
                .iter()
                .copied()
                .filter(|n| after.is_none_or(|a| *n > a))
                .take(usize::try_from(ask.rows_to_read()).unwrap())
                .collect();
            let page = Page::from_rows(rows, &ask, |n| *n);
            seen.extend(page.items);
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn the_limit_is_bounded() {
        assert_eq!(ask(None, None).limit(), 50);
        assert_eq!(ask(None, Some(0)).limit(), 1);
        assert_eq!(ask(None, Some(1_000_000)).limit(), 200);
    }

    #[test]
    fn a_foreign_cursor_is_refused_by_name() {
        for bad in ["!", "e30", ""] {
            let problem = ask(Some(bad.into()), None).after::<u32>().unwrap_err();
            assert_eq!(problem.field(), Some("after"));
        }
    }
}
