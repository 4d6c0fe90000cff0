//! `Problem` (エラー応答): every refusal on the wire, as RFC 9457 `application/problem+json`.
//!
//! One documented shape:
//! ```json
//! { "type": "urn:mamori:problem:invalid", "title": "入力に誤りがあります", "status": 422, "code": "invalid",
//!   "detail": "…in the language the caller asked for (ja unless Accept-Language prefers en)…",
//!   "details": { "ja": "…", "en": "…" },
//!   "field": "card.members[0].name", "retry_after": 5, "request_id": "…" }
//! ```
//! `code` is stable and kebab-case; programs decide by it, never by the text. `field`, `retry_after` and `request_id` are
//! left out when there is nothing to say. Rooms make a `Problem` from each of their refusals by name; there is no blanket
//! conversion, so a refusal without a wire code does not compile. Infrastructure errors become `internal` and are logged
//! once, by the request layer, beside the request id.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// Text shown to people, in Japanese and English (表示文).
pub type Words = Cow<'static, str>;

/// A refusal or failure as the caller sees it (エラー応答).
#[derive(Clone)]
pub struct Problem(Box<Inner>);

#[derive(Clone)]
struct Inner {
    status: StatusCode,
    code: &'static str,
    ja: Words,
    en: Words,
    field: Option<String>,
    retry_after: Option<u64>,
    cause: Option<Arc<anyhow::Error>>,
}

/// The language an answer is given in (応答の言語).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// 日本語, the default.
    #[default]
    Ja,
    /// English.
    En,
}

/// The JSON members of a [`Problem`], for the API description (エラー応答の形).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem, example = json!({
    "type": "urn:mamori:problem:not-found", "title": "見つかりません", "status": 404, "code": "not-found",
    "detail": "お探しのものは見つかりませんでした。",
    "details": { "ja": "お探しのものは見つかりませんでした。", "en": "What you asked for was not found." }
}))]
pub struct ProblemBody<'a> {
    /// `urn:mamori:problem:` and the code.
    pub r#type: String,
    /// The status in words, in the caller's language.
    pub title: &'a str,
    /// The HTTP status.
    pub status: u16,
    /// Stable kebab-case code; decide by this.
    pub code: &'a str,
    /// What happened and what to do, in the caller's language.
    pub detail: &'a str,
    /// The same in both languages.
    pub details: Details<'a>,
    /// The field, parameter or place in the body that was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<&'a str>,
    /// Seconds to wait before another try.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// Our id of the request, to quote to support.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<&'a str>,
}

/// The detail of a problem in both languages (説明文).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProblemDetails)]
pub struct Details<'a> {
    /// Japanese.
    pub ja: &'a str,
    /// English.
    pub en: &'a str,
}

impl Problem {
    /// A problem of a room's own: `code` is stable and kebab-case.
    pub fn new(status: StatusCode, code: &'static str, ja: impl Into<Words>, en: impl Into<Words>) -> Self {
        debug_assert!(is_kebab(code), "problem codes are kebab-case: {code}");
        Self(Box::new(Inner {
            status,
            code,
            ja: ja.into(),
            en: en.into(),
            field: None,
            retry_after: None,
            cause: None,
        }))
    }

