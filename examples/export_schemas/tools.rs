//! A tool whose arguments need more than strings and numbers.

use std::collections::BTreeMap;

use jit_tools::{Json, jit_tool};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a reminder reaches somebody.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Reminder {
    /// A mail to an address.
    Mail { address: String },
    /// A message on the screen, so many minutes before.
    Screen { minutes: u16 },
}

/// Book a room for a meeting.
#[jit_tool]
pub async fn book_room(
    /// The room's number.
    room: u16,
    /// From and to, as times of day such as `14:30`.
    time: (String, String),
    /// Who comes, and whether they have to.
    guests: BTreeMap<String, bool>,
    /// How the guests are reminded; not at all if left out.
    reminder: Option<Reminder>,
) -> Json<Vec<String>> {
    let booked = format!("Room {room} from {} to {} for {} guests", time.0, time.1, guests.len());
    let reminded = reminder.map(|reminder| match reminder {
        Reminder::Mail { address } => format!("Reminded by mail from {address}"),
        Reminder::Screen { minutes } => format!("Reminded {minutes} minutes before"),
    });
    Json(std::iter::once(booked).chain(reminded).collect())
}
