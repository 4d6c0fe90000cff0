//! `mamori kit run`: the desk at <http://localhost:8090>, and over TLS for the tablets of a LAN.

use std::fs::File;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use anyhow::Context as _;
use reception::Live;
use serde::{Deserialize, Serialize};
use store::envelope::SecretKey;

use super::desk::{self, Kit};
use super::enrol::request_key;
use super::folder::{self, Folder, Plate};
use super::line::{self, Centre};
use super::lock::Lock;
use super::safe::Safe;
use super::tablets::Tablets;
use super::terminal;
use crate::config::Config;
use crate::{compose, serve};

/// The port of the LAN.
pub(crate) const TLS_PORT: u16 = 8443;

/// Where a running kit listens, for the other commands.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Whereabouts {
    pub(crate) port: u16,
}

/// Serves until the process is asked to end; the key leaves the memory before that.
pub(crate) async fn run(folder: &Folder, lan: Option<IpAddr>, port: u16) -> anyhow::Result<()> {
    terminal::leave_nothing_behind();
    let plate = folder.plate()?;
    let _alone = alone(folder)?;
    let config = config(folder, &plate, lan, port)?;
    let store = compose::open_store(&config).await?;
    store.migrate(&compose::schemas()).await?;
    let sources = compose::sources(&config);
    let safe = Safe::new(folder.safe(), owner(&plate));
    let keyring = Arc::new(OnceLock::<Arc<Live>>::new());
    let lock = Arc::new(Lock::new(safe, turned(&keyring))?);
    let link = Arc::new(line::link(Centre::at(&plate.centre, folder)?, request_key(folder)?));
    let kit = Kit {
        lock: Arc::clone(&lock),
        tablets: Tablets::open(folder.tablets())?,
        link: Arc::clone(&link),
        authority: folder.authority(),
        lan: lan.map(|address| format!("https://{address}:{TLS_PORT}")),
        plate,
    };
    let app = compose::builder(&config, store, &sources)?
        .extension(kit)
        .authenticate(|app, parts| {
            let actor = desk::authenticate(app, parts);
            Box::pin(async move { Ok(actor) })
        })
        .build()
        .await?;
    let live = Live::of(&app).map_err(|problem| anyhow::anyhow!("{problem}"))?;
    reception::upstream::introduce(&app, &live).await?;
    // Set once: nobody can have unlocked before the server stands.
    let _ = keyring.set(live);
    let mut running = serve::start(&config, app.clone(), &sources).await?;
    running.beside(|stop| Arc::clone(&lock).watch(stop));
    running.beside(|stop| line::keep(app, link, stop));
    folder::write(&folder.running(), &Whereabouts { port })?;
    greet(&config, lan);
    let result = running.until_asked().await;
    lock.lock("the kit ends");
    // A kit that has ended is found nowhere; if the file stays, the other commands say that nobody answers.
    let _ = std::fs::remove_file(folder.running());
    result
}

/// The key goes into the keyring of the reception and out of it.
fn turned(live: &Arc<OnceLock<Arc<Live>>>) -> impl Fn(Option<SecretKey>) + Send + Sync + 'static {
    let live = Arc::clone(live);
    move |key| {
        let Some(live) = live.get() else { return };
        match key {
            Some(key) => live.keyring().unlock(key),
            None => live.keyring().lock(),
        }
    }
}

/// What the kit's key belongs to.
pub(crate) fn owner(plate: &Plate) -> String {
    format!("kit:{}", plate.kit)
}

/// Two programs in one folder would be two kits with one name.
pub(crate) fn alone(folder: &Folder) -> anyhow::Result<File> {
    let path = folder.path().join("lock");
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    anyhow::ensure!(file.try_lock().is_ok(), "a kit runs in {} already", folder.path().display());
    Ok(file)
}

pub(crate) fn config(folder: &Folder, plate: &Plate, lan: Option<IpAddr>, port: u16) -> anyhow::Result<Config> {
    let mut config = Config {
        database: folder.database(),
        state: folder.path().into(),
        role: reception::Role::Kit,
        ..Config::default()
    };
    config.site_name = format!("避難所キット {}", plate.name);
    config.site_name_en = format!("Shelter kit {}", plate.name);
    config.http.bind = format!("127.0.0.1:{port}");
    config.http.public_url = format!("http://localhost:{port}");
    if let Some(address) = lan {
        let (certificate, key) = folder.lan();
        anyhow::ensure!(
            certificate.is_file() && key.is_file(),
            "no certificate for the LAN: `mamori kit certificate AUTHORITY --lan {address} --name NAME` makes one"
        );
        config.http.tls_bind = format!("{address}:{TLS_PORT}");
        (config.http.tls_cert, config.http.tls_key) = (Some(certificate), Some(key));
    }
    Ok(config)
}

fn greet(config: &Config, lan: Option<IpAddr>) {
    println!("\n  {}\n", config.site_name);
    println!("  {}/desk   受付 desk", config.http.public_url);
    println!("  {}/kit/guide   手引き guide", config.http.public_url);
    if let Some(address) = lan {
        println!("  https://{address}:{TLS_PORT}/   タブレット tablets");
    }
    println!("\n  Ctrl-C ends it.");
}
