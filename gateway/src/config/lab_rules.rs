//! The section `lab`: where a session's work runs for people to look at, by what, and for how long.

use super::cluster_lab_rules::{self, ClusterLab};
use super::gate::Unguarded;
use super::policies::Rules;
use super::{File, Variables};
use crate::cluster::Identity;
use crate::front::Entrance;
use crate::lab::{LabConfig, LabEngine, LabLimits, ProjectLab, Recipe, recipe_faults};
use crate::workspace;
use gateway_domain::LabPolicy;
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// A week.
const LONGEST_HOURS: u32 = 168;

/// All of a deploy may take five minutes.
const LONGEST_WAIT_SECONDS: u32 = 280;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Engine {
    /// On this machine, in the guarded shell, on a loopback port.
    Process,
    /// In the cluster that the gateway is in, a namespace for each.
    Kubernetes,
    /// No labs.
    Off,
}

/// Labs: a session's work runs where people can look at it (docs/labs.md).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Lab {
    /// Only at the top: what runs labs. Default: `process`; in a cluster `kubernetes` where that has its section, else `off`.
    engine: Option<Engine>,
    /// Only at the top: where the copies are that labs run in, a folder that only the gateway has. Default: `labs` in the
    /// state folder.
    folder: Option<PathBuf>,
    /// Only at the top: the guard's program. `GATEWAY_GUARD` overrides it. Default: `guard` beside the gateway's own.
    guard: Option<PathBuf>,
    /// Only at the top: images that recipes can name, such as `node:*`. Without it all; the `kubernetes` engine needs it.
    images: Option<Vec<String>>,
    /// Only at the top: labs in a cluster.
    kubernetes: Option<ClusterLab>,
    /// Only at the top: what a lab on the gateway's own machine may use.
    process: Option<ProcessLab>,
    /// What happens where the guard is missing or the kernel can't guard. With `allow` labs still run, and can reach
    /// everything that the gateway's user can.
    #[schemars(extend("default" = "refuse"))]
    unguarded: Option<Unguarded>,
    /// How many hours a lab runs before it is removed, from 1 to 168. The thread says so before.
    #[schemars(extend("default" = LabPolicy::default().lasts.as_hours()))]
    lasts_hours: Option<u32>,
    /// How many seconds an app may take until it answers, from 1 to 280. With the `kubernetes` engine never more than 175.
    #[schemars(extend("default" = LabPolicy::default().answers_within.as_secs()))]
    answers_within_seconds: Option<u32>,
    /// How the project's app starts, for repositories without `.opencode/lab.yaml`.
    recipe: Option<RecipeRule>,
}

/// All processes of a lab together. A lab that uses more is ended.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct ProcessLab {
    /// How many processes it may have at once, from 8 to 100,000.
    processes: usize,
    /// Memory that is its own, in MiB, from 64 to 1,048,576.
    memory_mib: u64,
}

impl Default for ProcessLab {
    fn default() -> Self {
        let LabLimits { processes, memory_mib } = LabLimits::default();
        Self { processes, memory_mib }
    }
}

impl ProcessLab {
    fn read(&self, faults: &mut Vec<String>) -> LabLimits {
        let Self { processes, memory_mib } = *self;
        if !(8..=100_000).contains(&processes) {
            faults.push("lab.process.processes: must be from 8 to 100000.".to_owned());
        }
        if !(64..=1_048_576).contains(&memory_mib) {
            faults.push("lab.process.memory_mib: must be from 64 to 1048576.".to_owned());
        }
        LabLimits { processes, memory_mib }
    }
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RecipeRule {
    /// What a shell runs, such as `npm start`. The app listens on the port in `PORT`.
    command: String,
    /// The port, for an app that can't be told one.
    port: Option<u16>,
    /// The path that answers once the app is ready. Default: `/`.
    ready: Option<String>,
    /// The folder of the repository that it runs in.
    directory: Option<String>,
    /// Variables.
    #[serde(default)]
    environment: BTreeMap<String, String>,
    /// The image, for engines that run containers.
    image: Option<String>,
}

impl RecipeRule {
    fn recipe(&self) -> Recipe {
        let Self { command, port, ready, directory, environment, image } = self.clone();
        Recipe {
            command,
            port,
            ready: ready.unwrap_or_else(|| "/".to_owned()),
            directory: directory.unwrap_or_default(),
            environment,
            image,
        }
    }
}

impl Lab {
    /// With what this section changes of the rules.
    pub(super) fn applied(&self, base: LabPolicy, place: &str, faults: &mut Vec<String>) -> LabPolicy {
        let lasts = match self.lasts_hours {
            None => base.lasts,
            Some(hours @ 1..=LONGEST_HOURS) => SignedDuration::from_hours(hours.into()),
            Some(_) => {
                faults.push(format!("{place}lab.lasts_hours: must be from 1 to {LONGEST_HOURS}."));
                base.lasts
            }
        };
        let answers_within = match self.answers_within_seconds {
            None => base.answers_within,
            Some(seconds @ 1..=LONGEST_WAIT_SECONDS) => SignedDuration::from_secs(seconds.into()),
            Some(_) => {
                faults.push(format!(
                    "{place}lab.answers_within_seconds: must be from 1 to {LONGEST_WAIT_SECONDS}."
                ));
                base.answers_within
            }
        };
        LabPolicy { lasts, answers_within }
    }

