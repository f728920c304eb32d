//! Agents and models to choose from, and suggestions: only what OpenCode reports and what is up (B2).

use super::{Desk, Refusal};
use crate::sessions::offers::{Offered, Where};
use crate::sessions::ports::{ModelStanding, ModelState, ModelView};
use futures_util::future::join_all;
use gateway_domain::{ModelChoice, ModelHint, Suggestion};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// Models that a refusal names in place of the one that cannot be used.
const NAMED: usize = 5;

/// A task, as far as it is told, and where it is to be worked on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Task<'a> {
    pub project: Option<&'a str>,
    pub title: &'a str,
    pub description: &'a str,
    /// The pod, if one was chosen.
    pub pod: Option<&'a str>,
    pub directory: Option<&'a str>,
}

/// What a session can be started with, or go on with.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Choices {
    /// False when no pod tells; then only models that are known to be up are here.
    pub known: bool,
    /// Those of the configuration first.
    pub models: Vec<ModelView>,
    pub agents: Vec<AgentView>,
}

#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct AgentView {
    pub name: String,
    pub description: String,
}

impl Desk {
    /// Models and agents that can be used there.
    pub async fn choices(&self, pod: Option<&str>, directory: Option<&str>) -> Choices {
        let offered = self.offered(pod, directory).await;
        let configured = self.models.all().await;
        let Some(offered) = offered else {
            let up = |view: &ModelView| view.state == ModelStanding::Available;
            return Choices {
                known: false,
                models: configured.into_iter().filter(up).collect(),
                agents: vec![],
            };
        };
        let agents = offered.agents.iter();
        let agents =
            agents.map(|one| AgentView { name: one.name.clone(), description: one.description.clone() });
        Choices { known: true, agents: agents.collect(), models: merged(&configured, &offered) }
    }

    /// Which agent and model suit a task. A model that nobody has is not among it, nor is an agent that OpenCode does not
    /// know. One that is down is: whoever shows it says so and offers others (decision 0027).
    pub async fn suggest(&self, task: Task<'_>) -> Option<Suggestion> {
        self.offered(task.pod, task.directory).await;
        self.models.all().await;
        self.suggest_as_known(task)
    }

    /// The same with nothing in it that cannot be used right now.
    pub async fn suggest_usable(&self, task: Task<'_>) -> Option<Suggestion> {
        let mut suggestion = self.suggest(task).await?;
        let known = self.models.as_known();
        let is_down = |hint: &ModelHint| {
            let down = known.iter().filter(|view| !view.is_usable());
            down.map(ModelView::choice).any(|down| down.provider == hint.provider && down.model == hint.model)
        };
        suggestion.model = suggestion.model.filter(|hint| !is_down(hint));
        Some(suggestion)
    }

    /// The same by what was told last; nothing is asked.
    pub fn suggest_as_known(&self, task: Task<'_>) -> Option<Suggestion> {
        let mut suggestion = self.projects.suggest(task.project, task.title, task.description)?;
        let offered = self.offers.as_known(&self.wheres(task.pod, task.directory));
        if offered.as_ref().is_some_and(|offered| !offered.has_agent(&suggestion.agent)) {
            return None;
        }
        suggestion.model = suggestion.model.filter(|hint| {
            let model = ModelChoice { provider: hint.provider.clone(), model: hint.model.clone() };
            self.may_be_suggested(&model, offered.as_ref())
        });
        Some(suggestion)
    }

    fn may_be_suggested(&self, model: &ModelChoice, offered: Option<&Offered>) -> bool {
        let state = self.models.as_known().into_iter().find(|view| view.choice() == *model);
        match state.map(|view| view.state) {
            Some(ModelStanding::Available | ModelStanding::Down) => {
                offered.is_none_or(|offered| offered.has_model(model))
            }
            // Nobody knows that it is up, so OpenCode must know it.
            Some(ModelStanding::Unchecked) | None => offered.is_some_and(|offered| offered.has_model(model)),
        }
    }

    /// Refuses a model that is down, or that OpenCode does not have in that directory, with those that can be used.
    pub async fn usable_at(
        &self,
        model: &ModelChoice,
        pod: Option<&str>,
        directory: Option<&str>,
    ) -> Result<(), Refusal> {
        if let ModelState::Down { why } = self.models.state(model).await {
            return Err(self.model_down(model, why, pod, directory).await);
        }
        // A directory that is not open may have providers of its own.
        if self.open(directory).is_none() {
            return Ok(());
        }
        match self.offered(pod, directory).await {
            Some(offered) if !offered.has_model(model) => {
                Err(self.model_down(model, "OpenCode doesn't offer it".to_owned(), pod, directory).await)
            }
            _ => Ok(()),
        }
    }

