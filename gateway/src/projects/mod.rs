//! What there is to work on: the projects of the configuration and of the project list, and where their repositories
//! come from.

pub mod builder_form;
mod list;

use crate::clock::Clock;
use crate::sessions::channels::channel_of;
use crate::sessions::desk::NEW_PROJECT;
use crate::sessions::workspaces::{ProjectBook, RepositorySource};
use gateway_domain::{
    Field, Inference, ListedProject, NewProject, PlaceName, ProjectList, ProjectStatus, Routing, Suggestion,
    infer, workspace_name,
};
pub use list::{ListFault, ListFile};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the configuration says of projects, and which agent suits a task.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    pub projects: Vec<Project>,
    pub repositories: BTreeMap<PlaceName, KnownRepository>,
    /// The Markdown file that people keep.
    pub list: PathBuf,
    pub routing: Routing,
}

/// Where a repository comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownRepository {
    pub from: String,
    pub branch: Option<String>,
    pub depth: Option<u32>,
    pub sparse: Vec<String>,
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
    pub workspace_repositories: Vec<PlaceName>,
}

#[derive(JsonSchema, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repository {
    /// Its name among the project's repositories.
    pub name: String,
    /// Where it lies, as OpenCode sees it.
    pub directory: String,
}

/// Both sources together; the list is read again when it changed.
pub struct Projects {
    pub catalogue: Arc<Catalogue>,
    list: ListFile,
}

impl Projects {
    pub fn new(catalogue: Arc<Catalogue>, clock: Arc<dyn Clock>) -> Self {
        let list = ListFile::new(catalogue.list.clone(), clock);
        Self { catalogue, list }
    }

    /// The list as it is now.
    pub fn list(&self) -> Arc<ProjectList> {
        self.list.read()
    }

    /// Those of the configuration, filled in from the list, then the others of the list. A project that both know, by its
    /// id or its name, is one (B27).
    pub fn all(&self) -> Vec<Project> {
        let list = self.list();
        let mut all = self.catalogue.projects.clone();
        for project in &mut all {
            if let Some(listed) = list.projects.iter().find(|listed| project.is(listed)) {
                project.fill(listed);
            }
            let own = project.repositories.iter().filter_map(|own| PlaceName::parse(&own.name).ok());
            for name in own {
                if !project.workspace_repositories.contains(&name) {
                    project.workspace_repositories.push(name);
                }
            }
        }
        for listed in &list.projects {
            if !all.iter().any(|project| project.is(listed)) {
                let mut project = Project { name: listed.id.to_string(), ..Project::default() };
                project.fill(listed);
                all.push(project);
            }
        }
        all
    }

    /// All that a workspace can be made of, in any project.
    fn repository_names(&self, all: &[Project]) -> Vec<String> {
        let of_projects = all.iter().flat_map(|project| &project.workspace_repositories);
        let names: BTreeSet<_> =
            self.catalogue.repositories.keys().chain(of_projects).map(ToString::to_string).collect();
        names.into_iter().collect()
    }

    /// The row of the list, whatever the project is called in the configuration.
    fn row(&self, project: &str) -> Option<ListedProject> {
        let list = self.list();
        let configured = self.catalogue.projects.iter().find(|one| one.name == project);
        let named = |listed: &&ListedProject| {
            listed.id.as_str() == project || configured.is_some_and(|one| one.is(listed))
        };
        list.projects.iter().find(named).cloned()
    }

    pub fn add(&self, new: &NewProject) -> Result<ListedProject, ListFault> {
        self.list.add(new)
    }

    /// In the names that sessions are filed under.
    pub fn infer(&self, title: &str) -> Inference {
        let mut inferred = infer(&self.list(), title);
        let filed =
            |id: &PlaceName| PlaceName::parse(&self.filed_as(id.as_str())).unwrap_or_else(|_| id.clone());
        let project = inferred.project.as_ref().map(filed);
        if project != inferred.project {
            inferred.workspace = workspace_name(project.as_ref().map(PlaceName::as_str), title);
        }
        inferred.active = inferred.active.iter().map(filed).collect();
        Inference { project, ..inferred }
    }

    /// Names and rules of the configuration win over the list, which anybody may have edited.
    fn source(&self, project: Option<&str>, name: &PlaceName) -> RepositorySource {
        if let Some(known) = self.catalogue.repositories.get(name) {
            let KnownRepository { from, branch, depth, sparse } = known.clone();
            return RepositorySource { name: name.clone(), from: Some(from), branch, depth, sparse };
        }
        let from = self.directory(project, name).or_else(|| self.listed(project, name));
        RepositorySource { name: name.clone(), from, branch: None, depth: None, sparse: vec![] }
    }

