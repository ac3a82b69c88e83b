//! The transport of production.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt as _;

use super::{BoxError, ResponseBody, Transport, TransportError, public_names::PublicNames};
use crate::origin::Origin;

/// The transport of production: reqwest over rustls.
///
/// Proxies that the environment names are used, except for this very machine: a token for a loopback address must
/// not leave by a proxy.
///
/// ```
/// use jit_tools::transport::HttpTransport;
///
/// let transport = HttpTransport::new()?;
/// // For agents whose APIs are all on the public internet:
/// let cautious = HttpTransport::refusing_private_addresses()?;
/// # Ok::<(), jit_tools::transport::HttpTransportError>(())
/// ```
#[derive(Clone, Debug)]
pub struct HttpTransport {
    client: reqwest::Client,
    loopback: reqwest::Client,
}

/// The HTTP client could not be set up, such as without any root certificate.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client could not be set up")]
pub struct HttpTransportError(#[source] reqwest::Error);

impl HttpTransport {
    /// Connecting takes at most 10 s, and a server may be silent for at most 60 s.
    pub fn new() -> Result<Self, HttpTransportError> {
        Self::with(builder())
    }

    /// The same, for agents whose APIs are all on the public internet: a name that leads to an address of a private
    /// network is refused before anything is sent, whatever the DNS says. Names of this very machine stay as they are.
    ///
    /// Proxies are not used then, since a proxy would look names up by itself.
    pub fn refusing_private_addresses() -> Result<Self, HttpTransportError> {
        Self::with(builder().no_proxy().dns_resolver(PublicNames))
    }

    fn with(client: reqwest::ClientBuilder) -> Result<Self, HttpTransportError> {
        Ok(Self {
            client: client.build().map_err(HttpTransportError)?,
            loopback: builder().no_proxy().build().map_err(HttpTransportError)?,
        })
    }
}

fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("jit-tools/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(Duration::from_secs(10))
        .read_timeout(Duration::from_secs(60))
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<ResponseBody>, TransportError> {
        let target = request.uri().to_string();
        let origin = Origin::try_from(&target);
        let client = if origin.as_ref().is_ok_and(Origin::is_loopback) { &self.loopback } else { &self.client };
        let origin = origin.map_or_else(|_| "the server".to_owned(), |origin| origin.to_string());

        // The URL may hold what is nobody else's business, and the origin is told anyway.
        let failed = |error: reqwest::Error| {
            let error = error.without_url();
            if error.is_connect() {
                TransportError::connect(&origin, error)
            } else if error.is_timeout() {
                TransportError::timeout(&origin, error)
            } else {
                TransportError::broken(&origin, error)
            }
        };
        let request = reqwest::Request::try_from(request).map_err(failed)?;
        let response = client.execute(request).await.map_err(failed)?;
        Ok(Response::from(response)
            .map(|body| body.map_err(|error| BoxError::from(error.without_url())).boxed_unsync()))
    }
}
