//! Extractors whose refusals are a [`Problem`] that names the place and says what to do.
//!
//! Rooms use these [`Json`], [`Path`] and [`Query`], never axum's.
//!
//! **Invariant:** JSON is at most [`JSON_DEPTH`] deep and no larger than the route's body limit; both are checked before it
//! is parsed.

use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// How deep arrays and objects may stand in each other.
pub const JSON_DEPTH: usize = 32;

/// A JSON body, of a request or of an answer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json<T>(pub T);

/// Values out of the path.
#[derive(Debug, Clone, Copy, Default)]
pub struct Path<T>(pub T);

/// Values out of the query string.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query<T>(pub T);

/// Reads JSON from bytes with the limits of the web, naming the place of a mistake.
pub fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if too_deep(bytes) {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "json-too-deep",
            format!("JSONの入れ子が深すぎます（{JSON_DEPTH}段まで）。"),
            format!("The JSON is nested too deeply; {JSON_DEPTH} levels at most."),
        ));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| refuse_json(&error))?;
    reader.end().map_err(|error| refuse_syntax(&error))?;
    Ok(value)
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not-json",
                "Content-Type: application/json で送ってください。",
                "Send it as Content-Type: application/json.",
            ));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(refuse_bytes)?;
        from_json(&bytes).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(bytes) => {
                let type_ = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
                (type_, bytes).into_response()
            }
            Err(error) => Problem::internal(error).into_response(),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(rejection) => Err(refuse_path(&rejection)),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(refuse_query(&rejection)),
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Counts brackets outside of strings: no parsing, no recursion.
fn too_deep(bytes: &[u8]) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in bytes {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_string = !in_string,
            (false, b'[' | b'{') => {
                depth += 1;
                if depth > JSON_DEPTH {
                    return true;
                }
            }
            (false, b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

fn refuse_json(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let inner = error.inner();
    if inner.is_syntax() || inner.is_eof() {
        return refuse_syntax(inner);
    }
    let path = error.path().to_string();
    let message = inner.to_string();
    let field = match (path.as_str(), named_field(&message)) {
        (".", Some(field)) => field.to_owned(),
        (_, Some(field)) if message.starts_with("missing field") => format!("{path}.{field}"),
        _ => path,
    };
    Problem::invalid(
        field.clone(),
        format!("「{field}」の値を確かめてください（{}行目）。{message}", inner.line()),
        format!("Check \"{field}\" (line {}): {message}", inner.line()),
    )
}

fn refuse_syntax(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    Problem::new(
        StatusCode::BAD_REQUEST,
        "json-syntax",
        format!("JSONとして読めません（{line}行目{column}文字目）。書き方を直して送り直してください。"),
        format!("This is not JSON at line {line}, column {column}. Correct it and send it again."),
    )
    .with_field(format!("line {line}"))
}

fn refuse_bytes(rejection: BytesRejection) -> Problem {
    if rejection.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::too_large();
    }
    Problem::new(
        StatusCode::BAD_REQUEST,
        "unreadable-body",
        "データを最後まで受け取れませんでした。もう一度送ってください。",
        "The body did not arrive whole. Send it again.",
    )
}

fn refuse_path(rejection: &PathRejection) -> Problem {
    use axum::extract::path::ErrorKind;
    let field = match rejection {
        PathRejection::FailedToDeserializePathParams(error) => match error.kind() {
            ErrorKind::ParseErrorAtKey { key, .. }
            | ErrorKind::DeserializeError { key, .. }
            | ErrorKind::InvalidUtf8InPathParam { key } => key.clone(),
            ErrorKind::ParseErrorAtIndex { index, .. } => format!("path[{index}]"),
            _ => "path".to_owned(),
        },
        _ => "path".to_owned(),
    };
    Problem::new(
        StatusCode::BAD_REQUEST,
        "unreadable-path",
        format!("URLの「{field}」の部分を読み取れません。リンクを確かめてください。"),
        format!("The \"{field}\" part of the address cannot be read. Check the link."),
    )
    .with_field(field)
}

fn refuse_query(rejection: &QueryRejection) -> Problem {
    let text = rejection.body_text();
    let message = text.rsplit_once("query string: ").map_or(text.as_str(), |(_, message)| message);
    let field = named_field(message).or_else(|| message.split_once(": ").map(|(field, _)| field)).unwrap_or("query");
    Problem::new(
        StatusCode::BAD_REQUEST,
        "unreadable-query",
        format!("URLの「?」以降の「{field}」を読み取れません。値を確かめてください。"),
        format!("The \"{field}\" parameter cannot be read: {message}"),
    )
    .with_field(field)
}

/// The name between back-ticks in "missing field `x`" and "unknown field `x`, expected …".
fn named_field(message: &str) -> Option<&str> {
    message.split_once("field `").and_then(|(_, rest)| rest.split_once('`')).map(|(field, _)| field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Card {
        #[expect(dead_code, reason = "only its reading is tested")]
        name: String,
        #[expect(dead_code, reason = "only its reading is tested")]
        members: Vec<Member>,
    }

    #[derive(Debug, serde::Deserialize)]
    struct Member {
        #[expect(dead_code, reason = "only its reading is tested")]
        age: u8,
    }

    #[test]
    fn a_mistake_is_named_by_its_place() {
        let cases = [
            (r#"{"name":"a","members":[{"age":1},{"age":"x"}]}"#, "invalid", "members[1].age"),
            (r#"{"name":"a","members":[{}]}"#, "invalid", "members[0].age"),
            (r#"{"members":[]}"#, "invalid", "name"),
            (r#"{"name":"a","members":[],"x":1}"#, "invalid", "x"),
            ("{\n\"name\":\"a\",\n}", "json-syntax", "line 3"),
            ("", "json-syntax", "line 1"),
            (r#"{"name":"a","members":[]} 1"#, "json-syntax", "line 1"),
        ];
        for (json, code, field) in cases {
            let problem = from_json::<Card>(json.as_bytes()).unwrap_err();
            assert_eq!((problem.code(), problem.field()), (code, Some(field)), "{json}");
        }
    }

    #[test]
    fn depth_is_counted_outside_of_strings_only() {
        let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(from_json::<serde_json::Value>(deep(JSON_DEPTH).as_bytes()).is_ok());
        assert_eq!(
            from_json::<serde_json::Value>(deep(JSON_DEPTH + 1).as_bytes()).unwrap_err().code(),
            "json-too-deep"
        );
        let quoted = format!("\"\\\"{}\"", "[{".repeat(100));
        assert!(from_json::<serde_json::Value>(quoted.as_bytes()).is_ok());
        assert!(from_json::<serde_json::Value>("[".repeat(1_000_000).as_bytes()).is_err());
    }
}
