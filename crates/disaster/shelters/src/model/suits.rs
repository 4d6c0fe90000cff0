//! Whether a place suits the hazard that is asked for: from what the lists say of each kind, with caution.

use places::{Answer, HazardKind, Suitability};

/// The verdict for a hazard (適否の判定), with the words of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict<'a> {
    pub answer: Answer,
    /// What was said; `None` where nothing was.
    pub said: Option<&'a Suitability>,
}

/// What the lists say of `hazard`. Where several lines speak of it the worst counts: a place that is suitable for the planned
/// flood and not for the largest is not called suitable for flood.
pub fn verdict(said: &[Suitability], hazard: HazardKind) -> Verdict<'_> {
    for kinds in relevant(hazard) {
        let worst = said.iter().filter(|one| kinds.contains(&one.hazard)).max_by_key(|one| rank(one.answer));
        if let Some(one) = worst.filter(|one| one.answer != Answer::Unknown) {
            return Verdict { answer: one.answer, said: Some(one) };
        }
    }
    Verdict { answer: Answer::Unknown, said: None }
}

/// Whether residents may be sent there: suitable, or suitable on a condition that is shown with it.
pub fn usable(answer: Answer) -> bool {
    matches!(answer, Answer::Yes | Answer::Floor | Answer::Conditional)
}

/// Which kinds speak of a hazard, the closest first.
fn relevant(hazard: HazardKind) -> &'static [&'static [HazardKind]] {
    use HazardKind as H;
    match hazard {
        H::Flood => &[&[H::Flood, H::FloodMax, H::FloodPlanned]],
        H::FloodMax => &[&[H::FloodMax], &[H::Flood]],
        // What stands in the largest flood stands in the planned one.
        H::FloodPlanned => &[&[H::FloodPlanned], &[H::Flood], &[H::FloodMax]],
        H::Tsunami => &[&[H::Tsunami, H::TsunamiL2, H::TsunamiL1]],
        H::TsunamiL2 => &[&[H::TsunamiL2], &[H::Tsunami]],
        H::TsunamiL1 => &[&[H::TsunamiL1], &[H::Tsunami], &[H::TsunamiL2]],
        H::Landslide => &[&[H::Landslide]],
        H::StormSurge => &[&[H::StormSurge]],
        H::Earthquake => &[&[H::Earthquake]],
        H::Fire => &[&[H::Fire]],
        H::InlandFlood => &[&[H::InlandFlood]],
        H::Volcano => &[&[H::Volcano]],
    }
}

/// The worse, the higher; silence is no answer.
fn rank(answer: Answer) -> u8 {
    match answer {
        Answer::Unknown => 0,
        Answer::Yes => 1,
        Answer::Conditional => 2,
        Answer::Floor => 3,
        Answer::No => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(pairs: &[(HazardKind, Answer)]) -> Vec<Suitability> {
        pairs.iter().map(|&(hazard, answer)| Suitability { hazard, answer, floor: None, text: None }).collect()
    }

    #[test]
    fn the_worst_line_counts_and_silence_is_no_yes() {
        use Answer::{Floor, No, Unknown, Yes};
        use HazardKind as H;
        let cases = [
            (vec![(H::Flood, Yes)], H::Flood, Yes),
            (vec![(H::FloodPlanned, Yes), (H::FloodMax, No)], H::Flood, No),
            (vec![(H::FloodPlanned, Yes), (H::FloodMax, No)], H::FloodPlanned, Yes),
            (vec![(H::FloodPlanned, Yes), (H::FloodMax, No)], H::FloodMax, No),
            (vec![(H::FloodPlanned, Yes)], H::FloodMax, Unknown),
            (vec![(H::FloodMax, Yes)], H::FloodPlanned, Yes),
            (vec![(H::FloodMax, Unknown), (H::Flood, Floor)], H::FloodMax, Floor),
            (vec![(H::TsunamiL1, Yes), (H::TsunamiL2, Floor)], H::Tsunami, Floor),
            (vec![(H::Earthquake, Yes)], H::Tsunami, Unknown),
            (vec![], H::Fire, Unknown),
            (vec![(H::Fire, Unknown)], H::Fire, Unknown),
        ];
        for (pairs, asked, answer) in cases {
            assert_eq!(verdict(&said(&pairs), asked).answer, answer, "{pairs:?} {asked:?}");
        }
        assert!(usable(Floor) && usable(Yes) && !usable(Unknown) && !usable(No));
    }
}
