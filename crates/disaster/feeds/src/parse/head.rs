//! The envelope: Report, Control and Head.

use kernel::Timestamp;

use super::Notes;
use super::refusal::{Refusal, RefusalCode};
use super::tree::{El, time};
use crate::facts::{Head, InfoType, Status};

const ROOT: &str = "http://xml.kishou.go.jp/jmaxml1/";
const BASIS: &str = "http://xml.kishou.go.jp/jmaxml1/informationBasis1/";
const BODIES: [&str; 3] = [
    "http://xml.kishou.go.jp/jmaxml1/body/meteorology1/",
    "http://xml.kishou.go.jp/jmaxml1/body/seismology1/",
    "http://xml.kishou.go.jp/jmaxml1/body/volcanology1/",
];

/// The three parts of a telegram.
#[derive(Clone, Copy)]
pub(crate) struct Parts<'a> {
    pub(crate) control: El<'a>,
    pub(crate) head: El<'a>,
    pub(crate) body: El<'a>,
}

/// What Control (管理部) says.
pub(crate) struct Control {
    pub(crate) title: String,
    pub(crate) sent_at: Timestamp,
    pub(crate) status: Status,
    pub(crate) editorial_office: String,
    pub(crate) publishing_office: String,
}

/// Finds the three parts, each in its namespace.
pub(crate) fn envelope(root: El<'_>) -> Result<Parts<'_>, Refusal> {
    if root.name() != "Report" || root.namespace() != ROOT {
        return Err(foreign(root));
    }
    let control = root.child("Control").ok_or_else(|| missing("Control"))?;
    let head = root.child("Head").ok_or_else(|| missing("Head"))?;
    let body = root.child("Body").ok_or_else(|| missing("Body"))?;
    if control.namespace() != ROOT {
        return Err(foreign(control));
    }
    if head.namespace() != BASIS {
        return Err(foreign(head));
    }
    if !BODIES.contains(&body.namespace()) {
        return Err(foreign(body));
    }
    Ok(Parts { control, head, body })
}

/// Reads Control.
pub(crate) fn control(control: El<'_>, notes: &mut Notes) -> Result<Control, Refusal> {
    let title = control.text_at(&["Title"]);
    if title.is_empty() {
        return Err(missing("Control/Title"));
    }
    let status = match control.text_at(&["Status"]) {
        "通常" => Status::Normal,
        "訓練" => Status::Training,
        "試験" => Status::Test,
        "" => return Err(missing("Control/Status")),
        other => {
            // Never live when we cannot tell.
            notes.add("Control/Status", other);
            Status::Test
        }
    };
    Ok(Control {
        title: title.to_owned(),
        sent_at: required_time(control, "Control", "DateTime")?,
        status,
        editorial_office: control.string_at(&["EditorialOffice"]),
        publishing_office: control.string_at(&["PublishingOffice"]),
    })
}

/// Reads Head.
pub(crate) fn head(head: El<'_>, notes: &mut Notes) -> Result<Head, Refusal> {
    let info_type = match head.text_at(&["InfoType"]) {
        "発表" => InfoType::Issue,
        "訂正" => InfoType::Correction,
        "取消" => InfoType::Cancel,
        "遅延" => InfoType::Delay,
        other => {
            notes.add("Head/InfoType", other);
            InfoType::Issue
        }
    };
    Ok(Head {
        title: head.string_at(&["Title"]),
        reported_at: required_time(head, "Head", "ReportDateTime")?,
        target_at: optional_time(head, "TargetDateTime", notes),
        valid_until: optional_time(head, "ValidDateTime", notes),
        event_id: head.string_at(&["EventID"]),
        info_type,
        serial: head.string_at(&["Serial"]),
        info_kind: head.string_at(&["InfoKind"]),
        info_kind_version: head.string_at(&["InfoKindVersion"]),
        headline: head.string_at(&["Headline", "Text"]),
    })
}

fn required_time(part: El<'_>, part_name: &str, name: &str) -> Result<Timestamp, Refusal> {
    let text = part.text_at(&[name]);
    time(text).ok_or_else(|| {
        let text: String = text.chars().take(40).collect();
        Refusal::new(
            RefusalCode::Envelope,
            format!("{part_name}/{name}の日時が読めません（{text}）。"),
            format!("{part_name}/{name} holds no time ({text})."),
        )
    })
}

fn optional_time(head: El<'_>, name: &str, notes: &mut Notes) -> Option<Timestamp> {
    let text = head.text_at(&[name]);
    let at = time(text);
    if at.is_none() && !text.is_empty() {
        notes.add(&format!("Head/{name}"), text);
    }
    at
}

fn missing(what: &str) -> Refusal {
    Refusal::new(RefusalCode::Envelope, format!("電文に{what}がありません。"), format!("The telegram has no {what}."))
}

fn foreign(element: El<'_>) -> Refusal {
    let name: String = element.name().chars().take(40).collect();
    let namespace: String = element.namespace().chars().take(80).collect();
    Refusal::new(
        RefusalCode::Namespace,
        format!("気象庁防災情報XMLではありません（要素{name}、名前空間{namespace}）。"),
        format!("Not a JMA telegram: element {name} in namespace {namespace}."),
    )
}
