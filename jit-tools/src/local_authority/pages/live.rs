//! News for an open page: that something changed, and never what. The page then asks for itself again, so that there
//! is one place that says what a person may see.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::State,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::stream;
use tokio::sync::{oneshot, watch};

use super::{desk::SessionKey, refuse};
use crate::local_authority::shared::Shared;

/// `GET …/events`
pub(super) async fn events(State(shared): State<Arc<Shared>>, key: SessionKey) -> Response {
    let Some(gone) = shared.desk.listen(&key, shared.now()) else { return refuse() };
    // What changed between the page and this call would be missed otherwise.
    let mut news = shared.watch();
    news.mark_changed();
    let events = stream::unfold(Some(Listener { news, gone }), |listener| async move {
        let mut listener = listener?;
        if listener.hears().await {
            Some((Ok::<_, Infallible>(Event::default().data("changed")), Some(listener)))
        } else {
            // Without a word the browser would come back.
            Some((Ok(Event::default().event("bye").data("bye")), None))
        }
    });
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

struct Listener {
    news: watch::Receiver<u64>,
    gone: oneshot::Receiver<()>,
}

impl Listener {
    /// Waits for news. `false` once the listener has to go.
    async fn hears(&mut self) -> bool {
        tokio::select! {
            biased;
            _ = &mut self.gone => false,
            changed = self.news.changed() => changed.is_ok(),
        }
    }
}
