//! The listening side: accepts, serves, and ends in bounded time.
//!
//! `axum::serve` waits for the head of a call for as long as its client likes, and takes every connection. This server
//! gives each step a time, and each connection a place: see [`connections`].

mod connections;
mod listeners;

use std::{convert::Infallible, io, sync::Arc, time::Duration};

use axum::{Router, body::Body, response::IntoResponse};
use bytes::Bytes;
use futures_util::future::{self, Either};
use http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::{
    body::Incoming,
    server::conn::http1,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::TcpStream,
    sync::{oneshot, watch},
    task::{JoinHandle, JoinSet},
};

use self::connections::Connections;
pub(super) use self::{connections::Connection, listeners::Listeners};
use crate::clock::{Clock as _, SystemClock};

/// How long calls that are under way may take to end.
const GRACE: Duration = Duration::from_secs(2);
/// How long a server without a file descriptor waits before it accepts again, where it closed a connection and where
/// there was none to close.
const PAUSES: [Duration; 2] = [Duration::from_millis(1), Duration::from_millis(50)];

/// What a client may take of a server. These are real sockets, so it is real time: a manual clock would wait for a test
/// that waits for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ServerLimits {
    /// How many connections there are at once. The one that has rested longest makes room for a new one.
    connections: usize,
    /// How long the head of a call may take, and how long a connection may wait for its next call.
    head: Duration,
    /// How long a call may take from its head to the beginning of its answer, its body included.
    call: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self { connections: 1024, head: Duration::from_secs(15), call: Duration::from_secs(30) }
    }
}

/// A running server. Dropping it stops it.
#[derive(Debug)]
pub(super) struct Server {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    pub(super) fn spawn(listeners: Listeners, router: Router, limits: ServerLimits) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        // A dropped handle stops the server as well as one that says so.
        let task = tokio::spawn(serve(listeners, router, limits, stopped));
        Self { stop, task }
    }

    /// Stops accepting, and waits for calls that are under way, though not for long.
    pub(super) async fn stop(self) {
        let Self { stop, task } = self;
        let abort = task.abort_handle();
        drop(stop);
        let grace = SystemClock.sleep(GRACE);
        if let Either::Right(_) = future::select(task, grace).await {
            abort.abort();
        }
    }
}

async fn serve(listeners: Listeners, router: Router, limits: ServerLimits, mut stopped: oneshot::Receiver<()>) {
    let connections = Connections::new(limits.connections);
    let (ending, end) = watch::channel(());
    // Dropping it aborts what it holds.
    let mut tasks = JoinSet::new();
    loop {
        while tasks.try_join_next().is_some() {}
        let next = async { Some((accept(&listeners, &connections).await, connections.enter().await)) };
        let arrived = tokio::select! {
            biased;
            _ = &mut stopped => None,
            arrived = next => arrived,
        };
        let Some((stream, (connection, closed))) = arrived else { break };
        let served = serve_connection(stream, router.clone(), limits, Arc::new(connection), end.clone());
        tasks.spawn(async move {
            tokio::select! {
                _ = closed => {}
                () = served => {}
            }
        });
    }
    drop(listeners);
    drop((ending, end));
    while tasks.join_next().await.is_some() {}
}

/// The next client.
async fn accept(listeners: &Listeners, connections: &Connections) -> TcpStream {
    loop {
        match listeners.accept().await {
            Ok(stream) => return stream,
            Err(error) if is_of_one_client(&error) => {}
            Err(error) => {
                // The process has no file descriptor left. One that is held for nothing is given to whoever waits.
                tracing::warn!(%error, "a connection cannot be accepted");
                let [short, long] = PAUSES;
                SystemClock.sleep(if connections.close_one() { short } else { long }).await;
            }
        }
    }
}

fn is_of_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn serve_connection(
    stream: TcpStream,
    router: Router,
    limits: ServerLimits,
    connection: Arc<Connection>,
    mut end: watch::Receiver<()>,
) {
    let service = service_fn(move |request| answer(router.clone(), limits.call, Arc::clone(&connection), request));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .serve_connection(TokioIo::new(stream), service);
    let mut served = std::pin::pin!(served);
    let result = tokio::select! {
        result = served.as_mut() => result,
        _ = end.changed() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "a connection failed");
    }
}

async fn answer(
    router: Router,
    limit: Duration,
    connection: Arc<Connection>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let call = Call(connection);
    let mut request = request.map(|body| Body::new(body::Received::new(body, Arc::clone(&call.0))));
    request.extensions_mut().insert(Arc::clone(&call.0));
    let handled = TowerToHyperService::new(router).call(request);
    let response = match future::select(handled, SystemClock.sleep(limit)).await {
        Either::Left((Ok(response), _)) => response,
        Either::Left((Err(never), _)) => match never {},
        Either::Right(_) => {
            let close = [(header::CONNECTION, HeaderValue::from_static("close"))];
            (StatusCode::REQUEST_TIMEOUT, close, "the call took too long\n").into_response()
        }
    };
    Ok(response.map(|body| Body::new(body::Answering::new(body, call))))
}

/// One call, from its head to the end of its answer.
struct Call(Arc<Connection>);

impl Drop for Call {
    fn drop(&mut self) {
        self.0.rest();
    }
}

