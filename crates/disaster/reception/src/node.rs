//! The node (拠点): which database this is. A kit in a gymnasium and the centre of the prefecture are the same program.

use http::App;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db;
use crate::sync::Epoch;

/// What a node is for (拠点の役割).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ReceptionRole)]
pub enum Role {
    /// 県の中央: it alone gives receipts.
    Centre,
    /// 避難所キット
    Kit,
}

/// A node (拠点) and the present life of its database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    pub id: Uuid,
    /// 世代: a new one after a restore or a copy; what was said of the old one no longer holds.
    pub epoch: Epoch,
    pub role: Role,
}

/// A node on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReceptionNode)]
pub struct NodeView {
    pub id: String,
    pub epoch: String,
    pub role: Role,
    /// Without its keys nothing personal can be read here; admissions go on.
    pub locked: bool,
}

impl Role {
    /// As in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Centre => "centre",
            Self::Kit => "kit",
        }
    }
}

impl Node {
    /// What this database is; made with `role` at the first start, and never changed by a later one.
    pub async fn find_or_make(app: &App, role: Role) -> anyhow::Result<Self> {
        let now = app.clock.now();
        let mut tx = app.store.write().await?;
        db::node::put(&mut tx, app.ids.uuid(), app.ids.uuid(), role.as_str(), now).await?;
        let (id, epoch, role) = db::node::find(&mut tx).await?.ok_or(store::Error::NotFound)?;
        tx.commit().await?;
        let role = if role == Role::Kit.as_str() { Role::Kit } else { Role::Centre };
        Ok(Self { id, epoch: Epoch(epoch), role })
    }

    /// Makes this database the kit that was enrolled under this id.
    pub async fn make_kit(app: &App, id: Uuid) -> anyhow::Result<Self> {
        let mut tx = app.store.write().await?;
        db::node::put(&mut tx, id, app.ids.uuid(), Role::Kit.as_str(), app.clock.now()).await?;
        tx.commit().await?;
        let node = Self::find_or_make(app, Role::Kit).await?;
        anyhow::ensure!(node.id == id && node.role == Role::Kit, "this database belongs to another node, {}", node.id);
        Ok(node)
    }

    /// Begins a new epoch in the database (復元・複製の後), greater than every one that anybody has spoken of: what was said
    /// of the old one no longer holds. The running process goes on with it through [`crate::Live::set_node`].
    pub async fn renew(self, app: &App, above: Option<Epoch>) -> anyhow::Result<Self> {
        let epoch = Epoch::begin(app.ids.uuid(), above.max(Some(self.epoch)));
        let mut tx = app.store.write().await?;
        db::node::renew(&mut tx, epoch.0, app.clock.now()).await?;
        tx.commit().await?;
        Ok(Self { epoch, ..self })
    }

    /// As everybody at a desk may see it.
    pub fn view(self, locked: bool) -> NodeView {
        NodeView { id: self.id.to_string(), epoch: self.epoch.0.to_string(), role: self.role, locked }
    }
}
