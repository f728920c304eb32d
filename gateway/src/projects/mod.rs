//! What there is to work on: the projects of the configuration and of the project list, and where their repositories
//! come from.

mod list;

use crate::clock::Clock;
use crate::sessions::builder_form::{self, NEW_PROJECT};
use crate::sessions::channels::channel_of;
use crate::sessions::ports::{Project, ProjectBook, ProjectFault, RepositorySource};
use gateway_domain::{
    Field, Inference, ListedProject, NewProject, ProjectList, ProjectStatus, Routing, RowFault, SafeName,
    Suggestion, infer, workspace_name,
};
use list::ListFile;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// What the configuration says of projects, and which agent suits a task.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    pub projects: Vec<Project>,
    pub repositories: BTreeMap<SafeName, KnownRepository>,
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

/// Both sources together; the list is read again when it changed.
pub struct Projects {
    catalogue: Arc<Catalogue>,
    list: ListFile,
}

impl Projects {
    pub fn new(catalogue: Arc<Catalogue>, clock: Arc<dyn Clock>) -> Self {
        let list = ListFile::new(catalogue.list.clone(), clock);
        Self { catalogue, list }
    }

    /// The list as it is now.
    fn list(&self) -> Arc<ProjectList> {
        self.list.read()
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

    /// Names and rules of the configuration win over the list, which anybody may have edited.
    fn source(&self, project: Option<&str>, name: &SafeName) -> RepositorySource {
        if let Some(known) = self.catalogue.repositories.get(name) {
            let KnownRepository { from, branch, depth, sparse } = known.clone();
            return RepositorySource { name: name.clone(), from: Some(from), branch, depth, sparse };
        }
        let from = self.directory(project, name).or_else(|| self.listed(project, name));
        RepositorySource { name: name.clone(), from, branch: None, depth: None, sparse: vec![] }
    }

    fn directory(&self, project: Option<&str>, name: &SafeName) -> Option<String> {
        let of = |one: &&Project| project.is_none_or(|wanted| one.name == wanted);
        let mut all = self.catalogue.projects.iter().filter(of).flat_map(|project| &project.repositories);
        all.find(|own| own.name == name.as_str()).map(|own| own.directory.clone())
    }

    fn listed(&self, project: Option<&str>, name: &SafeName) -> Option<String> {
        self.row(project?)?.repositories.iter().find(|one| one.name == *name)?.remote.clone()
    }
}

impl ProjectBook for Projects {
    /// Those of the configuration, filled in from the list, then the others of the list. A project that both know, by its
    /// id or its name, is one (B27).
    fn all(&self) -> Vec<Project> {
        let list = self.list();
        let mut all = self.catalogue.projects.clone();
        for project in &mut all {
            if let Some(listed) = list.projects.iter().find(|listed| project.is(listed)) {
                project.fill(listed);
            }
            let own = project.repositories.iter().filter_map(|own| SafeName::parse(&own.name).ok());
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

    fn faults(&self) -> Vec<RowFault> {
        self.list().faults.clone()
    }

    /// In the names that sessions are filed under.
    fn infer(&self, title: &str) -> Inference {
        let mut inferred = infer(&self.list(), title);
        let filed =
            |id: &SafeName| SafeName::parse(&self.filed_as(id.as_str())).unwrap_or_else(|_| id.clone());
        let project = inferred.project.as_ref().map(filed);
        if project != inferred.project {
            inferred.workspace = workspace_name(project.as_ref().map(SafeName::as_str), title);
        }
        inferred.active = inferred.active.iter().map(filed).collect();
        Inference { project, ..inferred }
    }

    fn add(&self, new: &NewProject) -> Result<ListedProject, ProjectFault> {
        self.list.add(new)
    }

    fn find_or_add(&self, new: &NewProject) -> Result<String, ProjectFault> {
        let same = |known: &&ListedProject| known.name.to_lowercase() == new.name.trim().to_lowercase();
        if let Some(known) = self.list().projects.iter().find(same) {
            return Ok(known.id.to_string());
        }
        self.list.add(new).map(|project| project.id.to_string())
    }

    /// One that nobody knows is told by whoever needs it.
    fn sources(&self, project: Option<&str>, names: &[SafeName]) -> Vec<RepositorySource> {
        names.iter().map(|name| self.source(project, name)).collect()
    }

    fn repositories(&self, project: &str) -> Vec<SafeName> {
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
            known.workspace_repositories.iter().map(SafeName::as_str).collect::<Vec<_>>().join(", ")
        };
        let options = all.iter().map(Project::label).chain([NEW_PROJECT.to_owned()]).collect();
        let mut fields = builder_form::fields(options);
        for field in &mut fields {
            match field.name.as_str() {
                "repositories" => field.options = self.repository_names(&all),
                "category" => field.options = self.categories(),
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

    fn routed_agents(&self) -> Vec<String> {
        self.catalogue.routing.rules.iter().map(|rule| rule.agent.clone()).collect()
    }
}

impl Project {
    /// Whether a row of the list is this project: by the same id, or by the same name.
    fn is(&self, listed: &ListedProject) -> bool {
        self.name == listed.id.as_str() || self.name.to_lowercase() == listed.name.to_lowercase()
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
        let repositories = [(SafeName::parse("docs").unwrap(), docs)].into();
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
}
