//! The transport of production.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt as _;

use super::{
    BoxError, RequestBody, ResponseBody, Transport, TransportError,
    public_names::{PrivateAddress, PublicNames, SystemNames, ThisMachine},
};
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
    /// For this very machine.
    loopback: reqwest::Client,
    /// Whether private addresses are refused.
    public_only: bool,
}

/// The HTTP client could not be set up, such as without any root certificate.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client could not be set up")]
pub struct HttpTransportError(#[source] reqwest::Error);

impl HttpTransport {
    /// Connecting takes at most 10 s, and a server may be silent for at most 60 s. No body is decoded.
    pub fn new() -> Result<Self, HttpTransportError> {
        Self::with(builder(), builder(), false)
    }

    /// The same, for agents whose APIs are all on the public internet: an address of a private network, and a name that
    /// leads to one, are refused before anything is sent, whatever the DNS says. This very machine (`localhost` and
    /// loopback addresses) stays as it is.
    ///
    /// Proxies are not used then, since a proxy would look names up by itself.
    pub fn refusing_private_addresses() -> Result<Self, HttpTransportError> {
        Self::refusing_private(PublicNames(SystemNames))
    }

    fn refusing_private(names: impl reqwest::dns::Resolve + 'static) -> Result<Self, HttpTransportError> {
        Self::with(builder().no_proxy().dns_resolver(names), builder(), true)
    }

    fn with(
        client: reqwest::ClientBuilder,
        loopback: reqwest::ClientBuilder,
        public_only: bool,
    ) -> Result<Self, HttpTransportError> {
        // A token for this machine leaves neither by a proxy nor by what the DNS says of its name.
        let loopback = loopback.no_proxy().dns_resolver(ThisMachine);
        Ok(Self {
            client: client.build().map_err(HttpTransportError)?,
            loopback: loopback.build().map_err(HttpTransportError)?,
            public_only,
        })
    }

    async fn exchange(
        &self,
        request: Request<impl Into<reqwest::Body>>,
    ) -> Result<Response<ResponseBody>, TransportError> {
        let target = Origin::try_from(&request.uri().to_string());
        let is_loopback = target.as_ref().is_ok_and(Origin::is_loopback);
        let origin = target.as_ref().map_or_else(|_| "the server".to_owned(), Origin::to_string);
        if self.public_only
            && !is_loopback
            && let Some(address) = target.as_ref().ok().and_then(Origin::address)
        {
            PrivateAddress::check(address).map_err(|error| TransportError::connect(&origin, error))?;
        }

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
        let client = if is_loopback { &self.loopback } else { &self.client };
        let request = reqwest::Request::try_from(request).map_err(failed)?;
        let response = client.execute(request).await.map_err(failed)?;
        Ok(Response::from(response)
            .map(|body| body.map_err(|error| BoxError::from(error.without_url())).boxed_unsync()))
    }
}

fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("jit-tools/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        // Whatever another crate has reqwest built with: what is not asked for is not decoded, however much would come of it.
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .connect_timeout(Duration::from_secs(10))
        .read_timeout(Duration::from_secs(60))
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<ResponseBody>, TransportError> {
        self.exchange(request).await
    }

    async fn send_stream(&self, request: Request<RequestBody>) -> Result<Response<ResponseBody>, TransportError> {
        self.exchange(request.map(reqwest::Body::wrap)).await
    }
}

#[cfg(test)]
mod tests;
