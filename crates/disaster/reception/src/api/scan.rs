//! The scan: from a code to the household that stands at the desk. It never refuses.

use axum::extract::State as Shared;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use households::disclosure::{self, Held, Origin, Personal};
use households::{Audience, Household, Look, Purpose};
use http::{Actor, App, Duty, Json, Problem};
use kernel::{AreaCode, Mode, areas};
use serde::{Deserialize, Serialize};
use store::envelope::{self, Envelope};
use utoipa::ToSchema;
use uuid::Uuid;

use super::board;
use super::views::{Standing, standing};
use crate::contents::fetch_keys;
use crate::event::Subject;
use crate::fold::{Party, Place};
use crate::live::Live;
use crate::node::Role;
use crate::scan::{Code, Flag, PhoneCode};
use crate::upstream;

/// A code at a desk (受付コードの読み取り).
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(as = ReceptionScan)]
pub(super) struct Scan {
    /// `M1:…` from paper or a card's reader, `M2:…` from a phone, or the 27 letters as somebody typed them.
    code: String,
    #[schema(value_type = String, format = Uuid)]
    disaster: Uuid,
    /// The facility; absent for a desk outside of every shelter.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    shelter: Option<Uuid>,
    /// JIS code of the desk's municipality; left out: that of the shelter, else what the caller's duty is for.
    #[serde(default)]
    municipality: Option<String>,
}

/// Who that is, as far as the code says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceptionScanned)]
pub(super) struct Scanned {
    /// Null for an unreadable code: type the card, or count the people.
    subject: Option<String>,
    /// 0 unreadable, 1 a code in doubt or that nobody registered, 2 a registered one.
    assurance: u8,
    flags: Vec<Flag>,
    /// Null when it is unknown, not to be shown here, or the kit is locked.
    household: Option<Household>,
    /// Where it stands in this disaster; null when it was not received anywhere.
    presence: Option<Standing>,
}

/// Resolves a code. Never refuses a person: what is stale, unknown, taken back or forged only lowers the assurance.
#[utoipa::path(
    post, path = "/api/reception/scan", operation_id = "receptionScan", tag = "reception",
    request_body(content = Scan, example = json!({
        "code": "M1:000000000000000000000000000", "disaster": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21",
        "shelter": "019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e23", "municipality": "02203"
    })),
    responses(
        (status = 200, description = "Who that is", body = Scanned, example = json!({
            "subject": "3f1c2f7e5b0a4c6d8e9fa0b1c2d3e4f5", "assurance": 1, "flags": ["unknown"], "household": null,
            "presence": null
        })),
        (status = 404, description = "`not-found`"),
    ),
    extensions(("x-who" = json!("own-area")))
)]
pub(super) async fn scan(
    Shared(app): Shared<App>,
    actor: Actor,
    Json(scan): Json<Scan>,
) -> Result<Json<Scanned>, Problem> {
    let areas = actor.require_anywhere(Duty::ShelterDesk)?;
    let desk = Desk::of(&app, &actor, &scan, &areas).await?;
    let live = Live::of(&app)?;
    fetch_keys(&app, &live, &desk.municipality).await?;
    let read = match Code::read(&scan.code) {
        Code::Unreadable => {
            let flags = vec![Flag::Unreadable];
            return Ok(Json(Scanned { subject: None, assurance: 0, flags, household: None, presence: None }));
        }
        Code::Token(token) => resolve(&app, &live, &token, None).await?,
        Code::Phone(phone) => resolve(&app, &live, &phone.token.clone(), Some(&phone)).await?,
    };
    let subject = Subject(read.subject);
    let party = live.scope(scan.disaster).and_then(|scope| live.ask(|register| register.subject(scope, subject)));
    let household = if live.is_locked() { None } else { desk.show(&app, &actor, &read, party.as_ref()).await? };
    let mut flags = read.flags;
    if household.as_ref().is_some_and(|one| !one.municipality.is_empty() && one.municipality != desk.municipality) {
        flags.push(Flag::Foreign);
    }
    flags.sort_unstable();
    flags.dedup();
    Ok(Json(Scanned {
        subject: Some(subject.to_string()),
        assurance: read.assurance,
        flags,
        household,
        presence: party.as_ref().and_then(standing),
    }))
}

