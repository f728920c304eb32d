//! Labs: a session's work runs, for people to look at (docs/labs.md). The `process` engine runs it on the gateway's own machine: a
//! copy of the workspace, in the guarded shell, on a loopback port (decision 0053). `kubernetes` is the other one (decision 0057).

mod attempt_folder;
mod detection;
mod engine_steps;
mod files_fetch;
#[cfg(test)]
mod files_fetch_tests;
mod files_listing;
mod files_packing;
mod files_unpacking;
mod guarding;
mod kubernetes;
mod lab_census;
mod lab_config;
mod lab_keeper;
mod lab_run;
mod log_tail;
mod no_labs;
mod plan_reading;
mod process_labs;
mod recipe;
#[cfg(test)]
mod tests;

pub use files_fetch::{FetchFault, FetchedFiles, FilesOrder, fetch_files};
pub use kubernetes::{ClusterLabConfig, ClusterLabs, ClusterParts, FilesRule};
pub use lab_census::LabLimits;
pub use lab_config::{LabConfig, LabEngine, ProjectLab};
pub use lab_keeper::keep;
pub use no_labs::NoLabs;
pub use process_labs::{ProcessLabs, ProcessParts};
pub use recipe::Recipe;

use std::time::Duration;

/// News of labs that wait to be told to their sessions. Whoever has more waits.
pub const NEWS: usize = 256;

/// A process that was told to end has this long.
const ENDS_WITHIN: Duration = Duration::from_secs(15);

/// What is wrong with a recipe, in the words of whoever wrote it.
pub fn recipe_faults(recipe: &Recipe, images: &[String]) -> Vec<String> {
    recipe::faults_of(recipe, images)
}
