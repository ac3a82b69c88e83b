//! A network that loses, delays, repeats and refuses.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    body::Bytes,
    http::{Request, Response, StatusCode},
};
use http_body_util::{BodyExt as _, Full};
use jit_tools::{
    Clock as _, Origin,
    testing::InProcess,
    transport::{ResponseBody, Transport, TransportError, read_body},
};

use crate::{
    clock::SimClock,
    faults::{Fault, Faults, Place, Point, Process},
    wire::Wire,
};

/// The network of one process.
#[derive(Clone, Debug)]
pub struct SimNetwork {
    pub servers: InProcess,
    pub authority: Origin,
    pub clock: SimClock,
    pub faults: Faults,
    pub process: Process,
    pub wire: Arc<Mutex<Wire>>,
}

impl SimNetwork {
    async fn travel(&self, request: Request<Bytes>, origin: &Origin) -> Result<Response<Bytes>, TransportError> {
        let place = if *origin == self.authority { Place::Authority } else { Place::Api };
        if place == Place::Authority && self.faults.is_outage(self.clock.passed()) {
            return Err(TransportError::connect(origin, "the authority is away"));
        }
        if request.uri().path().ends_with("/status") && self.faults.asks_to_slow_down() {
            return Ok(self.busy(StatusCode::TOO_MANY_REQUESTS));
        }
        match self.faults.meet(&self.process, place, Point::BeforeSending, None).await {
            Some(Fault::Refused) => return Err(TransportError::connect(origin, "refused by the simulation")),
            Some(Fault::RequestLost) => return Err(TransportError::broken(origin, "lost by the simulation")),
            Some(Fault::RequestTimesOut) => return Err(self.time_out(origin).await),
            Some(Fault::Answers429) => return Ok(self.busy(StatusCode::TOO_MANY_REQUESTS)),
            Some(Fault::Answers500) => return Ok(self.busy(StatusCode::INTERNAL_SERVER_ERROR)),
            Some(Fault::Answers503) => return Ok(self.busy(StatusCode::SERVICE_UNAVAILABLE)),
            Some(Fault::RequestDelayed) => self.delay().await,
            _ => {}
        }
        let answer = self.deliver(request.clone()).await?;
        // An API does what it is asked for each time it is asked, so only what it turned down may arrive twice.
        let is_turned_down = place == Place::Authority || answer.status() == StatusCode::FORBIDDEN;
        let cannot = (!is_turned_down).then_some(Fault::Duplicated);
        match self.faults.meet(&self.process, place, Point::BeforeAnswer, cannot).await {
            Some(Fault::FailsAfterwards) => return Ok(self.busy(StatusCode::BAD_GATEWAY)),
            Some(Fault::AnswerLost) => return Err(TransportError::broken(origin, "lost by the simulation")),
            Some(Fault::AnswerTimesOut) => return Err(self.time_out(origin).await),
            Some(Fault::AnswerDelayed) => self.delay().await,
            Some(Fault::Duplicated) => {
                let again = self.deliver(request).await?;
                return Ok(if self.faults.random.one_in(2) { again } else { answer });
            }
            _ => {}
        }
        Ok(answer)
    }

    async fn deliver(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let (head, body) = self.servers.send(request).await?.into_parts();
        let body = read_body(body, 1 << 20).await.map_err(|error| TransportError::broken("the simulation", error))?;
        Ok(Response::from_parts(head, body))
    }

    fn busy(&self, status: StatusCode) -> Response<Bytes> {
        let response = Response::builder().status(status);
        let says_when = self.faults.random.one_in(2);
        let response =
            if says_when { response.header("retry-after", 1 + self.faults.random.next() % 8) } else { response };
        response.body(Bytes::new()).unwrap()
    }

    async fn time_out(&self, origin: &Origin) -> TransportError {
        self.delay().await;
        TransportError::timeout(origin, "the simulation took too long")
    }

    async fn delay(&self) {
        self.clock.sleep(Duration::from_millis(self.faults.random.next() % 7_000)).await;
    }
}

#[async_trait::async_trait]
impl Transport for SimNetwork {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<ResponseBody>, TransportError> {
        let origin = Origin::try_from(&request.uri().to_string()).unwrap();
        let sent = Wire::send(&self.wire, &request, &origin, self.process.number, self.clock.passed());
        let answer = self.travel(request, &origin).await;
        sent.answered(answer.as_ref().ok(), self.clock.passed());
        answer.map(|answer| answer.map(|body| Full::new(body).map_err(|never| match never {}).boxed_unsync()))
    }
}
