//! Types and rules of notices; pure, `now` and ids are arguments.

mod compose;
mod drafts;
pub mod endpoint;
pub mod events;
pub mod index;
mod index_grid;
pub mod notice;
pub mod subscription;
pub mod words;

pub use drafts::{Drafts, drafts};

pub use compose::{Heard, Variant, compose, for_all, key_of, payload, plain, topic};
