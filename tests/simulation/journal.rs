//! A journal on a disk that survives a crash, and sometimes cannot be written.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::SystemTime,
};

use jit_tools::{
    authority::TaskId,
    session::journal::{
        Abandoned, AbandonedTask, Journal, JournalEntry, JournalError, OpenedTask, Taken, TaskIntent, TaskOwner,
    },
};

use crate::faults::{Fault, Faults, Place, Point, Process};

/// The disk.
#[derive(Clone, Debug, Default)]
pub struct Disk(Arc<Mutex<BTreeMap<u64, Record>>>);

#[derive(Clone, Debug)]
struct Record {
    intent: TaskIntent,
    opened: Option<OpenedTask>,
    kept_until: Option<SystemTime>,
    /// The number of the process that holds it.
    holder: u64,
}

/// The journal of one process on that disk.
#[derive(Clone, Debug)]
pub struct SimJournal {
    pub disk: Disk,
    pub process: Process,
    pub faults: Faults,
}

#[derive(Debug)]
struct Entry {
    journal: SimJournal,
    number: u64,
}

impl Disk {
    /// Whether the next process finds this task; if so, which task it is a part of, if any.
    pub fn opened(&self, task: &str) -> Option<Option<String>> {
        let records = self.0.lock().unwrap();
        let is_it = |record: &&Record| record.opened.as_ref().is_some_and(|opened| opened.id.as_str() == task);
        records.values().find(is_it).map(|record| record.intent.parent.as_ref().map(ToString::to_string))
    }
}

impl SimJournal {
    async fn meet(&self, point: Point) -> Option<Fault> {
        self.faults.meet(&self.process, Place::Journal, point, None).await
    }

    /// A write: it may fail, may only seem to, and the process may die just before or just after it.
    async fn write(&self, change: impl FnOnce(&mut BTreeMap<u64, Record>)) -> Result<(), JournalError> {
        let failed = |why| Err(JournalError::new("written", "on the simulated disk", why));
        if self.meet(Point::BeforeWriting).await.is_some() {
            return failed("no space left on the device");
        }
        change(&mut self.disk.0.lock().unwrap());
        if self.meet(Point::AfterWriting).await.is_some() {
            return failed("the device did not say that it is done");
        }
        Ok(())
    }

    /// A look at what others left: it may fail, and the process may die of it.
    async fn read(&self) -> Result<(), JournalError> {
        match self.meet(Point::BeforeReading).await {
            Some(_) => Err(JournalError::new("read", "on the simulated disk", "the device does not answer")),
            None => Ok(()),
        }
    }

    fn hold(&self, number: u64, record: &mut Record) -> AbandonedTask {
        record.holder = self.process.number;
        AbandonedTask {
            intent: record.intent.clone(),
            opened: record.opened.clone(),
            kept_until: record.kept_until,
            entry: Box::new(Entry { journal: self.clone(), number }),
        }
    }
}

#[async_trait::async_trait]
impl Journal for SimJournal {
    async fn begin(&self, intent: &TaskIntent) -> Result<Box<dyn JournalEntry>, JournalError> {
        let number = self.faults.random.next();
        let record = Record { intent: intent.clone(), opened: None, kept_until: None, holder: self.process.number };
        self.write(|disk| drop(disk.insert(number, record))).await?;
        Ok(Box::new(Entry { journal: self.clone(), number }))
    }

    async fn abandoned(&self, owner: &TaskOwner, now: SystemTime) -> Result<Abandoned, JournalError> {
        self.read().await?;
        let mut abandoned = Abandoned::default();
        for (number, record) in
            self.disk.0.lock().unwrap().iter_mut().filter(|(_, record)| record.intent.owner == *owner)
        {
            match &record.opened {
                _ if record.holder == self.process.number => abandoned.in_use += 1,
                Some(opened) if record.kept_until.is_some_and(|until| now < until) => {
                    abandoned.suspended.push(opened.id.clone());
                }
                _ => abandoned.tasks.push(self.hold(*number, record)),
            }
        }
        Ok(abandoned)
    }

    async fn take(&self, owner: &TaskOwner, task: &TaskId) -> Result<Taken, JournalError> {
        self.read().await?;
        let mut disk = self.disk.0.lock().unwrap();
        let is_it = |record: &Record| {
            record.intent.owner == *owner && record.opened.as_ref().is_some_and(|opened| opened.id == *task)
        };
        let mut found = disk.iter_mut().filter(|(_, record)| is_it(record)).peekable();
        if found.peek().is_none() {
            return Ok(Taken::Absent);
        }
        let found: Vec<_> = found.collect();
        if found.iter().any(|(_, record)| record.holder == self.process.number) {
            return Ok(Taken::InUse);
        }
        Ok(Taken::Free(found.into_iter().map(|(number, record)| self.hold(*number, record)).collect()))
    }
}

#[async_trait::async_trait]
impl JournalEntry for Entry {
    async fn opened(&self, task: &OpenedTask) -> Result<(), JournalError> {
        self.journal
            .write(|disk| {
                if let Some(record) = disk.get_mut(&self.number) {
                    record.opened = Some(task.clone());
                }
            })
            .await
    }

    async fn kept(&self, until: SystemTime) -> Result<(), JournalError> {
        self.journal
            .write(|disk| {
                if let Some(record) = disk.get_mut(&self.number) {
                    record.kept_until = Some(until);
                }
            })
            .await
    }

    async fn closed(self: Box<Self>) -> Result<(), JournalError> {
        self.journal.write(|disk| drop(disk.remove(&self.number))).await
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        // Let go: whoever sweeps next finds it. Nobody has the number 0.
        if let Some(record) = self.journal.disk.0.lock().unwrap().get_mut(&self.number) {
            record.holder = 0;
        }
    }
}