/// Where the code is scanned.
struct Desk {
    municipality: String,
    place: Place,
    mode: Mode,
}

impl Desk {
    async fn of(app: &App, actor: &Actor, scan: &Scan, own: &[AreaCode]) -> Result<Self, Problem> {
        let venue = match scan.shelter {
            Some(shelter) => board::venue(app, shelter).await?,
            None => None,
        };
        let first = || own.iter().find(|area| **area != areas::PREFECTURE).map(|area| area.code().to_owned());
        let municipality = venue.map(|venue| venue.municipality).or_else(|| scan.municipality.clone()).or_else(first);
        let municipality = municipality.ok_or_else(Problem::not_found)?;
        super::require_desk(actor, &municipality)?;
        let outside = || Place::Outside(municipality.as_str().into());
        let scope = Live::of(app)?.scope(scan.disaster);
        let mode = scope.map_or(Mode::Live, |scope| scope.mode);
        Ok(Self { place: scan.shelter.map_or_else(outside, Place::Shelter), mode, municipality })
    }

    /// The household, if it may be shown at this desk.
    async fn show(
        &self,
        app: &App,
        actor: &Actor,
        read: &Resolved,
        party: Option<&Party>,
    ) -> Result<Option<Household>, Problem> {
        let stands = party.and_then(|party| party.standing.as_ref());
        let present = stands.is_some_and(|standing| standing.presence.is_present() && standing.place == self.place);
        let facility = match self.place {
            Place::Shelter(facility) => Some(facility),
            Place::Outside(_) => None,
        };
        let audience = Audience::Shelter { municipality: self.municipality.clone(), facility, present };
        let look = Look { purpose: Purpose::Reception, audience, mode: self.mode };
        let mut conn = app.store.read().await?;
        let registered = if read.registered { disclosure::find(app, &mut conn, read.subject).await? } else { None };
        drop(conn);
        let registered = registered.or_else(|| read.card.clone().map(Personal::new));
        let held = match (&read.said, registered) {
            // Face to face: what the phone says now.
            (Some(said), _) => Some((Personal::new(said.clone()), Origin::Desk { safety: None })),
            (None, Some(household)) => Some((household, Origin::Registration)),
            (None, None) => None,
        };
        let Some((household, origin)) = held else { return Ok(None) };
        let held = vec![Held { subject: read.subject, household, origin }];
        Ok(disclosure::release(app, actor, &look, held).await?.remove(&read.subject))
    }
}

/// What a code says.
struct Resolved {
    subject: u128,
    assurance: u8,
    flags: Vec<Flag>,
    registered: bool,
    /// What a kit's roster says of the family.
    card: Option<Household>,
    /// What the phone says of the family; only from a code whose signature is the family's.
    said: Option<Household>,
}

/// Finds the household of a token, and weighs what the phone says besides.
async fn resolve(
    app: &App,
    live: &Live,
    token: &households::Token,
    phone: Option<&PhoneCode>,
) -> anyhow::Result<Resolved> {
    let role = live.node()?.role;
    let found = match role {
        Role::Centre => at_centre(app, token).await?,
        Role::Kit => on_kit(app, live, token).await?,
    };
    let mut flags = Vec::new();
    let mut said = None;
    if let Some(phone) = phone {
        let said_for = phone_says(live, phone, &mut flags, app.clock.now());
        if let Some(found) = &found {
            if phone.subject == found.subject && found.signers.have_signed(phone) {
                said = said_for;
            } else {
                flags.push(Flag::Forged);
            }
        } else {
            // Nobody vouches for the signature; what it says is shown, as what somebody says.
            said = said_for;
        }
    }
    match &found {
        None => flags.push(Flag::Unknown),
        Some(found) if found.revoked => flags.push(Flag::Revoked),
        Some(_) => {}
    }
    let sure = flags.iter().all(|flag| *flag == Flag::Foreign);
    // A code that was taken back, or forged, shows nothing of the family.
    let registered = found.as_ref().is_some_and(|found| !found.revoked) && !flags.contains(&Flag::Forged);
    Ok(Resolved {
        subject: found.as_ref().map_or_else(|| unknown(role, token, phone), |found| found.subject),
        assurance: if sure { 2 } else { 1 },
        flags,
        registered,
        card: found.and_then(|found| found.card).filter(|_| registered),
        said,
    })
}

