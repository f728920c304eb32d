//! The agent and the model of a session, changed on request and never silently.

use super::{Desk, Refusal};
use crate::sessions::models::{ModelState, ModelView};
use gateway_domain::{Choice, Input, ModelChoice, Person, Verdict};

/// Longest name of an agent or a model.
const MAX_NAME: usize = 120;

impl Desk {
    /// From the next message on; the thread says so.
    pub async fn choose(&self, session: &str, by: Person, choice: Choice) -> Result<Verdict, Refusal> {
        if !is_named(&choice) {
            return Err(Refusal::Invalid(format!(
                "An agent or a model has a name of 1 to {MAX_NAME} characters."
            )));
        }
        if let Some(model) = &choice.model {
            self.usable(model).await?;
        }
        self.known(session).await?;
        self.tell(session, Input::Chosen { by, choice }).await
    }

    /// The models of the configuration, each with its state.
    pub async fn models(&self) -> Vec<ModelView> {
        self.models.all().await
    }

    /// The same as they were when somebody last looked; nothing is asked.
    pub fn models_as_known(&self) -> Vec<ModelView> {
        self.models.as_known()
    }

    /// Refuses a model that is down, with those that are not.
    pub async fn usable(&self, model: &ModelChoice) -> Result<(), Refusal> {
        let ModelState::Down { why } = self.models.state(model).await else { return Ok(()) };
        let all = self.models.all().await;
        let others = all.iter().filter(|view| view.is_usable()).map(ModelView::choice).collect();
        Err(Refusal::ModelDown { model: model.clone(), why, others })
    }
}

/// Something is chosen, and all of it can be shown in a line.
fn is_named(Choice { agent, model }: &Choice) -> bool {
    let of_model = model.iter().flat_map(|model| [&model.provider, &model.model]);
    let names: Vec<_> = agent.iter().chain(of_model).collect();
    !names.is_empty() && names.into_iter().all(|name| is_name(name))
}

fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.chars().count() <= MAX_NAME && !name.chars().any(char::is_control)
}