    fn project(
        &self,
        base: &ProjectLab,
        images: &[String],
        place: &str,
        faults: &mut Vec<String>,
    ) -> ProjectLab {
        let recipe = self.recipe.as_ref().map(RecipeRule::recipe);
        for fault in recipe.iter().flat_map(|recipe| recipe_faults(recipe, images)) {
            faults.push(format!("{place}lab.recipe: {fault}"));
        }
        ProjectLab {
            lets_unguarded: self
                .unguarded
                .map_or(base.lets_unguarded, |unguarded| unguarded == Unguarded::Allow),
            recipe: recipe.or_else(|| base.recipe.clone()),
        }
    }

    fn says_more_than_a_project_can(&self) -> bool {
        let Self { engine, folder, guard, images, kubernetes, process, .. } = self;
        let places = engine.is_some() || folder.is_some() || guard.is_some();
        places || images.is_some() || kubernetes.is_some() || process.is_some()
    }
}

/// What labs in a cluster stand on.
#[derive(Clone, Copy)]
pub(super) struct LabSurroundings<'a> {
    pub(super) cluster: Option<&'a Identity>,
    pub(super) entrances: &'a [(SocketAddr, Entrance)],
}

pub(super) fn read(
    file: &File,
    variables: &Variables<'_>,
    state: &Path,
    workspaces: &workspace::Config,
    place: LabSurroundings<'_>,
    faults: &mut Vec<String>,
) -> LabConfig {
    let top = file.rules.lab.clone().unwrap_or_default();
    let images = top.images.clone().unwrap_or_default();
    let standard = top.project(&ProjectLab::default(), &images, "", faults);
    let mut projects = std::collections::HashMap::new();
    for (name, Rules { lab, .. }) in &file.projects {
        let Some(lab) = lab else { continue };
        let below = format!("projects.{name}.");
        if lab.says_more_than_a_project_can() {
            faults.push(format!(
                "{below}lab: engine, folder, guard, images, kubernetes and process stand at the top only."
            ));
        }
        projects.insert(name.clone(), lab.project(&standard, &images, &below, faults));
    }
    let engine = engine(&top, &images, place, faults);
    let whole = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
    let folder = whole(top.folder.unwrap_or_else(|| state.join("labs")));
    let guard = variables("GATEWAY_GUARD").map(PathBuf::from).or(top.guard).or_else(beside_the_gateway);
    let config_file = variables("GATEWAY_CONFIG").map(PathBuf::from);
    let denied =
        [state.to_owned(), workspaces.mirrors.clone(), folder.clone()].into_iter().chain(config_file);
    let limits = top.process.unwrap_or_default().read(faults);
    LabConfig {
        limits,
        denied: denied.map(whole).collect(),
        engine,
        folder,
        guard: guard.map(whole),
        images,
        standard,
        projects,
    }
}

fn engine(top: &Lab, images: &[String], place: LabSurroundings<'_>, faults: &mut Vec<String>) -> LabEngine {
    let cluster = place.cluster;
    let standard = match (cluster, &top.kubernetes) {
        (None, _) => Engine::Process,
        (Some(_), Some(_)) => Engine::Kubernetes,
        (Some(_), None) => Engine::Off,
    };
    let settings = top.kubernetes.as_ref().map(|section| section.read(place, faults));
    match top.engine.unwrap_or(standard) {
        Engine::Off => LabEngine::Off,
        Engine::Process => LabEngine::Process,
        Engine::Kubernetes => {
            cluster_lab_rules::needed(images, cluster, faults);
            match settings {
                Some(settings) => LabEngine::Kubernetes(Box::new(settings)),
                None => {
                    faults.push(cluster_lab_rules::NO_SECTION.to_owned());
                    LabEngine::Off
                }
            }
        }
    }
}

fn beside_the_gateway() -> Option<PathBuf> {
    let guard = std::env::current_exe().ok()?.with_file_name("guard");
    guard.is_file().then_some(guard)
}
