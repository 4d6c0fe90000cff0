//! The configuration file: one TOML, every field with a default, unknown fields refused by name.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

/// Where the file is looked for when the command line names none.
const PLACES: [&str; 2] = ["mamori.toml", "/etc/mamori/mamori.toml"];

/// Everything that can be set (設定).
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// The name of this installation as residents read it, in Japanese.
    pub(crate) site_name: String,
    /// The same in English.
    pub(crate) site_name_en: String,
    /// `sqlite://file` or `postgres://user@host/database`: the only switch between the two engines.
    pub(crate) database: String,
    /// Folder of the archived originals and of the keys; private to the user that runs the program.
    pub(crate) state: PathBuf,
    /// `text` for people, `json` for a log collector.
    pub(crate) log: LogFormat,
    /// The folder of real inputs, from `MAMORI_DATA` or the usual places.
    #[serde(skip)]
    pub(crate) data: Option<PathBuf>,
    /// Set by `mamori demo` alone.
    #[serde(skip)]
    pub(crate) demo: bool,
    /// The file it was read from, for children of this process; `None` for the defaults.
    #[serde(skip)]
    pub(crate) file: Option<PathBuf>,
    /// Set by `mamori kit` alone.
    #[serde(skip, default = "centre")]
    pub(crate) role: reception::Role,
    pub(crate) http: http::Settings,
    pub(crate) identity: identity::Settings,
    pub(crate) feeds: feeds::Sources,
    pub(crate) maps: Maps,
    pub(crate) notices: notices::Settings,
}

/// The map and its packs (地図と持ち出し地図).
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Maps {
    /// Seconds from a change of the register or of the map's originals until the packs are made again; what else changes
    /// meanwhile goes in too.
    pub(crate) redraw_after_seconds: u32,
}

impl Default for Maps {
    fn default() -> Self {
        Self { redraw_after_seconds: 30 }
    }
}

/// What a child of this process must know (子プロセスへ渡す設定).
#[derive(Serialize)]
struct Handed<'a> {
    database: &'a str,
    state: &'a Path,
}

/// How log lines are written (ログの形式).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    #[default]
    Text,
    Json,
}

/// Whoever is no kit.
fn centre() -> reception::Role {
    reception::Role::Centre
}

impl Default for Config {
    fn default() -> Self {
        Self {
            site_name: "青森県 防災・子育て まもり".into(),
            site_name_en: "Mamori – Aomori".into(),
            database: "sqlite://data/mamori.sqlite".into(),
            state: "data".into(),
            log: LogFormat::Text,
            data: None,
            demo: false,
            file: None,
            role: centre(),
            http: http::Settings::default(),
            identity: identity::Settings::default(),
            feeds: feeds::Sources::default(),
            maps: Maps::default(),
            notices: notices::Settings::default(),
        }
    }
}

impl Config {
    /// Reads the named file, else the first of the usual places, else the defaults.
    pub(crate) fn find(named: Option<&Path>) -> anyhow::Result<Self> {
        if let Some(path) = named {
            return Self::read(path);
        }
        match PLACES.iter().map(Path::new).find(|path| path.exists()) {
            Some(path) => Self::read(path),
            None => Ok(Self::default()),
        }
    }

    fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let config: Self = toml::from_str(&text).with_context(|| format!("{} is not right", path.display()))?;
        config.check().with_context(|| format!("{} is not right", path.display()))?;
        Ok(Self { file: Some(path.to_owned()), ..config })
    }

    /// Writes where database and state are, so that other commands find them by `--config`; answers the path.
    pub(crate) fn write(&self, path: &Path) -> anyhow::Result<PathBuf> {
        let text = toml::to_string(&Handed { database: &self.database, state: &self.state })?;
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path.to_owned())
    }

    fn check(&self) -> anyhow::Result<()> {
        let url = &self.http.public_url;
        let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        if host.is_none_or(|host| host.trim_end_matches('/').is_empty()) {
            bail!("http.public_url: `{url}` must be https:// (or http:// on a local network) and a host name");
        }
        if !self.database.starts_with("sqlite:") && !self.database.starts_with("postgres") {
            bail!("database: `{}` must begin with sqlite:// or postgres://", self.database);
        }
        if self.http.bind.rsplit_once(':').is_none_or(|(_, port)| port.parse::<u16>().is_err()) {
            bail!("http.bind: `{}` must be an address and a port, e.g. 127.0.0.1:8080", self.http.bind);
        }
        if self.http.tls_cert.is_some() != self.http.tls_key.is_some() {
            bail!("http.tls_cert and http.tls_key belong together: a certificate needs its key");
        }
        if self.http.limits.connections == 0 {
            bail!("http.limits.connections: 0 would let nobody in");
        }
        if let Some(jma) = &self.feeds.jma {
            let local = ["http://localhost", "http://127.0.0.1"].iter().any(|start| jma.base_url.starts_with(start));
            if !jma.base_url.starts_with("https://") && !local {
                bail!("feeds.jma.base_url: `{}` must begin with https://", jma.base_url);
            }
        }
        if !["mailto:", "https://"].iter().any(|start| self.notices.contact.starts_with(start)) {
            bail!("notices.contact: `{}` must begin with mailto: or https://", self.notices.contact);
        }
        for hook in &self.notices.webhooks {
            if !hook.url.starts_with("https://") && !self.notices.local_push {
                bail!("notices.webhooks: `{}` must be an https:// address", hook.url);
            }
            if hook.secret.len() < 16 {
                bail!("notices.webhooks: the secret of `{}` has less than 16 characters", hook.name);
            }
        }
        for (at, folder) in self.feeds.watch.iter().enumerate() {
            if self.feeds.watch[..at].iter().any(|other| other.name == folder.name) {
                bail!("feeds.watch: two folders are named `{}`", folder.name);
            }
        }
        Ok(())
    }
}

/// Every setting with its meaning and default, as a file to start from. `deploy/mamori.toml` is this text.
pub(crate) const REFERENCE: &str = include_str!("reference.toml");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_is_a_valid_file_and_says_the_defaults() {
        let config: Config = toml::from_str(REFERENCE).unwrap();
        config.check().unwrap();
        assert_eq!(config.database, Config::default().database);
        assert_eq!(config.http.bind, Config::default().http.bind);
    }

    #[test]
    fn what_is_handed_to_a_child_is_read_as_it_was_meant() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("a \"folder\" with 日本語");
        let config = Config { database: "sqlite://a b.sqlite".into(), state, ..Config::default() };
        let file = config.write(&folder.path().join("mamori.toml")).unwrap();
        let read = Config::find(Some(&file)).unwrap();
        assert_eq!((read.database, read.state, read.file), (config.database, config.state, Some(file)));
    }

    /// Every table, asked for a field that no table has: the refusal lists the fields there are.
    #[test]
    fn the_reference_names_every_field() {
        let tables = [
            "",
            "[http]",
            "[http.limits]",
            "[http.classes]",
            "[http.stream]",
            "[identity]",
            "[feeds]",
            "[feeds.jma]",
            "[[feeds.watch]]",
            "[maps]",
            "[notices]",
            "[[notices.webhooks]]",
        ];
        for table in tables {
            let refusal = toml::from_str::<Config>(&format!("{table}\nno_such_field = 1")).unwrap_err().to_string();
            let known = refusal.split_once("expected").unwrap().1;
            for field in known.split('`').skip(1).step_by(2) {
                let said = REFERENCE.lines().map(|line| line.trim_start_matches(['#', ' ', '[']));
                assert!(
                    said.clone()
                        .any(|line| line.starts_with(&format!("{field} ="))
                            || line.contains(field) && line.ends_with(']')),
                    "`{field}` of {table} is not in reference.toml"
                );
            }
        }
    }

    #[test]
    fn an_unknown_field_is_named_with_its_line() {
        let error = toml::from_str::<Config>("site_name = \"a\"\n[http]\nbnid = \"x\"\n").unwrap_err().to_string();
        assert!(error.contains("bnid") && error.contains('3'), "{error}");
    }
}
