//! What the tests need of the machine: installed where we may, named where we may not.

use std::path::Path;

use crate::machine;
use crate::run;

/// What the machine has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tools {
    pub(crate) postgres: bool,
    pub(crate) chromium: bool,
    pub(crate) node: bool,
}

/// (what for, Debian packages, whether it is there).
type Need = (&'static str, &'static [&'static str], fn() -> bool);

const NEEDS: &[Need] = &[
    ("tests on PostgreSQL", &["postgresql"], has_postgres),
    ("browser tests", &["chromium"], has_chromium),
    ("Japanese text in browser tests", &["fonts-noto-cjk"], has_fonts),
    ("the web app", &["nodejs", "npm"], has_node),
];

/// Installs what is missing if we are root on Debian, else says what is; then says what there is.
pub(crate) fn tools() -> Tools {
    let missing: Vec<&Need> = NEEDS.iter().filter(|(_, _, there)| !there()).collect();
    if !missing.is_empty() {
        let packages: Vec<&str> = missing.iter().flat_map(|(_, packages, _)| packages.iter().copied()).collect();
        if machine::may_install() {
            install(&packages);
        } else {
            for (purpose, packages, _) in &missing {
                println!(
                    "missing for {purpose}: {} (Debian: apt-get install {})",
                    packages.join(", "),
                    packages.join(" ")
                );
            }
        }
    }
    Tools { postgres: has_postgres(), chromium: has_chromium() && has_fonts(), node: has_node() }
}

fn install(packages: &[&str]) {
    println!("installing {}", packages.join(" "));
    let update = run::command("apt-get", &["update", "-qq"]);
    let mut install = run::command("apt-get", &["install", "-y", "-qq", "--no-install-recommends"]);
    install.args(packages).env("DEBIAN_FRONTEND", "noninteractive");
    for command in [update, install] {
        if let Err(error) = run::read(command) {
            println!("{error:#}");
        }
    }
}

fn has_postgres() -> bool {
    machine::initdb().is_some()
}

fn has_chromium() -> bool {
    ["chromium", "chromium-browser", "google-chrome"].iter().any(|name| machine::which(name).is_some())
}

fn has_fonts() -> bool {
    let Ok(out) = run::read(run::command("fc-list", &[":lang=ja", "family"])) else {
        return Path::new("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").is_file();
    };
    !out.trim_ascii().is_empty()
}

fn has_node() -> bool {
    machine::which("node").is_some() && machine::which("npm").is_some()
}
