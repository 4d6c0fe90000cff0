//! The front door as callers meet it: over the router, and over real sockets where time and slowness matter.

mod api;
mod documents;
mod headers;
mod slow;
mod stream;
mod world;
