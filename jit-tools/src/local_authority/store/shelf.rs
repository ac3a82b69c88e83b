//! A collection with a bound, which gives up what has ended before it refuses what is new.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    mem,
};

#[derive(Debug)]
pub(super) struct Shelf<T> {
    limit: usize,
    items: HashMap<String, T>,
    order: VecDeque<String>,
    /// `None` where nobody asks for changes.
    changes: Option<Changes>,
}

/// What became of a shelf since somebody last looked.
#[derive(Debug, Default)]
struct Changes {
    touched: BTreeSet<String>,
    gone: Vec<String>,
}

/// Everything on the shelf is still in use.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

impl<T> Shelf<T> {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, items: HashMap::new(), order: VecDeque::new(), changes: None }
    }

    /// Adds an item; when the shelf is full, the oldest one that `has_ended` makes room.
    pub(super) fn insert(&mut self, id: String, item: T, has_ended: impl Fn(&T) -> bool) -> Result<(), Full> {
        if self.items.len() >= self.limit {
            let ended = |id: &String| self.items.get(id).is_none_or(&has_ended);
            let oldest = self.order.iter().position(ended).ok_or(Full)?;
            if let Some(id) = self.order.remove(oldest) {
                self.items.remove(&id);
                if let Some(changes) = &mut self.changes {
                    changes.touched.remove(&id);
                    changes.gone.push(id);
                }
            }
        }
        if let Some(changes) = &mut self.changes {
            changes.touched.insert(id.clone());
        }
        self.put(id, item);
        Ok(())
    }

    /// Keeps account of changes from now on; see [`take_changes`](Self::take_changes).
    pub(super) fn track_changes(&mut self) {
        self.changes = Some(Changes::default());
    }

    /// Puts an item back that was on the shelf before.
    pub(super) fn put(&mut self, id: String, item: T) {
        self.order.push_back(id.clone());
        self.items.insert(id, item);
    }

    pub(super) fn get(&self, id: &str) -> Option<&T> {
        self.items.get(id)
    }

    /// An item that is going to be changed.
    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        let item = self.items.get_mut(id)?;
        if let Some(changes) = &mut self.changes
            && !changes.touched.contains(id)
        {
            changes.touched.insert(id.to_owned());
        }
        Some(item)
    }

    /// Oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.order.iter().filter_map(|id| self.items.get(id))
    }

    /// The ids of the items that `matches`, oldest first, in order to change them.
    pub(super) fn find(&self, matches: impl Fn(&T) -> bool) -> Vec<String> {
        let is_one = |id: &&String| self.items.get(*id).is_some_and(&matches);
        self.order.iter().filter(is_one).cloned().collect()
    }

    /// What was added or changed, and what is gone, since this was last called.
    pub(super) fn take_changes(&mut self) -> (Vec<T>, Vec<String>)
    where
        T: Clone,
    {
        let Changes { touched, gone } = self.changes.as_mut().map(mem::take).unwrap_or_default();
        (touched.iter().filter_map(|id| self.items.get(id).cloned()).collect(), gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_ended_item_makes_room_and_a_live_one_never_does() {
        let mut shelf = Shelf::new(2);
        let is_odd = |item: &u32| item % 2 == 1;
        shelf.insert("a".into(), 2, is_odd).unwrap();
        shelf.insert("b".into(), 3, is_odd).unwrap();
        shelf.insert("c".into(), 4, is_odd).unwrap();
        assert_eq!(shelf.iter().copied().collect::<Vec<_>>(), [2, 4]);
        assert_eq!(shelf.insert("d".into(), 5, is_odd), Err(Full));
    }

    #[test]
    fn changes_are_told_once() {
        let mut shelf = Shelf::new(2);
        shelf.track_changes();
        let is_odd = |item: &u32| item % 2 == 1;
        shelf.insert("a".into(), 1, is_odd).unwrap();
        shelf.put("b".into(), 2);
        assert_eq!(shelf.take_changes(), (vec![1], vec![]));
        *shelf.get_mut("b").unwrap() = 4;
        shelf.insert("c".into(), 6, is_odd).unwrap();
        assert_eq!(shelf.take_changes(), (vec![4, 6], vec!["a".to_owned()]));
        assert_eq!(shelf.take_changes(), (vec![], vec![]));
    }
}
