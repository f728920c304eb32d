//! The `kubernetes` engine: a namespace for each lab, with everything in it that runs the work and everything that holds it
//! (docs/labs.md, decision 0057). `manifests` says what is applied, `apply` brings it there, `seen` watches, `judge` says how it
//! stands, `clean` removes it.

mod api_fault;
mod apply;
mod attempt_watch;
mod certificate;
mod clean;
mod cluster_lab_config;
mod cluster_labs;
mod files_door;
mod judge;
#[cfg(test)]
mod judge_tests;
mod lab_files;
mod lab_place;
mod manifests;
mod namespaces;
mod outage;
mod pod_logs;
mod pod_token;
mod pod_trouble;
mod same_objects;
mod seen;

pub use cluster_lab_config::{ClusterLabConfig, FilesRule};
pub use cluster_labs::{ClusterLabs, ClusterParts};