    fn directory(&self, project: Option<&str>, name: &PlaceName) -> Option<String> {
        let of = |one: &&Project| project.is_none_or(|wanted| one.name == wanted);
        let mut all = self.catalogue.projects.iter().filter(of).flat_map(|project| &project.repositories);
        all.find(|own| own.name == name.as_str()).map(|own| own.directory.clone())
    }

    fn listed(&self, project: Option<&str>, name: &PlaceName) -> Option<String> {
        self.row(project?)?.repositories.iter().find(|one| one.name == *name)?.remote.clone()
    }
}

impl ProjectBook for Projects {
    /// One that nobody knows is told by whoever needs it.
    fn sources(&self, project: Option<&str>, names: &[PlaceName]) -> Vec<RepositorySource> {
        names.iter().map(|name| self.source(project, name)).collect()
    }

    fn names(&self) -> Vec<String> {
        self.all().into_iter().map(|project| project.name).collect()
    }

    fn repositories(&self, project: &str) -> Vec<PlaceName> {
        let all = self.all();
        all.into_iter()
            .find(|one| one.name == project)
            .map(|one| one.workspace_repositories)
            .unwrap_or_default()
    }

    /// A project that the title clearly means is filled in, and the only one there is; else people choose.
    fn form(&self, title: &str) -> Vec<Field> {
        let inferred = self.infer(title);
        let all: Vec<_> =
            self.all().into_iter().filter(|project| project.status == ProjectStatus::Active).collect();
        let only = match &all[..] {
            [only] => Some(only.name.clone()),
            _ => None,
        };
        let project = inferred.project.map(|id| id.to_string()).or(only);
        let known = all.iter().find(|one| Some(&one.name) == project.as_ref());
        let label = known.map(Project::label);
        let names = |known: &Project| {
            known.workspace_repositories.iter().map(PlaceName::as_str).collect::<Vec<_>>().join(", ")
        };
        let options = all.iter().map(Project::label).chain([NEW_PROJECT.to_owned()]).collect();
        let mut fields = builder_form::fields(options);
        for field in &mut fields {
            match field.name.as_str() {
                "repositories" => field.options = self.repository_names(&all),
                "category" => {
                    add_missing(&mut field.options, all.iter().filter_map(|one| one.category.clone()))
                }
                _ => {}
            }
            field.suggestion = match field.name.as_str() {
                "project" => label.clone(),
                "workspace" => Some(workspace_name(project.as_deref(), title).to_string()),
                "repositories" => known.map(names).filter(|names| !names.is_empty()),
                "category" => known.and_then(|known| known.category.clone()),
                // The list may say a name, which is for people.
                "thread" => known.and_then(|known| channel_of(known.channel.as_deref()?)),
                _ => None,
            };
        }
        fields
    }

    fn add(&self, name: &str, repositories: &[String], category: Option<&str>) -> Result<String, String> {
        let same = |known: &&ListedProject| known.name.to_lowercase() == name.trim().to_lowercase();
        if let Some(known) = self.list().projects.iter().find(same) {
            return Ok(known.id.to_string());
        }
        let category = category.map(str::to_owned);
        let new = NewProject {
            name: name.to_owned(),
            repositories: repositories.to_vec(),
            category,
            channel: None,
        };
        self.list.add(&new).map(|project| project.id.to_string()).map_err(|fault| fault.to_string())
    }

    fn filed_as(&self, project: &str) -> String {
        let all = self.all();
        let by_name = all.iter().find(|one| one.name == project);
        let of_list = || {
            let listed = self.list().get(project).cloned()?;
            all.iter().find(|one| one.is(&listed))
        };
        let shown = || all.iter().find(|one| one.label() == project);
        by_name.or_else(of_list).or_else(shown).map_or_else(|| project.to_owned(), |one| one.name.clone())
    }

    fn has_repositories(&self) -> bool {
        let of_projects = || self.all().iter().any(|project| !project.workspace_repositories.is_empty());
        !self.catalogue.repositories.is_empty() || of_projects()
    }

    fn title(&self, project: &str) -> Option<String> {
        self.row(project).map(|listed| listed.name)
    }

    fn suggest(&self, project: Option<&str>, title: &str, description: &str) -> Option<Suggestion> {
        self.catalogue.routing.suggest_in(project, title, description)
    }
}

