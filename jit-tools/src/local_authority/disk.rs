//! The authority's state in a file, so that it survives the process: `SQLite`, written by a thread of its own.
//!
//! The state in memory is the one that is read; each change of it is queued here under the same lock, so that the file
//! has its order, and an answer leaves only once what it says is on the disk ([`Disk::settled`]). Several changes share
//! one transaction when they come at once.
//!
//! Tokens are not in the file, their ids are; but the key that signs them is, so that they stay good over a restart.
//! The file is for its owner alone, and so is whatever a copy of it is worth.

mod events;

use std::{
    fs::{self, OpenOptions},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::watch;

use self::events::EventTable;
use super::{
    audit::{AuditEvent, MAX_IN_MEMORY},
    clients::StoredClient,
    store::{Changes, Kept},
};
use crate::private_file;

/// The version of the tables below (`PRAGMA user_version`).
const VERSION: i64 = 3;
const TABLES: &str = "
    CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL);
    CREATE TABLE clients (id TEXT PRIMARY KEY, record TEXT NOT NULL);
    CREATE TABLE tasks (id TEXT PRIMARY KEY, record TEXT NOT NULL);
    CREATE TABLE requests (id TEXT PRIMARY KEY, record TEXT NOT NULL);
    CREATE TABLE tokens (id TEXT PRIMARY KEY, record TEXT NOT NULL);
    CREATE TABLE audit (
        number INTEGER PRIMARY KEY AUTOINCREMENT, retention TEXT NOT NULL, source TEXT NOT NULL, record TEXT NOT NULL
    );
    CREATE INDEX audit_of_source ON audit (retention, source, number);
";
/// How many changes share a transaction at most.
const AT_ONCE: usize = 256;

/// The file, as those who change something see it.
#[derive(Debug)]
pub(super) struct Disk {
    queue: Mutex<Option<Sender<Job>>>,
    queued: AtomicU64,
    /// How much of what was queued is on the disk. Closed when the file can no longer be written.
    written: watch::Receiver<u64>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Job {
    number: u64,
    changes: Changes,
    events: Vec<AuditEvent>,
}

/// What was in the file.
#[derive(Debug)]
pub(super) struct Restored {
    pub(super) kept: Kept,
    pub(super) clients: Vec<StoredClient>,
    /// The newest events of each client, oldest first.
    pub(super) events: Vec<AuditEvent>,
    /// The signing key (PKCS #8).
    pub(super) key: Option<Vec<u8>>,
}

/// Why the file is of no use.
#[derive(Debug, thiserror::Error)]
pub(super) enum DiskError {
    #[error("the store {path} is in use by another process", path = path.display())]
    InUse { path: PathBuf },
    #[error("the store {path} is of the organisation `{org}`", path = path.display())]
    OtherOrg { path: PathBuf, org: String },
    #[error("the store {path} is of version {version}, and this program reads version {VERSION}", path = path.display())]
    Version { path: PathBuf, version: i64 },
    #[error("the store {path} holds a {table} record that cannot be read: {reason}", path = path.display())]
    Record { path: PathBuf, table: &'static str, reason: String },
    #[error("the store {path} cannot be used: {reason}", path = path.display())]
    Unusable { path: PathBuf, reason: String },
}

/// The file can no longer be written.
#[derive(Clone, Copy, Debug)]
pub(super) struct DiskFailed;

/// A file that is open and read, and that nothing is written to yet.
#[derive(Debug)]
pub(super) struct OpenedDisk {
    connection: Connection,
    path: PathBuf,
}

impl OpenedDisk {
    /// Opens the file, or makes it, for this process alone, and reads all of it. Blocks.
    pub(super) fn open(path: &Path, org: &str) -> Result<(Self, Restored), DiskError> {
        let connection = connect(path)?;
        let disk = Self { connection, path: path.to_owned() };
        disk.prepare(org)?;
        let restored = Restored {
            kept: Kept {
                tasks: disk.read("tasks", "SELECT record FROM tasks ORDER BY rowid LIMIT ?1", usize::MAX)?,
                requests: disk.read("requests", "SELECT record FROM requests ORDER BY rowid LIMIT ?1", usize::MAX)?,
                tokens: disk.read("tokens", "SELECT record FROM tokens ORDER BY rowid LIMIT ?1", usize::MAX)?,
            },
            clients: disk.read("clients", "SELECT record FROM clients ORDER BY rowid LIMIT ?1", usize::MAX)?,
            events: disk.read("audit", events::NEWEST_OF_EACH, MAX_IN_MEMORY)?,
            key: disk.meta("signing_key")?,
        };
        Ok((disk, restored))
    }

