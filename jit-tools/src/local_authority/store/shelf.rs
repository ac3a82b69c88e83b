//! A collection with a bound, which gives up what has ended before it refuses what is new.

use std::collections::{HashMap, VecDeque};

#[derive(Debug)]
pub(super) struct Shelf<T> {
    limit: usize,
    items: HashMap<String, T>,
    order: VecDeque<String>,
}

/// Everything on the shelf is still in use.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

impl<T> Shelf<T> {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, items: HashMap::new(), order: VecDeque::new() }
    }

    /// Adds an item; when the shelf is full, the oldest one that `has_ended` makes room.
    pub(super) fn insert(&mut self, id: String, item: T, has_ended: impl Fn(&T) -> bool) -> Result<(), Full> {
        if self.items.len() >= self.limit {
            let ended = |id: &String| self.items.get(id).is_none_or(&has_ended);
            let oldest = self.order.iter().position(ended).ok_or(Full)?;
            if let Some(id) = self.order.remove(oldest) {
                self.items.remove(&id);
            }
        }
        self.order.push_back(id.clone());
        self.items.insert(id, item);
        Ok(())
    }

    pub(super) fn get(&self, id: &str) -> Option<&T> {
        self.items.get(id)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.items.get_mut(id)
    }

    /// Oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.order.iter().filter_map(|id| self.items.get(id))
    }

    /// In no order.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.items.values_mut()
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
}