impl Project {
    /// Whether a row of the list is this project: by the same id, or by the same name.
    fn is(&self, listed: &ListedProject) -> bool {
        self.name == listed.id.as_str() || self.name.to_lowercase() == listed.name.to_lowercase()
    }

    /// As people choose it: by the name, with the id behind it where the two differ.
    pub fn label(&self) -> String {
        match &self.title {
            Some(title) if title.to_lowercase() != self.name.to_lowercase() => {
                format!("{title} ({})", self.name)
            }
            _ => self.name.clone(),
        }
    }

    fn fill(&mut self, listed: &ListedProject) {
        self.title = Some(listed.name.clone());
        self.status = listed.status;
        self.category.clone_from(&listed.category);
        self.channel.clone_from(&listed.channel);
        for listed in &listed.repositories {
            if !self.workspace_repositories.contains(&listed.name) {
                self.workspace_repositories.push(listed.name.clone());
            }
        }
    }
}

fn add_missing(options: &mut Vec<String>, more: impl Iterator<Item = String>) {
    for one in more {
        if !options.contains(&one) {
            options.push(one);
        }
    }
}

/// Directories as repositories, each once, in the order of their paths. Those with the same last part are told apart by as
/// much of the path before it as that takes.
pub fn directories(open: impl IntoIterator<Item = String>) -> Vec<Repository> {
    let mut all = in_order(open.into_iter().collect::<BTreeSet<_>>());
    for parts in 2..=MOST_PARTS {
        let mut times: HashMap<String, usize> = HashMap::new();
        for one in &all {
            *times.entry(one.name.clone()).or_default() += 1;
        }
        let alike = all.iter_mut().filter(|one| times.get(&one.name).is_some_and(|times| *times > 1));
        alike.for_each(|one| one.name = end(&one.directory, parts));
    }
    all
}

/// Parts of a path that a name may have.
const MOST_PARTS: usize = 8;

/// The last parts of a path.
fn end(path: &str, parts: usize) -> String {
    let all: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    all[all.len().saturating_sub(parts)..].join("/")
}

/// Directories as repositories, named by their last part.
pub fn in_order(directories: impl IntoIterator<Item = String>) -> Vec<Repository> {
    let name = |directory: &str| {
        Path::new(directory).file_name().map_or("/".to_owned(), |name| name.to_string_lossy().into_owned())
    };
    directories.into_iter().map(|directory| Repository { name: name(&directory), directory }).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::clock::system;

    #[test]
    fn a_form_offers_the_repositories_and_categories_that_there_are() {
        // ACCEPTANCE F9, REQ-START-12
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("projectlist.md");
        let rows = "| id | name | repositories | category |\n|--|--|--|--|\n| P-001 | Shop | shop, api | infra |\n| P-002 | Blog | blog | |\n";
        std::fs::write(&list, rows).unwrap();
        let docs = KnownRepository { from: "/docs".into(), branch: None, depth: None, sparse: vec![] };
        let repositories = [(PlaceName::parse("docs").unwrap(), docs)].into();
        let catalogue = Catalogue { list, repositories, ..Catalogue::default() };
        let fields = Projects::new(Arc::new(catalogue), system()).form("Add a cart to the shop");
        let field = |name: &str| fields.iter().find(|field| field.name == name).unwrap();
        let repositories = field("repositories");
        assert_eq!(repositories.options, ["api", "blog", "docs", "shop"]);
        assert_eq!((repositories.multiple, repositories.suggestion.as_deref()), (true, Some("shop, api")));
        let category = field("category");
        assert_eq!((category.options.len(), category.suggestion.as_deref()), (7, Some("infra")));
        assert!(category.options.contains(&"infra".to_owned()) && !category.multiple);
    }

    #[test]
    fn directories_of_one_name_are_told_apart() {
        // REQ-START-02: two entries `web` of a form were the same to whoever chose one.
        let open = ["/srv/b/web", "/srv/a/web", "/srv/api", "/home/x/a/web", "/"].map(str::to_owned);
        let named = directories(open);
        let of = |directory: &str| named.iter().find(|one| one.directory == directory).unwrap().name.clone();
        assert_eq!((of("/srv/api"), of("/srv/b/web")), ("api".to_owned(), "b/web".to_owned()));
        assert_eq!((of("/srv/a/web"), of("/home/x/a/web")), ("srv/a/web".to_owned(), "x/a/web".to_owned()));
    }
}
