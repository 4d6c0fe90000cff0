//! What the import refuses, in the words of the wire.

use http::Problem;

use crate::import::Refused;

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Missing => Self::not_found(),
            Refused::CommandUsed => Self::conflict(
                "command-used",
                "この操作番号は別の操作で使われています。画面を開き直してください。",
                "This command id was used for something else. Reload.",
            ),
            Refused::NotPreviewed => {
                Self::conflict("not-waiting", "この取込は確認待ちではありません。", "The source waits for no decision.")
            }
            Refused::NotApplied => {
                Self::conflict("not-applied", "この取込は適用されていません。", "The source is not applied.")
            }
            Refused::NotReady => Self::conflict(
                "not-ready",
                "種別と市町村を選んでから適用してください。",
                "Choose kind and municipality before applying.",
            ),
            Refused::PlanChanged => Self::conflict(
                "plan-changed",
                "確認のあとに台帳が変わったため、差分を作り直しました。もう一度確認してください。",
                "The register changed since the preview; the differences were made again. Look once more.",
            ),
            Refused::LaterSource(title) => Self::conflict(
                "later-source",
                format!("この後に取り込んだ「{title}」を先に取り消してください。"),
                format!("Undo the later source {title:?} first."),
            ),
            Refused::Field(column, field) => Self::invalid(
                format!("mapping.{column}"),
                format!("「{field}」という項目はありません。項目の一覧から選んでください。"),
                format!("There is no field {field:?}; choose one of the list."),
            ),
            Refused::Municipality(code) => Self::invalid(
                "municipality",
                format!("「{code}」は市町村コードではありません。5桁の数字（例：02203）で指定してください。"),
                format!("{code:?} is no code of a municipality; give five digits, for example 02203."),
            ),
        }
    }
}
