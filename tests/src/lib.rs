//! Simulators, doubles and drivers for the end-to-end tests. No production code depends on this crate.
//!
//! **Stages**, on which a test plays: [`opencode_stage`] (a real gateway, a real OpenCode, a scripted model); others stand in
//! the tests that use them (`SlackStage`, `OutboundStage`, `CoreStage`, `LivingStage`, `KillStage`, `SoakWorld`).
//!
//! **Doubles**, each of which says at its head what it stands for, what it imitates and what it does not:
//! [`fake_opencode`] (three, of OpenCode with its plugin), [`bare_bridge`] (the gateway without all but its bridge), [`kube`]
//! (the Kubernetes API), [`service`] (a Kubernetes service), [`otlp`] (a collector of traces), [`slack`] (Slack), [`model`] (a
//! model server). [`codev_pod`] and [`prometheus`] are the real things, started without a container.
//!
//! **People** who insist on an answer: [`api_people`] over HTTP, those of [`slack`] in Slack. **Waiting** is [`wait`], and
//! nothing else.

pub mod api_people;
pub mod bare_bridge;
pub mod chaos;
pub mod codev_pod;
pub mod fake_opencode;
pub mod hostile;
pub mod kills;
pub mod kube;
pub mod opencode_stage;
pub mod otlp;
pub mod prometheus;
pub mod service;
pub mod settings;
pub mod soak;

pub use playground::{PATIENCE, disk, gateway, model, opencode, run, wait};
pub use slack_sim as slack;
