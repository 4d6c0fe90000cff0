//! The sources of telegrams: how bytes reach us. What they mean is not their business.

pub mod atom;
pub mod filter;
pub mod jma;
pub mod replay;
pub mod watch;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

/// Which sources this server has (情報源の設定). The default has none but upload and push.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sources {
    /// The JMA pull feeds; absent = not pulled.
    pub jma: Option<jma::Settings>,
    /// Drop folders that are watched for new telegrams.
    pub watch: Vec<watch::WatchFolder>,
    /// Folders that staff may replay, by the name they choose from. No other path is ever opened for a replay.
    pub replay_folders: BTreeMap<String, PathBuf>,
    /// Series of telegrams held in memory, put here by the program.
    #[serde(skip)]
    pub scenarios: Vec<replay::Scenario>,
}
