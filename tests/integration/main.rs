//! jit-tools as its users meet it: agents, tools and tasks against an authority and APIs.

mod agents;
mod approvals;
mod attributes;
mod audits;
mod authority_failures;
mod child_tasks;
mod concurrency;
mod document_run;
mod escalation;
mod faults;
mod identity;
mod journal;
mod kill;
mod models;
mod policies;
mod polling;
mod preflight;
mod provider_forms;
mod references;
mod support;
mod suspension;
mod tasks;
mod toolsets;
