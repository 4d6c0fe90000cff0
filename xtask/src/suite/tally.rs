//! Counting what passed, failed and was skipped, from what test runners print.

/// The counts of one part, with what the reader must know of it.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
    pub(crate) notes: Vec<String>,
}

impl Tally {
    /// Nothing could be counted: one failure with its reason.
    pub(crate) fn broken(reason: String) -> Self {
        Self { failed: 1, notes: vec![reason], ..Self::default() }
    }

    /// So many were left out, and why.
    pub(crate) fn skipped(count: usize, reason: &str) -> Self {
        Self { skipped: count, notes: vec![format!("skipped: {reason}")], ..Self::default() }
    }

    /// One check that passed or failed as a whole.
    pub(crate) fn one(passed: bool, note: &str) -> Self {
        if passed { Self { passed: 1, ..Self::default() } } else { Self::broken(note.to_owned()) }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.notes.extend(other.notes.iter().cloned());
    }

    /// Counts the summary lines of a runner; a run that failed without a failed test has one failure.
    pub(crate) fn of(lines: &[String], is_summary: fn(&str) -> bool, success: bool) -> Self {
        let mut tally = Self::default();
        for line in lines.iter().filter(|line| is_summary(line)) {
            tally.passed += before(line, &["passed"]);
            tally.failed += before(line, &["failed", "timed out", "exec failed"]);
            tally.skipped += before(line, &["skipped", "ignored", "todo"]);
        }
        if !success && tally.failed == 0 {
            tally.failed = 1;
            tally.notes.push("the run itself failed; its log says why".to_owned());
        }
        tally
    }

    /// Moves tests that said themselves that they could not run from passed to skipped, with their reasons.
    pub(crate) fn with_skips(mut self, file: &str) -> Self {
        let mut reasons: Vec<(String, usize)> = Vec::new();
        for line in file.lines().filter_map(|line| line.strip_prefix("skipped: ")) {
            let reason = line.split(" (").next().unwrap_or(line);
            self.passed = self.passed.saturating_sub(1);
            self.skipped += 1;
            match reasons.iter_mut().find(|(known, _)| known == reason) {
                Some((_, count)) => *count += 1,
                None => reasons.push((reason.to_owned(), 1)),
            }
        }
        self.notes.extend(reasons.into_iter().map(|(reason, count)| format!("skipped: {reason}, {count} tests")));
        self
    }
}

/// The sum of the numbers that stand before these words: `58 passed (1 slow), 1 failed`.
fn before(line: &str, words: &[&str]) -> usize {
    let parts = line.split([',', '|', ';', ':', '.']).map(|part| part.rsplit("  ").next().unwrap_or(part).trim());
    let counted = parts.filter_map(|part| part.split_once(' ')).filter(|(_, word)| {
        words
            .iter()
            .any(|wanted| word.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')))
    });
    counted.filter_map(|(number, _)| number.parse::<usize>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(line: &str) -> (usize, usize, usize) {
        let tally = Tally::of(&[line.to_owned()], |_| true, true);
        (tally.passed, tally.failed, tally.skipped)
    }

    #[test]
    fn the_summaries_of_every_runner_are_read() {
        let cases = [
            ("     Summary [   3.098s] 59 tests run: 58 passed (1 slow), 1 failed, 0 skipped", (58, 1, 0)),
            ("     Summary [  10.1s] 9 tests run: 7 passed, 1 failed, 1 timed out, 2 skipped", (7, 2, 2)),
            ("     Summary [  10.1s] 1/9 tests run: 1 passed, 0 skipped", (1, 0, 0)),
            (
                "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.1s",
                (12, 0, 1),
            ),
            ("test result: FAILED. 12 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out", (12, 2, 0)),
            ("      Tests  1 failed | 11 passed | 2 skipped (14)", (11, 1, 2)),
            ("      Tests  12 passed (12)", (12, 0, 0)),
            ("14 passed, 1 failed, 3 skipped", (14, 1, 3)),
        ];
        for (line, expected) in cases {
            assert_eq!(counts(line), expected, "{line}");
        }
    }

    #[test]
    fn a_run_that_broke_is_a_failure() {
        let tally = Tally::of(&[], |_| true, false);
        assert_eq!((tally.passed, tally.failed, tally.notes.len()), (0, 1, 1));
        assert_eq!(Tally::of(&["1 passed, 2 failed".to_owned()], |_| true, false).failed, 2);
    }

    #[test]
    fn a_test_that_says_skipped_did_not_pass() {
        let tally = Tally { passed: 10, ..Tally::default() };
        let tally = tally.with_skips("skipped: no data (a)\nskipped: no data (b)\nskipped: no nginx (c)\n");
        assert_eq!((tally.passed, tally.skipped), (7, 3));
        assert_eq!(tally.notes, ["skipped: no data, 2 tests", "skipped: no nginx, 1 tests"]);
    }
}
