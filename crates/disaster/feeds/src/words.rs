//! What this room says to people, in Japanese, やさしい日本語 and English: names of sources, and what went wrong.

use std::time::Duration;

use kernel::Text;

use crate::model::{Expectation, Origin, SourceSpec};
use crate::parse::Refusal;
use crate::sources::atom::AtomError;

/// Source key of the staff upload.
pub(crate) const UPLOAD: &str = "upload";
/// Source key of the staff upload of drill telegrams.
pub(crate) const UPLOAD_DRILL: &str = "upload-drill";
/// Source key of replays.
pub(crate) const REPLAY: &str = "replay";

/// What went wrong with a source (障害); shown on the source page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("the server answered {0}")]
    Status(u16),
    #[error("no answer in time")]
    Slow,
    #[error("no connection")]
    Unreachable,
    #[error("the answer is too large")]
    TooLarge,
    #[error(transparent)]
    Atom(#[from] AtomError),
    #[error("{0} telegrams could not be fetched")]
    Telegrams(usize),
    #[error("today's limit is used up")]
    BudgetSpent,
    #[error("the folder cannot be read")]
    Folder,
    #[error("the settings cannot work")]
    Settings,
    #[error("an internal fault")]
    Internal,
}

impl Trouble {
    /// For the source page.
    pub(crate) fn text(self) -> Text {
        match self {
            Self::Status(code) => Text::new(
                format!("サーバーがエラー {code} を返しました。"),
                format!("サーバーが エラー {code} を かえしました。"),
                format!("The server answered with error {code}."),
            ),
            Self::Slow => three("時間内に応答がありません。", "へんじが きません。", "No answer in time."),
            Self::Unreachable => three("接続できません。", "つながりません。", "The server cannot be reached."),
            Self::TooLarge => three("応答が大きすぎます。", "データが 大きすぎます。", "The answer is too large."),
            Self::Atom(error) => atom(error),
            Self::Telegrams(n) => Text::new(
                format!("電文 {n} 件を取得できませんでした。次の取得で再試行します。"),
                format!("{n}けんの 情報を もらえませんでした。もう一度 ためします。"),
                format!("{n} telegrams could not be fetched; they will be tried again."),
            ),
            Self::BudgetSpent => three(
                "1日の取得上限に近いため、取得を控えています。",
                "きょう もらえる 量が すくなく なったので、休んでいます。",
                "Fetching is paused: today's limit is nearly used up.",
            ),
            Self::Folder => three("フォルダを読めません。", "フォルダが 読めません。", "The folder cannot be read."),
            Self::Settings => three("設定に誤りがあります。", "設定が まちがっています。", "The settings cannot work."),
            Self::Internal => {
                three("内部エラーが起きました。", "システムの エラーです。", "An internal fault occurred.")
            }
        }
    }
}

fn atom(error: AtomError) -> Text {
    match error {
        AtomError::TooLarge => Trouble::TooLarge.text(),
        AtomError::NotUtf8 => three("UTF-8 ではない応答です。", "文字が 読めません。", "The answer is not UTF-8."),
        AtomError::NotXml => {
            three("XML として読めない応答です。", "データが こわれています。", "The answer is not XML.")
        }
        AtomError::NotAtom => {
            three("フィードではない応答です。", "ちがう データが きました。", "The answer is not a feed.")
        }
    }
}

/// Why bytes are no telegram.
pub(crate) fn refused(refusal: &Refusal) -> Text {
    let (ja, en) = match (refusal.line, refusal.column) {
        (Some(line), Some(column)) => {
            (format!("（{line}行{column}文字目）"), format!(" (line {line}, column {column})"))
        }
        (Some(line), None) => (format!("（{line}行目）"), format!(" (line {line})")),
        (None, _) => (String::new(), String::new()),
    };
    Text::new(
        format!("{}{ja}", refusal.ja),
        "読めない データです。そのまま しまいました。",
        format!("{}{en}", refusal.en),
    )
}

/// A telegram that can be read, but not for us.
pub(crate) fn archived_only(kind: &str) -> Text {
    Text::new(
        format!("対象外または未知の種類の電文です（{kind}）。原文を保存しました。"),
        format!("この システムが 読まない 種類の 情報です（{kind}）。そのまま しまいました。"),
        format!("A telegram of a type outside this system's mission or unknown to it ({kind}). The original is kept."),
    )
}

