//! The agent and the model of a session, changed on request and never silently.

use super::{Desk, Refusal};
use gateway_domain::{Choice, ModelChoice, Person, PersonInput, Verdict};

/// Longest name of an agent or a model.
const MAX_NAME: usize = 120;

impl Desk {
    /// From the next message on; the thread says so.
    pub async fn choose(&self, session: &str, by: Person, choice: Choice) -> Result<Verdict, Refusal> {
        if !is_named(&choice) {
            return Err(Refusal::Invalid(format!(
                "The name of an agent or a model must have 1 to {MAX_NAME} characters."
            )));
        }
        self.known(session).await?;
        let (pod, about) =
            self.described(session).ok_or_else(|| Refusal::UnknownSession(session.to_owned()))?;
        if let Some(model) = &choice.model {
            self.usable_at(model, Some(&pod), Some(&about.directory)).await?;
        }
        if let Some(agent) = &choice.agent {
            self.has_agent_at(agent, Some(&pod), Some(&about.directory)).await?;
        }
        self.tell(session, PersonInput::Chosen { by, choice }).await
    }

    /// Refuses a model that is down, or that OpenCode does not have, with those that can be used.
    pub async fn usable(&self, model: &ModelChoice) -> Result<(), Refusal> {
        self.usable_at(model, None, None).await
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
