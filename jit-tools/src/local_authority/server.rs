//! The listening side: accepts, serves, and ends in bounded time.

use std::time::Duration;

use axum::Router;
use futures_util::future::{self, Either};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use crate::clock::{Clock as _, SystemClock};

/// How long calls that are under way may take to end.
const GRACE: Duration = Duration::from_secs(2);

/// A running server. Dropping it stops it.
#[derive(Debug)]
pub(super) struct Server {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    pub(super) fn spawn(listener: TcpListener, router: Router) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            // A dropped handle stops the server as well as one that says so.
            let served = axum::serve(listener, router).with_graceful_shutdown(async move {
                let _ = stopped.await;
            });
            if let Err(error) = served.await {
                tracing::error!(%error, "the local authority stopped");
            }
        });
        Self { stop, task }
    }

    /// Stops accepting, and waits for calls that are under way, though not for long.
    pub(super) async fn stop(self) {
        let Self { stop, task } = self;
        let abort = task.abort_handle();
        drop(stop);
        // These are real sockets, so it is real time: a manual clock would wait for a test that waits for it.
        let grace = SystemClock.sleep(GRACE);
        if let Either::Right(_) = future::select(task, grace).await {
            abort.abort();
        }
    }
}
