//! What the gateway decides. Pure: no I/O, no clock, no randomness.

mod ids;

pub use ids::{InvalidId, SessionId};
