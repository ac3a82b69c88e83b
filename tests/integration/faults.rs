//! Faults on the way to the authority, and a folder for a journal.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    body::Bytes,
    http::{Request, Response},
};
use futures_util::future::BoxFuture;
use jit_tools::{
    LumoAuthAgent,
    local_authority::{AuditKind, LocalAuthority},
    transport::{ResponseBody, Transport, TransportError},
};

use crate::support::{AUTHORITY, World};

/// A network on which some requests do not arrive, and some answers do not come back.
#[derive(Clone)]
pub struct Faults {
    network: Arc<dyn Transport>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    unreachable: Vec<String>,
    unanswered: Vec<String>,
    then: Option<(String, BoxFuture<'static, ()>)>,
}

impl Faults {
    pub fn new(network: Arc<dyn Transport>) -> Self {
        Self { network, state: Arc::default() }
    }

    /// From now on requests whose path ends so do not arrive.
    pub fn cut(&self, path_end: &str) {
        self.state.lock().unwrap().unreachable.push(path_end.to_owned());
    }

    /// From now on requests whose path ends so arrive, and their answers get lost.
    pub fn lose_answers(&self, path_end: &str) {
        self.state.lock().unwrap().unanswered.push(path_end.to_owned());
    }

    /// Does something between the next answer to such a request and its arrival.
    pub fn then(&self, path_end: &str, event: impl Future<Output = ()> + Send + 'static) {
        self.state.lock().unwrap().then = Some((path_end.to_owned(), Box::pin(event)));
    }

    /// From now on everything arrives.
    pub fn heal(&self) {
        *self.state.lock().unwrap() = State::default();
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faults")
    }
}

#[async_trait::async_trait]
impl Transport for Faults {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<ResponseBody>, TransportError> {
        let path = request.uri().path().to_owned();
        let is_among = |ends: &[String]| ends.iter().any(|end| path.ends_with(end.as_str()));
        if is_among(&self.state.lock().unwrap().unreachable) {
            return Err(TransportError::connect(AUTHORITY, "it is cut off"));
        }
        let response = self.network.send(request).await?;
        let then = self.state.lock().unwrap().then.take_if(|(end, _)| path.ends_with(end.as_str()));
        if let Some((_, event)) = then {
            event.await;
        }
        if is_among(&self.state.lock().unwrap().unanswered) {
            return Err(TransportError::broken(AUTHORITY, "the answer got lost"));
        }
        Ok(response)
    }
}

/// The world's agent over a network with faults.
pub fn agent_with_faults(world: &World) -> (LumoAuthAgent, Faults) {
    let faults = Faults::new(world.network.clone());
    let agent = LumoAuthAgent::builder()
        .url(AUTHORITY)
        .org("acme-corp")
        .client_id("agt_x")
        .client_secret("s3cret")
        .clock(world.clock.shared())
        .transport(Arc::new(faults.clone()))
        .build()
        .unwrap();
    (agent, faults)
}

/// The tasks that were created and not completed.
pub fn open_tasks(authority: &LocalAuthority) -> Vec<String> {
    let mut open = Vec::new();
    for event in authority.audit() {
        let Some(task) = event.task_id else { continue };
        match event.event {
            AuditKind::TaskCreated => open.push(task),
            AuditKind::TaskCompleted => open.retain(|open| *open != task),
            _ => {}
        }
    }
    open
}

/// The tasks that were completed, in that order.
pub fn completed_tasks(authority: &LocalAuthority) -> Vec<String> {
    let events = authority.audit().into_iter().filter(|event| event.event == AuditKind::TaskCompleted);
    events.filter_map(|event| event.task_id).collect()
}

/// Lets what happens in the background happen.
pub async fn until(mut happened: impl FnMut() -> bool) {
    for _ in 0..100_000 {
        if happened() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("it never happened");
}

/// A folder that exists for one test.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::SeqCst);
        let folder = std::env::temp_dir().join(format!("jit-tools-test-{}-{number}", std::process::id()));
        // What a process of the same number may have left.
        let _ = std::fs::remove_dir_all(&folder);
        Self(folder)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The text of each file.
    pub fn files(&self) -> Vec<String> {
        std::fs::read_dir(&self.0)
            .unwrap()
            .filter_map(|entry| std::fs::read_to_string(entry.unwrap().path()).ok())
            .collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
