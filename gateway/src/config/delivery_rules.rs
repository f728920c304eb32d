//! The section `delivery`: how work becomes a pull request, how far that goes by itself, and by whose rights.

use super::given_secrets::given_secret;
use super::policies::Rules;
use super::{File, Variables};
use crate::deliveries::{DeliveryConfig, GithubSettings, GithubSignIn, ProjectDelivery};
use crate::workspace;
use gateway_delivery::{Limits, Merging, Mode, Preset, Tier};
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

const GIT_TIMEOUT_SECONDS: u64 = 120;
const ASK_MINUTES: u32 = 240;
const WORK_MINUTES: u32 = 25;
const CI_SETTLES_SECONDS: u32 = 60;

/// The variable with the secret of the app's webhooks.
const WEBHOOK_SECRET: &str = "GATEWAY_GITHUB_WEBHOOK_SECRET";

/// The variable with the app's private key, or the file of it in `GATEWAY_SECRETS`.
const KEY: &str = "GATEWAY_GITHUB_KEY";
/// The same for a personal token.
const TOKEN: &str = "GATEWAY_GITHUB_TOKEN";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ModeRule {
    /// Nothing leaves.
    Off,
    /// Everything up to the judgement; then what would have been pushed is shown.
    Shadow,
    /// Pushed and opened as a draft, which people take on.
    Draft,
    /// Marked ready once every gate holds.
    Full,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum MergingRule {
    /// People merge.
    People,
    /// The forge merges, once its own rules and all gates hold.
    Forge,
}

/// Deliveries: a session's work becomes a pull request (docs/deliveries.md).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Delivery {
    /// How far a delivery goes by itself.
    #[schemars(extend("default" = "off"))]
    mode: Option<ModeRule>,
    /// The same for changes of one risk, where that is to be less: `low`, `medium`, `high`.
    modes: ByRisk<ModeRule>,
    /// Who merges changes of which risk. Only those of low risk can be merged by the forge.
    merging: ByRisk<MergingRule>,
    /// How often the agent tries to get a red CI green by itself, from 0 to 3.
    #[schemars(extend("default" = 1))]
    fixes: Option<u32>,
    /// How many people have to allow a change of high risk, from 1 to 5.
    #[schemars(extend("default" = 1))]
    high_people: Option<u32>,
    /// How many minutes a request of a delivery waits before the delivery stops, from 1 to 10080.
    #[schemars(extend("default" = ASK_MINUTES))]
    ask_minutes: Option<u32>,
    /// How many seconds CI has to be unchanged before it counts as green, from 1 to 3600.
    #[schemars(extend("default" = CI_SETTLES_SECONDS))]
    ci_settles_seconds: Option<u32>,
    /// What a delivery can use before people are asked.
    budget: BudgetRule,
    /// The folder with the project's own rules in Rego, outside the repository.
    rules: Option<PathBuf>,
    /// What every delivery may do besides, such as `dependencies`.
    permits: Option<Vec<String>>,
    /// Only at the top: where the repositories are that deliveries are made in, a folder that only the gateway has. Default:
    /// `outgoing` in the state folder.
    folder: Option<PathBuf>,
    /// Only at the top: GitHub, or an Enterprise Server.
    github: Option<GithubRule>,
    /// Only at the top: how many seconds git may take for a fetch or a push, from 10 to 3600.
    #[schemars(extend("default" = GIT_TIMEOUT_SECONDS))]
    git_timeout_seconds: Option<u64>,
    /// Only at the top: the names and words that pull requests and branches have.
    names: NamesRule,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct ByRisk<T> {
    /// For changes of low risk.
    low: Option<T>,
    /// For changes of medium risk.
    medium: Option<T>,
    /// For changes of high risk.
    high: Option<T>,
}

impl<T> Default for ByRisk<T> {
    fn default() -> Self {
        Self { low: None, medium: None, high: None }
    }
}

impl<T: Copy> ByRisk<T> {
    fn each(&self) -> impl Iterator<Item = (Tier, T)> {
        let all = [(Tier::Low, self.low), (Tier::Medium, self.medium), (Tier::High, self.high)];
        all.into_iter().filter_map(|(tier, rule)| Some((tier, rule?)))
    }
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct BudgetRule {
    /// Minutes that the agent works for the delivery; 0 is no limit.
    #[schemars(extend("default" = WORK_MINUTES))]
    minutes: Option<u32>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GithubRule {
    /// The ID of the GitHub App. Its private key is in `GATEWAY_GITHUB_KEY`. Without an app a personal token is used:
    /// `GATEWAY_GITHUB_TOKEN`.
    app: Option<u64>,
    /// The API's address. Something else for an Enterprise Server, such as `https://github.example.com/api/v3`.
    #[serde(default = "github_api")]
    api_url: String,
    /// Where its repositories are.
    #[serde(default = "github_com")]
    url: String,
    /// A label for each pull request.
    label: Option<String>,
}

fn github_api() -> String {
    "https://api.github.com".to_owned()
}

fn github_com() -> String {
    "https://github.com".to_owned()
}

/// What a team can call its deliveries.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct NamesRule {
    /// `HB` in `HB-20261128-k3f9`: 1 to 8 capital letters and digits.
    #[schemars(extend("default" = "HB"))]
    id_prefix: Option<String>,
    /// In front of a branch's name, with a slash at its end.
    #[schemars(extend("default" = "hubble/"))]
    branch_prefix: Option<String>,
    /// What pull requests call the gateway.
    #[schemars(extend("default" = "hubble"))]
    name: Option<String>,
    /// What trailers of commits begin with.
    #[schemars(extend("default" = "Hubble"))]
    trailer: Option<String>,
    /// A line at the end of pull requests.
    motto: Option<String>,
}

impl NamesRule {
    fn preset(&self, faults: &mut Vec<String>) -> Preset {
        let usual = Preset::default();
        let or = |own: &Option<String>, usual: String| own.clone().unwrap_or(usual);
        let preset = Preset {
            id_prefix: or(&self.id_prefix, usual.id_prefix),
            branch_prefix: or(&self.branch_prefix, usual.branch_prefix),
            name: or(&self.name, usual.name),
            trailer: or(&self.trailer, usual.trailer),
            motto: or(&self.motto, usual.motto),
        };
        if let Err(fault) = preset.check() {
            faults.push(format!("delivery.names.{fault}"));
        }
        preset
    }
}

impl Delivery {
    fn project(&self, base: &ProjectDelivery, place: &str, faults: &mut Vec<String>) -> ProjectDelivery {
        let mut within = |key: &str, value: Option<u32>, usual: u32, from: u32, to: u32| match value {
            None => usual,
            Some(value) if (from..=to).contains(&value) => value,
            Some(_) => {
                faults.push(format!("{place}delivery.{key}: must be from {from} to {to}."));
                usual
            }
        };
        let fixes = within("fixes", self.fixes, base.fixes, 0, gateway_delivery::MAX_FIXES);
        let high_people = within("high_people", self.high_people, base.high_people, 1, 5);
        let minutes = u32::try_from(base.ask_timeout.as_mins()).unwrap_or(ASK_MINUTES);
        let ask = within("ask_minutes", self.ask_minutes, minutes, 1, 10_080);
        let settles = u32::try_from(base.ci_settles.as_secs()).unwrap_or(CI_SETTLES_SECONDS);
        let settles = within("ci_settles_seconds", self.ci_settles_seconds, settles, 1, 3_600);
        for (risk, rule) in [("medium", self.merging.medium), ("high", self.merging.high)] {
            if rule == Some(MergingRule::Forge) {
                faults.push(format!(
                    "{place}delivery.merging.{risk}: only changes of low risk are merged by the forge."
                ));
            }
        }
        if let Some(folder) = self.rules.as_ref().filter(|folder| !folder.is_dir()) {
            faults.push(format!("{place}delivery.rules: {} is not a folder.", folder.display()));
        }
        let mut tier_modes = base.tier_modes.clone();
        tier_modes.extend(self.modes.each().map(|(tier, rule)| (tier, mode(rule))));
        let mut merging = base.merging.clone();
        merging.extend(self.merging.each().map(|(tier, rule)| (tier, merging_of(rule))));
        ProjectDelivery {
            mode: self.mode.map_or(base.mode, mode),
            tier_modes,
            fixes,
            high_people,
            merging,
            ask_timeout: SignedDuration::from_mins(ask.into()),
            ci_settles: SignedDuration::from_secs(settles.into()),
            budget: self.budget(&base.budget),
            rules: self.rules.clone().or_else(|| base.rules.clone()),
            permits: self.permits.clone().unwrap_or_else(|| base.permits.clone()),
        }
    }

    fn budget(&self, base: &Limits) -> Limits {
        let seconds = self.budget.minutes.map_or(base.seconds, |minutes| u64::from(minutes) * 60);
        Limits { seconds, ..*base }
    }

    fn says_more_than_a_project_can(&self) -> bool {
        let NamesRule { id_prefix, branch_prefix, name, trailer, motto } = &self.names;
        let names = [id_prefix, branch_prefix, name, trailer, motto].into_iter().any(Option::is_some);
        self.folder.is_some() || self.github.is_some() || self.git_timeout_seconds.is_some() || names
    }
}

fn mode(rule: ModeRule) -> Mode {
    match rule {
        ModeRule::Off => Mode::Off,
        ModeRule::Shadow => Mode::Shadow,
        ModeRule::Draft => Mode::Draft,
        ModeRule::Full => Mode::Full,
    }
}

fn merging_of(rule: MergingRule) -> Merging {
    match rule {
        MergingRule::People => Merging::People,
        MergingRule::Forge => Merging::Forge,
    }
}

pub(super) fn read(
    file: &File,
    variables: &Variables<'_>,
    state: &Path,
    workspaces: &workspace::Config,
    faults: &mut Vec<String>,
) -> DeliveryConfig {
    let top = file.rules.delivery.clone().unwrap_or_default();
    let standard = top.project(&ProjectDelivery::default(), "", faults);
    let mut projects = HashMap::new();
    for (name, Rules { delivery, .. }) in &file.projects {
        let Some(delivery) = delivery else { continue };
        let below = format!("projects.{name}.");
        if delivery.says_more_than_a_project_can() {
            faults.push(format!(
                "{below}delivery: folder, github, git_timeout_seconds and names stand at the top only."
            ));
        }
        projects.insert(name.clone(), delivery.project(&standard, &below, faults));
    }
    let git_timeout_seconds = match top.git_timeout_seconds.unwrap_or(GIT_TIMEOUT_SECONDS) {
        seconds @ 10..=3_600 => seconds,
        _ => {
            faults.push("delivery.git_timeout_seconds: must be from 10 to 3600.".to_owned());
            GIT_TIMEOUT_SECONDS
        }
    };
    let whole = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
    let config = DeliveryConfig {
        folder: whole(top.folder.clone().unwrap_or_else(|| state.join("outgoing"))),
        workspaces: whole(workspaces.folder.clone()),
        preset: top.names.preset(faults),
        standard,
        projects,
        git_timeout_seconds,
        github: top.github.as_ref().and_then(|github| github.read(variables, faults)),
    };
    if !config.is_off() && config.github.is_none() {
        faults.push("delivery.github: missing; deliveries need the forge that they go to.".to_owned());
    }
    config
}

impl GithubRule {
    fn read(&self, variables: &Variables<'_>, faults: &mut Vec<String>) -> Option<GithubSettings> {
        let before = faults.len();
        let key = given_secret(variables, KEY, faults);
        let token = given_secret(variables, TOKEN, faults);
        let sign_in = match (self.app, key, token) {
            (Some(app), Some(pem), _) => Some(GithubSignIn::App { app, pem: pem.into() }),
            (Some(_), None, _) => {
                faults.push(format!(
                    "{KEY}: missing; `delivery.github.app` needs the app's private key in it, or in {KEY}_FILE."
                ));
                None
            }
            (None, _, Some(token)) => Some(GithubSignIn::Personal(token.into())),
            (None, _, None) => {
                faults.push(format!("delivery.github.app: missing; without an app {TOKEN} is needed."));
                None
            }
        };
        let url = self.url.trim_end_matches('/').to_owned();
        if let Err(fault) = gateway_outgoing::Remote::new(&format!("{url}/owner/name.git")) {
            faults.push(format!("delivery.github.url: {url:?} can't be used. {fault}"));
        }
        if let Err(fault) = gateway_forge::ApiAddress::new(&self.api_url) {
            faults.push(format!("delivery.github.api_url: {fault}"));
        }
        let sign_in = sign_in?;
        (faults.len() == before).then(|| GithubSettings {
            sign_in,
            api_url: self.api_url.clone(),
            url,
            label: self.label.clone(),
            webhook_secret: given_secret(variables, WEBHOOK_SECRET, faults).map(Into::into),
        })
    }
}
