//! What may stand behind `mamori kit`.

use std::net::IpAddr;
use std::path::PathBuf;

use anyhow::{Context as _, bail};

use crate::kit::{Order, PORT};

/// Words of a kit's commands, in any order.
#[derive(Debug, Default)]
pub(super) struct Words {
    pub(super) folder: Option<PathBuf>,
    pub(super) lan: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) name: Option<String>,
    pub(super) centre: Option<String>,
    pub(super) code: Option<String>,
    pub(super) trusted: Option<PathBuf>,
    pub(super) config: Option<PathBuf>,
}

/// The order behind `mamori kit`, and the folder of the kit it is for.
pub(super) fn order(plain: &[&str], words: Words) -> anyhow::Result<(Order, Option<PathBuf>)> {
    let lan = words.lan.as_deref().map(address).transpose()?;
    let order = match plain {
        ["enrol"] => {
            let centre = words.centre.context("`mamori kit enrol` needs --centre, the address of the centre")?;
            let code = words.code.context("`mamori kit enrol` needs --code, as the office made it")?;
            Order::Enrol { centre, code, trusted: words.trusted }
        }
        ["export", file] => Order::Export { file: (*file).into() },
        ["import", file] => Order::Import { file: (*file).into(), config: words.config },
        ["run"] => Order::Run { lan, port: words.port.unwrap_or(PORT) },
        ["unlock"] => Order::Unlock,
        ["lock"] => Order::Lock,
        ["status"] => Order::Status,
        ["tablet"] => {
            let name = words.name.context("`mamori kit tablet` needs --name, what the tablet is called, e.g. 受付2")?;
            Order::Tablet { name }
        }
        ["ca", folder] => {
            let name = words.name.context("`mamori kit ca` needs --name, the municipality, e.g. 八戸市")?;
            Order::Authority { folder: (*folder).into(), name }
        }
        ["certificate", authority] => {
            let lan = lan.context("`mamori kit certificate` needs --lan, the kit's address, e.g. 10.77.0.1")?;
            let name = words.name.context("`mamori kit certificate` needs --name, the kit's name, e.g. kit01")?;
            Order::Certificate { authority: (*authority).into(), lan, name }
        }
        other => bail!("`mamori kit {}` is not a command; `mamori help` lists them", other.join(" ")),
    };
    Ok((order, words.folder))
}

fn address(text: &str) -> anyhow::Result<IpAddr> {
    text.parse().with_context(|| format!("--lan takes an address of this machine, e.g. 10.77.0.1, not {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(plain: &[&str], words: Words) -> String {
        match order(plain, words) {
            Ok((order, folder)) => format!("{order:?} {folder:?}"),
            Err(error) => format!("{error:#}"),
        }
    }

    #[test]
    fn orders_are_read_and_what_is_missing_is_named() {
        let words = |lan: Option<&str>, name: Option<&str>| Words {
            lan: lan.map(str::to_owned),
            name: name.map(str::to_owned),
            ..Words::default()
        };
        let run = order(&["run"], words(Some("10.77.0.1"), None)).unwrap();
        assert_eq!(run, (Order::Run { lan: Some("10.77.0.1".parse().unwrap()), port: 8090 }, None));
        assert!(order(&["certificate", "ca"], words(Some("10.77.0.1"), Some("kit01"))).is_ok());
        for (plain, lan, name, part) in [
            (&["run"][..], Some("kitchen"), None, "--lan takes an address"),
            (&["tablet"], None, None, "--name"),
            (&["enrol"], None, None, "--centre"),
            (&["ca", "x"], None, None, "--name"),
            (&["certificate", "x"], None, Some("kit01"), "--lan"),
            (&["certificate", "x"], Some("10.77.0.1"), None, "--name"),
            (&["sing"], None, None, "`mamori kit sing` is not a command"),
        ] {
            let said = read(plain, words(lan, name));
            assert!(said.contains(part), "{plain:?}: {said}");
        }
    }
}
