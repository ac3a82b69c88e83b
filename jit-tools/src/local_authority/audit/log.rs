//! The log: the newest events in memory, and every one of them on a stream, by a thread of its own.
//!
//! What gives somebody something waits until the stream has it ([`AuditLog::settled`]), and is not given where it has not.

use std::{
    io::{BufWriter, Write},
    sync::{
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
};

use tokio::sync::watch;

use super::{AuditEvent, Retained};
use crate::sync::{Mutex, lock};

/// How many lines may wait for a slow disk.
const MAX_WAITING: usize = 4096;

#[derive(Debug)]
pub(in super::super) struct AuditLog {
    kept: Mutex<Retained>,
    writer: Mutex<Option<Writer>>,
    queued: AtomicU64,
    /// Whether a line is missing on the stream.
    has_failed: AtomicBool,
    /// How many lines the stream has. Closed when it can no longer be written.
    written: Option<watch::Receiver<u64>>,
}

#[derive(Debug)]
struct Writer {
    lines: SyncSender<String>,
    thread: JoinHandle<()>,
}

/// The stream does not have what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct NotRecorded;

impl AuditLog {
    /// A log that is also written to `sink`, where there is one. It begins with what an earlier process kept.
    pub(in super::super) fn new(sink: Option<Box<dyn Write + Send>>, kept: Vec<AuditEvent>) -> std::io::Result<Self> {
        let (writer, written) = match sink {
            None => (None, None),
            Some(sink) => {
                let (lines, receiver) = sync_channel(MAX_WAITING);
                let (report, written) = watch::channel(0);
                let thread = thread::Builder::new()
                    .name("jit-authority-audit".to_owned())
                    .spawn(move || write_lines(&receiver, sink, &report))?;
                (Some(Writer { lines, thread }), Some(written))
            }
        };
        Ok(Self {
            kept: Mutex::new(kept.into_iter().collect()),
            writer: Mutex::new(writer),
            queued: AtomicU64::new(0),
            has_failed: AtomicBool::new(false),
            written,
        })
    }

    pub(in super::super) fn record(&self, event: AuditEvent) {
        if let Some(writer) = &*lock(&self.writer) {
            let queued = serde_json::to_string(&event).is_ok_and(|line| writer.lines.try_send(line).is_ok());
            if queued {
                self.queued.fetch_add(1, Ordering::SeqCst);
            } else if !self.has_failed.swap(true, Ordering::SeqCst) {
                tracing::error!(event = ?event.event, "the audit log has lost an event: nothing is granted any more");
            }
        }
        lock(&self.kept).push(event);
    }

    pub(in super::super) fn events(&self) -> Vec<AuditEvent> {
        lock(&self.kept).events()
    }

    /// Returns an error once the stream is known to lack a line.
    pub(in super::super) fn check(&self) -> Result<(), NotRecorded> {
        let Some(written) = &self.written else { return Ok(()) };
        let is_behind = *written.borrow() < self.queued.load(Ordering::SeqCst);
        let is_closed = written.has_changed().is_err();
        if self.has_failed.load(Ordering::SeqCst) || (is_closed && is_behind) { Err(NotRecorded) } else { Ok(()) }
    }

    /// Waits until the stream has all that was recorded before.
    pub(in super::super) async fn settled(&self) -> Result<(), NotRecorded> {
        let Some(written) = &self.written else { return Ok(()) };
        let queued = self.queued.load(Ordering::SeqCst);
        written.clone().wait_for(|written| *written >= queued).await.map(drop).map_err(|_| NotRecorded)?;
        self.check()
    }

    /// Returns once the stream can no longer be written; never, where there is none.
    pub(in super::super) async fn failed(&self) {
        match &self.written {
            None => std::future::pending().await,
            Some(written) => {
                let mut written = written.clone();
                while self.check().is_ok() && written.changed().await.is_ok() {}
            }
        }
    }

    /// Takes no more lines and waits until the last one is written. Blocks: not for async code.
    pub(in super::super) fn close(&self) {
        let writer = lock(&self.writer).take();
        if let Some(Writer { lines, thread }) = writer {
            drop(lines);
            let _ = thread.join();
        }
    }
}

fn write_lines(lines: &Receiver<String>, sink: Box<dyn Write + Send>, report: &watch::Sender<u64>) {
    let mut sink = BufWriter::new(sink);
    let mut written: u64 = 0;
    let mut failed = false;
    while let Ok(line) = lines.recv() {
        let mut next = Some(line);
        // One flush for all that is there: an event is on disk before the log rests.
        while let Some(line) = next {
            failed |= writeln!(sink, "{line}").is_err();
            written = written.saturating_add(1);
            next = lines.try_recv().ok();
        }
        failed |= sink.flush().is_err();
        if failed {
            tracing::error!("the audit log can no longer be written: nothing is granted any more");
            // Dropping the report tells everybody. What is left in the buffer cannot be written either.
            drop(sink.into_parts());
            return;
        }
        report.send_replace(written);
    }
}
