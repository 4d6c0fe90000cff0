//! Telegrams of our own making, and parts of new ones.

use std::path::{Path, PathBuf};

use feeds::facts::Telegram;
use feeds::parse::parse;

/// A telegram of `tests/telegrams`, by name without `.xml`.
pub(crate) fn sample(name: &str) -> String {
    let path = folder().join(format!("{name}.xml"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All names in `tests/telegrams`, in order.
pub(crate) fn samples() -> Vec<String> {
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<String> = files.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/telegrams")
}

/// Reads a sample that must be readable.
pub(crate) fn read(name: &str) -> Telegram {
    read_text(&sample(name))
}

pub(crate) fn read_text(xml: &str) -> Telegram {
    parse(xml.as_bytes(), None).unwrap_or_else(|refusal| panic!("{refusal}"))
}

/// A nationwide snapshot (VPWS50 集約通報) as we suppose it: the four layers once, `offices` × `each` municipalities.
///
/// No real body of this type is public; the shape is that of VPWW55–61 with every office in one telegram.
pub(crate) fn snapshot(offices: usize, each: usize) -> String {
    let mut whole = String::new();
    let mut towns = String::new();
    for office in 1..=offices {
        whole.push_str(&item("青森県", &format!("{office:02}0000"), "49"));
        for town in 1..=each {
            towns.push_str(&item("試作市", &code(office, town), if town % 7 == 0 { "" } else { "49" }));
        }
    }
    let body = format!(
        "<Warning type=\"気象警報・注意報（府県予報区等）\">{whole}</Warning>\
         <Warning type=\"気象警報・注意報（市町村等）\">{towns}</Warning>"
    );
    sample("vpww58")
        .replace("気象警報・注意報（Ｒ０６）（暴風）", "気象警報・注意報（Ｒ０６）（集約通報）")
        .split_once("<Warning")
        .map(|(before, _)| format!("{before}{body}</Body></Report>"))
        .unwrap()
}

/// A municipality's code; Aomori's are real, because codes that look like Aomori's and name nothing are noted.
fn code(office: usize, town: usize) -> String {
    let ours = kernel::areas::municipalities();
    if office == 2 { format!("{}00", ours[town % ours.len()].jis5) } else { format!("{office:02}{town:03}00") }
}

fn item(name: &str, code: &str, kind: &str) -> String {
    let kinds = if kind.is_empty() {
        "<Kind><Status>発表警報・注意報はなし</Status></Kind>".to_owned()
    } else {
        let sentence = "９日２時から６時まで、警戒レベル４相当";
        [kind, "43", "14"].map(|code| {
            format!(
                "<Kind><Name>試作警報</Name><Code>{code}</Code><Status>継続</Status><Property><Type>土砂災害危険度</Type>\
                 <CriteriaPeriod><Base><Sentence>{sentence}</Sentence><Time>2025-12-09T02:00:00+09:00</Time>\
                 <Duration>PT4H</Duration></Base></CriteriaPeriod></Property></Kind>"
            )
        })
        .concat()
    };
    format!("<Item>{kinds}<Area><Name>{name}</Name><Code>{code}</Code></Area></Item>\n")
}