    /// 404: it does not exist, or the caller may not know whether it does.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "お探しのものは見つかりませんでした。",
            "What you asked for was not found.",
        )
    }

    /// 401: sign in first.
    pub fn unauthenticated() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "サインインしてください。", "Sign in first.")
    }

    /// 403: signed in, but without the duty this needs.
    pub fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "この操作をする権限がありません。担当の管理者に確認してください。",
            "You do not have the duty that this needs. Ask your administrator.",
        )
    }

    /// 422: a value was understood and refused. `field` is its path, e.g. `districts[2]`.
    pub fn invalid(field: impl Into<String>, ja: impl Into<Words>, en: impl Into<Words>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", ja, en).with_field(field)
    }

    /// 409: the state of things does not allow it (now).
    pub fn conflict(code: &'static str, ja: impl Into<Words>, en: impl Into<Words>) -> Self {
        Self::new(StatusCode::CONFLICT, code, ja, en)
    }

    /// 409: the id of a command, made by the client, stands for another command already.
    pub fn command_used() -> Self {
        Self::conflict(
            "command-used",
            "この操作番号は別の操作で使われています。",
            "This command id was used for something else.",
        )
    }

    /// 413: more bytes than this route takes.
    pub fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "送られたデータが大きすぎます。小さく分けて送ってください。",
            "The body is too large. Send it in smaller parts.",
        )
    }

    /// 429: this caller asks too often.
    pub fn too_many(retry_after: u64) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-requests",
            "操作の回数が多すぎます。しばらく待ってからもう一度お試しください。",
            "Too many requests. Wait a little and try again.",
        )
        .with_retry_after(retry_after)
    }

    /// 503: the server is busy and has not done anything with the request.
    pub fn overloaded(retry_after: u64) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "overloaded",
            "ただいま混み合っています。少し待ってからもう一度お試しください。",
            "The service is busy. Wait a little and try again.",
        )
        .with_retry_after(retry_after)
    }

    /// 503: something this needs does not answer at the moment; the same request may be repeated.
    pub fn unavailable(retry_after: u64, cause: impl Into<anyhow::Error>) -> Self {
        let mut problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "一時的に利用できません。少し待ってからもう一度お試しください。",
            "Temporarily unavailable. Wait a little and try again.",
        )
        .with_retry_after(retry_after);
        problem.0.cause = Some(Arc::new(cause.into()));
        problem
    }

    /// 500: our fault. The cause is logged once with the request id and never shown.
    pub fn internal(cause: impl Into<anyhow::Error>) -> Self {
        let mut problem = Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "システムの内部で問題が起きました。もう一度お試しいただき、続く場合は受付番号を添えてご連絡ください。",
            "Something went wrong on our side. Try again; if it goes on, contact us with the request id.",
        );
        problem.0.cause = Some(Arc::new(cause.into()));
        problem
    }

    /// Names the field, parameter or place that was refused.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    /// Says when another try makes sense, in seconds; also sent as `Retry-After`.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// The refused field, if one is to blame.
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// The infrastructure error behind it, for the log only.
    pub fn cause(&self) -> Option<&anyhow::Error> {
        self.0.cause.as_deref()
    }

    /// The answer in `language`, quoting `request_id` if there is one.
    pub(crate) fn render(&self, language: Language, request_id: Option<&str>) -> Response {
        let bytes = self.json(language, request_id);
        let mut response = (self.0.status, bytes).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
        if let Some(seconds) = self.0.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self.clone());
        response
    }

    /// The body alone.
    pub(crate) fn json(&self, language: Language, request_id: Option<&str>) -> Vec<u8> {
        let inner = &self.0;
        let body = ProblemBody {
            r#type: format!("urn:mamori:problem:{}", inner.code),
            title: title(inner.status, language),
            status: inner.status.as_u16(),
            code: inner.code,
            detail: if language == Language::En { &inner.en } else { &inner.ja },
            details: Details { ja: &inner.ja, en: &inner.en },
            field: inner.field.as_deref(),
            retry_after: inner.retry_after,
            request_id,
        };
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

impl Language {
    /// The language `Accept-Language` prefers: English only when it ranks above Japanese.
    pub fn of(headers: &HeaderMap) -> Self {
        let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let (ja, en) = (quality(wanted, "ja"), quality(wanted, "en"));
        if en > ja { Self::En } else { Self::Ja }
    }

    /// The BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Problem({} {}", self.0.status.as_u16(), self.0.code)?;
        if let Some(field) = &self.0.field {
            write!(f, " at {field}")?;
        }
        match &self.0.cause {
            Some(cause) => write!(f, ": {cause:#})"),
            None => write!(f, ")"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.0.en, self.0.code)
    }
}

impl std::error::Error for Problem {}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.render(Language::Ja, None)
    }
}

/// Infrastructure failures only: model refusals are enums of their own and do not pass here.
impl From<anyhow::Error> for Problem {
    fn from(cause: anyhow::Error) -> Self {
        match cause.downcast::<Problem>() {
            Ok(problem) => problem,
            Err(cause) => match cause.downcast::<store::Error>() {
                Ok(error) => error.into(),
                Err(cause) => Self::internal(cause),
            },
        }
    }
}

