//! What somebody was told of: the tasks that are not completed, and which tokens of them may live until when.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::SystemTime,
};

use jit_tools::{
    AuthorizationDetail,
    escalation::OutstandingToken,
    session::{CompletionError, CreationError, Suspended, UnfinishedTask},
};

/// A token that lives, as the authority knows it.
#[derive(Debug)]
pub struct Truth {
    pub task: String,
    pub permits: Vec<AuthorizationDetail>,
    pub ends_at: SystemTime,
}

/// The reports, by task.
#[derive(Clone, Debug, Default)]
pub struct Told(Arc<Mutex<BTreeMap<String, Report>>>);

#[derive(Debug, Default)]
struct Report {
    /// What the process said that used the task.
    tokens: Option<Vec<OutstandingToken>>,
}

impl Told {
    pub fn creation(&self, error: &CreationError) {
        if let Some(unfinished) = error.unfinished() {
            self.completion(unfinished);
        }
    }

    pub fn completion(&self, error: &CompletionError) {
        self.tasks(error.unfinished());
    }

    /// What a suspension could not give back.
    pub fn suspension(&self, suspended: &Suspended) {
        self.tasks(&suspended.unfinished);
        if !suspended.tokens.is_empty() {
            let mut told = self.0.lock().unwrap();
            told.entry(suspended.task.to_string()).or_default().tokens = Some(suspended.tokens.clone());
        }
    }

    pub fn tasks(&self, unfinished: &[UnfinishedTask]) {
        let mut told = self.0.lock().unwrap();
        for task in unfinished {
            let report = told.entry(task.id.to_string()).or_default();
            // A sweep knows the task and not its tokens.
            report.tokens = task.tokens.clone().or(report.tokens.take());
        }
    }

    /// Whether somebody was told that this token may live: its task, and where its tokens are named, what it permits
    /// and for how long.
    pub fn is_told(&self, truth: &Truth) -> bool {
        let told = self.0.lock().unwrap();
        let Some(report) = told.get(&truth.task) else { return false };
        report.tokens.as_ref().is_none_or(|tokens| {
            tokens.iter().any(|token| token.permits == truth.permits && token.ends_by >= truth.ends_at)
        })
    }

    /// How many tasks somebody was told of.
    pub fn count(&self) -> u64 {
        self.0.lock().unwrap().len() as u64
    }
}
