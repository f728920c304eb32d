//! Simulators and drivers for the end-to-end tests. No production code depends on this crate.

pub mod double;
pub mod hub;
