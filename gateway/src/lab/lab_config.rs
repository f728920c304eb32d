//! Where labs are, and what keeps them from what is not theirs.

use super::{ClusterLabConfig, LabLimits, Recipe};
use std::collections::HashMap;
use std::path::PathBuf;

#[derive(Clone, Debug, Default)]
pub struct LabConfig {
    pub engine: LabEngine,
    /// Where copies of workspaces are.
    pub folder: PathBuf,
    /// The guard's program. None where there is none.
    pub guard: Option<PathBuf>,
    /// Paths that no lab reads.
    pub denied: Vec<PathBuf>,
    /// What a lab on the gateway's own machine may use.
    pub limits: LabLimits,
    /// Images that recipes may name; all, where none is listed.
    pub images: Vec<String>,
    pub standard: ProjectLab,
    pub projects: HashMap<String, ProjectLab>,
}

/// What runs labs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LabEngine {
    /// Nothing: no labs are wanted.
    #[default]
    Off,
    /// The gateway's own machine.
    Process,
    /// The cluster that the gateway is in.
    Kubernetes(Box<ClusterLabConfig>),
}

/// What the projects differ in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectLab {
    /// Labs run also where nothing guards them.
    pub lets_unguarded: bool,
    /// For repositories without a recipe of their own.
    pub recipe: Option<Recipe>,
}

impl LabConfig {
    pub(super) fn of(&self, project: Option<&str>) -> &ProjectLab {
        project.and_then(|project| self.projects.get(project)).unwrap_or(&self.standard)
    }
}
