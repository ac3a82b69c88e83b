//! jit-tools as its users meet it: agents, tools and tasks against an authority and APIs.

mod agents;
mod approval_bindings;
mod approvals;
mod attributes;
mod audits;
mod authority_failures;
mod child_tasks;
mod comparisons;
mod concurrency;
mod denials;
mod document_run;
mod escalation;
mod faults;
mod identity;
mod issued_tokens;
mod journal;
mod kill;
mod models;
mod policies;
mod preflight;
mod provider_forms;
mod references;
mod support;
mod suspension;
mod tasks;
mod toolsets;