    /// Refuses an agent that OpenCode does not have in that directory, with those that it has.
    pub(super) async fn has_agent_at(
        &self,
        agent: &str,
        pod: Option<&str>,
        directory: Option<&str>,
    ) -> Result<(), Refusal> {
        // A directory that is not open may have agents of its own.
        if self.open(directory).is_none() {
            return Ok(());
        }
        match self.offered(pod, directory).await {
            Some(offered) if !offered.agents.is_empty() && !offered.has_agent(agent) => {
                let all: Vec<_> = offered.agents.iter().map(|one| one.name.as_str()).collect();
                let told = format!("There is no agent {agent:?}. Choose one of these: {}.", all.join(", "));
                Err(Refusal::NoSuch(told))
            }
            _ => Ok(()),
        }
    }

    /// Whether it is known that the model can be used right now.
    pub async fn is_up(&self, model: &ModelChoice) -> bool {
        self.models.state(model).await == ModelState::Available
    }

    async fn model_down(
        &self,
        model: &ModelChoice,
        why: String,
        pod: Option<&str>,
        directory: Option<&str>,
    ) -> Refusal {
        let choices = self.choices(pod, directory).await.models;
        let usable = choices.iter().filter(|view| view.is_usable() && view.choice() != *model);
        let configured = self.models.as_known();
        // Whoever configured models wants them taken; only without any is anything else named.
        let (own, others): (Vec<_>, Vec<_>) = usable
            .map(ModelView::choice)
            .partition(|one| configured.iter().any(|view| view.choice() == *one));
        let others = if own.is_empty() { others.into_iter().take(NAMED).collect() } else { own };
        Refusal::ModelDown { model: model.clone(), why, others }
    }

    /// The models of the configuration that OpenCode has, each with its state.
    pub async fn models(&self) -> Vec<ModelView> {
        self.offered(None, None).await;
        let all = self.models.all().await;
        self.those_that_are_offered(all)
    }

    /// The same as they were when somebody last looked; nothing is asked.
    pub fn models_as_known(&self) -> Vec<ModelView> {
        self.those_that_are_offered(self.models.as_known())
    }

    fn those_that_are_offered(&self, mut all: Vec<ModelView>) -> Vec<ModelView> {
        if let Some(offered) = self.offers.as_known(&self.wheres(None, None)) {
            all.retain(|view| offered.has_model(&view.choice()));
        }
        all
    }

    /// None when no pod tells.
    pub(super) async fn offered(&self, pod: Option<&str>, directory: Option<&str>) -> Option<Offered> {
        let all = self.wheres(pod, directory);
        join_all(all.iter().map(|of| self.ask_for(of))).await;
        self.offers.as_known(&all)
    }

    async fn ask_for(&self, of: &Where) {
        if self.offers.fresh(of, self.clock.now()).is_some() {
            return;
        }
        let (pod, directory) = of;
        let told = self.pods.choices(pod, directory.as_deref()).await;
        if let Err(error) = &told {
            tracing::info!(
                pod,
                error = gateway_domain::one_line(&error.to_string()),
                "list of models and agents not available from the pod"
            );
        }
        self.offers.note(of.clone(), self.clock.now(), told.ok().map(Arc::new));
    }

    fn wheres(&self, pod: Option<&str>, directory: Option<&str>) -> Vec<Where> {
        let pods = pod.map_or_else(|| self.pods.connected(), |pod| vec![pod.to_owned()]);
        // Of several pods only one has it, and the others would open it.
        let directory = self.open(directory).filter(|_| pods.len() == 1);
        pods.into_iter().map(|pod| (pod, directory.clone())).collect()
    }

    /// Only a directory that OpenCode has open is asked about: looking must not make it load another one.
    fn open(&self, directory: Option<&str>) -> Option<String> {
        let directory = directory?;
        self.pods.open_directories().into_iter().find(|open| open == directory)
    }
}

/// Those of the configuration that OpenCode has, with what is known of them, then the others.
fn merged(configured: &[ModelView], offered: &Offered) -> Vec<ModelView> {
    let known = configured.iter().filter(|view| offered.has_model(&view.choice())).cloned();
    let others = offered.models.iter().filter(|one| {
        !configured.iter().any(|view| view.provider == one.provider && view.model == one.model)
    });
    known.chain(others.map(ModelView::offered)).collect()
}
