//! The body of an answer: ready bytes without a box around them, or whatever axum made.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::BoxError;
use axum::body::HttpBody;
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};

/// What a [`crate::Site`] answers with (応答本文).
#[derive(Debug)]
pub enum Body {
    /// Bytes that are shared with every other answer of the same document.
    Ready(Option<Bytes>),
    /// Anything else.
    Axum(axum::body::Body),
}

impl Body {
    pub(crate) fn empty() -> Self {
        Self::Ready(None)
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::Ready(Some(bytes))
    }
}

impl From<Body> for axum::body::Body {
    fn from(body: Body) -> Self {
        match body {
            Body::Ready(bytes) => Self::from(bytes.unwrap_or_default()),
            Body::Axum(body) => body,
        }
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.get_mut() {
            Self::Ready(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Axum(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Ready(bytes) => bytes.is_none(),
            Self::Axum(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Ready(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Axum(body) => body.size_hint(),
        }
    }
}

/// The future of an answer: known at once on the short way, boxed on the long one.
pub enum Answer {
    /// Already there.
    Now(Option<axum::http::Response<Body>>),
    /// Through the router.
    Later(Pin<Box<dyn Future<Output = axum::http::Response<Body>> + Send>>),
}

impl Future for Answer {
    type Output = Result<axum::http::Response<Body>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Self::Now(response) => match response.take() {
                Some(response) => Poll::Ready(Ok(response)),
                None => Poll::Pending,
            },
            Self::Later(future) => future.as_mut().poll(cx).map(Ok),
        }
    }
}
