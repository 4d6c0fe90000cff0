//! The starting set (最初の制度): programmes of the law as data of our own, published when a registry is new or has grown.

use chrono::NaiveDate;
use http::App;
use kernel::Id;
use serde::Deserialize;
use store::Tx;

use crate::act::{self, Deed, Draft, LOCK};
use crate::db;
use crate::model::{Content, Programme, review};

/// One programme of the starting set, as its file says.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Started {
    pub key: String,
    pub area: String,
    pub valid_from: NaiveDate,
    #[serde(default)]
    pub valid_until: Option<NaiveDate>,
    pub content: Content,
}

const FILES: &[&str] = &[
    include_str!("../programmes/child_allowance.json"),
    include_str!("../programmes/child_rearing_allowance.json"),
    include_str!("../programmes/special_child_allowance.json"),
    include_str!("../programmes/disabled_child_allowance.json"),
    include_str!("../programmes/school_aid.json"),
    include_str!("../programmes/high_school_support.json"),
    include_str!("../programmes/high_school_support_2026.json"),
    include_str!("../programmes/high_school_grant.json"),
    include_str!("../programmes/high_school_grant_2026.json"),
    include_str!("../programmes/pregnancy_support.json"),
    include_str!("../programmes/childbirth_lump_sum.json"),
    include_str!("../programmes/child_medical_aid.json"),
    include_str!("../programmes/free_childcare.json"),
    include_str!("../programmes/resident_tax_exemption.json"),
    include_str!("../programmes/condolence_payment.json"),
    include_str!("../programmes/disability_condolence.json"),
    include_str!("../programmes/relief_loan.json"),
    include_str!("../programmes/livelihood_recovery.json"),
    include_str!("../programmes/emergency_repair.json"),
];

/// Every file of the starting set, a version each.
pub fn starting_set() -> serde_json::Result<Vec<Started>> {
    FILES.iter().map(|file| serde_json::from_str(file)).collect()
}

/// Puts into the registry what it has never had. What an office changed since is left alone.
pub(crate) async fn plant(app: &App, tx: &mut Tx) -> anyhow::Result<()> {
    tx.lock(LOCK).await?;
    let now = app.clock.now();
    for started in starting_set()? {
        let held = db::programme_of(tx, &started.area, &started.key).await?;
        let known = match &held {
            Some(programme) => db::versions_of(tx, programme.id).await?,
            None => Vec::new(),
        };
        let changed = held.as_ref().is_some_and(|programme| programme.origin != ORIGIN)
            || known.iter().any(|version| version.by != BY || version.valid_from >= started.valid_from);
        if changed {
            continue;
        }
        let command = act::derived(&format!("{}:{}:{}", started.area, started.key, started.valid_from));
        let deed = Deed { command, by: BY, digest: "", now };
        let programme = if let Some(programme) = held {
            programme
        } else {
            let Started { key, area, .. } = started.clone();
            let programme = Programme { id: Id::from_uuid(command), key, area, origin: ORIGIN.to_owned() };
            db::add_programme(tx, &programme).await?;
            programme
        };
        let draft =
            Draft { content: &started.content, valid_from: started.valid_from, valid_until: started.valid_until };
        let drafted = act::save_draft(tx, deed, &programme, draft, app.ids.next()).await?;
        let reviewed = review(&drafted)?;
        act::publish(tx, deed, &programme, &reviewed).await?;
    }
    Ok(())
}

const ORIGIN: &str = "starting-set";
const BY: &str = "system";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{check_content, run_case};

    #[test]
    fn every_case_of_the_starting_set_passes() {
        let set = starting_set().unwrap();
        assert_eq!(set.len(), FILES.len());
        let mut failed = Vec::new();
        for started in &set {
            assert_eq!(check_content(&started.content), Vec::new(), "{}", started.key);
            assert!(started.content.cases.len() >= 2, "{}: a yes and a no at least", started.key);
            for case in &started.content.cases {
                let result = run_case(&started.content, case);
                if !result.passed {
                    failed.push(format!(
                        "{} {}: {:?} {:?}",
                        started.key,
                        case.name,
                        result.fault,
                        result.got.map(|got| (got.verdict, got.amounts))
                    ));
                }
            }
        }
        assert!(failed.is_empty(), "{}", failed.join("\n"));
    }
}
