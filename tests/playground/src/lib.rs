//! What `make run` starts and looks after. The end-to-end tests use the same parts; those who only want to see the
//! gateway do not build the tests for it.

pub mod disk;
pub mod gateway;
pub mod model;
pub mod opencode;
pub mod run;
pub mod wait;

/// Longest wait for anything that a real OpenCode does, on a busy machine.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);
