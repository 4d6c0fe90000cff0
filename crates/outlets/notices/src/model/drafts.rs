//! The same notice for channels that people enter by hand (原稿): エリアメール and 防災行政無線.

use kernel::areas;
use serde::Serialize;
use utoipa::ToSchema;

use super::notice::Notice;

/// Characters of a エリアメール: title and text.
const MAIL_TITLE: usize = 15;
const MAIL_BODY: usize = 200;

/// Texts to be entered by hand (手入力用の原稿).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = NoticeDrafts)]
pub struct Drafts {
    /// At most 15 characters.
    pub mail_title: String,
    /// At most 200 characters.
    pub mail_body: String,
    /// Something had to be left out of the mail.
    pub mail_is_cut: bool,
    /// To be read aloud, twice.
    pub radio: String,
}

/// Puts a notice into the forms of the other channels.
pub fn drafts(notice: &Notice) -> Drafts {
    let words = notice.said.words();
    let (title, title_cut) = cut(&words.title.ja, MAIL_TITLE);
    let (body, body_cut) = cut(&words.body.ja, MAIL_BODY);
    let name = match notice.municipalities.as_slice() {
        [one] => areas::municipality(one).map_or("あおもり", |row| row.name),
        _ => "あおもり",
    };
    let call = format!("こちらは、防災{name}です。");
    // A loudspeaker says no brackets.
    let drill = match notice.mode() {
        kernel::Mode::Drill => "これは訓練です。",
        kernel::Mode::Live => "",
    };
    let said = |text: &str| spoken(text.trim_start_matches(kernel::Mode::DRILL_MARK));
    let message = format!("{drill}{}{}", said(&words.title.ja), said(&words.body.ja));
    let radio = format!("{call}{message}繰り返します。{message}{call}");
    Drafts { mail_title: title, mail_body: body, mail_is_cut: title_cut || body_cut, radio }
}

fn cut(text: &str, most: usize) -> (String, bool) {
    if text.chars().count() <= most {
        return (text.to_owned(), false);
    }
    (text.chars().take(most - 1).chain(['…']).collect(), true)
}

/// Ends as a sentence, in one line, without signs that are not read.
fn spoken(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !matches!(c, '\n' | '\r' | '【' | '】')).collect();
    let plain = plain.replace('：', "、");
    if plain.ends_with(['。', '！', '？']) { plain } else { format!("{plain}。") }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kernel::{Id, Mode, Text, Timestamp};
    use uuid::Uuid;

    use super::super::notice::{Addressed, Audience, State, Words};
    use super::super::subscription::Kind;
    use super::*;

    fn notice(mode: Mode, title: &str, body: &str) -> Notice {
        let now = Timestamp::from_secs(1_790_000_000);
        let words = Words { title: Text::same(title), body: Text::same(body) };
        Notice {
            id: Id::from_uuid(Uuid::from_u128(1)),
            kind: Kind::Office,
            state: State::Pending,
            said: Addressed::new(mode, words),
            audience: Audience::Area { municipalities: vec!["02203".into()], shape: None },
            template: "office.water".into(),
            urgent: false,
            municipalities: vec!["02203".into()],
            writer: "staff:a".into(),
            made_at: now,
            submitted_at: None,
            decider: None,
            released_at: None,
            ended_at: None,
            expires_at: now.plus(Duration::from_hours(1)),
            follows: None,
        }
    }

    #[test]
    fn a_loudspeaker_says_it_twice_and_who_speaks() {
        let drafts = drafts(&notice(Mode::Live, "断水のお知らせ", "市川地区で断水しています。復旧の見込み：17時"));
        let once = "断水のお知らせ。市川地区で断水しています。復旧の見込み、17時。";
        let call = "こちらは、防災八戸市です。";
        assert_eq!(drafts.radio, format!("{call}{once}繰り返します。{once}{call}"));
        assert_eq!((drafts.mail_title.as_str(), drafts.mail_is_cut), ("断水のお知らせ", false));
    }

    #[test]
    fn a_drill_says_so_in_every_channel() {
        let drafts = drafts(&notice(Mode::Drill, "断水のお知らせ", "断水です"));
        assert!(drafts.mail_title.starts_with("【訓練】") && drafts.mail_body.starts_with("【訓練】"));
        assert_eq!(drafts.radio.matches("これは訓練です。").count(), 2);
        assert!(!drafts.radio.contains('【'));
    }

    #[test]
    fn a_mail_keeps_its_limits_and_says_when_something_is_missing() {
        let drafts = drafts(&notice(Mode::Drill, &"長".repeat(40), &"文".repeat(300)));
        assert_eq!((drafts.mail_title.chars().count(), drafts.mail_body.chars().count()), (15, 200));
        assert!(drafts.mail_is_cut && drafts.mail_title.ends_with('…') && drafts.mail_title.starts_with("【訓練】"));
    }
}
