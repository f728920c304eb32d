//! Projects: what there is to work on, and where its repositories come from.

use super::RepositorySource;
use gateway_domain::{
    CATEGORIES, Field, Inference, ListedProject, NewProject, ProjectStatus, RowFault, SafeName, Suggestion,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What is known of projects: the configuration and the project list together.
pub trait ProjectBook: Send + Sync + 'static {
    /// Those of the configuration first.
    fn all(&self) -> Vec<Project>;

    /// What sessions can be filed under, as those who start one choose it.
    fn names(&self) -> Vec<String> {
        self.all().into_iter().map(|project| project.name).collect()
    }

    /// Kinds of work that every form offers, and those that projects have besides.
    fn categories(&self) -> Vec<String> {
        let mut all = CATEGORIES.map(str::to_owned).to_vec();
        for category in self.all().into_iter().filter_map(|project| project.category) {
            if !all.contains(&category) {
                all.push(category);
            }
        }
        all
    }

    /// Rows of the project list that could not be used.
    fn faults(&self) -> Vec<RowFault>;

    /// Which project a title means.
    fn infer(&self, title: &str) -> Inference;

    /// Adds a row to the project list.
    fn add(&self, new: &NewProject) -> Result<ListedProject, ProjectFault>;

    /// What a new project is filed under. One of that name that is there already is taken.
    fn find_or_add(&self, new: &NewProject) -> Result<String, ProjectFault>;

    /// Where repositories come from.
    fn sources(&self, project: Option<&str>, names: &[SafeName]) -> Vec<RepositorySource>;

    /// All repositories of a project.
    fn repositories(&self, project: &str) -> Vec<SafeName>;

    /// What is asked before a session that began in OpenCode may write, filled in as its title tells.
    fn form(&self, title: &str) -> Vec<Field>;

    /// What sessions of a project are filed under, whichever of its names somebody used: its id, its name, or both as the
    /// form shows them.
    fn filed_as(&self, project: &str) -> String;

    /// What people call it, where that is not what it is filed under.
    fn title(&self, project: &str) -> Option<String>;

    /// Whether a workspace can be made of anything at all.
    fn has_repositories(&self) -> bool;

    /// Which agent and model suit a task.
    fn suggest(&self, project: Option<&str>, title: &str, description: &str) -> Option<Suggestion>;

    /// The agents that tasks are given to by their words.
    fn routed_agents(&self) -> Vec<String>;
}

/// A project, as it is offered.
#[derive(JsonSchema, Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Project {
    /// What sessions are filed under: the id, or the name of the configuration.
    pub name: String,
    /// Directories that sessions can work in as they are.
    pub repositories: Vec<Repository>,
    /// Only of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    pub status: ProjectStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// What a workspace can be made of.
    pub workspace_repositories: Vec<SafeName>,
}

impl Project {
    /// As people choose it: by the name, with the id behind it where the two differ.
    pub fn label(&self) -> String {
        match &self.title {
            Some(title) if title.to_lowercase() != self.name.to_lowercase() => {
                format!("{title} ({})", self.name)
            }
            _ => self.name.clone(),
        }
    }
}

#[derive(JsonSchema, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repository {
    /// Its name among the project's repositories.
    pub name: String,
    /// Where it lies, as OpenCode sees it.
    pub directory: String,
}

/// Why a project is not in the list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProjectFault {
    #[error("The project can't be added to the list: {0}.")]
    Invalid(String),
    #[error("The project list {path} cannot be written: {why}.", path = .path.display())]
    NotWritten { path: PathBuf, why: String },
}
