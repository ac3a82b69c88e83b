//! How many connections there are, and which one makes room for a new one.
//!
//! A connection rests while the authority waits for its client: for the next call, or for the rest of one. It is busy
//! from the moment that a call is whole until its answer is made. Whoever sends half a request can hold a connection
//! only for as long as nobody else needs it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{Notify, oneshot};

/// The connections of one server.
#[derive(Debug)]
pub(super) struct Connections {
    limit: usize,
    table: Mutex<Table>,
    /// Some connection ended, or began to rest.
    room: Notify,
}

#[derive(Debug, Default)]
struct Table {
    /// Counts each event, so that the order in which connections began to rest is known.
    turn: u64,
    entries: HashMap<u64, Entry>,
}

#[derive(Debug)]
struct Entry {
    /// Since which turn it rests. `None` while it is busy.
    rests_since: Option<u64>,
    /// Dropping it closes the connection.
    _open: oneshot::Sender<()>,
}

impl Table {
    fn next_turn(&mut self) -> u64 {
        self.turn = self.turn.saturating_add(1);
        self.turn
    }
}

/// One connection. Dropping it gives its place back.
#[derive(Debug)]
pub(in super::super) struct Connection {
    id: u64,
    connections: Arc<Connections>,
}

impl Connections {
    pub(super) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, table: Mutex::default(), room: Notify::new() })
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a new connection, and what ends when the connection has to close. The one that has rested longest
    /// makes room; where none rests, this waits.
    pub(super) async fn enter(self: &Arc<Self>) -> (Connection, oneshot::Receiver<()>) {
        loop {
            let room = self.room.notified();
            if let Some(entered) = self.try_enter() {
                return entered;
            }
            room.await;
        }
    }

    fn try_enter(self: &Arc<Self>) -> Option<(Connection, oneshot::Receiver<()>)> {
        let mut table = self.table();
        if table.entries.len() >= self.limit && !close_one(&mut table) {
            return None;
        }
        let (open, closed) = oneshot::channel();
        let id = table.next_turn();
        table.entries.insert(id, Entry { rests_since: Some(id), _open: open });
        Some((Connection { id, connections: Arc::clone(self) }, closed))
    }

    /// Closes the connection that has rested longest. Returns false where none rests.
    pub(super) fn close_one(&self) -> bool {
        close_one(&mut self.table())
    }
}

fn close_one(table: &mut Table) -> bool {
    let resting = table.entries.iter().filter_map(|(id, entry)| Some((entry.rests_since?, *id)));
    let oldest = resting.min().map(|(_, id)| id);
    oldest.is_some_and(|id| table.entries.remove(&id).is_some())
}

impl Connection {
    /// A call is whole: the connection is not closed to make room for another.
    pub(super) fn begin(&self) {
        self.set(|_| None);
    }

    /// The authority waits for the client again, or has its client wait.
    pub(in super::super) fn rest(&self) {
        self.set(Some);
        self.connections.room.notify_one();
    }

    fn set(&self, rests_since: impl FnOnce(u64) -> Option<u64>) {
        let mut table = self.connections.table();
        let turn = table.next_turn();
        if let Some(entry) = table.entries.get_mut(&self.id) {
            entry.rests_since = rests_since(turn);
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.connections.table().entries.remove(&self.id);
        self.connections.room.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_closed(closed: &mut oneshot::Receiver<()>) -> bool {
        closed.try_recv() == Err(oneshot::error::TryRecvError::Closed)
    }

    #[test]
    fn the_connection_that_rested_longest_makes_room() {
        let connections = Connections::new(2);
        let (first, mut first_closed) = connections.try_enter().unwrap();
        let (_second, mut second_closed) = connections.try_enter().unwrap();
        first.begin();
        first.rest();
        let (_third, mut third_closed) = connections.try_enter().unwrap();
        assert!(is_closed(&mut second_closed) && !is_closed(&mut first_closed) && !is_closed(&mut third_closed));
    }

    #[test]
    fn a_busy_connection_is_never_closed_for_a_new_one() {
        let connections = Connections::new(1);
        let (first, mut closed) = connections.try_enter().unwrap();
        first.begin();
        assert!(connections.try_enter().is_none() && !connections.close_one() && !is_closed(&mut closed));
        drop(first);
        assert!(connections.try_enter().is_some());
    }

    #[tokio::test]
    async fn a_new_connection_waits_until_one_rests() {
        let connections = Connections::new(1);
        let (first, mut closed) = connections.try_enter().unwrap();
        first.begin();
        let waiting = tokio::spawn({
            let connections = Arc::clone(&connections);
            async move { connections.enter().await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        first.rest();
        waiting.await.unwrap();
        assert!(is_closed(&mut closed));
    }
}
