//! A database per test, on the engine that `MAMORI_TEST_ENGINE` names (`sqlite`, the default, or `postgres`).
//!
//! PostgreSQL comes from the machine's own `initdb`. One cluster serves all test processes of this user; a small watcher
//! stops and removes it when no test has used it for a minute, and whatever an interrupted run has left behind is reused
//! or cleared away by the next one.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use store::{Engine, Settings, Store};

/// A database that goes away with this value.
#[derive(Debug)]
pub struct TestDatabase {
    /// What [`Store::open`] takes.
    pub url: String,
    /// Which engine it is.
    pub engine: Engine,
    /// A folder of this test's own, for files beside the database.
    pub folder: tempfile::TempDir,
    name: Option<(&'static Cluster, String)>,
}

/// A fresh, empty database on the engine of this run.
pub async fn database() -> TestDatabase {
    database_on(engine()).await
}

/// A fresh, empty database on the given engine.
pub async fn database_on(engine: Engine) -> TestDatabase {
    tokio::task::spawn_blocking(move || TestDatabase::create(engine, Durable::No))
        .await
        .expect("a database can be made")
}

/// Like [`database_on`], but on a real disk with everything that makes writes durable: for measurements.
pub async fn durable_database_on(engine: Engine) -> TestDatabase {
    tokio::task::spawn_blocking(move || TestDatabase::create(engine, Durable::Yes))
        .await
        .expect("a database can be made")
}

/// The engine of this run.
pub fn engine() -> Engine {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests have no settings file; the variable is documented in CONTRIBUTING"
    )]
    let named = std::env::var("MAMORI_TEST_ENGINE").unwrap_or_default();
    match named.as_str() {
        "" | "sqlite" => Engine::Sqlite,
        "postgres" => Engine::Postgres,
        other => panic!("MAMORI_TEST_ENGINE is sqlite or postgres, not {other:?}"),
    }
}

/// Where PostgreSQL's programs are; `None` if the machine has none.
pub fn postgres_programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort_by_key(|folder| folder.parent().and_then(|p| p.file_name()?.to_str()?.parse::<u32>().ok()));
    folders.push("/usr/local/pgsql/bin".into());
    folders.push("/usr/bin".into());
    folders.into_iter().find(|folder| folder.join("initdb").is_file())
}

impl TestDatabase {
    /// Opens a store on it, with the store's own tables in place.
    pub async fn store(&self) -> Store {
        self.store_with(Settings::default()).await
    }

    /// Opens a store on it with other limits.
    pub async fn store_with(&self, settings: Settings) -> Store {
        let store = Store::open(&self.url, settings).await.expect("the test database opens");
        store.migrate(&[]).await.expect("the store's own tables can be made");
        store
    }

    /// Folder of the socket and name of the database, for PostgreSQL's own programs; `None` on SQLite.
    pub fn postgres(&self) -> Option<(PathBuf, &str)> {
        self.name.as_ref().map(|(cluster, name)| (cluster.folder.join("socket"), name.as_str()))
    }

    fn create(engine: Engine, durable: Durable) -> Self {
        let folder = scratch_folder(durable);
        match engine {
            Engine::Sqlite => {
                let url = format!("sqlite://{}", folder.path().join("test.db").display());
                Self { url, engine, folder, name: None }
            }
            Engine::Postgres => {
                let cluster = Cluster::shared(durable);
                let name = cluster.create_database();
                let url = cluster.url(&name);
                Self { url, engine, folder, name: Some((cluster, name)) }
            }
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some((cluster, name)) = &self.name {
            cluster.drop_database(name);
        }
    }
}

/// Whether writes must survive a power cut: only measurements need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Durable {
    Yes,
    No,
}

/// A running PostgreSQL for all tests of this user.
#[derive(Debug)]
struct Cluster {
    folder: PathBuf,
    programs: PathBuf,
    durable: Durable,
    /// A shared lock on this file says "in use" for as long as this process lives.
    _in_use: File,
}

