//! Households, the keys to them, the devices linked to them, invitations, and commands that were carried out.

use chrono::{DateTime, Utc};
use kernel::{Id, Timestamp};
use store::{Conn, sql};
use uuid::Uuid;

use crate::model::Household;

const BY_ID: &str =
    "SELECT id, subject, revision, data, changed_at FROM households_household WHERE id = $1 AND deleted_at IS NULL";
const BY_SUBJECT: &str = "SELECT id, subject, revision, data, changed_at FROM households_household
    WHERE subject = $1 AND deleted_at IS NULL";
const IN_MUNICIPALITY: &str = "SELECT id, subject, revision, data, changed_at FROM households_household
    WHERE municipality = $1 AND deleted_at IS NULL AND id > $2 ORDER BY id LIMIT $3";
const LIVES_IN: &str = "SELECT COUNT(*) FROM households_household
    WHERE subject = $1 AND municipality = $2 AND deleted_at IS NULL";
const INSERT: &str =
    "INSERT INTO households_household (id, subject, municipality, revision, data, created_at, changed_at)
    VALUES ($1, $2, $3, 1, $4, $5, $6)";
const UPDATE: &str =
    "UPDATE households_household SET municipality = $1, data = $2, changed_at = $3, revision = revision + 1
    WHERE id = $4 AND revision = $5 AND deleted_at IS NULL";
const BURY: &str = "UPDATE households_household SET data = NULL, deleted_at = $1, changed_at = $2, revision = revision + 1 WHERE id = $3";
const PUT_KEY: &str = "INSERT INTO households_data_key (household, sealed) VALUES ($1, $2)";
const KEY: &str = "SELECT sealed FROM households_data_key WHERE household = $1";
const DESTROY_KEY: &str = "DELETE FROM households_data_key WHERE household = $1";
const LINK: &str =
    "INSERT INTO households_member (device, household, guardian, person, joined_at) VALUES ($1, $2, $3, $4, $5)";
const MEMBER: &str = "SELECT device, household, guardian, person, joined_at FROM households_member WHERE device = $1";
const MEMBERS: &str =
    "SELECT device, household, guardian, person, joined_at FROM households_member WHERE household = $1
    ORDER BY joined_at, device LIMIT 100";
const UNLINK: &str = "DELETE FROM households_member WHERE device = $1";
const UNLINK_ALL: &str = "DELETE FROM households_member WHERE household = $1";
const SET_GUARDIAN: &str = "UPDATE households_member SET guardian = $1 WHERE device = $2";
const INVITE: &str = "INSERT INTO households_invite (code, household, person, expires_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (code) DO NOTHING";
const INVITE_ENDS: &str = "SELECT expires_at FROM households_invite WHERE code = $1";
const ACCEPT: &str = "UPDATE households_invite SET used_at = $1 WHERE code = $2 AND used_at IS NULL AND expires_at > $3
    RETURNING household, person";
const FORGET_INVITES: &str = "DELETE FROM households_invite WHERE household = $1 OR expires_at < $2";
const COMMAND: &str = "INSERT INTO households_command (command, who, digest, at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (command) DO NOTHING";
const FIND_COMMAND: &str = "SELECT who, digest FROM households_command WHERE command = $1";
const FORGET_COMMANDS: &str = "DELETE FROM households_command WHERE at < $1";

pub(super) const SQL: &[&str] = &[
    BY_ID,
    BY_SUBJECT,
    IN_MUNICIPALITY,
    LIVES_IN,
    INSERT,
    UPDATE,
    BURY,
    PUT_KEY,
    KEY,
    DESTROY_KEY,
    LINK,
    MEMBER,
    MEMBERS,
    UNLINK,
    UNLINK_ALL,
    SET_GUARDIAN,
    INVITE,
    INVITE_ENDS,
    ACCEPT,
    FORGET_INVITES,
    COMMAND,
    FIND_COMMAND,
    FORGET_COMMANDS,
];

/// A household as it is stored: sealed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Stored {
    pub(crate) id: Uuid,
    pub(crate) subject: Uuid,
    pub(crate) revision: i64,
    pub(crate) data: Option<Vec<u8>>,
    changed_at: DateTime<Utc>,
}

impl Stored {
    pub(crate) fn changed_at(&self) -> Timestamp {
        self.changed_at.into()
    }

    pub(crate) fn household(&self) -> Id<Household> {
        self.id.into()
    }
}

/// A device that is linked to a household.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Member {
    pub(crate) device: Uuid,
    pub(crate) household: Uuid,
    pub(crate) guardian: bool,
    /// The entry that is the device's own.
    pub(crate) person: Option<Uuid>,
    joined_at: DateTime<Utc>,
}

impl Member {
    pub(crate) fn joined_at(&self) -> Timestamp {
        self.joined_at.into()
    }

    pub(crate) fn of(&self) -> Id<Household> {
        self.household.into()
    }
}

pub(crate) async fn household(conn: &mut Conn, id: Id<Household>) -> anyhow::Result<Option<Stored>> {
    Ok(sql(BY_ID).bind(id).fetch_optional(conn).await?)
}

pub(crate) async fn household_by_subject(conn: &mut Conn, subject: u128) -> anyhow::Result<Option<Stored>> {
    Ok(sql(BY_SUBJECT).bind(Uuid::from_u128(subject)).fetch_optional(conn).await?)
}

/// Households of a municipality in the order of their ids, after the given one.
pub(crate) async fn households_in(conn: &mut Conn, jis5: &str, after: Uuid, limit: u32) -> anyhow::Result<Vec<Stored>> {
    Ok(sql(IN_MUNICIPALITY).bind(jis5).bind(after).bind(limit).fetch_all(conn).await?)
}

