//! What deliveries do where, as an operator configured it.

use super::github::GithubSettings;
use gateway_delivery::{Limits, Merging, Mode, Preset, Settings, Tier};
use jiff::SignedDuration;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

#[derive(Clone, Debug, Default)]
pub struct DeliveryConfig {
    /// Where repositories are that only the gateway has.
    pub folder: PathBuf,
    /// Where agents work.
    pub workspaces: PathBuf,
    pub preset: Preset,
    pub standard: ProjectDelivery,
    pub projects: HashMap<String, ProjectDelivery>,
    /// Seconds that git may take for a fetch or a push.
    pub git_timeout_seconds: u64,
    /// None while nothing is delivered.
    pub github: Option<GithubSettings>,
}

/// What projects differ in.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectDelivery {
    pub mode: Mode,
    pub tier_modes: BTreeMap<Tier, Mode>,
    pub fixes: u32,
    pub high_people: u32,
    pub merging: BTreeMap<Tier, Merging>,
    pub ask_timeout: SignedDuration,
    pub budget: Limits,
    /// The folder of the project's own rules. It lies outside the repository.
    pub rules: Option<PathBuf>,
    /// What every run may do besides, such as `dependencies`.
    pub permits: Vec<String>,
    /// So long CI has to be unchanged before it counts as green.
    pub ci_settles: SignedDuration,
}

impl Default for ProjectDelivery {
    fn default() -> Self {
        let Settings { fixes, high_people, ask_timeout, ci_settles, .. } = Settings::default();
        Self {
            mode: Mode::Off,
            tier_modes: BTreeMap::new(),
            fixes,
            high_people,
            merging: BTreeMap::new(),
            ask_timeout,
            budget: Limits { tokens: 0, cost_cents: 0, seconds: 25 * 60 },
            rules: None,
            permits: vec![],
            ci_settles,
        }
    }
}

impl DeliveryConfig {
    pub fn of(&self, project: Option<&str>) -> &ProjectDelivery {
        project.and_then(|project| self.projects.get(project)).unwrap_or(&self.standard)
    }

    /// `most`: what the switch allows. The least counts.
    pub(super) fn settings(&self, project: Option<&str>, most: Mode, has_no_ci: bool) -> Settings {
        let own = self.of(project);
        Settings {
            mode: own.mode.min(most),
            tier_modes: own.tier_modes.clone(),
            fixes: own.fixes,
            high_people: own.high_people,
            merging: own.merging.clone(),
            ask_timeout: own.ask_timeout,
            ci_settles: own.ci_settles,
            has_no_ci,
            preset: self.preset.clone(),
        }
    }

    /// Nothing is ever delivered.
    pub fn is_off(&self) -> bool {
        self.standard.mode == Mode::Off && self.projects.values().all(|project| project.mode == Mode::Off)
    }
}
