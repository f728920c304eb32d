//! opencode-gateway: brings OpenCode sessions into the conversation where a team already is.
//! ARCHITECTURE.md is the map of the rooms below.

pub mod access;
pub mod anchor;
pub mod app;
pub mod bridge;
pub mod checks;
pub mod cli;
pub mod clock;
pub mod cluster;
pub mod config;
pub mod deliveries;
pub mod front;
pub mod hardening;
pub mod ids;
pub mod lab;
pub mod models;
pub mod opencode_ui;
pub mod passkeys;
pub mod problem;
pub mod process_metrics;
pub mod projects;
pub mod sessions;
pub mod slack;
pub mod standby;
pub mod store;
pub mod telemetry;
pub(crate) mod token;
pub mod trace;
pub mod watchdog;
pub mod web;
pub mod witness;
pub mod workspace;