pub(crate) async fn lives_in(conn: &mut Conn, subject: u128, jis5: &str) -> anyhow::Result<bool> {
    let found: i64 = sql(LIVES_IN).bind(Uuid::from_u128(subject)).bind(jis5).fetch_value(conn).await?;
    Ok(found > 0)
}

pub(crate) async fn insert_household(
    conn: &mut Conn,
    id: Id<Household>,
    subject: u128,
    jis5: &str,
    data: Vec<u8>,
    now: Timestamp,
) -> anyhow::Result<()> {
    sql(INSERT).bind(id).bind(Uuid::from_u128(subject)).bind(jis5).bind(data).bind(now).bind(now).execute(conn).await?;
    Ok(())
}

/// Changes the household if it still has this revision; false if somebody was first.
pub(crate) async fn update_household(
    conn: &mut Conn,
    id: Id<Household>,
    revision: i64,
    jis5: &str,
    data: Vec<u8>,
    now: Timestamp,
) -> anyhow::Result<bool> {
    let rows = sql(UPDATE).bind(jis5).bind(data).bind(now).bind(id).bind(revision).execute(conn).await?;
    Ok(rows == 1)
}

/// Leaves of a household nothing but that it was there.
pub(crate) async fn bury(conn: &mut Conn, id: Id<Household>, now: Timestamp) -> anyhow::Result<()> {
    sql(DESTROY_KEY).bind(id).execute(conn).await?;
    sql(UNLINK_ALL).bind(id).execute(conn).await?;
    sql(FORGET_INVITES).bind(id).bind(now).execute(conn).await?;
    super::forget_tokens(conn, id).await?;
    super::forget_consents(conn, id).await?;
    sql(BURY).bind(now).bind(now).bind(id).execute(conn).await?;
    Ok(())
}

pub(crate) async fn put_data_key(conn: &mut Conn, id: Id<Household>, sealed: Vec<u8>) -> anyhow::Result<()> {
    sql(PUT_KEY).bind(id).bind(sealed).execute(conn).await?;
    Ok(())
}

pub(crate) async fn data_key(conn: &mut Conn, id: Id<Household>) -> anyhow::Result<Option<Vec<u8>>> {
    let row = sql(KEY).bind(id).fetch_optional::<(Vec<u8>,)>(conn).await?;
    Ok(row.map(|(sealed,)| sealed))
}

pub(crate) async fn link(
    conn: &mut Conn,
    device: Uuid,
    household: Id<Household>,
    guardian: bool,
    person: Option<Uuid>,
    now: Timestamp,
) -> anyhow::Result<()> {
    sql(LINK).bind(device).bind(household).bind(guardian).bind(person).bind(now).execute(conn).await?;
    Ok(())
}

pub(crate) async fn member(conn: &mut Conn, device: Uuid) -> anyhow::Result<Option<Member>> {
    Ok(sql(MEMBER).bind(device).fetch_optional(conn).await?)
}

pub(crate) async fn members(conn: &mut Conn, household: Id<Household>) -> anyhow::Result<Vec<Member>> {
    Ok(sql(MEMBERS).bind(household).fetch_all(conn).await?)
}

pub(crate) async fn unlink(conn: &mut Conn, device: Uuid) -> anyhow::Result<()> {
    sql(UNLINK).bind(device).execute(conn).await?;
    Ok(())
}

pub(crate) async fn set_guardian(conn: &mut Conn, device: Uuid, guardian: bool) -> anyhow::Result<()> {
    sql(SET_GUARDIAN).bind(guardian).bind(device).execute(conn).await?;
    Ok(())
}

/// Keeps an invitation by the hash of its code.
pub(crate) async fn insert_invite(
    conn: &mut Conn,
    code: &str,
    household: Id<Household>,
    person: Option<Uuid>,
    expires_at: Timestamp,
) -> anyhow::Result<()> {
    sql(INVITE).bind(code).bind(household).bind(person).bind(expires_at).execute(conn).await?;
    Ok(())
}

/// When an invitation that was made ends.
pub(crate) async fn invite_ends(conn: &mut Conn, code: &str) -> anyhow::Result<Option<Timestamp>> {
    let row = sql(INVITE_ENDS).bind(code).fetch_optional::<(DateTime<Utc>,)>(conn).await?;
    Ok(row.map(|(at,)| at.into()))
}

/// Uses an invitation up; `None` if it is not, or no longer, open.
pub(crate) async fn accept_invite(
    conn: &mut Conn,
    code: &str,
    now: Timestamp,
) -> anyhow::Result<Option<(Id<Household>, Option<Uuid>)>> {
    let row = sql(ACCEPT).bind(now).bind(code).bind(now).fetch_optional::<(Uuid, Option<Uuid>)>(conn).await?;
    Ok(row.map(|(household, person)| (household.into(), person)))
}

/// Notes a command; false if it had been noted before.
pub(crate) async fn note_command(
    conn: &mut Conn,
    command: Uuid,
    who: &str,
    digest: &str,
    now: Timestamp,
) -> anyhow::Result<bool> {
    Ok(sql(COMMAND).bind(command).bind(who).bind(digest).bind(now).execute(conn).await? == 1)
}

/// Who sent a command, and the digest of what it asked.
pub(crate) async fn command(conn: &mut Conn, command: Uuid) -> anyhow::Result<Option<(String, String)>> {
    Ok(sql(FIND_COMMAND).bind(command).fetch_optional(conn).await?)
}

pub(crate) async fn forget_commands(conn: &mut Conn, before: Timestamp) -> anyhow::Result<()> {
    sql(FORGET_COMMANDS).bind(before).execute(conn).await?;
    Ok(())
}
