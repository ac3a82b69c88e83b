//! A journal in a folder: one file a task, held by a lock that ends with its process.

mod scan;

use std::{
    collections::hash_map::RandomState,
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    hash::BuildHasher,
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use async_trait::async_trait;

use super::{
    Abandoned, Journal, JournalEntry, JournalError, OpenedTask, SharedJournal, Taken, TaskIntent, TaskOwner,
    record::{Kept, Record, encode},
};
use crate::{authority::TaskId, private_file};

/// A file before its first record is whole. Nobody was asked for a task yet.
const DRAFT: &str = "draft";
/// A file with a whole first record.
const ENTRY: &str = "task";
/// How often another name is tried.
const MAX_TRIES: usize = 4;

/// A [`Journal`] in a folder that several processes may share.
///
/// Each open task is a file of three JSON lines at most, readable by its user alone: an intent, written and synced (with
/// its folder) before the authority is asked for a task, and the task's id, written and synced before the task is used.
/// The file goes when the task is completed, so what the folder takes is bounded by the tasks that are
/// open. Each of them is an open file of its process.
///
/// Whether the process of a file still lives is decided by an advisory lock on it (`flock`), which the system ends with
/// the process, however that dies: nobody trusts process numbers or times. The folder has to be on a local disk, since
/// some network file systems lock in name only. It was made for, and is tested on, Linux.
///
/// ```
/// use jit_tools::{JitContext, LumoAuthAgent, session::FileJournal};
/// # use jit_tools::{local_authority::LocalAuthority, testing::InProcess};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// # let authority = LocalAuthority::builder().client("agt_x", "s3cret").build()?;
/// # let network = InProcess::new().serve("http://127.0.0.1", authority.router())?;
/// # let agent = LumoAuthAgent::builder().url("http://127.0.0.1").org("acme-corp").client_id("agt_x")
/// #     .client_secret("s3cret").transport(std::sync::Arc::new(network)).build()?;
/// # let folder = std::env::temp_dir().join(format!("jit-tools-doc-{}", std::process::id()));
/// let journal = FileJournal::open(&folder).await?.shared();
///
/// // First completes what a crash of an earlier process left open, then creates the task.
/// let jit = JitContext::builder(&agent, "Analyse the report").journal(journal).create_task().await?;
/// assert_eq!(jit.swept().map(|report| report.completed.len()), Some(0));
/// assert_eq!(std::fs::read_dir(&folder)?.count(), 1);
/// jit.complete_task().await?;
/// assert_eq!(std::fs::read_dir(&folder)?.count(), 0);
/// # std::fs::remove_dir(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct FileJournal {
    folder: Arc<Path>,
}

impl FileJournal {
    /// The journal in a folder, which is created where it does not exist. Needs a tokio runtime, as all its calls do.
    ///
    /// # Errors
    /// When it cannot be created, is a symbolic link or no folder, belongs to another user than this process's or root,
    /// or others may write into it, such as a group: who can do so can have tasks forgotten. So can who may rename it: no
    /// folder above is another user's than root's, nor one that others may write into without the sticky bit.
    pub async fn open(folder: impl Into<PathBuf>) -> Result<Self, JournalError> {
        let folder: Arc<Path> = folder.into().into();
        let opened = Arc::clone(&folder);
        blocking("opened", &folder, move || open_folder(&opened)).await?;
        Ok(Self { folder })
    }

    /// The journal, as one that tasks take.
    pub fn shared(self) -> SharedJournal {
        Arc::new(self)
    }
}

#[async_trait]
impl Journal for FileJournal {
    async fn begin(&self, intent: &TaskIntent) -> Result<Box<dyn JournalEntry>, JournalError> {
        let folder = Arc::clone(&self.folder);
        let record = Record::Intent(intent.clone());
        let entry = blocking("written", &self.folder, move || create(&folder, &encode(&record)?)).await?;
        Ok(Box::new(entry))
    }

    async fn abandoned(&self, owner: &TaskOwner, now: SystemTime) -> Result<Abandoned, JournalError> {
        let (folder, owner) = (Arc::clone(&self.folder), owner.clone());
        blocking("read", &self.folder, move || scan::take_abandoned(&folder, &owner, now)).await
    }

    async fn take(&self, owner: &TaskOwner, task: &TaskId) -> Result<Taken, JournalError> {
        let (folder, owner, task) = (Arc::clone(&self.folder), owner.clone(), task.clone());
        blocking("read", &self.folder, move || scan::take_task(&folder, &owner, &task)).await
    }
}

