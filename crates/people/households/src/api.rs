//! Households over HTTP: `/api/households/…`.

mod command;
mod consents;
mod family;
mod keys;
mod looked;
mod mine;
mod protection;
mod refusal;
mod tokens;

use std::time::Duration;

use http::{Actor, App, Class, Problem, Router, class};
use identity::{Browser, Rate};
use store::Conn;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::db::{self, Member, Stored};
use crate::vault::DataKey;

/// A list of protected people is a few thousand lines.
const LARGEST_LIST: usize = 4 << 20;

/// Everything under `/api/households`.
pub fn routes() -> Router {
    // A hundred thousand phones must not stand in the way of the staff.
    let residents = Router::new()
        .routes(routes!(mine::show, mine::put, mine::delete))
        .routes(routes!(mine::export))
        .routes(routes!(tokens::list, tokens::make))
        .routes(routes!(tokens::revoke))
        .routes(routes!(tokens::reissue))
        .routes(routes!(consents::list, consents::say))
        .routes(routes!(family::devices))
        .routes(routes!(family::set_guardian, family::remove))
        .routes(routes!(family::invite))
        .routes(routes!(family::join))
        .routes(routes!(family::leave))
        .routes(routes!(looked::list))
        .routes(routes!(keys::show))
        .routes(routes!(keys::desk));
    let office = Router::new()
        .routes(routes!(keys::rotate))
        .routes(routes!(protection::list))
        .routes(routes!(protection::set))
        .routes(routes!(protection::unset))
        .merge(http::body_limit(LARGEST_LIST, Router::new().routes(routes!(protection::import))));
    class(Class::Public, residents).merge(class(Class::Staff, office))
}

/// The family of the device that asks.
struct Family {
    member: Member,
    stored: Stored,
    key: DataKey,
}

impl Family {
    /// 404 for a device that belongs to no household.
    async fn of(app: &App, conn: &mut Conn, device: Uuid) -> Result<Self, Problem> {
        let member = db::member(conn, device).await?.ok_or_else(Problem::not_found)?;
        let stored = db::household(conn, member.of()).await?.ok_or_else(Problem::not_found)?;
        let key = DataKey::find(app, conn, member.of()).await?.ok_or_else(Problem::not_found)?;
        Ok(Self { member, stored, key })
    }

    /// Refuses whoever does not manage the family.
    fn require_guardian(&self) -> Result<(), Problem> {
        if self.member.guardian { Ok(()) } else { Err(refusal::guardian_only()) }
    }

    fn subject(&self) -> u128 {
        self.stored.subject.as_u128()
    }
}

/// Thousands of phones may stand behind one address of a mobile network; one device has little to do so often.
const PER_NETWORK: Rate = Rate { tries: 6_000, window: Duration::from_mins(5) };
const PER_DEVICE: Rate = Rate { tries: 120, window: Duration::from_mins(5) };

/// The device that asks, unless it asks too often.
fn device(app: &App, actor: &Actor, browser: &Browser) -> Result<Uuid, Problem> {
    let device = actor.require_device()?;
    browser.limit(app, "households", PER_NETWORK)?;
    browser.limit(app, &format!("households {device}"), PER_DEVICE)?;
    Ok(device)
}

/// What one device does at a time: its repeats wait for each other.
async fn in_turn(conn: &mut Conn, device: Uuid) -> Result<(), Problem> {
    Ok(conn.lock(&format!("households.device.{device}")).await?)
}
