//! wip
pub mod authorization_details;
pub mod clock;
#[cfg(feature = "local-authority")]
pub mod local_authority;
pub mod origin;
#[cfg(feature = "resource-server")]
pub mod resource_server;
pub mod secret;
pub mod transport;

pub use crate::{
    authorization_details::AuthorizationDetail,
    clock::{Clock, SharedClock, SystemClock},
    origin::{Origin, OriginError},
    secret::AccessToken,
};
