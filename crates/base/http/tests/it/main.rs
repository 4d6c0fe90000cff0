//! The front door as callers meet it: over the router, and over real sockets where time and slowness matter.
#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

mod api;
mod crowd;
mod documents;
mod headers;
mod slow;
mod stream;
mod swift;
mod tls;
mod world;