/// The household of a token that nobody here knows. A phone says which family it is; a kit, whose roster may be days old, takes
/// its word, so that it is the same family at the centre, and before and after the kit was unlocked. Anything else is as every
/// desk derives it.
fn unknown(role: Role, token: &households::Token, phone: Option<&PhoneCode>) -> u128 {
    match (role, phone) {
        (Role::Kit, Some(phone)) => phone.subject,
        _ => Subject::of_token(token.bytes()).0,
    }
}

/// Who a token belongs to, as far as this node knows.
struct Owner {
    subject: u128,
    revoked: bool,
    signers: Signers,
    /// Out of a kit's roster.
    card: Option<Household>,
}

/// Whose signature a phone's code may carry.
enum Signers {
    Keys(Vec<Vec<u8>>),
    /// SHA-256 of the keys: all that a kit has.
    Hashes(Vec<String>),
}

impl Signers {
    fn have_signed(&self, phone: &PhoneCode) -> bool {
        match self {
            Self::Keys(keys) => phone.is_signed_by(keys),
            Self::Hashes(hashes) => phone.is_signed_by_one_of(hashes),
        }
    }
}

async fn at_centre(app: &App, token: &households::Token) -> anyhow::Result<Option<Owner>> {
    let mut conn = app.store.read().await?;
    let Some(found) = households::find_by_token(app, &mut conn, token).await? else { return Ok(None) };
    let keys = households::signers(&mut conn, found.household).await?;
    let keys = keys.iter().filter_map(|key| B64.decode(key.as_str()).ok()).collect();
    Ok(Some(Owner { subject: found.subject, revoked: found.revoked, signers: Signers::Keys(keys), card: None }))
}

/// From the roster. A card of protected people stays shut: the kit cannot know who may see it.
async fn on_kit(app: &App, live: &Live, token: &households::Token) -> anyhow::Result<Option<Owner>> {
    let Some(books) = upstream::standing(app).await? else { return Ok(None) };
    let Some(known) = upstream::look_up(app, &books, token.bytes()).await? else { return Ok(None) };
    let Ok(subject) = u128::from_str_radix(&known.subject, 16) else { return Ok(None) };
    let card = if known.protected { None } else { open_card(live, subject, &known.card) };
    Ok(Some(Owner { subject, revoked: known.revoked, signers: Signers::Hashes(known.signers), card }))
}

fn open_card(live: &Live, subject: u128, sealed: &serde_json::Value) -> Option<Household> {
    let sealed: Envelope = serde::Deserialize::deserialize(sealed).ok()?;
    let kid = sealed.addressees.first()?.to.clone();
    let context = households::roster_context(subject);
    let plain = live.keyring().with_key(&kid, |key| envelope::open(&context, &sealed, key).ok())??;
    serde_json::from_slice(&plain).ok()
}

fn phone_says(live: &Live, phone: &PhoneCode, flags: &mut Vec<Flag>, now: kernel::Timestamp) -> Option<Household> {
    if !phone.is_fresh(now) {
        flags.push(Flag::Stale);
    }
    let opened = live.keyring().with_code_key(&phone.kid, |key| phone.open(key));
    // Whose key it is sealed to cannot be told while there are none.
    if opened.is_none() && !live.is_locked() {
        flags.push(Flag::Foreign);
    }
    opened.flatten()
}
