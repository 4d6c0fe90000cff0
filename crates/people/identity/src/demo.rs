//! Sign-in without a key, for a database that was marked as demo while it was empty, and for no other.

use http::{Actor, App, Duty};
use kernel::{AreaCode, Id, Ids, Timestamp, areas};
use serde::Serialize;
use store::Tx;
use utoipa::ToSchema;

use crate::db;
use crate::model::{Account, Grant};
use crate::record::{self, Happened};
use crate::session;

/// A person of the demo (デモ用アカウント) that anybody may sign in as.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DemoAccount {
    #[schema(value_type = uuid::Uuid)]
    pub account: Id<Account>,
    pub name: String,
    pub duties: Vec<Grant>,
}

/// Marks a database as demo, for ever. Refused unless nobody has been here yet.
pub async fn mark_demo(tx: &mut Tx, ids: &Ids, now: Timestamp) -> anyhow::Result<()> {
    if db::demo(tx).await? {
        return Ok(());
    }
    anyhow::ensure!(db::untouched(tx).await?, "this database has accounts: only an empty one becomes a demo");
    db::mark_demo(tx, now).await?;
    record::record(tx, &Actor::system(), ids, now, Happened::new(record::DEMO_MARKED, "database")).await
}

/// Makes the people of the demo, once; gives them in the order to be shown.
pub async fn seed_demo(app: &App) -> anyhow::Result<Vec<DemoAccount>> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    tx.lock("identity.duties").await?;
    anyhow::ensure!(db::demo(&mut tx).await?, "demo accounts live in a demo database only");
    let known = accounts(&mut tx).await?;
    if !known.is_empty() {
        return Ok(known);
    }
    let mut made = Vec::new();
    for (name, duties) in people() {
        let account =
            Account { id: app.ids.next(), name: name.to_owned(), suspended_at: None, demo: true, created_at: now };
        session::create_account(&mut tx, &Actor::system(), &account, &duties, &app.ids).await?;
        made.push(DemoAccount { account: account.id, name: account.name, duties });
    }
    tx.commit().await?;
    Ok(made)
}

/// The demo accounts, in the order they were made; none in a database that is not a demo.
pub(crate) async fn accounts(conn: &mut store::Conn) -> anyhow::Result<Vec<DemoAccount>> {
    if !db::demo(conn).await? {
        return Ok(Vec::new());
    }
    let mut demo = Vec::new();
    for account in db::accounts(conn).await?.into_iter().filter(|a| a.demo && a.suspended_at.is_none()) {
        let duties = db::grants(conn, account.id).await?;
        demo.push(DemoAccount { account: account.id, name: account.name, duties });
    }
    demo.sort_by_key(|d| d.account);
    Ok(demo)
}

/// Two persons in 八戸市, because releasing an evacuation order takes two.
fn people() -> Vec<(&'static str, Vec<Grant>)> {
    use Duty::{
        Administrator, DrillControl, EvacuationOrders, Evacuees, FeedOperator, Notices, Places, Programmes,
        ShelterDesk, Shelters, Watch,
    };
    let give = |duties: &[Duty], area: &AreaCode| -> Vec<Grant> {
        duties.iter().map(|duty| Grant { duty: *duty, area: area.clone() }).collect()
    };
    let (hachinohe, aomori) = (AreaCode::municipality("02203"), AreaCode::municipality("02201"));
    vec![
        ("県 管理者", give(&[Administrator, Watch], &areas::PREFECTURE)),
        (
            "県 災害対策本部",
            give(&[FeedOperator, DrillControl, EvacuationOrders, Notices, Shelters, Watch], &areas::PREFECTURE),
        ),
        ("八戸市 避難情報担当 A", give(&[EvacuationOrders, Notices, Watch], &hachinohe)),
        ("八戸市 避難情報担当 B", give(&[EvacuationOrders, Notices, Watch], &hachinohe)),
        ("県 施設台帳担当", give(&[Places, Watch], &areas::PREFECTURE)),
        ("八戸市 避難所担当", give(&[Places, Shelters, ShelterDesk, Watch], &hachinohe)),
        ("八戸市 避難所受付", give(&[ShelterDesk, Evacuees, Watch], &hachinohe)),
        ("八戸市 安否確認担当", give(&[Evacuees, Watch], &hachinohe)),
        ("八戸市 子育て支援担当", give(&[Programmes, Watch], &hachinohe)),
        ("青森市 避難情報担当", give(&[EvacuationOrders, Watch], &aomori)),
    ]
}
