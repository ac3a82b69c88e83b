//! A collection with a bound for each owner, which gives up what has ended before it refuses what is new. What one owner
//! has on it takes no room from another.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    mem,
};

/// What belongs to an agent.
pub(super) trait Owned {
    fn owner(&self) -> &str;
}

#[derive(Debug)]
pub(super) struct Shelf<T> {
    /// How many items each owner has on it at most.
    share: usize,
    /// How many items there are before those that have ended go, whoever owned them: owners leave, and theirs stay.
    limit: usize,
    items: HashMap<String, T>,
    /// How many items each owner has on it.
    counts: HashMap<String, usize>,
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

/// Everything that the owner has on the shelf is still in use.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

impl<T: Owned> Shelf<T> {
    pub(super) fn new(share: usize, limit: usize) -> Self {
        Self { share, limit, items: HashMap::new(), counts: HashMap::new(), order: VecDeque::new(), changes: None }
    }

    /// Adds an item. When its owner has as many as the share, the oldest of them that `has_ended` makes room.
    pub(super) fn insert(&mut self, id: String, item: T, has_ended: impl Fn(&T) -> bool) -> Result<(), Full> {
        if self.count(item.owner()) >= self.share {
            let may_go = |old: &T| old.owner() == item.owner() && has_ended(old);
            let oldest = self.order.iter().position(|id| self.items.get(id).is_some_and(may_go)).ok_or(Full)?;
            self.forget(oldest);
        } else if self.items.len() >= self.limit
            && let Some(oldest) = self.order.iter().position(|id| self.items.get(id).is_some_and(&has_ended))
        {
            self.forget(oldest);
        }
        if let Some(changes) = &mut self.changes {
            changes.touched.insert(id.clone());
        }
        self.put(id, item);
        Ok(())
    }

    pub(super) fn share(&self) -> usize {
        self.share
    }

    fn count(&self, owner: &str) -> usize {
        self.counts.get(owner).copied().unwrap_or_default()
    }

    fn forget(&mut self, place: usize) {
        let Some(id) = self.order.remove(place) else { return };
        if let Some(item) = self.items.remove(&id) {
            match self.count(item.owner()).saturating_sub(1) {
                0 => self.counts.remove(item.owner()),
                fewer => self.counts.insert(item.owner().to_owned(), fewer),
            };
        }
        if let Some(changes) = &mut self.changes {
            changes.touched.remove(&id);
            changes.gone.push(id);
        }
    }

    /// Keeps account of changes from now on; see [`take_changes`](Self::take_changes).
    pub(super) fn track_changes(&mut self) {
        self.changes = Some(Changes::default());
    }

    /// Puts an item back that was on the shelf before.
    pub(super) fn put(&mut self, id: String, item: T) {
        let count = self.count(item.owner()).saturating_add(1);
        self.counts.insert(item.owner().to_owned(), count);
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

    /// Numbers below 100 belong to one owner, and the others to another.
    impl Owned for u32 {
        fn owner(&self) -> &str {
            if *self < 100 { "small" } else { "big" }
        }
    }

    #[test]
    fn the_oldest_ended_item_makes_room_and_a_live_one_never_does() {
        let mut shelf = Shelf::new(2, 4);
        let is_odd = |item: &u32| item % 2 == 1;
        shelf.insert("a".into(), 2, is_odd).unwrap();
        shelf.insert("b".into(), 3, is_odd).unwrap();
        shelf.insert("c".into(), 4, is_odd).unwrap();
        assert_eq!(shelf.iter().copied().collect::<Vec<_>>(), [2, 4]);
        assert_eq!(shelf.insert("d".into(), 5, is_odd), Err(Full));
    }

    #[test]
    fn what_one_owner_has_takes_no_room_from_another() {
        let mut shelf = Shelf::new(2, 4);
        let is_odd = |item: &u32| item % 2 == 1;
        for (id, item) in [("a", 2), ("b", 4), ("c", 101), ("d", 102)] {
            shelf.insert(id.into(), item, is_odd).unwrap();
        }
        assert_eq!(shelf.insert("e".into(), 6, is_odd), Err(Full), "what another has ended makes no room");
        shelf.insert("f".into(), 104, is_odd).unwrap();
        assert_eq!(shelf.iter().copied().collect::<Vec<_>>(), [2, 4, 102, 104]);
    }

    #[test]
    fn what_a_former_owner_left_goes_once_the_shelf_is_full() {
        let mut shelf = Shelf::new(2, 2);
        let is_odd = |item: &u32| item % 2 == 1;
        for (id, item) in [("a", 2), ("b", 3), ("c", 101)] {
            shelf.insert(id.into(), item, is_odd).unwrap();
        }
        assert_eq!(shelf.iter().copied().collect::<Vec<_>>(), [2, 101]);
    }

    #[test]
    fn changes_are_told_once() {
        let mut shelf = Shelf::new(2, 4);
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
