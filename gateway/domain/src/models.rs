//! The agent and the model of a session: what people choose, and what there is to choose from.

use serde::{Deserialize, Serialize};

/// What every message of a session is sent with from now on, unless the message says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Choice {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelChoice>,
}

impl Choice {
    /// Whether all that the other one names is chosen already.
    pub(crate) fn has(&self, other: &Self) -> bool {
        let agent = other.agent.is_none() || self.agent == other.agent;
        let model = other.model.is_none() || self.model == other.model;
        agent && model
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ModelChoice {
    pub provider: String,
    pub model: String,
}

/// A model of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ModelEntry {
    /// The provider, as OpenCode names it.
    pub provider: String,
    /// The model, as OpenCode names it.
    pub model: String,
    /// What it is good for.
    #[serde(default)]
    pub purpose: String,
    /// What it costs, as the team puts it.
    #[serde(default)]
    pub cost: String,
    /// Address for a health check with GET. Without one the model counts as available.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<String>,
}

impl ModelChoice {
    /// Of what people write: `provider/model`, in one word.
    pub fn parse(text: &str) -> Option<Self> {
        let (provider, model) = text.split_once('/')?;
        let fits = !provider.is_empty() && !model.is_empty() && !text.contains(char::is_whitespace);
        fits.then(|| Self { provider: provider.to_owned(), model: model.to_owned() })
    }

    /// As people write it.
    pub fn label(&self) -> String {
        format!("{}/{}", self.provider, self.model)
    }
}

impl ModelEntry {
    pub fn is(&self, choice: &ModelChoice) -> bool {
        self.provider == choice.provider && self.model == choice.model
    }
}
