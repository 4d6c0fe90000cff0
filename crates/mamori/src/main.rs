//! The one binary: every role of mamori is a word behind `mamori`.
//!
//! **Invariant:** only this crate reads the environment, the command line and the configuration file.
//! **Invariant:** which rooms there are is written once, in [`compose`].

mod assets;
mod basemap;
mod boundaries;
mod child;
mod cli;
mod commands;
mod compose;
mod config;
mod demo;
mod doctor;
mod kit;
mod scenario;
mod serve;
mod site;

use std::path::PathBuf;
use std::process::ExitCode;

use tracing_subscriber::EnvFilter;

use crate::cli::Command;
use crate::config::{Config, LogFormat};

/// Its settings are in `.cargo/config.toml`: they are built in.
#[global_allocator]
static HEAP: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1).peekable();
    if words.next_if(|word| word == child::LEASH).is_some() {
        child::obey_the_leash();
    }
    let command = match cli::parse(words) {
        Ok(command) => command,
        Err(error) => return fail(&error),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    let ended = runtime.block_on(run(command));
    // Everything that must be finished is; compressing files in the background need not be.
    runtime.shutdown_background();
    match ended {
        Ok(code) => code,
        Err(error) => fail(&error),
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    let named = std::env::var_os("MAMORI_DATA");
    let data = scenario::data_folder(named.map(PathBuf::from));
    let read = |path: Option<PathBuf>| -> anyhow::Result<Config> {
        let config = Config { data: data.clone(), ..Config::find(path.as_deref())? };
        log_to(config.log, "warn,mamori=info");
        Ok(config)
    };
    match command {
        Command::Help => println!("{}", cli::USAGE),
        Command::Demo(demo) => {
            log_to(LogFormat::Text, "warn");
            demo::run(demo, data).await?;
        }
        Command::Serve { config } => serve::run(&read(config)?).await?,
        Command::Migrate { config } => commands::migrate(&read(config)?).await?,
        Command::Restored { config } => commands::restored(&read(config)?).await?,
        Command::Doctor { config } => return doctor::run(&read(config)?).await,
        Command::ConfigReference => print!("{}", config::REFERENCE),
        Command::ConfigCheck { config } => {
            read(config)?;
            println!("the configuration is right");
        }
        Command::AdminInvite { config, name } => commands::invite(&read(config)?, &name).await?,
        Command::FeedsCheck { folder } => return commands::check_feeds(&folder),
        Command::ImportPlaces { config, path, places } => {
            return commands::import_places(&read(config)?, path, places).await;
        }
        Command::ImportListed { config, file, municipality, dry_run, json } => {
            return commands::import_listed(&read(config)?, &file, municipality, dry_run, json).await;
        }
        Command::ImportHistory { config, folder, name, municipality } => {
            commands::import_history(&read(config)?, &folder, &name, &municipality).await?;
        }
        Command::ImportUndo { config, source } => commands::undo_import(&read(config)?, &source).await?,
        Command::ImportBoundaries { config, file } => commands::import_boundaries(&read(config)?, &file).await?,
        Command::ImportBasemap { config, paths } => return basemap::import(&read(config)?, &paths).await,
        Command::MapsBuild { config } => basemap::build(&read(config)?).await?,
        Command::MapsForget { config, name } => basemap::forget(&read(config)?, &name).await?,
        Command::MapsExport { config, folder } => basemap::export(&read(config)?, &folder).await?,
        Command::ExportDocuments { config, folder } => commands::export_documents(&read(config)?, &folder).await?,
        Command::Jobs { config, revive } => commands::jobs(&read(config)?, revive.as_deref()).await?,
        Command::Kit { order, folder } => {
            log_to(LogFormat::Text, "warn,mamori=info");
            kit::carry_out(order, folder).await?;
        }
        Command::OpenApi => println!("{}", compose::openapi()?),
        Command::Areas => println!("{}", commands::areas()?),
    }
    Ok(ExitCode::SUCCESS)
}

/// `RUST_LOG` decides what is written; without it `usual` does: warnings, and for a server a line for each request.
fn log_to(format: LogFormat, usual: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let done = match format {
        LogFormat::Text => subscriber.try_init(),
        LogFormat::Json => subscriber.json().try_init(),
    };
    // A second start of the log in one process is a test's affair.
    drop(done);
}

fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("mamori: {error:#}");
    ExitCode::FAILURE
}
