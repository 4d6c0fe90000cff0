//! Handing out what somebody handed in (原本の保存): always saved, never shown, so that it cannot run in our pages.

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// The bytes as a file to save. `name` is made of our own parts: nothing of the file reaches a header.
pub fn download(media_type: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
    ];
    (headers, bytes).into_response()
}
