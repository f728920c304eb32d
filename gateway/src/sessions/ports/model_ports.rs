//! Models: which can be used right now.

use bridge_protocol::OfferedModel;
use futures_util::future::BoxFuture;
use gateway_domain::{ModelChoice, ModelEntry};
use schemars::JsonSchema;
use serde::Serialize;

pub trait ModelHealth: Send + Sync + 'static {
    fn state<'a>(&'a self, choice: &'a ModelChoice) -> BoxFuture<'a, ModelState>;

    /// The models of the configuration, each with its state.
    fn all(&self) -> BoxFuture<'_, Vec<ModelView>>;

    /// The same with the states of the last look, however old.
    fn as_known(&self) -> Vec<ModelView>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelState {
    Available,
    /// It has no health address; it is taken to be there.
    Unchecked,
    Down {
        why: String,
    },
    /// The configuration does not name it; OpenCode may know it.
    Unknown,
}

/// A model as people see it.
#[derive(JsonSchema, Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ModelView {
    pub provider: String,
    pub model: String,
    pub purpose: String,
    pub cost: String,
    pub state: ModelStanding,
    /// Why it is down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

#[derive(JsonSchema, Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelStanding {
    Available,
    /// It has no health address; it is taken to be there.
    Unchecked,
    Down,
}

impl ModelView {
    pub fn of(entry: &ModelEntry, state: ModelState) -> Self {
        let ModelEntry { provider, model, purpose, cost, health: _ } = entry.clone();
        let (state, why) = match state {
            ModelState::Available => (ModelStanding::Available, None),
            ModelState::Unchecked | ModelState::Unknown => (ModelStanding::Unchecked, None),
            ModelState::Down { why } => (ModelStanding::Down, Some(why)),
        };
        Self { provider, model, purpose, cost, state, why }
    }

    /// One that only OpenCode knows.
    pub fn offered(OfferedModel { provider, model, name }: &OfferedModel) -> Self {
        let (provider, model, purpose) = (provider.clone(), model.clone(), name.clone());
        Self { provider, model, purpose, cost: String::new(), state: ModelStanding::Unchecked, why: None }
    }

    pub fn is_usable(&self) -> bool {
        self.state != ModelStanding::Down
    }

    pub fn choice(&self) -> ModelChoice {
        ModelChoice { provider: self.provider.clone(), model: self.model.clone() }
    }
}
