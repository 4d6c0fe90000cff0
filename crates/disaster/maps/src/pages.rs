//! What the world fetches: finished files with ranges, and single tiles of the whole map. Nothing here asks the database.

mod range;
mod shelf;

use std::sync::LazyLock;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use futures_util::stream;
use http::precompressed::holds;
use http::{App, Common, Packed, Path, Problem};

use crate::mercator::Tile;
use range::Wanted;
pub(crate) use shelf::Shelf;
use shelf::{Content, Opened};

/// A tile may change with the next build; for days it is better than none.
const TILE_CACHING: &str = "public, max-age=300, stale-while-revalidate=86400, stale-if-error=604800";
const TILE_KIND: &str = "application/vnd.mapbox-vector-tile";
/// Below this path are the single tiles.
pub(crate) const TILES: &str = "/maps/tiles/";
static TILE_COMMON: LazyLock<Common> = LazyLock::new(|| Common::new(&common(TILE_CACHING, TILE_KIND)));
/// A file never changes.
const FILE_CACHING: &str = "public, max-age=31536000, immutable";
/// Pieces in which a long file is sent.
const CHUNK: u64 = 256 << 10;

/// The routes, for the server's undescribed ones.
pub fn pages() -> axum::Router<App> {
    axum::Router::new().route("/maps/files/{name}", get(file)).route("/maps/tiles/{z}/{x}/{y}", get(tile))
}

/// One tile of the whole map: `/maps/tiles/14/14597/6153.mvt`. Empty ones answer 204.
async fn tile(
    State(app): State<App>,
    Path((z, x, y)): Path<(String, String, String)>,
    method: Method,
    asked: HeaderMap,
) -> Result<Response, Problem> {
    let tile = coordinates(&z, &x, &y).ok_or_else(Problem::not_found)?;
    let shelf = app.extension::<Shelf>().ok_or_else(Problem::not_found)?;
    let current = shelf.current(&app.hot).await.map_err(Problem::internal)?;
    let found = match current {
        Some(current) => current.tile(tile).await.map_err(Problem::internal)?,
        None => None,
    };
    Ok(answer_tile(found, &method, &asked))
}

/// A tile that no file must be read for, answered at the door.
pub(crate) fn at_hand(app: &App, path: &str) -> Option<Packed> {
    let mut parts = path.strip_prefix(TILES)?.split('/');
    let tile = coordinates(parts.next()?, parts.next()?, parts.next()?)?;
    if parts.next().is_some() {
        return None;
    }
    app.extension::<Shelf>()?.at_hand(&app.hot, tile)
}

fn packed(found: Option<Bytes>) -> Packed {
    let common = &*TILE_COMMON;
    found.map_or_else(|| Packed::nothing(common), |bytes| Packed::new(common, tag(&bytes, true), bytes))
}

fn answer_tile(found: Option<Bytes>, method: &Method, asked: &HeaderMap) -> Response {
    if let Some(response) = packed(found.clone()).respond(method, asked) {
        return response.map(Into::into);
    }
    let mut headers = common(TILE_CACHING, TILE_KIND);
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    let bytes = found.unwrap_or_default();
    let tag = tag(&bytes, false);
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    if held(asked, &tag) {
        headers.remove(header::CONTENT_TYPE);
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let body = plain(&bytes).unwrap_or_default();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    (headers, if method == Method::HEAD { Body::empty() } else { Body::from(body) }).into_response()
}

/// A finished file: whole, or the range that is asked for.
async fn file(
    State(app): State<App>,
    Path(name): Path<String>,
    method: Method,
    asked: HeaderMap,
) -> Result<Response, Problem> {
    let shelf = app.extension::<Shelf>().ok_or_else(Problem::not_found)?;
    let opened = shelf.open(&name).await.map_err(Problem::internal)?.ok_or_else(Problem::not_found)?;
    if let Content::Ready(ready) = &opened.content {
        return Ok(ready.respond(&method, &asked).map(Into::into));
    }
    let mut headers = common(FILE_CACHING, "application/vnd.pmtiles");
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::ETAG, opened.tag.clone());
    if held(&asked, opened.tag.to_str().unwrap_or_default()) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    let length = opened.length;
    let (status, from, to) = match range::wanted(&asked, &opened.tag, length) {
        Wanted::Whole => (StatusCode::OK, 0, length),
        Wanted::Part { from, to } => (StatusCode::PARTIAL_CONTENT, from, to),
        Wanted::Nothing => {
            let said = HeaderValue::from_str(&format!("bytes */{length}"));
            headers.insert(header::CONTENT_RANGE, said.map_err(Problem::internal)?);
            headers.remove(header::CONTENT_TYPE);
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response());
        }
    };
    if status == StatusCode::PARTIAL_CONTENT {
        let said = HeaderValue::from_str(&format!("bytes {from}-{}/{length}", to - 1));
        headers.insert(header::CONTENT_RANGE, said.map_err(Problem::internal)?);
    }
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(to - from));
    let body = if method == Method::HEAD { Body::empty() } else { body(opened, from, to).await? };
    Ok((status, headers, body).into_response())
}

/// The bytes of a file from `from` up to `to`: at once when they are few, else piece by piece as the caller takes them.
async fn body(opened: std::sync::Arc<Opened>, from: u64, to: u64) -> Result<Body, Problem> {
    if to - from <= CHUNK {
        return Ok(Body::from(opened.read(from, to).await.map_err(Problem::internal)?));
    }
    let pieces = stream::try_unfold((opened, from), move |(opened, at)| async move {
        if at >= to {
            return Ok::<_, std::io::Error>(None);
        }
        let end = (at + CHUNK).min(to);
        let piece = opened.read(at, end).await?;
        Ok(Some((piece, (opened, end))))
    });
    Ok(Body::from_stream(pieces))
}

fn coordinates(z: &str, x: &str, y: &str) -> Option<Tile> {
    let y = y.strip_suffix(".mvt")?;
    let number = |text: &str| text.parse::<u32>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
    let (z, x, y) = (u8::try_from(number(z)?).ok()?, number(x)?, number(y)?);
    (z <= 22 && x < 1 << z && y < 1 << z).then_some(Tile { z, x, y })
}

fn common(caching: &'static str, kind: &'static str) -> HeaderMap {
    let fixed = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, caching),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // The same for everybody, without cookies: any site may show the map.
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (HeaderName::from_static("access-control-expose-headers"), "etag, content-range"),
    ];
    fixed.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect()
}

/// A strong tag of the content: gzip ends with the checksum and the length of what it holds.
fn tag(packed: &[u8], gzip: bool) -> String {
    let end = kernel::hex(&packed[packed.len().saturating_sub(8)..]);
    format!("\"{end}-{:x}{}\"", packed.len(), if gzip { "-gz" } else { "" })
}

fn held(asked: &HeaderMap, tag: &str) -> bool {
    asked.get(header::IF_NONE_MATCH).is_some_and(|list| holds(list, tag))
}

fn plain(packed: &[u8]) -> std::io::Result<Bytes> {
    use std::io::Read as _;
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(packed).read_to_end(&mut plain)?;
    Ok(plain.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_plain_numbers_of_a_tile() {
        assert_eq!(coordinates("14", "14597", "6153.mvt"), Some(Tile { z: 14, x: 14597, y: 6153 }));
        for (z, x, y) in
            [("14", "1", "1"), ("1", "2", "0.mvt"), ("40", "0", "0.mvt"), ("+1", "0", "0.mvt"), ("", "", ".mvt")]
        {
            assert_eq!(coordinates(z, x, y), None, "{z}/{x}/{y}");
        }
    }
}
