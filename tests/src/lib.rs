//! Simulators and drivers for the end-to-end tests. No production code depends on this crate.

pub mod agent;
pub mod chaos;
pub mod double;
pub mod hub;
pub mod kills;
pub mod kube;
pub mod otlp;
pub mod people;
pub mod pod;
pub mod prometheus;
pub mod service;
pub mod settings;
pub mod soak;
pub mod stage;

pub use playground::{PATIENCE, disk, gateway, model, opencode, wait};
pub use slack_sim as slack;
