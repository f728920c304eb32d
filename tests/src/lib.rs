//! Simulators and drivers for the end-to-end tests. No production code depends on this crate.

pub mod agent;
pub mod double;
pub mod gateway;
pub mod hub;
pub mod kills;
pub mod kube;
pub mod model;
pub mod opencode;
pub mod otlp;
pub mod people;
pub mod playground;
pub mod pod;
pub mod prometheus;
pub mod service;
pub mod slack;
pub mod soak;
pub mod stage;

/// Longest wait for anything that a real OpenCode does, on a busy machine.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);
