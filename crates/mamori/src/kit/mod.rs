//! The kit (避難所キット): mamori on one laptop in a gymnasium, with or without a network.
//!
//! Words: [`Plate`] キットの登録票, [`Safe`] 鍵の保管, [`Lock`] 施錠, [`Tablets`] タブレット.
//! In:  desks on this machine, paired tablets over TLS, files on a stick, the centre when the line is there.
//! Out: the same web app and API as `mamori serve`, at <http://localhost:8090>.
//!
//! **Invariant:** every browser on this machine is the desk; nobody else is, but a paired tablet over TLS.
//! **Invariant:** locked, the kit admits and reads nothing; unlocked, it locks itself.
//! **Invariant:** nothing personal is answered over plain HTTP to another machine.

mod api;
mod authority;
mod control;
mod desk;
mod enrol;
mod folder;
mod guide;
mod line;
mod lock;
mod run;
mod safe;
mod stick;
mod tablets;
mod terminal;

use std::net::IpAddr;
use std::path::PathBuf;

use kernel::Clock;

pub(crate) use api::routes;
pub(crate) use guide::pages;

use folder::Folder;

/// What is asked of a kit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Make this folder a kit, with a code of the office.
    Enrol {
        centre: String,
        code: String,
        trusted: Option<PathBuf>,
    },
    /// Write what waits into a file for a stick.
    Export {
        file: PathBuf,
    },
    /// Take a file of a stick in: on a kit the centre's answer, at a centre a kit's file.
    Import {
        file: PathBuf,
        config: Option<PathBuf>,
    },
    /// Serve the desk.
    Run {
        lan: Option<IpAddr>,
        port: u16,
    },
    /// Let people's data be read, with the passphrase.
    Unlock,
    Lock,
    /// Say how the kit is.
    Status,
    /// Show a code with which one tablet is paired.
    Tablet {
        name: String,
    },
    /// Make a municipality's authority in a folder.
    Authority {
        folder: PathBuf,
        name: String,
    },
    /// Give this kit a certificate of the authority in a folder.
    Certificate {
        authority: PathBuf,
        lan: IpAddr,
        name: String,
    },
}

/// The port of a kit's desk.
pub(crate) const PORT: u16 = 8090;

/// Carries an order out on the kit in `folder`.
pub(crate) async fn carry_out(order: Order, folder: Option<PathBuf>) -> anyhow::Result<()> {
    let folder = Folder::at(folder);
    let now = Clock::system().now();
    match order {
        Order::Enrol { centre, code, trusted } => enrol::enrol(&folder, &centre, &code, trusted.as_deref()).await,
        Order::Export { file } => stick::export(&folder, &file).await,
        Order::Import { file, config } => stick::import(&folder, &file, config.as_deref()).await,
        Order::Run { lan, port } => run::run(&folder, lan, port).await,
        Order::Unlock => control::unlock(&folder).await,
        Order::Lock => control::lock(&folder).await,
        Order::Status => control::status(&folder).await,
        Order::Tablet { name } => control::tablet(&folder, &name).await,
        Order::Authority { folder, name } => {
            authority::make(&folder, &name, now)?;
            println!("{}: ca.crt をタブレットに入れ、ca.key は鍵のかかる所に保管してください。", folder.display());
            Ok(())
        }
        Order::Certificate { authority, lan, name } => {
            authority::certify(&authority, &folder, lan, &name, now)?;
            println!(
                "https://{lan}:{}/ と https://{name}.local:{}/ の証明書を作りました。",
                run::TLS_PORT,
                run::TLS_PORT
            );
            Ok(())
        }
    }
}