/// Bodies that tell the connection where its call is.
mod body {
    use std::{
        pin::Pin,
        task::{Context, Poll},
    };

    use http_body::{Body, Frame, SizeHint};

    use super::{Arc, Bytes, Call, Connection};

    /// The body of a call. Once it has ended, the call is whole.
    pub(super) struct Received<B> {
        body: B,
        connection: Arc<Connection>,
    }

    impl<B: Body> Received<B> {
        pub(super) fn new(body: B, connection: Arc<Connection>) -> Self {
            if body.is_end_stream() {
                connection.begin();
            }
            Self { body, connection }
        }
    }

    impl<B: Body<Data = Bytes> + Unpin> Body for Received<B> {
        type Data = Bytes;
        type Error = B::Error;

        fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
            let polled = Pin::new(&mut self.body).poll_frame(cx);
            if matches!(polled, Poll::Ready(None)) || self.body.is_end_stream() {
                self.connection.begin();
            }
            polled
        }

        fn is_end_stream(&self) -> bool {
            self.body.is_end_stream()
        }

        fn size_hint(&self) -> SizeHint {
            self.body.size_hint()
        }
    }

    /// The body of an answer. The call is over once it is dropped: after a page that listens, that is hours later.
    pub(super) struct Answering<B> {
        body: B,
        _call: Call,
    }

    impl<B> Answering<B> {
        pub(super) fn new(body: B, call: Call) -> Self {
            Self { body, _call: call }
        }
    }

    impl<B: Body<Data = Bytes> + Unpin> Body for Answering<B> {
        type Data = Bytes;
        type Error = B::Error;

        fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
            Pin::new(&mut self.body).poll_frame(cx)
        }

        fn is_end_stream(&self) -> bool {
            self.body.is_end_stream()
        }

        fn size_hint(&self) -> SizeHint {
            self.body.size_hint()
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::{
        Extension,
        routing::{get, post},
    };
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    async fn start(limits: ServerLimits) -> (Server, std::net::SocketAddr) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new()
            .route("/", get(async || "here"))
            .route("/echo", post(async |body: String| body))
            .route(
                "/stream",
                get(async || Body::from_stream(futures_util::stream::pending::<Result<Bytes, io::Error>>())),
            )
            .route(
                "/wait",
                get(async |Extension(connection): Extension<Arc<Connection>>| {
                    connection.rest();
                    future::pending::<()>().await;
                }),
            );
        (Server::spawn(Listeners::only(listener), router, limits), address)
    }

    async fn send(address: std::net::SocketAddr, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    /// All that comes until the connection is closed.
    async fn rest(mut stream: TcpStream) -> String {
        let mut text = Vec::new();
        // A connection that was closed with something unread in it ends with an error.
        let _ = stream.read_to_end(&mut text).await;
        String::from_utf8(text).unwrap()
    }

    const WHOLE: &str = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    const HALF: &str = "GET / HTTP/1.1\r\nhost: x\r\n";
    const HALF_A_BODY: &str = "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf";

    #[tokio::test]
    async fn half_sent_calls_make_room_for_an_honest_one() {
        for half in ["", HALF, HALF_A_BODY] {
            let (server, address) = start(ServerLimits { connections: 4, ..ServerLimits::default() }).await;
            let mut held = Vec::new();
            for _ in 0..300 {
                held.push(send(address, half).await);
            }
            assert!(rest(send(address, WHOLE).await).await.ends_with("here"), "{half}");
            server.stop().await;
        }
    }

    #[tokio::test]
    async fn calls_that_are_made_to_wait_make_room_for_an_honest_one() {
        let (server, address) = start(ServerLimits { connections: 4, ..ServerLimits::default() }).await;
        let mut held = Vec::new();
        for _ in 0..16 {
            held.push(send(address, "GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await);
        }
        assert!(rest(send(address, WHOLE).await).await.ends_with("here"));
        server.stop().await;
    }

    #[tokio::test]
    async fn an_answer_that_is_a_stream_is_not_cut_for_new_connections() {
        let (_server, address) = start(ServerLimits { connections: 2, ..ServerLimits::default() }).await;
        let mut stream = send(address, "GET /stream HTTP/1.1\r\nhost: x\r\n\r\n").await;
        let mut head = [0; 15];
        stream.read_exact(&mut head).await.unwrap();
        for _ in 0..8 {
            assert!(rest(send(address, WHOLE).await).await.ends_with("here"));
        }
        let mut more = [0; 1024];
        let more = stream.try_read(&mut more);
        assert!(!matches!(more, Ok(0)), "{more:?}");
    }

    /// With the real clock: a head, a body and the next call each have their time.
    #[tokio::test]
    async fn what_does_not_arrive_in_time_is_given_up() {
        let soon = Duration::from_millis(100);
        let (_server, address) = start(ServerLimits { head: soon, call: soon, ..ServerLimits::default() }).await;
        assert_eq!(rest(send(address, HALF).await).await, "");
        assert!(rest(send(address, HALF_A_BODY).await).await.starts_with("HTTP/1.1 408 "));
        let idle = rest(send(address, "GET / HTTP/1.1\r\nhost: x\r\n\r\n").await).await;
        assert!(idle.starts_with("HTTP/1.1 200 ") && idle.contains("content-length: 4\r\n"), "{idle}");
    }
}
