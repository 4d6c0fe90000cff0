//! The JMA pull feeds (気象庁防災情報XML PULL 型): ask once a minute, fetch what concerns us, believe nothing.
//!
//! EEW is not in these feeds, and a telegram appears in them up to a minute after JMA sent it.

mod fetch;
mod pull;

pub use pull::Puller;

use std::time::Duration;

use kernel::Mode;
use serde::Deserialize;

use super::filter::Offices;

/// One of the four feeds (フィードの種類).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FeedName {
    /// 定時: forecasts, and VPWS50.
    Regular,
    /// 随時: warnings.
    Extra,
    /// 地震火山: earthquakes, tsunamis, volcanoes.
    Eqvol,
    /// その他: marine, tide.
    Other,
}

impl FeedName {
    /// All four, the most urgent first.
    pub const ALL: [Self; 4] = [Self::Eqvol, Self::Extra, Self::Regular, Self::Other];

    /// The file's stem; the long twin has `_l` behind it.
    pub const fn stem(self) -> &'static str {
        match self {
            Self::Regular => "regular",
            Self::Extra => "extra",
            Self::Eqvol => "eqvol",
            Self::Other => "other",
        }
    }

    /// The key of the source.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Regular => "jma-regular",
            Self::Extra => "jma-extra",
            Self::Eqvol => "jma-eqvol",
            Self::Other => "jma-other",
        }
    }

    /// Whether this feed is asked as long as anything may be asked.
    pub const fn urgent(self) -> bool {
        matches!(self, Self::Extra | Self::Eqvol)
    }
}

/// How the feeds are pulled (PULL 型の設定).
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where `feed/` and `data/` are; https, except on this machine itself.
    pub base_url: String,
    /// Which feeds are pulled.
    pub feeds: Vec<FeedName>,
    /// Seconds between two requests of one feed; the feed's own cache time is 60.
    pub every_seconds: u64,
    /// Seconds one request may take, its body included.
    pub timeout_seconds: u64,
    /// Bytes that may be fetched in a day; JMA blocks an address above 10 GB.
    pub daily_bytes: u64,
    /// The prefecture's own office codes.
    pub own_offices: Vec<String>,
    /// The region's office codes.
    pub region_offices: Vec<String>,
    /// The head office's codes.
    pub national_offices: Vec<String>,
    /// `drill` lets a training server pull real telegrams without ever calling them real.
    pub mode: Mode,
}

impl Default for Settings {
    fn default() -> Self {
        let offices = Offices::default();
        Self {
            base_url: "https://www.data.jma.go.jp/developer/xml/".to_owned(),
            feeds: FeedName::ALL.to_vec(),
            every_seconds: 60,
            timeout_seconds: 20,
            daily_bytes: crate::model::JMA_DAILY_BYTES,
            own_offices: offices.own,
            region_offices: offices.region,
            national_offices: offices.national,
            mode: Mode::Live,
        }
    }
}

impl Settings {
    fn offices(&self) -> Offices {
        Offices {
            own: self.own_offices.clone(),
            region: self.region_offices.clone(),
            national: self.national_offices.clone(),
        }
    }

    fn every(&self) -> Duration {
        Duration::from_secs(self.every_seconds.max(1))
    }
}