    fn prepare(&self, org: &str) -> Result<(), DiskError> {
        let fault = |error: rusqlite::Error| unusable(&self.path, &error);
        let version: i64 = self.connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(fault)?;
        if version == 0 {
            let made = format!("BEGIN IMMEDIATE; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;");
            self.connection.execute_batch(&made).map_err(fault)?;
            return self.set_meta("org", org.as_bytes());
        }
        if version != VERSION {
            return Err(DiskError::Version { path: self.path.clone(), version });
        }
        match self.meta("org")? {
            Some(known) if known != org.as_bytes() => {
                let org = String::from_utf8_lossy(&known).into_owned();
                Err(DiskError::OtherOrg { path: self.path.clone(), org })
            }
            _ => Ok(()),
        }
    }

    fn read<T: DeserializeOwned>(&self, table: &'static str, query: &str, most: usize) -> Result<Vec<T>, DiskError> {
        let fault = |error: rusqlite::Error| unusable(&self.path, &error);
        let mut statement = self.connection.prepare(query).map_err(fault)?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = statement.query_map([most], |row| row.get::<_, String>(0)).map_err(fault)?;
        let mut records = Vec::new();
        for row in rows {
            let record = serde_json::from_str(&row.map_err(fault)?);
            records.push(record.map_err(|error| DiskError::Record {
                path: self.path.clone(),
                table,
                reason: error.to_string(),
            })?);
        }
        Ok(records)
    }

    fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, DiskError> {
        self.connection
            .query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0))
            .optional()
            .map_err(|error| unusable(&self.path, &error))
    }

    fn set_meta(&self, name: &str, value: &[u8]) -> Result<(), DiskError> {
        self.connection
            .execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)", params![name, value])
            .map(drop)
            .map_err(|error| unusable(&self.path, &error))
    }

    /// Keeps the signing key, the clients of this start, and what it ended of what was there, all or nothing: were the
    /// clients there alone, the next start would not know what to end. Then starts the thread that writes what changes
    /// from now on.
    pub(super) fn start(
        mut self,
        key: &[u8],
        clients: &[StoredClient],
        changes: Changes,
        events: Vec<AuditEvent>,
    ) -> Result<Disk, DiskError> {
        let first = Job { number: 0, changes, events };
        self.begin(key, clients, first).map_err(|reason| self.unusable(reason))?;
        let events = EventTable::of(&self.connection).map_err(|error| unusable(&self.path, &error))?;
        let (queue, jobs) = channel();
        let (report, written) = watch::channel(0);
        let Self { connection, path } = self;
        let thread = thread::Builder::new()
            .name("jit-authority-store".to_owned())
            .spawn(move || write_all(connection, events, &jobs, &report))
            .map_err(|error| DiskError::Unusable { path, reason: error.to_string() })?;
        Ok(Disk {
            queue: Mutex::new(Some(queue)),
            queued: AtomicU64::new(0),
            written,
            thread: Mutex::new(Some(thread)),
        })
    }

    fn begin(&mut self, key: &[u8], clients: &[StoredClient], first: Job) -> Result<(), String> {
        let fault = |error: rusqlite::Error| error.to_string();
        let mut events = EventTable::of(&self.connection).map_err(fault)?;
        let transaction = self.connection.transaction().map_err(fault)?;
        transaction
            .execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('signing_key', ?1)", [key])
            .map_err(fault)?;
        transaction.execute("DELETE FROM clients", []).map_err(fault)?;
        for client in clients {
            put(&transaction, "clients", &client.id, client)?;
        }
        write(&transaction, &mut events, &[first])?;
        transaction.commit().map_err(fault)
    }

    fn unusable(&self, reason: String) -> DiskError {
        DiskError::Unusable { path: self.path.clone(), reason }
    }
}

fn connect(path: &Path) -> Result<Connection, DiskError> {
    let fault = |error: io::Error| DiskError::Unusable { path: path.to_owned(), reason: error.to_string() };
    let own = prepare_file(path).map_err(fault)?;
    // Without SQLITE_OPEN_URI: the path is a path, whatever it begins with. The file is there already.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(own, flags).map_err(|error| unusable(path, &error))?;
    // Nobody lets go of it soon.
    connection.busy_timeout(Duration::ZERO).map_err(|error| unusable(path, &error))?;
    // Exclusive: two authorities with one store would each overwrite what the other decides. The lock ends with the
    // process, however that dies.
    connection
        .execute_batch(
            "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             BEGIN EXCLUSIVE; COMMIT;",
        )
        .map_err(|error| unusable(path, &error))?;
    Ok(connection)
}

