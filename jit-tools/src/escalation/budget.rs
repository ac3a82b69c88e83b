//! How many permissions a task, and the calls of one tool in it, may ask for: an API that names something else each time
//! must not make an agent ask without end.

use std::{collections::HashMap, fmt};

use crate::sync::{Mutex, lock};

#[derive(Debug)]
pub(super) struct Budget {
    of_task: u32,
    of_tool: u32,
    spent: Mutex<Spent>,
}

#[derive(Debug, Default)]
struct Spent {
    of_task: u32,
    /// Bounded by the task's budget: each name here has spent something.
    of_tools: HashMap<String, u32>,
}

/// What there is no more of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BudgetSpent {
    OfTask,
    OfTool,
}

impl fmt::Display for BudgetSpent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OfTask => "the task has asked for as many permissions as its policy allows (Policy::max_requests)",
            Self::OfTool => {
                "the tool has asked for as many permissions as its policy allows (Policy::max_requests_of_a_tool)"
            }
        })
    }
}

impl Budget {
    pub(super) fn new(of_task: u32, of_tool: u32) -> Self {
        Self { of_task, of_tool, spent: Mutex::default() }
    }

    /// Spends one request of the task, and of the tool if one is called.
    pub(super) fn spend(&self, tool: Option<&str>) -> Result<(), BudgetSpent> {
        let mut spent = lock(&self.spent);
        if spent.of_task >= self.of_task {
            return Err(BudgetSpent::OfTask);
        }
        if let Some(tool) = tool {
            let of_tool = spent.of_tools.get(tool).copied().unwrap_or_default();
            if of_tool >= self.of_tool {
                return Err(BudgetSpent::OfTool);
            }
            spent.of_tools.insert(tool.to_owned(), of_tool + 1);
        }
        spent.of_task += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_spent_all_is_told_what_bounds_it() {
        assert!(BudgetSpent::OfTask.to_string().ends_with("(Policy::max_requests)"));
        assert!(BudgetSpent::OfTool.to_string().ends_with("(Policy::max_requests_of_a_tool)"));
    }

    #[test]
    fn a_task_and_each_of_its_tools_have_a_budget() {
        let budget = Budget::new(3, 2);
        assert_eq!(budget.spend(Some("a")), Ok(()));
        assert_eq!(budget.spend(Some("a")), Ok(()));
        assert_eq!(budget.spend(Some("a")), Err(BudgetSpent::OfTool));
        // What a tool could not spend is left for the others.
        assert_eq!(budget.spend(Some("b")), Ok(()));
        assert_eq!(budget.spend(Some("b")), Err(BudgetSpent::OfTask));
        assert_eq!(budget.spend(None), Err(BudgetSpent::OfTask));
        assert_eq!(Budget::new(0, 0).spend(None), Err(BudgetSpent::OfTask));
    }
}
