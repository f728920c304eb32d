//! Settings of projects, repositories, workspaces, models and routing.

use super::policies::Rules;
use super::{File, Variables};
use crate::models::Config as Models;
use crate::projects::{Catalogue, KnownRepository};
use crate::sessions::ports::{Project, Repository};
use crate::workspace::{Config as Workspaces, Maker};
use gateway_domain::{AgentRule, ModelEntry, Routing, SafeName};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A command or a fetch that takes longer than this has gone wrong.
const LONGEST_SECONDS: u64 = 3_600;

/// The project list, unless another one is named.
pub(super) const PROJECT_LIST: &str = ".ai/projectlist.md";

/// How long a configured command may take.
const COMMAND_SECONDS: u64 = 300;

/// Which words lead to which agent.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RoutingRules {
    /// The agents, each with the words that indicate it.
    rules: Vec<AgentRule>,
    /// The agent from `rules` for tasks that no words decide.
    fallback: String,
}

/// How workspaces are made.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WorkspaceRules {
    /// Where workspaces are created. Pods must see it under the same path. `GATEWAY_BUILDERS` overrides it.
    #[schemars(extend("default" = Workspaces::default().folder))]
    folder: Option<PathBuf>,
    /// Where mirrors of repositories are stored: a folder that no agent sees. `GATEWAY_MIRRORS` overrides it.
    /// Default: `mirrors` in the state folder.
    mirrors: Option<PathBuf>,
    /// A file with settings for the `git` that fetches, such as credentials; that `git` reads no others.
    /// `GATEWAY_GIT_CONFIG` overrides it.
    git_config: Option<PathBuf>,
    /// A command that creates the folder instead of clones; `{name}` and `{repositories}` are filled in. It is not
    /// run by a shell.
    command: Option<Words>,
    /// Names of variables that the command gets beyond PATH, HOME, the language, proxies and the like.
    command_environment: Vec<String>,
    /// How long the command can take, from 1 to 3600.
    #[schemars(extend("default" = COMMAND_SECONDS))]
    command_timeout_seconds: Option<u64>,
    /// How long a fetch from a remote can take, from 1 to 3600.
    #[schemars(extend("default" = Workspaces::default().fetch_timeout.as_secs()))]
    fetch_timeout_seconds: Option<u64>,
}

/// A line is cut at spaces; a list is taken as it is. No shell reads either.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Words {
    Line(String),
    List(Vec<String>),
}

/// A repository of a project: where it lies, or one of those under `repositories` by its name.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NamedRepository {
    /// Its name among the project's repositories.
    pub(super) name: String,
    /// Its directory, as OpenCode sees it. Default: as set in `repositories` under that name.
    directory: Option<String>,
}

impl NamedRepository {
    pub(super) fn directory(&self) -> Option<&str> {
        self.directory.as_deref()
    }
}

/// Where a repository comes from.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RepositoryRule {
    /// Its address: `https://…`, `ssh://…` or `git@host:path`. Either `remote` or `directory` is required.
    remote: Option<String>,
    /// A directory on this machine, instead of `remote`.
    directory: Option<String>,
    /// The branch that sessions start from. Default: the repository's default branch.
    branch: Option<String>,
    /// How many commits of history are fetched. Default: all of them.
    depth: Option<u32>,
    /// The folders that a workspace gets. Default: all of them.
    sparse: Vec<String>,
}

impl RepositoryRule {
    pub(super) fn remote(&self) -> Option<&str> {
        self.remote.as_deref()
    }

    pub(super) fn directory(&self) -> Option<&str> {
        self.directory.as_deref()
    }
}

/// The projects and what they are made of.
pub(super) fn catalogue(file: &File, variables: &Variables<'_>, faults: &mut Vec<String>) -> Catalogue {
    let list = variables("GATEWAY_PROJECT_LIST").map(PathBuf::from).or_else(|| file.project_list.clone());
    Catalogue {
        projects: file.projects.iter().map(|(name, rules)| project(name, rules, file, faults)).collect(),
        repositories: repositories(&file.repositories, faults),
        list: list.unwrap_or_else(|| PathBuf::from(PROJECT_LIST)),
        routing: routing(file, faults),
    }
}