/// A file that this process holds the lock of.
#[derive(Debug)]
struct FileEntry {
    path: PathBuf,
    file: Arc<Locked>,
}

/// A file whose lock is given back when it is dropped: not by closing it alone, since a process that is being started
/// has it open for a moment too.
#[derive(Debug)]
struct Locked(File);

impl Drop for Locked {
    fn drop(&mut self) {
        // Closing it is what is left.
        let _ = self.0.unlock();
    }
}

#[async_trait]
impl JournalEntry for FileEntry {
    async fn opened(&self, task: &OpenedTask) -> Result<(), JournalError> {
        self.append(Record::Opened(task.clone())).await
    }

    async fn kept(&self, until: SystemTime) -> Result<(), JournalError> {
        self.append(Record::Kept(Kept { until })).await
    }

    async fn closed(self: Box<Self>) -> Result<(), JournalError> {
        let place = self.path.clone();
        // Removed while it is held, so that nobody takes it in between.
        blocking("written", &place, move || remove(&self.path)).await
    }
}

impl FileEntry {
    async fn append(&self, record: Record) -> Result<(), JournalError> {
        let file = Arc::clone(&self.file);
        blocking("written", &self.path, move || {
            (&file.0).write_all(&encode(&record)?)?;
            file.0.sync_all()
        })
        .await
    }
}

/// Does what blocks where it may.
async fn blocking<T: Send + 'static>(
    what: &'static str,
    place: &Path,
    act: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, JournalError> {
    let failed = |source: io::Error| JournalError::new(what, place.display(), source);
    match tokio::task::spawn_blocking(act).await {
        Ok(outcome) => outcome.map_err(failed),
        Err(_) => Err(failed(io::Error::other("the runtime ends"))),
    }
}

fn open_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let made = missing(folder)?;
    builder.create(folder)?;
    private_file::check_folder(folder)?;
    for level in made {
        match level.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => sync_folder(parent)?,
            _ => sync_folder(Path::new("."))?,
        }
    }
    Ok(())
}

/// The folders that have to be made for this one, itself first.
fn missing(folder: &Path) -> io::Result<Vec<&Path>> {
    let mut missing = Vec::new();
    for level in folder.ancestors().filter(|level| !level.as_os_str().is_empty()) {
        if fs::exists(level)? {
            break;
        }
        missing.push(level);
    }
    Ok(missing)
}

/// Creates the file of an entry, with its first line.
///
/// It gets its name only when it is locked and whole. A sweep that takes the draft for a leftover meanwhile makes no
/// harm: then another one is written.
fn create(folder: &Path, line: &[u8]) -> io::Result<FileEntry> {
    for _ in 0..MAX_TRIES {
        let name = unique_name();
        let draft = folder.join(&name).with_extension(DRAFT);
        let path = folder.join(&name).with_extension(ENTRY);
        let mut options = OpenOptions::new();
        let file = match private_file::open(options.create_new(true).append(true).read(true), &draft) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(error),
        };
        let written = try_lock(&file).and_then(|is_locked| {
            if !is_locked {
                return Ok(false);
            }
            (&file).write_all(line)?;
            file.sync_all()?;
            match fs::rename(&draft, &path) {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
                outcome => outcome?,
            }
            sync_folder(folder).map(|()| true)
        });
        match written {
            Ok(true) => return Ok(FileEntry { path, file: Arc::new(Locked(file)) }),
            Ok(false) => remove(&draft)?,
            Err(error) => {
                // Nobody is asked for a task now, so there is nothing to remember. The first error is the one to tell.
                let _ = remove(&draft).and(remove(&path));
                return Err(error);
            }
        }
    }
    Err(io::Error::other("another process takes each file away"))
}

/// Opens the file of an entry: a regular one of this user's, since anybody else's could have a task forgotten.
fn open_entry(path: &Path) -> io::Result<File> {
    private_file::open_regular(OpenOptions::new().append(true).read(true), path)
}

fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

/// Makes a file's name durable.
fn sync_folder(folder: &Path) -> io::Result<()> {
    // Elsewhere a folder cannot be opened as a file, and its entries are durable with the file.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// A name that no other process makes: the keys of the hashers come from the system.
fn unique_name() -> String {
    let random = || RandomState::new().hash_one(std::process::id());
    format!("{:016x}{:016x}", random(), random())
}

// Modes and links are Unix's.
#[cfg(test)]
#[cfg(unix)]
mod tests;
