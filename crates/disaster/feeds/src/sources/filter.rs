//! Which telegrams of a feed are fetched (取得対象): decided by type and office before any download.

use super::atom::Entry;

/// Offices whose telegrams concern us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offices {
    /// The prefecture's own office: 青森地方気象台.
    pub own: Vec<String>,
    /// The region's office: 仙台管区気象台.
    pub region: Vec<String>,
    /// The head office: 気象庁本庁.
    pub national: Vec<String>,
}

impl Default for Offices {
    fn default() -> Self {
        let list = |code: &str| vec![code.to_owned()];
        Self { own: list("020000"), region: list("040000"), national: list("010000") }
    }
}

/// How a telegram is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Not fetched.
    No,
    /// Fetched while the day's budget lasts comfortably.
    Yes,
    /// Fetched as long as anything may be fetched: earthquakes, tsunamis, warnings.
    Urgent,
    /// Only the newest one, and seldom: a nationwide snapshot of several megabytes (VPWS50).
    Snapshot,
}

/// Whose telegrams of one family are wanted.
enum Reach {
    /// Any office: the same event may be issued by 010000 or 270000, so the office says nothing.
    Anywhere,
    Own,
    OwnOrRegion,
    Region,
    National,
}

/// Families by the beginning of the type code. The first match counts; what is not listed is not fetched.
const FAMILIES: &[(&str, Reach, Wanted)] = &[
    ("VXSE", Reach::Anywhere, Wanted::Urgent),
    ("VTSE", Reach::Anywhere, Wanted::Urgent),
    ("VYSE", Reach::Anywhere, Wanted::Urgent),
    ("VZSE", Reach::Anywhere, Wanted::Yes),
    ("VFVO", Reach::Anywhere, Wanted::Yes),
    ("VFSV", Reach::Anywhere, Wanted::Yes),
    ("VZVO", Reach::Anywhere, Wanted::Yes),
    ("VPWS", Reach::National, Wanted::Snapshot),
    ("VPWW", Reach::Own, Wanted::Urgent),
    ("VXWW", Reach::Own, Wanted::Urgent),
    ("VXKO", Reach::OwnOrRegion, Wanted::Urgent),
    ("VPHW", Reach::Own, Wanted::Urgent),
    ("VPBS", Reach::Own, Wanted::Urgent),
    ("VPOA", Reach::Own, Wanted::Urgent),
    ("VPNO", Reach::Own, Wanted::Urgent),
    ("VPFD60", Reach::Own, Wanted::Yes),
    ("VPFD61", Reach::Own, Wanted::Yes),
    ("VPFJ", Reach::Own, Wanted::Yes),
    ("VMCJ55", Reach::Own, Wanted::Yes),
    ("VMCJ52", Reach::Own, Wanted::Yes),
    ("VPCJ", Reach::Region, Wanted::Yes),
    ("VPZJ", Reach::National, Wanted::Yes),
];

impl Offices {
    /// Whether and how an announced telegram is wanted.
    pub fn wanted(&self, entry: &Entry) -> Wanted {
        let has = |list: &[String]| list.contains(&entry.office);
        FAMILIES.iter().find(|(prefix, _, _)| entry.kind.starts_with(prefix)).map_or(
            Wanted::No,
            |(_, reach, wanted)| {
                let reached = match reach {
                    Reach::Anywhere => true,
                    Reach::Own => has(&self.own),
                    Reach::OwnOrRegion => has(&self.own) || has(&self.region),
                    Reach::Region => has(&self.region),
                    Reach::National => has(&self.national),
                };
                if reached { *wanted } else { Wanted::No }
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use kernel::Timestamp;

    use super::*;

    #[test]
    fn type_and_office_decide() {
        let cases = [
            ("VXSE53", "010000", Wanted::Urgent),
            ("VXSE53", "270000", Wanted::Urgent),
            ("VTSE41", "270000", Wanted::Urgent),
            ("VYSE60", "010000", Wanted::Urgent),
            ("VFVO53", "460100", Wanted::Yes),
            ("VPWW56", "020000", Wanted::Urgent),
            ("VPWW56", "270000", Wanted::No),
            ("VPWW53", "020000", Wanted::Urgent),
            ("VXKO51", "040000", Wanted::Urgent),
            ("VXKO51", "130000", Wanted::No),
            ("VPWS50", "010000", Wanted::Snapshot),
            ("VPCJ51", "040000", Wanted::Yes),
            ("VPFD51", "020000", Wanted::No),
            ("VPWP50", "020000", Wanted::No),
            ("ZZZZ99", "020000", Wanted::No),
        ];
        for (kind, office, expected) in cases {
            let entry = Entry {
                url: String::new(),
                title: String::new(),
                updated: Timestamp::from_micros(0),
                kind: kind.to_owned(),
                office: office.to_owned(),
            };
            assert_eq!(Offices::default().wanted(&entry), expected, "{kind} of {office}");
        }
    }
}