/// One that lies nowhere on the volume, but has an address, is there for workspaces only.
fn project(name: &str, rules: &Rules, file: &File, faults: &mut Vec<String>) -> Project {
    let mut project = Project { name: name.to_owned(), ..Project::default() };
    for (n, named) in rules.repositories.iter().flatten().enumerate() {
        let known = file.repositories.get(&named.name);
        let directory = named.directory.clone().or_else(|| known?.directory.clone());
        match (directory, SafeName::parse(&named.name)) {
            (Some(directory), _) => {
                project.repositories.push(Repository { name: named.name.clone(), directory });
            }
            (None, Ok(place)) if known.is_some() => project.workspace_repositories.push(place),
            (None, _) => faults.push(format!(
                "projects.{name}.repositories[{n}]: set its `directory`, or add {:?} to `repositories`.",
                named.name
            )),
        }
    }
    project
}

fn routing(file: &File, faults: &mut Vec<String>) -> Routing {
    let base = file.routing.clone().map_or_else(Routing::default, |RoutingRules { rules, fallback }| {
        Routing { rules, fallback, projects: BTreeMap::new() }
    });
    let own = file.projects.iter().filter_map(|(name, rules)| Some((name.clone(), rules.agent.clone()?)));
    let routing = Routing { projects: own.collect(), ..base };
    let known = |agent: &String| routing.rules.iter().any(|rule| rule.agent == *agent);
    if !known(&routing.fallback) {
        faults.push(format!(
            "routing.fallback: {:?} is not one of the agents in `routing.rules`.",
            routing.fallback
        ));
    }
    for (project, agent) in routing.projects.iter().filter(|(_, agent)| !known(agent)) {
        faults.push(format!(
            "projects.{project}.agent: {agent:?} is not one of the agents in `routing.rules`."
        ));
    }
    for (rule, clue) in routing.rules.iter().flat_map(|rule| rule.clues.iter().map(move |clue| (rule, clue)))
    {
        if !(0.0..=1.0).contains(&clue.weight) || clue.word.trim().is_empty() {
            faults.push(format!(
                "routing.rules: the clue {1:?} of {0} has the weight {2}; a weight must be from 0 to 1.",
                rule.agent, clue.word, clue.weight
            ));
        }
    }
    routing
}

fn repositories(
    rules: &BTreeMap<String, RepositoryRule>,
    faults: &mut Vec<String>,
) -> BTreeMap<SafeName, KnownRepository> {
    let mut known = BTreeMap::new();
    for (name, rule) in rules {
        let place = format!("repositories.{name}");
        let RepositoryRule { remote, directory, branch, depth, sparse } = rule.clone();
        let name = match SafeName::parse(name) {
            Ok(name) => name,
            Err(bad) => {
                faults.push(format!("{place}: {bad}"));
                continue;
            }
        };
        let Some(from) = remote.or(directory) else {
            faults.push(format!("{place}: set its `remote` (an address) or its `directory`."));
            continue;
        };
        if let Some(why) = odd_source(&from) {
            faults.push(format!("{place}: {why}"));
        }
        if sparse
            .iter()
            .any(|folder| folder.starts_with(['/', '-']) || folder.split('/').any(|part| part == ".."))
        {
            faults.push(format!("{place}.sparse: list folders in the repository, such as src."));
        }
        known.insert(name, KnownRepository { from, branch, depth, sparse });
    }
    known
}

/// Helpers such as `ext::` run programs, and a leading hyphen would be an option.
fn odd_source(from: &str) -> Option<&'static str> {
    let server = ["https://", "http://", "ssh://", "git://", "git@", "file:///", "/"];
    let known = server.iter().any(|start| from.starts_with(start));
    (!known || from.chars().any(char::is_control))
        .then_some("use an address (https://…, ssh://…, git@host:path) or an absolute directory.")
}

pub(super) fn workspaces(
    file: &File,
    variables: &Variables<'_>,
    state: &Path,
    faults: &mut Vec<String>,
) -> Workspaces {
    let rules = file.workspaces.clone().unwrap_or_default();
    let standard = Workspaces::default();
    let folder = variables("GATEWAY_BUILDERS").map(PathBuf::from).or(rules.folder).unwrap_or(standard.folder);
    let mirrors = variables("GATEWAY_MIRRORS").map(PathBuf::from).or(rules.mirrors);
    let mirrors = mirrors.unwrap_or_else(|| state.join("mirrors"));
    let git_settings = variables("GATEWAY_GIT_CONFIG").map(PathBuf::from).or(rules.git_config);
    if mirrors.starts_with(&folder) {
        faults.push(format!(
            "workspaces.mirrors: {} is inside the workspaces folder, where agents write. Use a folder that \
                only the gateway can access.",
            mirrors.display()
        ));
    }
    let mut seconds = |name: &str, given: Option<u64>, standard: Duration| match given {
        None => standard,
        Some(seconds @ 1..=LONGEST_SECONDS) => Duration::from_secs(seconds),
        Some(_) => {
            faults
                .push(format!("workspaces.{name}: must be a number of seconds from 1 to {LONGEST_SECONDS}."));
            standard
        }
    };
    let timeout = seconds(
        "command_timeout_seconds",
        rules.command_timeout_seconds,
        Duration::from_secs(COMMAND_SECONDS),
    );
    let fetch_timeout = seconds("fetch_timeout_seconds", rules.fetch_timeout_seconds, standard.fetch_timeout);
    let maker = match rules.command.map(words) {
        None => Maker::Clones,
        Some(words) if words.iter().any(|word| word.contains("{name}")) => {
            Maker::Command { words, timeout, environment: rules.command_environment }
        }
        Some(_) => {
            faults.push(
                "workspaces.command: must contain {name}, the name of the workspace to create.".to_owned(),
            );
            Maker::Clones
        }
    };
    let guarded = vec![state.to_path_buf()];
    Workspaces { folder, mirrors, guarded, git_settings, maker, fetch_timeout }
}

