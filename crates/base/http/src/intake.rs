//! Taking in the body of a request (本文の受け取り) before the request gets a turn.
//!
//! **Invariant:** a turn is never spent waiting for a client: whoever drips a body holds nothing but a connection.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::StatusCode;
use bytes::BytesMut;
use http_body_util::BodyExt;

use crate::problem::Problem;
use crate::settings::Limits;

/// Bytes a millisecond that a body must bring after the time of grace.
const PACE: usize = 16;
/// Room made at first, whatever length the client announces.
const FIRST_ROOM: usize = 16 * 1024;

/// Bytes held for a request, given back when it is done.
#[derive(Debug)]
pub(crate) struct Held {
    bytes: usize,
    of: Arc<AtomicUsize>,
}

/// The request with its whole body in memory. Refuses what is too large, too slow, or more than all bodies together may be.
pub(crate) async fn read(
    request: Request,
    limit: usize,
    held: &Arc<AtomicUsize>,
    limits: &Limits,
) -> Result<(Request, Held), Problem> {
    let mut held = Held { bytes: 0, of: Arc::clone(held) };
    let (parts, mut body) = request.into_parts();
    if body.is_end_stream() {
        return Ok((Request::from_parts(parts, body), held));
    }
    let announced = body.size_hint().lower();
    if announced > limit as u64 {
        return Err(Problem::too_large());
    }
    let mut all = BytesMut::with_capacity(usize::try_from(announced).unwrap_or(FIRST_ROOM).min(FIRST_ROOM));
    let mut patience = pin!(tokio::time::sleep(Duration::from_secs(u64::from(limits.body_seconds))));
    let grace = patience.deadline();
    loop {
        let frame = tokio::select! {
            frame = body.frame() => frame,
            () = &mut patience => return Err(too_slow()),
        };
        let Some(frame) = frame else { break };
        let Ok(data) = frame.map_err(|_| cut_off())?.into_data() else { continue };
        if all.len() + data.len() > limit {
            return Err(Problem::too_large());
        }
        if held.add(data.len()) > limits.held_bytes {
            return Err(Problem::overloaded(10));
        }
        all.extend_from_slice(&data);
        patience.as_mut().reset(grace + Duration::from_millis((all.len() / PACE) as u64));
    }
    Ok((Request::from_parts(parts, Body::from(all.freeze())), held))
}

impl Held {
    /// Holds more; tells how much is held by everyone.
    fn add(&mut self, bytes: usize) -> usize {
        self.bytes += bytes;
        self.of.fetch_add(bytes, Ordering::AcqRel) + bytes
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.of.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

fn too_slow() -> Problem {
    Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        "body-too-slow",
        "データが時間内に届きませんでした。電波の良い所でもう一度送ってください。",
        "The body did not arrive in time. Send it again where the connection is better.",
    )
}

fn cut_off() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "unreadable-body",
        "データを最後まで受け取れませんでした。もう一度送ってください。",
        "The body did not arrive whole. Send it again.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn take(body: Body, limits: &Limits, held: &Arc<AtomicUsize>) -> Result<usize, &'static str> {
        let read = read(Request::new(body), 100, held, limits).await.map_err(|problem| problem.code())?;
        let bytes = axum::body::to_bytes(read.0.into_body(), 1000).await.unwrap();
        assert_eq!(held.load(Ordering::Acquire), bytes.len());
        Ok(bytes.len())
    }

    #[tokio::test(start_paused = true)]
    async fn bodies_are_bounded_in_size_time_and_sum() {
        let (limits, held) = (Limits { body_seconds: 1, ..Limits::default() }, Arc::new(AtomicUsize::new(0)));
        assert_eq!(take(Body::empty(), &limits, &held).await, Ok(0));
        assert_eq!(take(Body::from("x".repeat(100)), &limits, &held).await, Ok(100));
        assert_eq!(take(Body::from("x".repeat(101)), &limits, &held).await, Err("too-large"));
        let pieces = |n| futures_util::stream::iter((0..n).map(|_| Ok::<_, std::io::Error>("x".repeat(30))));
        assert_eq!(take(Body::from_stream(pieces(3)), &limits, &held).await, Ok(90));
        assert_eq!(take(Body::from_stream(pieces(4)), &limits, &held).await, Err("too-large"));
        let never = futures_util::stream::pending::<Result<String, std::io::Error>>();
        assert_eq!(take(Body::from_stream(never), &limits, &held).await, Err("body-too-slow"));
        let broken = futures_util::stream::iter([Ok("x"), Err(std::io::Error::other("reset"))]);
        assert_eq!(take(Body::from_stream(broken), &limits, &held).await, Err("unreadable-body"));
        let little = Limits { held_bytes: 50, ..limits };
        assert_eq!(take(Body::from("x".repeat(60)), &little, &held).await, Err("overloaded"));
        assert_eq!(held.load(Ordering::Acquire), 0, "everything was given back");
    }
}