/// Makes the file, or takes it from everybody but its owner, and gives its path without links. `SQLite` would make it
/// readable by others.
///
/// `SQLite` opens files beside it by their names, so the folder is one where nobody else puts any.
fn prepare_file(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| io::Error::other("it is no file"))?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let folder = fs::canonicalize(folder)?;
    private_file::check_folder(&folder).map_err(|error| {
        io::Error::other(format!("its folder {folder} is not fit for it: {error}", folder = folder.display()))
    })?;
    let own = folder.join(name);
    let file = private_file::open(OpenOptions::new().read(true).append(true).create(true), &own)?;
    private_file::make_private(&file)?;
    for ending in ["-wal", "-shm", "-journal"] {
        let mut beside = own.clone().into_os_string();
        beside.push(ending);
        match private_file::open(OpenOptions::new().read(true), Path::new(&beside)) {
            Ok(file) => private_file::make_private(&file).map(drop)?,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(io::Error::other(format!("{beside}: {error}", beside = beside.display()))),
        }
    }
    Ok(own)
}

fn unusable(path: &Path, error: &rusqlite::Error) -> DiskError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => DiskError::InUse { path },
        _ => DiskError::Unusable { path, reason: error.to_string() },
    }
}

impl Disk {
    /// Queues what changed. The caller holds the lock of the state, so that the file has its order.
    pub(super) fn write(&self, changes: Changes, events: Vec<AuditEvent>) {
        if changes.is_empty() && events.is_empty() {
            return;
        }
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let number = self.queued.load(Ordering::SeqCst).saturating_add(1);
        self.queued.store(number, Ordering::SeqCst);
        if let Some(queue) = &*queue {
            // Where the thread has ended, whoever waits for the number is told.
            let _ = queue.send(Job { number, changes, events });
        }
    }

    /// Waits until all that was queued before is on the disk.
    pub(super) async fn settled(&self) -> Result<(), DiskFailed> {
        let queued = self.queued.load(Ordering::SeqCst);
        let mut written = self.written.clone();
        written.wait_for(|written| *written >= queued).await.map(drop).map_err(|_| DiskFailed)
    }

    /// Takes no more, and waits until the last change is written. Blocks: not for async code.
    pub(super) fn close(&self) {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = thread.join();
        }
    }
}

fn write_all(mut connection: Connection, mut events: EventTable, jobs: &Receiver<Job>, report: &watch::Sender<u64>) {
    while let Ok(first) = jobs.recv() {
        let jobs: Vec<Job> = std::iter::once(first).chain(jobs.try_iter().take(AT_ONCE)).collect();
        let number = jobs.iter().map(|job| job.number).max().unwrap_or_default();
        if let Err(reason) = commit(&mut connection, &mut events, &jobs) {
            tracing::error!(reason, "the store can no longer be written: every call fails from now on");
            // Dropping the report tells everybody.
            return;
        }
        report.send_replace(number);
    }
}

fn commit(connection: &mut Connection, events: &mut EventTable, jobs: &[Job]) -> Result<(), String> {
    let transaction = connection.transaction().map_err(|error| error.to_string())?;
    write(&transaction, events, jobs)?;
    transaction.commit().map_err(|error| error.to_string())
}

fn write(transaction: &Connection, events: &mut EventTable, jobs: &[Job]) -> Result<(), String> {
    let fault = |error: rusqlite::Error| error.to_string();
    for job in jobs {
        let changes = &job.changes;
        for task in &changes.tasks {
            put(transaction, "tasks", &task.id, task)?;
        }
        for request in &changes.requests {
            put(transaction, "requests", &request.id, request)?;
        }
        for token in &changes.tokens {
            put(transaction, "tokens", &token.jti, token)?;
        }
        for (table, ids) in
            [("tasks", &changes.tasks_gone), ("requests", &changes.requests_gone), ("tokens", &changes.tokens_gone)]
        {
            let mut statement =
                transaction.prepare_cached(&format!("DELETE FROM {table} WHERE id = ?1")).map_err(fault)?;
            for id in ids {
                statement.execute([id]).map_err(fault)?;
            }
        }
        events.add(transaction, &job.events)?;
    }
    events.make_room(transaction).map_err(fault)
}

/// Adds or replaces a record. What is replaced keeps its place.
fn put(connection: &Connection, table: &'static str, id: &str, record: &impl Serialize) -> Result<(), String> {
    let record = serde_json::to_string(record).map_err(|error| error.to_string())?;
    let statement = format!(
        "INSERT INTO {table} (id, record) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET record = excluded.record"
    );
    connection
        .prepare_cached(&statement)
        .and_then(|mut statement| statement.execute([id, &record]))
        .map(drop)
        .map_err(|error| error.to_string())
}
