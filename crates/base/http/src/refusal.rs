//! Turning away (受付の断り): the 503 of a class that is full, made beforehand, so that saying no costs next to nothing.
//!
//! **Invariant:** whoever is turned away gets no line of the log: one line a second says how many there were.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use bytes::Bytes;

use crate::admission::Class;
use crate::body::Body;
use crate::jitter::Jitter;
use crate::problem::{Language, Problem};
use crate::security::Shield;

/// The earliest and the latest return that is asked for, in seconds: a crowd shall not come back as one.
const RETURN: std::ops::RangeInclusive<u64> = 2..=10;
const LANGUAGES: [Language; 2] = [Language::Ja, Language::En];
const CLASSES: [Class; 3] = [Class::LifeSafety, Class::Staff, Class::Public];

/// On an answer with which a request was turned away: of this class.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TurnedAway(pub(crate) Class);

/// The ready answers and how many were given.
pub(crate) struct Refusals {
    /// One for each language and each time of return.
    ready: Vec<Ready>,
    counters: Vec<Counted>,
    jitter: Jitter,
}

struct Ready {
    language: Language,
    headers: HeaderMap,
    body: Bytes,
}

struct Counted {
    class: Class,
    figure: metrics::Counter,
    unsaid: AtomicU64,
}

impl Refusals {
    pub(crate) fn new(shield: &Shield) -> Self {
        let ready = LANGUAGES
            .into_iter()
            .flat_map(|language| RETURN.map(move |seconds| (language, seconds)))
            .map(|(language, seconds)| Ready::new(language, seconds, shield))
            .collect();
        let counted = |class: Class| Counted {
            class,
            figure: metrics::counter!("http_shed_total", "class" => class.as_str()),
            unsaid: AtomicU64::new(0),
        };
        Self { ready, counters: CLASSES.into_iter().map(counted).collect(), jitter: Jitter::new() }
    }

    /// The answer to one more request of a full class.
    pub(crate) fn answer(&self, class: Class, language: Language) -> Response<Body> {
        if let Some(counted) = self.counters.iter().find(|counted| counted.class == class) {
            counted.figure.increment(1);
            counted.unsaid.fetch_add(1, Ordering::Relaxed);
        }
        let mut of_language = self.ready.iter().filter(|ready| ready.language == language);
        let each = self.ready.len() / LANGUAGES.len();
        let chosen = usize::try_from(self.jitter.next(0, each as u64 - 1)).unwrap_or(0);
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response.extensions_mut().insert(TurnedAway(class));
        if let Some(ready) = of_language.nth(chosen) {
            *response.headers_mut() = ready.headers.clone();
            *response.body_mut() = ready.body.clone().into();
        }
        response
    }

    /// Says once for all how many were turned away since the last time.
    pub(crate) fn tell(&self) {
        for counted in &self.counters {
            let count = counted.unsaid.swap(0, Ordering::Relaxed);
            if count > 0 {
                tracing::warn!(class = counted.class.as_str(), count, "requests were turned away: the class is full");
            }
        }
    }
}

impl Ready {
    fn new(language: Language, seconds: u64, shield: &Shield) -> Self {
        let rendered = Problem::overloaded(seconds).render(language, None);
        let mut headers = rendered.headers().clone();
        shield.cover(&mut headers);
        let body = Bytes::from(Problem::overloaded(seconds).json(language, None));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        Self { language, headers, body }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn the_ready_answers_are_those_of_the_problem() {
        let refusals = Refusals::new(&Shield::new(&Settings::default()));
        let mut returns = std::collections::BTreeSet::new();
        for language in LANGUAGES {
            for _ in 0..100 {
                let answer = refusals.answer(Class::Public, language);
                assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
                let headers = answer.headers();
                assert_eq!(headers[header::CONTENT_LANGUAGE], language.tag());
                assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
                assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
                let seconds: u64 = headers[header::RETRY_AFTER].to_str().unwrap().parse().unwrap();
                let Body::Ready(Some(body)) = answer.body() else { panic!("no body") };
                assert_eq!(body[..], Problem::overloaded(seconds).json(language, None)[..]);
                returns.insert(seconds);
            }
        }
        assert_eq!(returns, RETURN.collect());
    }
}