/// A refusal of the store reaches the caller as 503 where the same request may succeed when repeated, else as 500.
impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        use store::Error as E;
        match error {
            E::Conflict(_)
            | E::Busy(_)
            | E::HeldTooLong
            | E::AlreadyFailed
            | E::CommitFailed(_)
            | E::CursorMoved(_) => Self::unavailable(2, error),
            E::DiskFull => Self::unavailable(60, error),
            _ => Self::internal(error),
        }
    }
}

/// How much `tag` is wanted, in thousandths; a language that is not named counts as nothing.
fn quality(accept: &str, tag: &str) -> u16 {
    let mut best = 0;
    for part in accept.split(',') {
        let mut pieces = part.split(';');
        let range = pieces.next().unwrap_or("").trim();
        let primary = range.split('-').next().unwrap_or("");
        if !primary.eq_ignore_ascii_case(tag) {
            continue;
        }
        let q = pieces.find_map(|piece| piece.trim().strip_prefix("q=")).map_or(1000, thousandths);
        best = best.max(q);
    }
    best
}

/// A q-value in thousandths; nonsense counts as 0.
pub(crate) fn thousandths(text: &str) -> u16 {
    let value = text.trim().parse::<f32>().unwrap_or(0.0).clamp(0.0, 1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=1000 just above")]
    let q = (value * 1000.0) as u16;
    q
}

fn title(status: StatusCode, language: Language) -> &'static str {
    let (ja, en) = match status.as_u16() {
        400 => ("要求を読み取れません", "The request cannot be read"),
        401 => ("サインインが必要です", "Sign-in needed"),
        403 => ("権限がありません", "Not allowed"),
        404 => ("見つかりません", "Not found"),
        405 => ("この操作は使えません", "Method not allowed"),
        408 => ("時間内に届きませんでした", "It did not arrive in time"),
        409 => ("今の状態ではできません", "Not possible in this state"),
        410 => ("すでに終了しています", "Gone"),
        413 => ("データが大きすぎます", "Too large"),
        415 => ("データの形式が違います", "Wrong media type"),
        422 => ("入力に誤りがあります", "A value is not acceptable"),
        429 => ("回数が多すぎます", "Too many requests"),
        503 => ("一時的に利用できません", "Temporarily unavailable"),
        500..=599 => ("システムの問題", "System problem"),
        _ => ("要求を処理できません", "The request was not carried out"),
    };
    if language == Language::En { en } else { ja }
}

fn is_kebab(code: &str) -> bool {
    !code.is_empty() && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Our id of a request, on every answer.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

#[cfg(test)]
mod tests {
    use super::*;

    fn accept(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, HeaderValue::from_static(value))])
    }

    #[test]
    fn english_is_answered_only_when_it_is_preferred() {
        let cases = [
            ("", Language::Ja),
            ("ja", Language::Ja),
            ("en", Language::En),
            ("en-US,en;q=0.9", Language::En),
            ("ja,en-US;q=0.9,en;q=0.8", Language::Ja),
            ("en;q=0.5,ja;q=0.8", Language::Ja),
            ("fr,en;q=0.3", Language::En),
            ("en;q=0", Language::Ja),
            ("en;q=abc", Language::Ja),
        ];
        for (header, expected) in cases {
            assert_eq!(Language::of(&accept(header)), expected, "{header}");
        }
    }

    #[test]
    fn a_problem_has_one_shape() {
        let problem = Problem::invalid("level", "レベルは3から5です。", "The level is 3 to 5.").with_retry_after(3);
        let text = String::from_utf8(problem.json(Language::En, Some("r1"))).unwrap();
        insta::assert_snapshot!(text, @r#"{"type":"urn:mamori:problem:invalid","title":"A value is not acceptable","status":422,"code":"invalid","detail":"The level is 3 to 5.","details":{"ja":"レベルは3から5です。","en":"The level is 3 to 5."},"field":"level","retry_after":3,"request_id":"r1"}"#);
    }

    #[test]
    fn a_cause_is_for_the_log_only() {
        let problem = Problem::internal(anyhow::anyhow!("secret place"));
        let text = String::from_utf8(problem.json(Language::Ja, None)).unwrap();
        assert!(!text.contains("secret"), "{text}");
        assert!(format!("{problem:?}").contains("secret place"));
    }

    #[test]
    fn a_problem_inside_anyhow_stays_itself() {
        let wrapped = anyhow::Error::new(Problem::not_found());
        assert_eq!(Problem::from(wrapped).code(), "not-found");
    }
}
