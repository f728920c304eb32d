//! The shell around the deciding crate: one task a session that has asks, each with a bounded mailbox.
//!
//! A task takes a letter, lets `gateway_domain::Session` decide, and runs the effects in their order: nothing
//! after a `Persist` happens before the record is on disk. If the disk refuses, everything behind it waits.

mod cards;
mod cores;
mod task;

pub use cards::Cards;
pub use cores::{Cores, Parts};
