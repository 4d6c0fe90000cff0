//! What the examples share: their arguments, `[number] … [sqlite|postgres|both]`.

use store::Engine;

/// The arguments of this program.
pub(crate) struct Arguments(std::iter::Skip<std::env::Args>);

impl Arguments {
    pub(crate) fn new() -> Self {
        Self(std::env::args().skip(1))
    }

    /// The next argument as a number, or the usual one.
    pub(crate) fn number(&mut self, usual: u64) -> u64 {
        self.0.next().and_then(|text| text.parse().ok()).unwrap_or(usual)
    }

    /// The engines that the next argument names, usually both.
    pub(crate) fn engines(&mut self) -> &'static [Engine] {
        match self.0.next().as_deref() {
            Some("sqlite") => &[Engine::Sqlite],
            Some("postgres") => &[Engine::Postgres],
            _ => &[Engine::Sqlite, Engine::Postgres],
        }
    }
}
