//! `mamori kit enrol`: an empty laptop becomes a kit, in peacetime, with a code from the office.
//!
//! What the kit makes (its id, its keys) lies in the folder before the centre hears of it: an answer that is lost on the way
//! is asked for again by the same command.

use std::path::Path;

use anyhow::Context as _;
use kernel::{Clock, Ids};
use reception::exchange::{Enrol, Enrolled, paths};
use reception::kits::RequestKey;
use reception::upstream::{Upstream, begin};
use serde::{Deserialize, Serialize};
use store::envelope::SecretKey;
use uuid::Uuid;

use super::folder::{self, Folder, Plate};
use super::line::Centre;
use super::safe::{self, Safe};
use super::{line, run, terminal};
use crate::compose;

/// What the kit is going to be (登録の下書き).
#[derive(Debug, Serialize, Deserialize)]
struct Draft {
    kit: Uuid,
}

/// Enrols the folder at a centre; then gets the roster, the protection list and the shelters.
pub(crate) async fn enrol(folder: &Folder, centre: &str, code: &str, trusted: Option<&Path>) -> anyhow::Result<()> {
    anyhow::ensure!(folder.plate().is_err(), "{} is an enrolled kit already", folder.path().display());
    folder.make()?;
    let _alone = run::alone(folder)?;
    if let Some(trusted) = trusted {
        let text = std::fs::read(trusted).with_context(|| format!("cannot read {}", trusted.display()))?;
        folder::write_bytes(&folder.trusted(), &text)?;
    }
    let line = Centre::at(centre, folder)?;
    let kit = made(folder)?;
    let key = request_key(folder)?;
    let asked = Enrol {
        code: code.to_owned(),
        kit,
        device_key: key.public(),
        public_key: Safe::new(folder.safe(), format!("kit:{kit}")).public()?,
    };
    let said: Enrolled = line.ask(paths::ENROL, &asked).await?;
    let plate = Plate {
        kit,
        name: said.name.clone(),
        municipality: said.municipality.clone(),
        centre: line.url().to_owned(),
        enrolled_at: Clock::system().now(),
    };
    let config = run::config(folder, &plate, None, super::PORT)?;
    let store = compose::open_store(&config).await?;
    store.migrate(&compose::schemas()).await?;
    let app = compose::app(&config, store, &compose::sources(&config)).await?;
    begin(&app, &Upstream::of(kit, asked.public_key, said)).await?;
    reception::prepare(&app).await?;
    let round = line::link(line, key).round(&app, false).await.context("enrolled, but the first exchange broke off")?;
    tracing::debug!(?round, "first exchange");
    app.store.close().await;
    // The last thing: with it the folder is a kit.
    folder.keep_plate(&plate)?;
    println!("「{}」として登録しました。`mamori kit run` で起動します。", plate.name);
    Ok(())
}

/// The kit's id and keys: those of an attempt before, or new ones.
fn made(folder: &Folder) -> anyhow::Result<Uuid> {
    if let Some(draft) = folder::read::<Draft>(&folder.draft())?
        && safe::exists(&folder.safe())
    {
        println!("前の登録の続きです。合言葉は前に決めたものです。");
        return Ok(draft.kit);
    }
    let ids = Ids::system(Clock::system());
    let passphrase = terminal::new_passphrase()?;
    let kit = ids.uuid();
    let pair = RequestKey::generate().context("no key can be made on this machine")?;
    folder::write_bytes(&folder.device_key(), &pair)?;
    Safe::new(folder.safe(), format!("kit:{kit}")).put(&SecretKey::generate()?, &passphrase, &ids)?;
    folder::write(&folder.draft(), &Draft { kit })?;
    Ok(kit)
}

/// The key with which the kit signs its requests.
pub(crate) fn request_key(folder: &Folder) -> anyhow::Result<RequestKey> {
    let path = folder.device_key();
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    RequestKey::from_pkcs8(&bytes).with_context(|| format!("{} holds no key", path.display()))
}
