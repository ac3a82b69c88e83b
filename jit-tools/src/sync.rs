//! The one kind of lock that is used: short, never held across an await.

pub(crate) use std::sync::{Mutex, MutexGuard};

/// Locks. A panic elsewhere does not spread: nothing in this crate can panic between lock and unlock half-way through a
/// change.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
