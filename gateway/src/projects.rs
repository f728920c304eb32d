//! What there is to work on: the projects of the configuration and their repositories.

use gateway_domain::Routing;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Projects, and which agent suits a task.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    pub projects: Vec<Project>,
    pub routing: Routing,
}

/// A project of the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Project {
    pub name: String,
    pub repositories: Vec<Repository>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repository {
    pub name: String,
    pub directory: String,
}

/// Directories as repositories, each once, named by their last part.
pub fn directories(open: impl IntoIterator<Item = String>) -> Vec<Repository> {
    let open: BTreeSet<_> = open.into_iter().collect();
    let mut all = BTreeMap::new();
    for directory in open {
        let name = Path::new(&directory).file_name().map_or("/".into(), |name| name.to_string_lossy());
        let repository = Repository { name: name.into_owned(), directory: directory.clone() };
        all.insert(directory, repository);
    }
    all.into_values().collect()
}