fn words(command: Words) -> Vec<String> {
    match command {
        Words::Line(line) => line.split_whitespace().map(str::to_owned).collect(),
        Words::List(words) => words,
    }
}

/// A model of an unknown provider stays: OpenCode may know it. Whatever is no address is told.
pub(super) fn models(file: &File, faults: &mut Vec<String>) -> Models {
    let entries = file.models.clone().unwrap_or_else(Models::standard);
    for (n, ModelEntry { provider, model, health, .. }) in entries.iter().enumerate() {
        if provider.trim().is_empty() || model.trim().is_empty() {
            faults.push(format!("models[{n}]: set `provider` and `model`."));
        }
        if entries[..n].iter().any(|other| other.provider == *provider && other.model == *model) {
            faults.push(format!("models[{n}]: {provider}/{model} is already in the list."));
        }
        if let Some(health) = health.as_ref().filter(|health| !is_web_address(health)) {
            faults.push(format!(
                "models[{n}].health: {health:?} is not a valid address. Example: http://host:port/path."
            ));
        }
    }
    Models { entries }
}

fn is_web_address(text: &str) -> bool {
    ["http://", "https://"].iter().any(|start| text.starts_with(start))
        && text.parse::<axum::http::Uri>().is_ok()
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn load(pairs: &[(&str, &str)]) -> Result<Config, String> {
        let found =
            |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Config::from(&found).map_err(|faults| faults.to_string())
    }

    #[test]
    fn a_project_names_repositories_that_are_described_once() {
        // REQ-WORK-01: "missing field `directory`"
        let file = tempfile::NamedTempFile::new().unwrap();
        let rules = "repositories: { web: { directory: /src/web }, api: { remote: 'https://git.test/api' } }\n\
                     projects: { shop: { repositories: [{ name: web }, { name: api }] } }\n";
        std::fs::write(file.path(), rules).unwrap();
        let path = file.path().display().to_string();
        let config = load(&[("GATEWAY_CONFIG", &path)]).unwrap();
        let shop = &config.catalogue.projects[0];
        assert_eq!((shop.repositories[0].directory.as_str(), shop.repositories.len()), ("/src/web", 1));
        assert_eq!(shop.workspace_repositories[0].as_str(), "api");
        std::fs::write(file.path(), "projects: { shop: { repositories: [{ name: gone }] } }\n").unwrap();
        let told = load(&[("GATEWAY_CONFIG", &path)]).err().unwrap();
        assert!(told.contains("add \"gone\" to `repositories`"), "{told}");
    }

    #[test]
    fn mirrors_lie_with_the_state_and_never_where_agents_write() {
        // REQ-HARD-03
        let config =
            load(&[("GATEWAY_STATE", "/state"), ("GATEWAY_BUILDERS", "/workspaces/.builders")]).unwrap();
        assert_eq!(config.workspaces.mirrors.to_str(), Some("/state/mirrors"));
        assert_eq!(config.workspaces.guarded, [std::path::PathBuf::from("/state")]);
        assert_eq!(config.web.setup.workspaces.to_str(), Some("/workspaces/.builders"));
        let standard = load(&[]).unwrap().web.setup.workspaces;
        assert!(standard.is_absolute() && standard.ends_with(".builders"), "{}", standard.display());
        let pairs = [("GATEWAY_BUILDERS", "/w/.builders"), ("GATEWAY_MIRRORS", "/w/.builders/.mirrors")];
        let told = load(&pairs).err().unwrap();
        assert!(told.contains("workspaces.mirrors: /w/.builders/.mirrors"), "{told}");
    }
}
