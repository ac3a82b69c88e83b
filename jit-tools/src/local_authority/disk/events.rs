//! The audit log in the file: each retention has room of its own, and each client its share of that.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use crate::local_authority::audit::{AuditEvent, Retention, source};

/// The newest events of each client and retention, oldest first: as many of each as all together have in memory.
pub(super) const NEWEST_OF_EACH: &str = "
    SELECT record FROM (
        SELECT number, record, ROW_NUMBER() OVER (PARTITION BY retention, source ORDER BY number DESC) AS place FROM audit
    ) WHERE place <= ?1 ORDER BY number";

/// How many events of which client the file has.
#[derive(Debug)]
pub(super) struct EventTable {
    /// By the name of the retention, then by client.
    counts: HashMap<String, HashMap<String, u64>>,
}

impl EventTable {
    /// Counts what is there.
    pub(super) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let mut counts: HashMap<String, HashMap<String, u64>> = HashMap::new();
        let mut statement =
            connection.prepare("SELECT retention, source, COUNT(*) FROM audit GROUP BY retention, source")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            counts.entry(row.get(0)?).or_default().insert(row.get(1)?, row.get::<_, i64>(2)?.unsigned_abs());
        }
        Ok(Self { counts })
    }

    pub(super) fn add(&mut self, connection: &Connection, events: &[AuditEvent]) -> Result<(), String> {
        let fault = |error: rusqlite::Error| error.to_string();
        let mut statement = connection
            .prepare_cached("INSERT INTO audit (retention, source, record) VALUES (?1, ?2, ?3)")
            .map_err(fault)?;
        for event in events {
            let record = serde_json::to_string(event).map_err(|error| error.to_string())?;
            let (retention, source) = (Retention::of(event).as_str(), source(event));
            statement.execute(params![retention, source, record]).map_err(fault)?;
            let of_retention = self.counts.entry(retention.to_owned()).or_default();
            let count = of_retention.entry(source.to_owned()).or_default();
            *count = count.saturating_add(1);
        }
        Ok(())
    }

    /// Deletes what there is no room for: the oldest events of the clients that have most of them.
    pub(super) fn make_room(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        for retention in Retention::ALL {
            let Some(counts) = self.counts.get_mut(retention.as_str()) else { continue };
            while let Some((source, count)) = next_to_go(counts, retention.in_file()) {
                let mut statement = connection.prepare_cached(
                    "DELETE FROM audit WHERE number IN
                     (SELECT number FROM audit WHERE retention = ?1 AND source = ?2 ORDER BY number LIMIT ?3)",
                )?;
                statement.execute(params![retention.as_str(), source, i64::try_from(count).unwrap_or(i64::MAX)])?;
                if let Some(left) = counts.get_mut(&source) {
                    *left = left.saturating_sub(count);
                }
                counts.retain(|_, count| *count > 0);
            }
        }
        Ok(())
    }
}

/// Whose events go next, and how many: of those who have most, down to the next one's.
fn next_to_go(counts: &HashMap<String, u64>, limit: u64) -> Option<(String, u64)> {
    let excess = counts.values().sum::<u64>().saturating_sub(limit);
    if excess == 0 {
        return None;
    }
    let (source, most) = counts.iter().max_by_key(|(source, count)| (**count, *source))?;
    let next = counts.iter().filter(|(other, _)| *other != source).map(|(_, count)| *count).max().unwrap_or(0);
    Some((source.clone(), excess.min(most.saturating_sub(next).max(1)).min(*most)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clients_with_most_events_make_room_first() {
        for (a, b, expected) in [
            (5, 5, None),
            (8, 3, Some(("a", 1))),
            (9, 3, Some(("a", 2))),
            (9, 8, Some(("a", 1))),
            (6, 6, Some(("b", 1))),
            (20, 0, Some(("a", 10))),
        ] {
            let counts = HashMap::from([("a".to_owned(), a), ("b".to_owned(), b)]);
            let expected = expected.map(|(source, count)| (source.to_owned(), count));
            assert_eq!(next_to_go(&counts, 10), expected, "{a} {b}");
        }
    }

    #[test]
    fn a_flood_of_refused_calls_leaves_every_grant_in_the_file() {
        use crate::local_authority::audit::AuditKind;
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(super::super::TABLES).unwrap();
        let mut table = EventTable::of(&connection).unwrap();
        let granted = AuditEvent::new(AuditKind::JitTokenIssued).agent("agt_a");
        table.add(&connection, &[granted]).unwrap();
        let refused = vec![AuditEvent::new(AuditKind::TokenRefused); 26_000];
        table.add(&connection, &refused).unwrap();
        let checked = vec![AuditEvent::new(AuditKind::ActionChecked).agent("agt_b"); 10];
        table.add(&connection, &checked).unwrap();
        table.make_room(&connection).unwrap();
        let count = |kind: &str| -> i64 {
            let query = "SELECT COUNT(*) FROM audit WHERE json_extract(record, '$.event') = ?1";
            connection.query_row(query, [kind], |row| row.get(0)).unwrap()
        };
        assert_eq!((count("jit_token_issued"), count("action_checked"), count("token_refused")), (1, 10, 24_990));
        // Counted again, as after a restart, it is the same.
        EventTable::of(&connection).unwrap().make_room(&connection).unwrap();
        assert_eq!(count("token_refused"), 24_990);
    }
}
