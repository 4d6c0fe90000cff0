//! Consents (同意): events with the version of the text that was shown. What nobody gave is not given.

use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is consented to, each by itself (同意の対象).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConsentAbout {
    /// 要配慮事項を避難所の職員に見せる
    Desk,
    /// 安否の問合せに答える (K24)
    Safety,
    /// 避難支援等関係者に知らせる
    Supporters,
    /// ホームページなどで公表する (K16)
    Website,
    /// 自分あての知らせを受け取る
    Notices,
}

/// One consent given or withdrawn (同意の記録).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Consent {
    pub what: ConsentAbout,
    /// Which text was shown.
    pub text_version: String,
    /// False: withdrawn, or said no.
    pub given: bool,
    pub at: Timestamp,
}

/// The last word on each, of consents in the order in which they were said.
pub fn current(events: &[Consent]) -> Vec<Consent> {
    let mut last = std::collections::BTreeMap::new();
    for event in events {
        last.insert(event.what, event.clone());
    }
    last.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_counts_and_silence_is_no_consent() {
        let at = Timestamp::parse("2025-12-08T23:15:00+09:00").unwrap();
        let said = |what, version: &str, given| Consent { what, text_version: version.to_owned(), given, at };
        let events = [
            said(ConsentAbout::Safety, "v1", true),
            said(ConsentAbout::Desk, "v1", true),
            said(ConsentAbout::Safety, "v2", false),
        ];
        let now = current(&events);
        assert_eq!(now, [events[1].clone(), events[2].clone()]);
        assert!(!now.iter().any(|one| one.what == ConsentAbout::Website));
    }
}
