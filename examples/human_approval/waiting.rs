//! What a run leaves for the next one: the request that waits for a person. There is nothing secret in it.

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use jit_tools::{LumoAuthAgent, PendingApproval};
use serde::{Deserialize, Serialize};
use tokio::fs;

/// A request that waits, and the address of the API that it is for: an approval is bound to that.
#[derive(Debug, Serialize, Deserialize)]
pub struct Waiting {
    /// The request, with its task.
    pub pending: PendingApproval,
    /// Where the API was, and has to be again.
    pub api: SocketAddr,
}

impl Waiting {
    /// What an earlier run of this agent left in the folder.
    pub async fn load(folder: &Path, agent: &LumoAuthAgent) -> io::Result<Option<Self>> {
        let text = match fs::read(file(folder)).await {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let waiting: Self = serde_json::from_slice(&text)?;
        let pending = &waiting.pending;
        let is_ours = pending.authority == *agent.origin()
            && pending.tenant == agent.tenant()
            && pending.agent == agent.client_id();
        Ok(is_ours.then_some(waiting))
    }

    /// Leaves it for the next run. A file that is half written never has the name that is looked for.
    pub async fn save(&self, folder: &Path) -> io::Result<()> {
        let draft = folder.join("waiting.draft");
        fs::write(&draft, serde_json::to_vec_pretty(self)?).await?;
        fs::rename(draft, file(folder)).await
    }

    /// Nothing is left to be gone on with.
    pub async fn forget(folder: &Path) -> io::Result<()> {
        match fs::remove_file(file(folder)).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn file(folder: &Path) -> PathBuf {
    folder.join("waiting.json")
}
