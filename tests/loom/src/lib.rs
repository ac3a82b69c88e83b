//! Every interleaving of the single flight, walked through by a model checker: `cargo test` in this folder.
//!
//! `expiring.rs` is the runtime's own file; only its clock and its lock are others here.

#[path = "../../../jit-tools/src/expiring.rs"]
mod expiring;

mod clock {
    use std::time::Instant;

    pub(crate) trait Clock: Sync {
        fn now(&self) -> Instant;
    }
}

mod sync {
    pub(crate) use loom::sync::{Mutex, MutexGuard};

    pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::Future,
        panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
        pin::pin,
        sync::Arc,
        task::{Context, Poll, Waker},
        time::{Duration, Instant},
    };

    use loom::{
        future::block_on,
        sync::atomic::{AtomicUsize, Ordering},
        thread,
    };

    use super::{
        clock::Clock,
        expiring::{Expiring, Timed},
    };

    /// Time stands still.
    struct Still(Instant);

    impl Clock for Still {
        #[allow(clippy::disallowed_methods)]
        fn now(&self) -> Instant {
            self.0
        }
    }

    struct Cell {
        cell: Expiring<u8, u8>,
        loads: AtomicUsize,
        clock: Still,
    }

    impl Cell {
        #[allow(clippy::disallowed_methods)]
        fn new() -> Arc<Self> {
            Arc::new(Self {
                cell: Expiring::default(),
                loads: AtomicUsize::new(0),
                clock: Still(Instant::now()),
            })
        }

        async fn get(&self, loaded: Result<u8, u8>) -> Result<u8, u8> {
            let load = || async {
                self.loads.fetch_add(1, Ordering::SeqCst);
                // Others get their turn while this one loads.
                thread::yield_now();
                loaded.map(|value| Timed::new(value, self.clock.0, Duration::from_secs(60), Duration::ZERO, |_| Duration::ZERO))
            };
            self.cell.get_or_load(&self.clock, load).await
        }
    }

    #[test]
    fn those_who_need_it_at_once_load_it_once() {
        loom::model(|| {
            let cell = Cell::new();
            let others: Vec<_> = (0..2)
                .map(|_| {
                    let cell = Arc::clone(&cell);
                    thread::spawn(move || block_on(cell.get(Ok(7))))
                })
                .collect();
            for other in others {
                assert_eq!(other.join().unwrap(), Ok(7));
            }
            assert_eq!(cell.loads.load(Ordering::SeqCst), 1);
        });
    }

    #[test]
    fn a_failure_is_an_answer_to_all_who_waited_and_nobody_is_left_waiting() {
        loom::model(|| {
            let cell = Cell::new();
            let other = {
                let cell = Arc::clone(&cell);
                thread::spawn(move || block_on(cell.get(Err(1))))
            };
            assert_eq!(block_on(cell.get(Err(1))), Err(1));
            assert_eq!(other.join().unwrap(), Err(1));
            // Who came after the failure tries again; who waited for it does not.
            assert!((1..=2).contains(&cell.loads.load(Ordering::SeqCst)));
        });
    }

    #[test]
    fn one_who_is_cancelled_while_loading_or_waiting_hands_over() {
        loom::model(|| {
            let cell = Cell::new();
            let cancelled = {
                let cell = Arc::clone(&cell);
                thread::spawn(move || {
                    let load = || std::future::pending::<Result<Timed<u8>, u8>>();
                    let mut get = pin!(cell.cell.get_or_load(&cell.clock, load));
                    let polled = get.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                    // It leads and hangs, or it found the value that the other loaded, or it waits for the other.
                    assert!(matches!(polled, Poll::Pending | Poll::Ready(Ok(7))));
                })
            };
            assert_eq!(block_on(cell.get(Ok(7))), Ok(7));
            cancelled.join().unwrap();
            assert_eq!(cell.loads.load(Ordering::SeqCst), 1);
        });
    }

    #[test]
    fn one_who_panics_while_loading_hands_over() {
        loom::model(|| {
            let cell = Cell::new();
            let panicking = {
                let cell = Arc::clone(&cell);
                thread::spawn(move || {
                    let load = || async {
                        thread::yield_now();
                        // Without the message of each run.
                        resume_unwind(Box::new("the loader panics"))
                    };
                    catch_unwind(AssertUnwindSafe(|| block_on(cell.cell.get_or_load(&cell.clock, load))))
                })
            };
            assert_eq!(block_on(cell.get(Ok(7))), Ok(7));
            // It led, or it found what the other had loaded.
            assert!(matches!(panicking.join().unwrap(), Err(_) | Ok(Ok(7))));
            assert_eq!(cell.loads.load(Ordering::SeqCst), 1);
        });
    }

    #[test]
    fn a_value_that_is_about_to_end_is_replaced_once_and_nobody_forgets_the_new_one() {
        loom::model(|| {
            let cell = Cell::new();
            let old = Timed { value: 1, refresh_at: cell.clock.0, expires_at: cell.clock.0 + Duration::from_secs(60) };
            assert_eq!(block_on(cell.cell.get_or_load(&cell.clock, || async { Ok(old) })), Ok(1));
            let other = {
                let cell = Arc::clone(&cell);
                thread::spawn(move || block_on(cell.get(Ok(2))))
            };
            let forgetting = {
                let cell = Arc::clone(&cell);
                // The API did not accept the old one.
                thread::spawn(move || cell.cell.forget(|value| *value == 1))
            };
            let found = [block_on(cell.get(Ok(2))), other.join().unwrap()];
            forgetting.join().unwrap();
            assert!(found.contains(&Ok(2)) && found.iter().all(|found| matches!(found, Ok(1 | 2))));
            assert_eq!((cell.loads.load(Ordering::SeqCst), cell.cell.live(cell.clock.0)), (1, Some(2)));
        });
    }
}
