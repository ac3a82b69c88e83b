//! What is written down about a task, so that a crash leaves none behind.
//!
//! A task goes through three steps, and each is durable before the next begins: the *intent*, before the authority is
//! asked for a task; the task's *id*, before the task is first used; and the entry's end, after the task is completed.
//! [`FileJournal`] keeps them in files; a store of your own implements [`Journal`].
//!
//! # What a crash can leave
//!
//! | the process died | what a [sweep](crate::JitContext::sweep) finds | what it does |
//! |---|---|---|
//! | before the intent was written | nothing | nothing: nobody was asked for a task |
//! | after the intent, before the id | an intent | reports it as *unknown* |
//! | after the id | a task | completes it, which revokes its tokens |
//! | while the task was suspended, or before its resumption was written down | a task that is kept | leaves it alone until then, and completes it afterwards |
//! | after the completion, before the entry's end | a task | completes it again, which changes nothing |
//!
//! The second row is a gap that the protocol leaves: the authority makes the id, and it has neither a way to ask for a
//! task under a name of the client's nor a list of tasks. Such a task, if there is one, was never used: it holds no
//! token, nobody knows its id, and the authority ends it by itself.

mod file;
mod record;

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub use self::file::FileJournal;
use crate::{
    authority::{LumoAuthAgent, TaskId},
    transport::BoxError,
};

/// How much of a task's name is written down, in characters.
const LONGEST_NAME: usize = 256;

/// A journal that several tasks share.
pub type SharedJournal = Arc<dyn Journal>;

/// A durable record of the tasks that are open.
///
/// Tokens and secrets are never handed to it.
#[async_trait]
pub trait Journal: fmt::Debug + Send + Sync {
    /// Writes down that a task is about to be created. Returns when that would survive a crash.
    ///
    /// The entry is held by this process until it is [closed](JournalEntry::closed) or dropped, also by a crash.
    async fn begin(&self, intent: &TaskIntent) -> Result<Box<dyn JournalEntry>, JournalError>;

    /// The entries of `owner` that nobody holds; whoever gets them holds them from then on. Those that are kept at `now`
    /// are named only: nobody holds them because of this, so that each can be [taken](Self::take) at any time.
    ///
    /// At most a few hundred, so that what they take is bounded.
    async fn abandoned(&self, owner: &TaskOwner, now: SystemTime) -> Result<Abandoned, JournalError>;

    /// Takes the entries of one task, kept or not, for whoever goes on with it: all of them, or none where somebody
    /// holds one.
    async fn take(&self, owner: &TaskOwner, task: &TaskId) -> Result<Taken, JournalError>;
}

/// The entry of one task, held by this process.
///
/// Dropping it lets go of it: what it says stays, for a sweep to find. That must neither block for long nor fail.
#[async_trait]
pub trait JournalEntry: fmt::Debug + Send + Sync {
    /// Writes down the task that the authority created. Returns when that would survive a crash.
    async fn opened(&self, task: &OpenedTask) -> Result<(), JournalError>;

    /// Writes down that sweeps leave the task alone until then. Returns when that would survive a crash. At most once.
    async fn kept(&self, until: SystemTime) -> Result<(), JournalError>;

    /// Removes the entry: the task is completed. Where a crash undoes this, the task is completed once more.
    async fn closed(self: Box<Self>) -> Result<(), JournalError>;
}

/// Whose a task is. A sweep takes only what has the same owner.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaskOwner {
    /// The authority: its origin, and the path before its API, if there is one.
    pub authority: String,
    /// The organization, or tenant. The style of the paths is no part of it.
    pub tenant: String,
    /// The agent's client id.
    pub client_id: String,
}

impl TaskOwner {
    /// The owner that an agent is.
    pub fn of(agent: &LumoAuthAgent) -> Self {
        Self {
            authority: agent.base().to_owned(),
            tenant: agent.tenant().to_owned(),
            client_id: agent.client_id().to_owned(),
        }
    }
}

/// That a task is about to be created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaskIntent {
    /// Whose task it is going to be.
    pub owner: TaskOwner,
    /// Its name; the first 256 characters.
    pub name: String,
    /// The task that it is a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<TaskId>,
    /// When that was, on the agent's clock. Whole seconds since 1970 when serialized.
    #[serde(with = "seconds")]
    pub created_at: SystemTime,
    /// The process that creates it, for the person who looks. Whether it lives is not decided by this number, which
    /// another process may have by now.
    pub process: u32,
}

