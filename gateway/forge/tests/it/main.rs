//! The client against a GitHub that runs on this machine.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod doctor;
mod failures;
mod faults;
mod hostile;
mod hourly;
mod life;
mod limits;
mod looking;
mod merging;
mod once_only;
mod stage;
mod tokens;
