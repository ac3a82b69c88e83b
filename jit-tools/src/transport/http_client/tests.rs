use std::{
    error::Error as _,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use http_body_util::StreamBody;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::*;
use crate::transport::read_body;

/// A server on this machine that gives every connection the same answer, and counts them.
struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Server {
    async fn answering(answer: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Self { address, connections }
    }

    async fn ok() -> Self {
        Self::answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok".to_owned()).await
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// A look-up that knows one address for every name.
#[derive(Clone, Copy)]
struct Always(IpAddr);

impl Resolve for Always {
    fn resolve(&self, _: Name) -> Resolving {
        let address = SocketAddr::new(self.0, 0);
        Box::pin(async move { Ok(Box::new(std::iter::once(address)) as Addrs) })
    }
}

async fn get(transport: &HttpTransport, url: &str) -> Result<Response<ResponseBody>, TransportError> {
    transport.send(Request::get(url).body(Bytes::new()).unwrap()).await
}

/// The error and all that is beneath it.
fn told(error: &TransportError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(beneath) = source {
        text = format!("{text}: {beneath}");
        source = beneath.source();
    }
    text
}

#[tokio::test]
async fn a_name_that_leads_into_a_private_network_is_refused_before_it_is_connected_to() {
    let server = Server::ok().await;
    for address in ["10.0.0.1", "::ffff:10.0.0.1", "169.254.169.254", "127.0.0.1"] {
        let names = PublicNames(Always(address.parse().unwrap()));
        let transport = HttpTransport::refusing_private(names).unwrap();
        let error = get(&transport, &format!("http://api.test:{}/", server.address.port())).await.unwrap_err();
        assert!(error.is_connect());
        assert!(told(&error).contains("`api.test` leads to"), "{}", told(&error));
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn an_address_of_a_private_network_is_refused_where_the_switch_is_on() {
    let transport = HttpTransport::refusing_private_addresses().unwrap();
    for url in [
        "https://10.0.0.1/",
        "https://169.254.169.254/latest",
        "https://[::ffff:10.0.0.1]/",
        "https://[fd00::1]:8443/",
        "http://192.168.1.1:8080/",
        "http://0.0.0.0/",
    ] {
        let error = get(&transport, url).await.unwrap_err();
        assert!(error.is_connect());
        assert!(told(&error).contains("private addresses are refused"), "{url}: {}", told(&error));
    }
    // As it is sent on by a tool: the URL is read first.
    let hex = url::Url::parse("https://0x0a000001/").unwrap();
    assert!(told(&get(&transport, hex.as_str()).await.unwrap_err()).contains("private addresses are refused"));
}

#[tokio::test]
async fn this_machine_is_reached_where_private_addresses_are_refused() {
    let server = Server::ok().await;
    let transport = HttpTransport::refusing_private_addresses().unwrap();
    for host in ["127.0.0.1", "localhost"] {
        let response = get(&transport, &format!("http://{host}:{}/", server.address.port())).await.unwrap();
        assert_eq!(response.status(), 200);
    }
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn what_is_for_this_machine_leaves_neither_by_a_proxy_nor_by_what_the_dns_says() {
    let (server, proxy) = (Server::ok().await, Server::ok().await);
    let proxied = || {
        let elsewhere = Always("192.0.2.1".parse().unwrap());
        builder().dns_resolver(elsewhere).proxy(reqwest::Proxy::all(format!("http://{}", proxy.address)).unwrap())
    };
    let transport = HttpTransport::with(proxied(), proxied(), false).unwrap();
    for host in ["127.0.0.1", "localhost", "LOCALHOST"] {
        let response = get(&transport, &format!("http://{host}:{}/", server.address.port())).await.unwrap();
        assert_eq!(response.status(), 200, "{host}");
    }
    assert_eq!((server.connections(), proxy.connections()), (3, 0));
    // Anything else does.
    assert_eq!(get(&transport, "http://api.test/").await.unwrap().status(), 200);
    assert_eq!((server.connections(), proxy.connections()), (3, 1));
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_its_target_is_not_asked() {
    let target = Server::ok().await;
    let redirecting = Server::answering(format!(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://{}/take\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        target.address
    ))
    .await;
    let transport = HttpTransport::new().unwrap();
    let response = get(&transport, &format!("http://{}/", redirecting.address)).await.unwrap();
    assert_eq!(response.status(), 307);
    assert_eq!((redirecting.connections(), target.connections()), (1, 0));
}

#[tokio::test]
async fn a_stream_is_sent_as_it_is_made() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"0\r\n\r\n") {
            assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
        String::from_utf8(request).unwrap()
    });
    let parts = ["one", "two"].map(|part| Ok::<_, BoxError>(http_body::Frame::data(Bytes::from(part))));
    let body = StreamBody::new(futures_util::stream::iter(parts)).boxed();
    let response = HttpTransport::new().unwrap().send_stream(Request::put(url).body(body).unwrap()).await.unwrap();
    assert_eq!(read_body(response.into_body(), 10).await.unwrap(), "ok");
    let request = server.await.unwrap();
    assert!(request.contains("transfer-encoding: chunked") && request.contains("one") && request.contains("two"));
}

#[tokio::test]
async fn a_transport_that_sends_no_streams_says_so_and_sends_nothing() {
    #[derive(Debug)]
    struct Plain;

    #[async_trait]
    impl Transport for Plain {
        async fn send(&self, _: Request<Bytes>) -> Result<Response<ResponseBody>, TransportError> {
            panic!("nothing is sent");
        }
    }

    let body = http_body_util::Full::new(Bytes::new()).map_err(|never| match never {}).boxed();
    let error = Plain.send_stream(Request::put("https://api.acme.com/x").body(body).unwrap()).await.unwrap_err();
    assert!(error.is_connect());
    assert_eq!(
        told(&error),
        "the transport sends no streams, and sent nothing to https://api.acme.com: it does not implement \
         Transport::send_stream; give the body as bytes"
    );
}