impl TaskIntent {
    pub(super) fn new(agent: &LumoAuthAgent, name: &str, parent: Option<TaskId>) -> Self {
        Self {
            owner: TaskOwner::of(agent),
            name: name.chars().take(LONGEST_NAME).collect(),
            parent,
            created_at: agent.clock().system_time(),
            process: std::process::id(),
        }
    }
}

/// The task that the authority created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OpenedTask {
    /// Its id.
    pub id: TaskId,
    /// When the authority ends it by itself, where it said so. Whole seconds since 1970 when serialized.
    #[serde(default, with = "optional_seconds", skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<SystemTime>,
}

impl OpenedTask {
    /// What is written down about a task.
    pub fn new(id: TaskId, expires_at: Option<SystemTime>) -> Self {
        Self { id, expires_at }
    }
}

/// An entry that nobody held.
#[derive(Debug)]
pub struct AbandonedTask {
    /// What was about to happen.
    pub intent: TaskIntent,
    /// The task that came of it; `None` where that was not written down, so that it was never used.
    pub opened: Option<OpenedTask>,
    /// Until when it is kept for whoever [resumes](super::JitContextBuilder::resume_task) it, where it was
    /// [suspended](crate::JitContext::suspend).
    pub kept_until: Option<SystemTime>,
    /// The entry, which is now held here.
    pub entry: Box<dyn JournalEntry>,
}

/// What a journal has about one task.
#[derive(Debug)]
pub enum Taken {
    /// Its entries, which are now held here: one, or two where a crash came while it was resumed.
    Free(Vec<AbandonedTask>),
    /// Somebody holds one of them.
    InUse,
    /// Nothing.
    Absent,
}

/// What a journal holds for one owner.
#[derive(Debug, Default)]
pub struct Abandoned {
    /// The entries that nobody held, and that are held by the caller now.
    pub tasks: Vec<AbandonedTask>,
    /// The tasks that are kept.
    pub suspended: Vec<TaskId>,
    /// How many entries of the same owner others hold.
    pub in_use: usize,
    /// Where there is something that cannot be read: a name to look for. It stays as it is.
    pub unreadable: Vec<String>,
    /// Whether there may be more of them.
    pub more: bool,
}

/// Whether a task that is kept until then is to be left alone.
fn is_kept(kept_until: Option<SystemTime>, now: SystemTime) -> bool {
    kept_until.is_some_and(|until| now < until)
}

/// A journal that could not be read or written.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the journal of tasks {place} cannot be {what}: {source}")]
pub struct JournalError {
    what: &'static str,
    place: String,
    source: Arc<dyn std::error::Error + Send + Sync>,
}

impl JournalError {
    /// An error of a journal at `place`, which cannot be `what` (a participle: "read", "written").
    pub fn new(what: &'static str, place: impl fmt::Display, source: impl Into<BoxError>) -> Self {
        Self { what, place: place.to_string(), source: source.into().into() }
    }
}

/// Reads a file of a journal, and what was read once more after writing it again: for the fuzz package.
#[cfg(fuzzing)]
#[doc(hidden)]
pub fn fuzz_parse(bytes: &[u8]) {
    record::round_trip(bytes);
}

/// A point in time as whole seconds since 1970.
mod seconds {
    use std::time::{Duration, SystemTime};

    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(super::since_epoch(*time))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SystemTime, D::Error> {
        let seconds = u64::deserialize(deserializer)?;
        SystemTime::UNIX_EPOCH
            .checked_add(Duration::from_secs(seconds))
            .ok_or_else(|| D::Error::custom("a time beyond what can be counted"))
    }
}

/// As [`seconds`], where there may be none.
mod optional_seconds {
    use std::time::SystemTime;

    use serde::{Deserialize, Deserializer, Serializer};

    #[derive(Deserialize)]
    struct Time(#[serde(with = "super::seconds")] SystemTime);

    #[expect(clippy::ref_option, reason = "serde hands the field over so")]
    pub(super) fn serialize<S: Serializer>(time: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => serializer.serialize_u64(super::since_epoch(*time)),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SystemTime>, D::Error> {
        Ok(Option::<Time>::deserialize(deserializer)?.map(|Time(time)| time))
    }
}

fn since_epoch(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).as_ref().map_or(0, Duration::as_secs)
}
