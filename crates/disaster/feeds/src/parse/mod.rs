//! Bytes of one telegram to [`facts::Telegram`](crate::facts::Telegram).
//!
//! **Invariant:** nothing is dropped: a code we do not know is kept as printed and noted in `not_understood`.
//! **Invariant:** no DTD, no entity, nothing is fetched; size, depth and number of elements are bounded.
//! **Invariant:** a code is read under the code type of its place, never by its digits.

pub mod check;
mod decode;
mod eew;
mod head;
pub mod inflate;
mod kinds;
mod places;
mod quake;
mod refusal;
mod river;
mod text;
mod tree;
mod tsunami;
mod volcano;
mod warnings;
mod xml;

pub use check::{Report, check};
pub use inflate::inflate;
pub use refusal::{Refusal, RefusalCode};

use crate::facts::{Facts, InfoType, NotUnderstood, Telegram};
use kinds::Family;
use tree::El;

/// What a telegram may be at most.
pub mod limits {
    /// Bytes of XML. VPWS50 is a few megabytes; nothing JMA sends comes near this.
    pub const BYTES: usize = 32 * 1024 * 1024;
    /// Nesting of elements. Real telegrams stay below 16.
    pub const DEPTH: usize = 64;
    /// Elements in all. A nationwide VPWS50 has some hundred thousand.
    pub const ELEMENTS: usize = 1_000_000;
    /// Attributes of one element. Real telegrams stay below 8.
    pub const ATTRIBUTES: usize = 32;
    /// Notes on one telegram; what goes beyond is counted in the last note.
    pub const NOTES: usize = 200;
}

/// The path of the note that a telegram of an earthquake or a tsunami does not say which one it speaks of.
pub(crate) const EVENT_ID: &str = "Head/EventID";

/// Parts that were not understood, gathered while reading.
#[derive(Default)]
pub(crate) struct Notes {
    list: Vec<NotUnderstood>,
    beyond: usize,
}

impl Notes {
    /// Notes a value once per path.
    pub(crate) fn add(&mut self, path: &str, value: &str) {
        if self.list.iter().any(|note| note.path == path && note.value == value) {
            return;
        }
        if self.list.len() == limits::NOTES {
            self.beyond += 1;
            return;
        }
        self.list.push(NotUnderstood { path: path.to_owned(), value: value.chars().take(200).collect() });
    }

    fn finish(mut self) -> Vec<NotUnderstood> {
        if self.beyond > 0 {
            self.list.push(NotUnderstood { path: "…".to_owned(), value: format!("+{}", self.beyond) });
        }
        self.list
    }
}

/// Reads one telegram (電文). `name_hint` is its file name, which names the type where the title serves several.
pub fn parse(bytes: &[u8], name_hint: Option<&str>) -> Result<Telegram, Refusal> {
    let source = decode::decode(bytes)?;
    let tree = xml::tree(source)?;
    let root = El::root(&tree);
    let parts = head::envelope(root)?;
    let mut notes = Notes::default();
    let control = head::control(parts.control, &mut notes)?;
    let head = head::head(parts.head, &mut notes)?;
    let (kind, family) = kinds::lookup(&control.title, name_hint).unwrap_or_else(|| {
        notes.add("Control/Title", &control.title);
        let kind = name_hint.and_then(kinds::type_in_name).unwrap_or("");
        (kind.to_owned(), kinds::family_of(kind).unwrap_or(Family::Outside))
    });
    if family.hangs_on_event() && head.event_id.is_empty() {
        notes.add(EVENT_ID, "");
    }
    let facts = if head.info_type == InfoType::Cancel && family != Family::Outside {
        Facts::Withdrawn { text: text::withdrawn(parts.body, &head.headline) }
    } else {
        body(family, &kind, &head, parts, &mut notes)
    };
    Ok(Telegram {
        kind,
        title: control.title,
        sent_at: control.sent_at,
        status: control.status,
        editorial_office: control.editorial_office,
        publishing_office: control.publishing_office,
        head,
        facts,
        not_understood: notes.finish(),
    })
}

fn body(family: Family, kind: &str, head: &crate::facts::Head, parts: head::Parts<'_>, notes: &mut Notes) -> Facts {
    let body = parts.body;
    match family {
        Family::Warnings(product) => Facts::Warnings(warnings::read(product, body, head, notes)),
        Family::River => Facts::River(river::read(parts.head, body, notes)),
        Family::Quake => Facts::Quake(quake::read(body, notes)),
        Family::Eew => Facts::Eew(eew::read(kind, body, notes)),
        Family::Tsunami => Facts::Tsunami(tsunami::read(kind, body, notes)),
        Family::Volcano => Facts::Volcano(volcano::read(body, notes)),
        Family::Ash => Facts::Ash(volcano::read_ash(body, notes)),
        Family::Advisory => Facts::MegaquakeAdvisory(text::advisory(body, notes)),
        Family::Bulletin => Facts::Bulletin(text::bulletin(parts.head, body, head)),
        Family::Outside => Facts::Archived,
    }
}
