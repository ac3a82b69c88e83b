//! A network within the process.

use std::{collections::HashMap, convert::Infallible, fmt, future::Future, pin::Pin, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use tower::{Service, ServiceExt as _};

use crate::{
    origin::{Origin, OriginError},
    transport::{BoxError, RequestBody, ResponseBody, Transport, TransportError},
};

type Answering = Pin<Box<dyn Future<Output = Response<ResponseBody>> + Send>>;
type Server = Arc<dyn Fn(Request<Bytes>) -> Answering + Send + Sync>;

/// A [`Transport`] that hands requests to services in this process, by their origin: an axum router, or any other
/// [`tower::Service`] that speaks HTTP. Every other origin is unreachable.
#[derive(Clone, Default)]
pub struct InProcess {
    servers: HashMap<Origin, Server>,
}

impl InProcess {
    /// A network without servers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets `service` answer what is sent to the origin of `url`.
    pub fn serve<S, R>(
        mut self,
        url: impl TryInto<Origin, Error = OriginError>,
        service: S,
    ) -> Result<Self, OriginError>
    where
        S: Service<Request<Full<Bytes>>, Response = Response<R>, Error = Infallible> + Clone + Send + Sync + 'static,
        S::Future: Send,
        R: http_body::Body<Data = Bytes> + Send + 'static,
        R::Error: Into<BoxError>,
    {
        let server = move |request: Request<Bytes>| -> Answering {
            let service = service.clone();
            Box::pin(async move {
                let Ok(response) = service.oneshot(request.map(Full::new)).await;
                response.map(|body| body.map_err(Into::into).boxed_unsync())
            })
        };
        self.servers.insert(url.try_into()?, Arc::new(server));
        Ok(self)
    }
}

#[async_trait]
impl Transport for InProcess {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<ResponseBody>, TransportError> {
        let server = Origin::try_from(&request.uri().to_string()).ok().and_then(|origin| self.servers.get(&origin));
        match server {
            Some(server) => Ok(server(request).await),
            None => Err(TransportError::connect(request.uri(), "nothing serves this origin")),
        }
    }

    /// The stream is read to its end, and given to the service whole.
    async fn send_stream(&self, request: Request<RequestBody>) -> Result<Response<ResponseBody>, TransportError> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(|error| TransportError::broken(&head.uri, error))?;
        self.send(Request::from_parts(head, body.to_bytes())).await
    }
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.servers.keys().map(Origin::to_string)).finish()
    }
}
