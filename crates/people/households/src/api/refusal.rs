//! What the rules refuse, in the words of the wire. They never repeat what was typed, but for a date.

use http::Problem;
use kernel::era::{self, EraError};

use crate::model::{Fault, MAX_LIST, MAX_PERSONS, Refusal};

/// A refusal of the model, under the name of the field that holds it.
pub(super) fn refused(parent: &str, refusal: &Refusal) -> Problem {
    let field = match (parent, refusal.field.as_str()) {
        ("", field) => field.to_owned(),
        (parent, "" | ".") => parent.to_owned(),
        (parent, field) => format!("{parent}.{field}"),
    };
    let (ja, en) = words(&refusal.fault);
    Problem::invalid(field, ja, en)
}

fn words(fault: &Fault) -> (String, String) {
    let (ja, en) = match fault {
        Fault::MyNumber => (
            "マイナンバー（個人番号）と思われる12桁の数字が含まれています。マイナンバーはどの欄にも書かないでください。",
            "There are 12 digits that look like a My Number. Do not write a My Number in any field.",
        ),
        Fault::Empty => ("世帯の方を1人以上入力してください。", "Enter at least one person."),
        Fault::TooManyPersons => return too_many_persons(),
        Fault::SamePerson => {
            ("同じ人が2回入っています。片方を消してください。", "The same person is there twice. Remove one of them.")
        }
        Fault::TooMany => return too_many(),
        Fault::Missing => ("入力してください。", "This is needed."),
        Fault::TooLong(longest) => return too_long(*longest),
        Fault::Control => (
            "使えない制御文字が含まれています。消して入力し直してください。",
            "There are control characters. Remove them.",
        ),
        Fault::Kana => ("ふりがなは、ひらがなで入力してください。", "Write the reading in hiragana."),
        Fault::Phone => (
            "電話番号は市外局番から10桁か11桁の数字で入力してください。外国の番号は「+」から入力してください。",
            "A telephone number has 10 or 11 digits with its area code; one of another country begins with +.",
        ),
        Fault::Postcode => ("郵便番号は7桁の数字で入力してください。", "A postcode has seven digits."),
        Fault::Municipality => ("お住まいの市町村を選んでください。", "Choose the municipality you live in."),
        Fault::Language => ("言語を一覧から選んでください。", "Choose a language of the list."),
        Fault::Pets => ("ペットの数は1〜200で入力してください。", "There are 1 to 200 pets of a kind."),
        Fault::Birth(error) => return birth(error),
        Fault::Unborn => (
            "生年月日が今日より後になっています。年を確かめてください。",
            "The birth date is in the future. Check the year.",
        ),
        Fault::Shape => (
            "この項目の形が正しくありません。選び直すか入力し直してください。",
            "This value is not in the expected form.",
        ),
    };
    (ja.to_owned(), en.to_owned())
}

fn too_many_persons() -> (String, String) {
    (
        format!(
            "1つの世帯に登録できるのは{MAX_PERSONS}人までです。{}人目からは別の世帯として登録してください。",
            MAX_PERSONS + 1
        ),
        format!("A household has at most {MAX_PERSONS} people. Register the others as another household."),
    )
}

fn too_many() -> (String, String) {
    (format!("登録できるのは{MAX_LIST}件までです。"), format!("There can be at most {MAX_LIST} entries."))
}

fn too_long(longest: usize) -> (String, String) {
    (format!("{longest}文字までで入力してください。"), format!("At most {longest} characters."))
}

fn birth(error: &EraError) -> (String, String) {
    let (ja, en) = match error {
        EraError::Unreadable => (
            "生年月日は「19630105」「昭和38年1月5日」「S38.1.5」のように、年・月・日を入力してください。",
            "Write year, month and day, e.g. 19630105 or S38.1.5.",
        ),
        EraError::NoSuchDay => {
            ("この日付はありません。月と日を確かめてください。", "There is no such day. Check month and day.")
        }
        EraError::LunarCalendar => {
            ("明治6年（1873年）より前の日付は入力できません。", "Dates before 1873 cannot be entered.")
        }
        EraError::OutsideEra { written, meant } => {
            let both = era::format_both(*meant);
            return (
                format!(
                    "{written}という日付はありません。{}の年数を確かめてください。{both}のことなら「{}」と入力してください。",
                    written.era.kanji(),
                    meant.format("%Y%m%d")
                ),
                format!(
                    "The era had ended or not begun by then. If you mean {meant}, write {}.",
                    meant.format("%Y%m%d")
                ),
            );
        }
    };
    (ja.to_owned(), en.to_owned())
}

pub(super) fn guardian_only() -> Problem {
    Problem::new(
        axum::http::StatusCode::FORBIDDEN,
        "guardian-only",
        "この操作は世帯の管理者の端末からお願いします。",
        "Only the device that manages the household can do this.",
    )
}

pub(super) fn stale_revision() -> Problem {
    Problem::conflict(
        "stale-revision",
        "別の端末で先に変更されています。最新の内容を読み込んでから、もう一度変更してください。",
        "Another device changed it first. Load the newest version and change that.",
    )
}

pub(super) fn household_gone() -> Problem {
    Problem::conflict(
        "household-gone",
        "この世帯の登録は削除されています。新しく登録し直してください。",
        "This registration was deleted. Register again.",
    )
}
