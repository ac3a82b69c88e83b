//! What a hundred tools cost a build; `tests/benches/compile_time` measures it.

use jit_tools::{ToolContext, ToolError, Toolset, jit_tool, tools};

macro_rules! hundred {
    ($($name:ident)*) => {
        $(
            /// Reads or writes something, and says how it went.
            #[jit_tool(
                justification = "Working on {id} for the user",
                may_request(type = "document", actions = ["read"], identifier = "{id}")
            )]
            async fn $name(cx: &ToolContext, id: String, limit: Option<u32>) -> Result<String, ToolError> {
                let _ = cx;
                Ok(format!("{id} {limit:?}"))
            }
        )*

        fn all() -> Toolset {
            tools![$($name),*]
        }
    };
}

#[cfg(feature = "hundred-tools")]
hundred! {
        read_notes read_files read_users read_groups read_dates read_rooms read_tasks read_pages read_teams
        read_links write_notes write_files write_users write_groups write_dates write_rooms write_tasks
        write_pages write_teams write_links list_notes list_files list_users list_groups list_dates
        list_rooms list_tasks list_pages list_teams list_links find_notes find_files find_users find_groups
        find_dates find_rooms find_tasks find_pages find_teams find_links move_notes move_files move_users
        move_groups move_dates move_rooms move_tasks move_pages move_teams move_links copy_notes copy_files
        copy_users copy_groups copy_dates copy_rooms copy_tasks copy_pages copy_teams copy_links send_notes
        send_files send_users send_groups send_dates send_rooms send_tasks send_pages send_teams send_links
        open_notes open_files open_users open_groups open_dates open_rooms open_tasks open_pages open_teams
        open_links lock_notes lock_files lock_users lock_groups lock_dates lock_rooms lock_tasks lock_pages
        lock_teams lock_links mark_notes mark_files mark_users mark_groups mark_dates mark_rooms mark_tasks
        mark_pages mark_teams mark_links
}

#[cfg(not(feature = "hundred-tools"))]
hundred! { read_notes }

fn main() {
    assert!(!all().is_empty());
}
