//! The forge as clients see it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod ci;
mod client;
mod graphql;
mod mishaps;
mod pulls;
mod pushes;
mod reviews;
mod stage;
mod tokens;
mod webhooks;
