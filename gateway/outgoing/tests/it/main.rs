//! The whole way out, with real git, a real `git http-backend`, and agents that want more than to deliver.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test may panic and print"
)]

mod forge;
mod hostile;
mod hostile_objects;
mod measuring;
mod pushing;
mod sealing;
mod size;
mod token;
mod working_tree;
mod yard;
