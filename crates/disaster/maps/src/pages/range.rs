//! Byte ranges (RFC 9110 §14): one range; several, or what is no range, is the whole.

use axum::http::{HeaderMap, HeaderValue, header};

/// What of a file is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Whole,
    /// From `from` up to, not including, `to`.
    Part {
        from: u64,
        to: u64,
    },
    /// A range that the file does not have.
    Nothing,
}

/// What is wanted of a file of this tag and length.
pub(super) fn wanted(asked: &HeaderMap, tag: &HeaderValue, length: u64) -> Wanted {
    let Some(range) = asked.get(header::RANGE).and_then(|range| range.to_str().ok()) else { return Wanted::Whole };
    // Another version, or a date, or a weak tag: the caller must begin anew.
    if asked.get(header::IF_RANGE).is_some_and(|held| held != tag) {
        return Wanted::Whole;
    }
    parse(range, length)
}

fn parse(range: &str, length: u64) -> Wanted {
    let Some((first, last)) = range.trim().strip_prefix("bytes=").and_then(|range| range.trim().split_once('-')) else {
        return Wanted::Whole;
    };
    let number = |text: &str| {
        let digits = !text.is_empty() && text.len() <= 18 && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse::<u64>().ok()).flatten()
    };
    match (number(first.trim()), number(last.trim())) {
        (Some(from), Some(last)) if from > last => Wanted::Whole,
        (Some(from), _) if from >= length && (last.is_empty() || number(last).is_some()) => Wanted::Nothing,
        (Some(from), Some(last)) => Wanted::Part { from, to: last.saturating_add(1).min(length) },
        (Some(from), None) if last.trim().is_empty() => Wanted::Part { from, to: length },
        (None, Some(0)) if first.trim().is_empty() => Wanted::Nothing,
        (None, Some(count)) if first.trim().is_empty() && length > 0 => {
            Wanted::Part { from: length.saturating_sub(count), to: length }
        }
        _ => Wanted::Whole,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_as_the_standard_has_them() {
        for (range, expected) in [
            ("bytes=0-99", Wanted::Part { from: 0, to: 100 }),
            ("bytes=900-", Wanted::Part { from: 900, to: 1000 }),
            ("bytes=900-5000", Wanted::Part { from: 900, to: 1000 }),
            ("bytes=-10", Wanted::Part { from: 990, to: 1000 }),
            ("bytes=-5000", Wanted::Part { from: 0, to: 1000 }),
            ("bytes=1000-", Wanted::Nothing),
            ("bytes=1000-1001", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=5-4", Wanted::Whole),
            ("bytes=0-1,5-6", Wanted::Whole),
            ("bytes=", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("lines=1-2", Wanted::Whole),
            ("bytes=99999999999999999999-", Wanted::Whole),
        ] {
            assert_eq!(parse(range, 1000), expected, "{range}");
        }
    }

    #[test]
    fn another_version_is_sent_whole() {
        let tag = HeaderValue::from_static("\"a\"");
        let ask = |held: &'static str| {
            let range = (header::RANGE, HeaderValue::from_static("bytes=0-0"));
            wanted(&HeaderMap::from_iter([range, (header::IF_RANGE, HeaderValue::from_static(held))]), &tag, 10)
        };
        assert_eq!(ask("\"a\""), Wanted::Part { from: 0, to: 1 });
        assert_eq!(ask("\"b\""), Wanted::Whole);
        assert_eq!(ask("Sun, 22 Nov 2026 00:00:00 GMT"), Wanted::Whole);
    }

    proptest! {
        #[test]
        fn a_part_lies_in_the_file(range in "(bytes=)?[0-9,= -]{0,24}", length in 0_u64..2000) {
            if let Wanted::Part { from, to } = parse(&range, length) {
                prop_assert!(from < to && to <= length);
            }
        }
    }
}