/// A telegram of an earthquake or a tsunami that does not say of which one.
pub(crate) fn no_event(kind: &str) -> Text {
    Text::new(
        format!("地震識別番号（EventID）がない電文です（{kind}）。解釈できないため、原文を保存しました。"),
        format!("どの 地震（じしん）の 情報か わかりません（{kind}）。そのまま しまいました。"),
        format!("Not understood: this {kind} telegram has no EventID, so its event is unknown. The original is kept."),
    )
}

/// An understood telegram with parts that were not.
pub(crate) fn unknown_parts(count: i64) -> Text {
    Text::new(
        format!("未知の符号または要素が {count} か所あります。"),
        format!("わからない ところが {count}つ あります。"),
        format!("{count} codes or parts are unknown."),
    )
}

/// The parser failed on the input; a fault of ours.
pub(crate) fn parser_fault() -> Text {
    three(
        "電文の読み取り中に内部エラーが起きました。原文を保存しました。",
        "読んでいる ときに システムの エラーが おきました。そのまま しまいました。",
        "An internal fault occurred while reading. The original is kept.",
    )
}

/// The announcement of a source, from its key.
pub(crate) fn spec(origin: &Origin) -> SourceSpec {
    let key = origin.key.as_str();
    let on_demand = Expectation::default();
    let (name, expect) = match key.split_once(':').unwrap_or((key, "")) {
        ("jma-regular", _) => (jma("定時", "いつもの 天気", "regular"), pull(20)),
        ("jma-extra", _) => (jma("随時（警報・注意報など）", "けいほう・ちゅういほう", "warnings"), pull(60)),
        ("jma-eqvol", _) => {
            (jma("地震・津波・火山", "じしん・つなみ・火山", "earthquakes, tsunamis, volcanoes"), pull(6 * 60))
        }
        ("jma-other", _) => (jma("その他", "そのほか", "other"), pull(12 * 60)),
        (UPLOAD | UPLOAD_DRILL, _) => {
            (three("職員によるアップロード", "しょくいんが 入れた 情報", "Upload by staff"), on_demand)
        }
        (REPLAY, _) => (three("シナリオ再生", "くんれんの さいせい", "Replay of a scenario"), on_demand),
        ("watch", folder) => (named("監視フォルダ", "フォルダ", "Drop folder", folder), watched()),
        ("push" | "push-drill", who) => (named("配信事業者", "くばる 会社", "Distributor", who), on_demand),
        _ => (Text::same(key), on_demand),
    };
    let name = name.marked(origin.mode);
    SourceSpec { key: key.to_owned(), name, mode: origin.mode, expect }
}

/// A pull feed is asked once a minute; two minutes without an answer are late.
fn pull(content_minutes: u64) -> Expectation {
    Expectation { contact: Some(Duration::from_mins(2)), content: Some(Duration::from_mins(content_minutes)) }
}

/// A watched folder is looked at many times a second; nobody promises that files come.
fn watched() -> Expectation {
    Expectation { contact: Some(Duration::from_secs(30)), content: None }
}

fn jma(ja: &str, easy: &str, en: &str) -> Text {
    Text::new(format!("気象庁防災情報XML {ja}"), format!("気象庁の 情報 {easy}"), format!("JMA telegrams: {en}"))
}

fn named(ja: &str, easy: &str, en: &str, name: &str) -> Text {
    Text::new(format!("{ja}「{name}」"), format!("{easy}「{name}」"), format!("{en} “{name}”"))
}

pub(crate) fn three(ja: &str, easy: &str, en: &str) -> Text {
    Text::new(ja.to_owned(), easy.to_owned(), en.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trouble_is_said_in_three_languages() {
        let all = [
            Trouble::Status(500),
            Trouble::Slow,
            Trouble::Unreachable,
            Trouble::TooLarge,
            Trouble::Atom(AtomError::NotAtom),
            Trouble::Atom(AtomError::NotXml),
            Trouble::Telegrams(2),
            Trouble::BudgetSpent,
            Trouble::Folder,
            Trouble::Settings,
            Trouble::Internal,
        ];
        for trouble in all {
            let text = trouble.text();
            assert!(!text.ja.is_empty() && !text.easy.is_empty() && text.en.is_ascii(), "{trouble:?}");
        }
    }

    #[test]
    fn a_drill_source_says_so_in_its_name() {
        for key in ["jma-extra", "watch:in", "upload", "replay", "push:x"] {
            let name = spec(&Origin::drill(key)).name;
            for text in [&name.ja, &name.easy, &name.en] {
                assert_eq!(text.matches("【訓練】").count(), 1, "{key}: {text}");
            }
        }
        assert!(!spec(&Origin::live("jma-extra")).name.ja.contains("訓練"));
    }
}
