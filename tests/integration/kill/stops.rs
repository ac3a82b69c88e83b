//! A journal at whose steps the process stops for good, so that it can be killed there.

use std::{
    io::Write as _,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::SystemTime,
};

use jit_tools::{
    FileJournal,
    authority::TaskId,
    session::journal::{
        Abandoned, AbandonedTask, Journal, JournalEntry, JournalError, OpenedTask, Taken, TaskIntent, TaskOwner,
    },
};

use super::STOPPED;

/// Where the process stops for good.
#[derive(Debug)]
pub struct Stops {
    /// The step, and at which of its occurrences.
    stop: String,
    folder: String,
    counts: [AtomicUsize; STEPS.len()],
}

const STEPS: [&str; 12] = [
    "before the intent",
    "after the intent",
    "before the id",
    "in the middle of the id",
    "after the id",
    "in use",
    "before the end",
    "after the end",
    "after taking",
    "before it is kept",
    "in the middle of keeping it",
    "after it is kept",
];

impl Stops {
    pub fn new(stop: &str, folder: &str) -> Arc<Self> {
        Arc::new(Self { stop: stop.to_owned(), folder: folder.to_owned(), counts: Default::default() })
    }

    /// Whether it is this step that the process stops at.
    fn is_here(&self, step: &str) -> bool {
        let index = STEPS.iter().position(|known| *known == step).unwrap();
        let count = self.counts[index].fetch_add(1, Ordering::SeqCst) + 1;
        self.stop == format!("{step} {count}")
    }

    pub async fn at(&self, step: &str) {
        if self.is_here(step) {
            Self::stop().await;
        }
    }

    pub async fn stop() {
        println!("\n{STOPPED}");
        std::io::stdout().flush().unwrap();
        std::future::pending().await
    }
}

/// A journal in files, at whose steps the process stops.
#[derive(Debug)]
pub struct Stopping {
    journal: FileJournal,
    stops: Arc<Stops>,
}

#[derive(Debug)]
struct StoppingEntry {
    entry: Box<dyn JournalEntry>,
    stops: Arc<Stops>,
}

impl Stopping {
    pub async fn open(folder: String, stops: &Arc<Stops>) -> Self {
        Self { journal: FileJournal::open(folder).await.unwrap(), stops: Arc::clone(stops) }
    }

    fn wrap(&self, entry: Box<dyn JournalEntry>) -> Box<dyn JournalEntry> {
        Box::new(StoppingEntry { entry, stops: Arc::clone(&self.stops) })
    }

    fn wrap_all(&self, tasks: &mut [AbandonedTask]) {
        for task in tasks {
            let entry = std::mem::replace(&mut task.entry, Box::new(Nothing));
            task.entry = self.wrap(entry);
        }
    }
}

#[async_trait::async_trait]
impl Journal for Stopping {
    async fn begin(&self, intent: &TaskIntent) -> Result<Box<dyn JournalEntry>, JournalError> {
        self.stops.at("before the intent").await;
        let entry = self.journal.begin(intent).await?;
        self.stops.at("after the intent").await;
        Ok(self.wrap(entry))
    }

    async fn abandoned(&self, owner: &TaskOwner, now: SystemTime) -> Result<Abandoned, JournalError> {
        let mut found = self.journal.abandoned(owner, now).await?;
        self.stops.at("after taking").await;
        self.wrap_all(&mut found.tasks);
        Ok(found)
    }

    async fn take(&self, owner: &TaskOwner, task: &TaskId) -> Result<Taken, JournalError> {
        let mut taken = self.journal.take(owner, task).await?;
        if let Taken::Free(entries) = &mut taken {
            self.wrap_all(entries);
        }
        Ok(taken)
    }
}

#[async_trait::async_trait]
impl JournalEntry for StoppingEntry {
    async fn opened(&self, task: &OpenedTask) -> Result<(), JournalError> {
        self.stops.at("before the id").await;
        if self.stops.is_here("in the middle of the id") {
            tear(Path::new(&self.stops.folder), 1, r#""opened":{"id":"task_"#);
            Stops::stop().await;
        }
        self.entry.opened(task).await?;
        self.stops.at("after the id").await;
        Ok(())
    }

    async fn kept(&self, until: SystemTime) -> Result<(), JournalError> {
        self.stops.at("before it is kept").await;
        if self.stops.is_here("in the middle of keeping it") {
            tear(Path::new(&self.stops.folder), 2, r#""kept":{"until":17"#);
            Stops::stop().await;
        }
        self.entry.kept(until).await?;
        self.stops.at("after it is kept").await;
        Ok(())
    }

    async fn closed(self: Box<Self>) -> Result<(), JournalError> {
        let Self { entry, stops } = *self;
        stops.at("before the end").await;
        entry.closed().await?;
        stops.at("after the end").await;
        Ok(())
    }
}

/// Stands where an entry was taken from.
#[derive(Debug)]
struct Nothing;

#[async_trait::async_trait]
impl JournalEntry for Nothing {
    async fn opened(&self, _: &OpenedTask) -> Result<(), JournalError> {
        Ok(())
    }

    async fn kept(&self, _: SystemTime) -> Result<(), JournalError> {
        Ok(())
    }

    async fn closed(self: Box<Self>) -> Result<(), JournalError> {
        Ok(())
    }
}

/// Writes the beginning of a line into the file that has so many.
fn tear(folder: &Path, lines: usize, record: &str) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if std::fs::read_to_string(&path).unwrap().lines().count() == lines {
            let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
            write!(file, r#"{{"v":1,"sum":"0123456789abcdef","record":{{{record}"#).unwrap();
        }
    }
}
