//! Group `notices`: finding people, sealing messages, handing them to a push service.

use super::Bound::{AtLeast, AtMost};
use super::Figure;
use super::floor::{Program, Row, example, measure, row};

const PROGRAMS: &[Program] =
    &[Program { name: "notices", command: || example("mamori-notices", "notice_rate"), rows: RATES }];

const RATES: &[Row] = &[
    row("match: 12 municipalities against 1.18 M", &["match_towns_ms"], "ms CPU", AtMost(5.0)),
    row("match: 500 corners against 1.18 M", &["match_shape_ms"], "ms CPU", AtMost(5.0)),
    row("match: answers other than one by one", &["match_wrong"], "", AtMost(0.0)),
    row("sealed messages (RFC 8291 + VAPID), per CPU-second", &["sealed_per_cpu_s"], "/CPU-s", AtLeast(15_000.0)),
    row("sealed messages against P-256 alone", &["sealed_to_p256"], "×", AtLeast(0.85)),
    row("fan-out over HTTP/2 and TLS, per sender CPU-second", &["fanout_per_cpu_s"], "/CPU-s", AtLeast(10_000.0)),
    row("fan-out: devices without an accepted message", &["fanout_missing"], "devices", AtMost(0.0)),
];

/// The figures of notices.
pub(crate) fn figures() -> Vec<Figure> {
    PROGRAMS.iter().flat_map(measure).collect()
}
