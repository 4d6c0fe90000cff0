//! Words for the timeline: what changed, and where.

use kernel::{AreaCode, CodeType, Text, areas};

use crate::model::HazardState;

use super::state_name;

/// One line: raised, lowered, lifted or withdrawn.
pub fn change_title(from: Option<&HazardState>, to: Option<&HazardState>, withdrawn: bool) -> Text {
    match (from, to) {
        (Some(from), Some(to)) if to.derived.rank < from.derived.rank => {
            let (old, new) = (state_name(from), state_name(to));
            Text::new(
                format!("{}に切り替え（{}から）", new.ja, old.ja),
                format!("少し 弱く なりました：{}", new.easy),
                format!("{} (lowered from {})", new.en, old.en),
            )
        }
        (_, Some(to)) => {
            let new = state_name(to);
            Text::new(format!("{} 発表", new.ja), new.easy, format!("{} issued", new.en))
        }
        (Some(from), None) if withdrawn => {
            let old = state_name(from);
            Text::new(
                format!("{} 取消", old.ja),
                format!("まちがいでした。取り消します：{}", old.easy),
                format!("{} withdrawn", old.en),
            )
        }
        (Some(from), None) => {
            let old = state_name(from);
            Text::new(format!("{} 解除", old.ja), format!("おわりました：{}", old.easy), format!("{} lifted", old.en))
        }
        (None, None) => Text::default(),
    }
}

/// Named one by one up to here.
const NAMED: usize = 4;

/// 三八上北, 八戸市・三沢市, 青森市など12市町村. No codes means the whole prefecture.
pub fn places(codes: &[String]) -> Text {
    let all = areas::municipalities();
    if codes.is_empty() || codes.len() == all.len() {
        return super::area(&areas::PREFECTURE, "");
    }
    for class10 in ["020010", "020020", "020030"] {
        let area = AreaCode::new(CodeType::Class10, class10);
        let inside = areas::municipalities_in(&area);
        if inside.len() == codes.len() && inside.iter().all(|m| codes.iter().any(|c| c == m.jis5)) {
            return super::area(&area, class10);
        }
    }
    let known: Vec<_> = codes.iter().filter_map(|c| areas::municipality(c)).collect();
    let named: Vec<Text> = known.iter().take(NAMED).map(|m| areas::municipality_text(m)).collect();
    let named = super::list(&named);
    if known.len() <= NAMED {
        return named;
    }
    let n = known.len();
    Text::new(
        format!("{}など{n}市町村", named.ja),
        format!("{}など {n}の 市町村", named.easy),
        format!("{} and others, {n} municipalities", named.en),
    )
}