impl Cluster {
    fn shared(durable: Durable) -> &'static Self {
        static PLAIN: OnceLock<Cluster> = OnceLock::new();
        static DURABLE: OnceLock<Cluster> = OnceLock::new();
        let place = if durable == Durable::Yes { &DURABLE } else { &PLAIN };
        place.get_or_init(|| Self::start(durable))
    }

    /// Finds the running cluster or starts one, while holding the lock that everybody takes for it.
    fn start(durable: Durable) -> Self {
        let programs = postgres_programs().expect("PostgreSQL is installed (Debian: apt install postgresql)");
        let kind = if durable == Durable::Yes { "durable" } else { "plain" };
        let folder = std::env::temp_dir().join(format!("mamori-pg-{}-{kind}", user_id()));
        fs::create_dir_all(&folder).expect("the temporary folder can be written");
        let lock = File::create(folder.join("lock")).expect("the lock file can be made");
        lock.lock().expect("the lock can be taken");
        let in_use = File::create(folder.join("in-use")).expect("the file of users can be made");
        in_use.lock_shared().expect("the file of users can be locked");
        let cluster = Self { folder, programs, durable, _in_use: in_use };
        if !cluster.answers() {
            cluster.clear();
            cluster.initialise();
        }
        cluster.ensure_watcher();
        cluster
    }

    fn answers(&self) -> bool {
        self.sql("postgres", "SELECT 1").is_ok()
    }

    /// Ends and removes whatever an interrupted run has left.
    fn clear(&self) {
        let data = self.folder.join("data");
        if data.exists() {
            let _ = self.as_postgres("pg_ctl").args(["stop", "-m", "immediate", "-D"]).arg(&data).output();
            fs::remove_dir_all(&data).expect("the old cluster can be removed");
        }
    }

    fn initialise(&self) {
        let (data, socket) = (self.folder.join("data"), self.folder.join("socket"));
        for folder in [&data, &socket] {
            fs::create_dir_all(folder).expect("the temporary folder can be written");
            hand_to_postgres(folder);
        }
        let log = File::create(self.folder.join("log")).expect("the log can be made");
        let mut initdb = self.as_postgres("initdb");
        initdb
            .args(["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--username=postgres", "--no-sync", "-D"])
            .arg(&data);
        run(initdb.stdout(log.try_clone().expect("a handle can be copied")).stderr(log));
        let durable = if self.durable == Durable::Yes { "on" } else { "off" };
        let settings = format!(
            "listen_addresses=''\nunix_socket_directories='{}'\nmax_connections=400\nshared_buffers=128MB\nfsync={durable}\n\
             full_page_writes={durable}\nmax_wal_size=2GB\ndeadlock_timeout=100ms\ntimezone='UTC'\nlog_min_messages=fatal\n",
            socket.display()
        );
        let mut configuration =
            fs::read_to_string(data.join("postgresql.conf")).expect("initdb has written its settings");
        configuration.push_str(&settings);
        fs::write(data.join("postgresql.conf"), configuration).expect("the settings can be written");
        let log = self.folder.join("socket/server.log");
        run(self.as_postgres("pg_ctl").args(["start", "-w", "-t", "60", "-l"]).arg(log).arg("-D").arg(&data));
    }

    /// A process of its own that outlives the tests and stops the cluster when nobody has used it for a minute.
    fn ensure_watcher(&self) {
        let pid_file = self.folder.join("watcher");
        let running = fs::read_to_string(&pid_file).is_ok_and(|pid| {
            let command = fs::read_to_string(format!("/proc/{}/cmdline", pid.trim())).unwrap_or_default();
            command.contains("mamori-pg")
        });
        if running {
            return;
        }
        let become_postgres = if user_id() == 0 { "runuser -u postgres --" } else { "" };
        // The folder and its locks stay: another process may be waiting for them.
        let script = format!(
            "cd {folder} || exit; echo $$ > watcher; idle=0; while [ $idle -lt 6 ]; do sleep 10; \
             if flock -n -x in-use true; then idle=$((idle+1)); else idle=0; fi; done; \
             exec 9>lock; flock -x 9; flock -n -x in-use true || {{ exec 9>&-; exec sh {folder}/watcher.sh; }}; \
             (cd / && {become_postgres} {programs}/pg_ctl stop -m immediate -D {folder}/data); \
             rm -rf data socket log watcher watcher.sh",
            folder = self.folder.display(),
            programs = self.programs.display()
        );
        let path = self.folder.join("watcher.sh");
        fs::write(&path, script).expect("the watcher can be written");
        let mut watcher = Command::new("setsid");
        watcher
            .args(["--fork", "sh"])
            .arg(&path)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // It writes its own number; setsid forks, so the process waited for here ends at once.
        run(&mut watcher);
    }

    fn url(&self, name: &str) -> String {
        let socket = self.folder.join("socket").display().to_string().replace('/', "%2F");
        format!("postgres://postgres@localhost/{name}?host={socket}")
    }

    fn create_database(&self) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("t_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        // A process of an earlier boot may have had the same number.
        let _ = self.sql("postgres", &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        self.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE template0")).expect("a database can be made");
        name
    }

    fn drop_database(&self, name: &str) {
        let _ = self.sql("postgres", &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
    }

    fn sql(&self, database: &str, text: &str) -> Result<(), String> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database, "-c", text])
            .arg("-h")
            .arg(self.folder.join("socket"));
        let output = psql.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
        if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
    }

    /// PostgreSQL refuses to run as root.
    fn as_postgres(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = if user_id() == 0 {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        // The caller's folder may be closed to the user postgres.
        command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

fn run(command: &mut Command) {
    let status = command.status().expect("PostgreSQL's programs can be run");
    assert!(status.success(), "{command:?} failed: {status}");
}

fn hand_to_postgres(folder: &Path) {
    if user_id() == 0 {
        run(Command::new("chown").arg("postgres").arg(folder));
    }
}

fn user_id() -> u32 {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").map_or(0, |process| process.uid())
}

/// A folder in memory if the machine has one (nothing in a test needs to survive a power cut), else on disk.
fn scratch_folder(durable: Durable) -> tempfile::TempDir {
    let mut builder = tempfile::Builder::new();
    builder.prefix("mamori-test-");
    let memory = Path::new("/dev/shm");
    if durable == Durable::No && memory.is_dir() {
        sweep(memory);
        if let Ok(folder) = builder.tempdir_in(memory) {
            return folder;
        }
    }
    builder.tempdir().expect("the temporary folder can be written")
}

/// Removes what killed tests have left, an hour later.
fn sweep(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with("mamori-test-");
        let age = entry.metadata().and_then(|data| data.modified()).ok().and_then(|time| time.elapsed().ok());
        if ours && age.is_some_and(|age| age.as_secs() > 3_600) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn two_databases_do_not_see_each_other() {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            let (one, two) = (database_on(engine).await, database_on(engine).await);
            let (first, second) = (one.store().await, two.store().await);
            let mut tx = first.write().await.unwrap();
            store::sql("CREATE TABLE only_here (a BIGINT)").execute(&mut tx).await.unwrap();
            tx.commit().await.unwrap();
            let mut tx = second.write().await.unwrap();
            assert!(store::sql("SELECT a FROM only_here").execute(&mut tx).await.is_err());
        }
    }
}
