//! HTTP: the house's front door. What every room needs to be reached, and what everybody sees without asking a database.
//!
//! Words: [`App`] アプリケーション, [`Actor`] 操作者, [`Duty`] 職務, [`Problem`] エラー応答, [`hot`] 公開文書,
//! [`Class`] 受付区分, [`Page`] ページ, [`Site`] 受付窓口, [`Listening`] 待ち受け口, [`OverTls`] TLS で届いた要求.
//! In:  requests; publications of the rooms ([`hot::publish`]).
//! Out: `/public/<name>.json`, `/stream`, `/api/…` of the rooms, the web app, `/healthz`, `/readyz`, `/metrics`, `/openapi.json`.
//!
//! **Invariant:** nobody reads the database to answer the public.
//! **Invariant:** every refusal is a [`Problem`] with a stable code, in Japanese and English.
//! **Invariant:** one client, one class of requests or one slow reader cannot take the server from the others.
//! **Invariant:** what lies ready is answered, and what is too much turned away, at the door that read it; what a handler does
//! runs elsewhere, so that a crowd at the doors does not stand between a write and its next step.
//! **Invariant:** whoever is turned away is told at once; the connection is read again after a pause (a quarter of a second at
//! most), unless others speak through it too.
//! **Invariant:** this crate knows neither how people sign in nor what a disaster is.

pub mod cookie;
pub mod hot;
pub mod precompressed;
pub mod settings;

mod actor;
mod admission;
mod app;
mod assets;
mod at_hand;
mod body;
mod connection;
mod db;
mod description;
mod door;
mod download;
mod extract;
mod health;
mod intake;
mod jitter;
mod observe;
mod page;
mod problem;
mod refusal;
mod security;
mod serve;
mod site;
mod stream;
mod swift;
mod tally;
mod tls;
mod work;

pub use actor::{Actor, ActorKind, Duty};
pub use admission::{Class, body_limit, class};
pub use app::{App, Authenticate, Builder};
pub use assets::Assets;
pub use at_hand::{AtHand, Common, Packed};
pub use body::{Answer, Body};
pub use db::{SCHEMA, STATEMENTS};
pub use description::{faults, openapi};
pub use download::download;
pub use extract::{JSON_DEPTH, Json, Path, Query, from_json};
pub use hot::{Hot, Version};
pub use observe::{Peer, RequestId, figures};
pub use page::{DEFAULT_LIMIT, MAX_LIMIT, Page, PageQuery};
pub use problem::{Details, Language, Problem, ProblemBody, Words};
pub use security::page_policy;
pub use serve::{Listening, listen, serve};
pub use settings::{Secret, Settings};
pub use site::Site;
pub use tls::OverTls;

/// The routes of a room with their description: `pub fn routes() -> http::Router`.
pub type Router = utoipa_axum::router::OpenApiRouter<App>;
