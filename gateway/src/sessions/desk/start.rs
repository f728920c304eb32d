//! Starting a session: limits, the pod, OpenCode's session under a key that never makes two, the first message.

use super::{Desk, Refusal};
use crate::sessions::ports::NewSession;
use crate::sessions::{Attachments, about};
use bridge_protocol::{HoldMode, ModelRef};
use gateway_domain::{About, ModelChoice, Person, Place, Priority, Said, Sort};
use std::sync::Arc;

/// Longest title OpenCode's lists show in one line with some room.
const MAX_TITLE: usize = 200;

/// Longest category; it is one or two words.
const MAX_CATEGORY: usize = 40;

/// What a person wants to start.
#[derive(Clone)]
pub struct Start {
    pub by: Person,
    pub directory: String,
    pub title: String,
    /// The sender's own word for this start, of letters and digits: the same one never starts two sessions.
    pub key: String,
    pub project: Option<String>,
    /// The pod to work in; with just one connected it need not be named.
    pub pod: Option<String>,
    pub agent: Option<String>,
    pub model: Option<ModelRef>,
    pub hold: HoldMode,
    /// What kind of work it is, in the team's own word.
    pub category: Option<String>,
    pub priority: Option<Priority>,
    /// The first message.
    pub prompt: Option<String>,
    /// The files of the first message.
    pub files: Attachments,
    /// Where its thread is.
    pub place: Option<Place>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    pub session: String,
    /// False when the same was started before.
    pub new: bool,
}

impl Desk {
    /// Makes the session. Whoever is killed in the middle and asks again with the same key gets the one that was
    /// made, and its first message is written once.
    pub async fn start(&self, mut wanted: Start) -> Result<Started, Refusal> {
        wanted.title = checked_title(&wanted.title)?;
        wanted.category = wanted.category.map(checked_category).transpose()?;
        let started = match self.started_before(&wanted.key) {
            Some(session) => Started { session, new: false },
            None => Started { session: self.make(&wanted).await?, new: true },
        };
        if wanted.prompt.is_some() || !wanted.files.is_empty() {
            let text = wanted.prompt.unwrap_or_default();
            let model = wanted.model.map(|ModelRef { provider, model }| ModelChoice { provider, model });
            let (message_id, agent) = (format!("msg_gw{}", wanted.key), wanted.agent);
            let said = Said { message_id, by: wanted.by, text, files: vec![], agent, model };
            self.say_with(&started.session, said, wanted.files).await?;
        }
        Ok(started)
    }

    /// The session that was started for the same.
    pub fn started_before(&self, key: &str) -> Option<String> {
        let cards = self.threads.cards();
        let same = cards.iter().find(|card| card.about.start_key.as_deref() == Some(key))?;
        Some(same.session.clone())
    }

    /// Whether one more may run, for that project and person.
    pub fn may_start(&self, project: Option<&str>, by: &Person) -> Result<(), Refusal> {
        let running: Vec<_> = self.threads.cards().iter().map(|card| (**card).clone()).collect();
        self.limits.check(&running, project, &by.id).map_err(Refusal::Limit)
    }

    async fn make(&self, wanted: &Start) -> Result<String, Refusal> {
        self.may_start(wanted.project.as_deref(), &wanted.by)?;
        let pod = self.choose_pod(wanted.pod.clone())?;
        let request_id = format!("req_start_{}", wanted.key);
        let Start { directory, title, agent, model, .. } = wanted;
        let (directory, title, agent, model) =
            (directory.clone(), title.clone(), agent.clone(), model.clone());
        let new = NewSession { directory, title, agent, model, hold: wanted.hold };
        let session = self.pods.create(&pod, request_id, new).await?;
        let pod: Arc<str> = pod.into();
        self.board.made(&pod, &session);
        let about = About {
            sort: Sort::Work,
            project: wanted.project.clone(),
            owner: Some(wanted.by.clone()),
            started_at: Some(self.clock.now()),
            start_key: Some(wanted.key.clone()),
            place: wanted.place.clone(),
            category: wanted.category.clone(),
            priority: wanted.priority,
            ..about(&session)
        };
        self.cores.register(&pod, &session.id, about).await;
        Ok(session.id)
    }

    fn choose_pod(&self, wanted: Option<String>) -> Result<String, Refusal> {
        if let Some(pod) = wanted {
            return Ok(pod);
        }
        let mut connected = self.pods.connected();
        match connected.len() {
            1 => Ok(connected.remove(0)),
            0 => Err(Refusal::NoPod),
            _ => Err(Refusal::WhichPod(connected)),
        }
    }
}

fn checked_category(category: String) -> Result<String, Refusal> {
    let category = category.trim();
    if category.is_empty()
        || category.chars().count() > MAX_CATEGORY
        || category.chars().any(char::is_control)
    {
        return Err(Refusal::Invalid(format!("A category has 1 to {MAX_CATEGORY} characters in one line.")));
    }
    Ok(category.to_owned())
}

/// A title as OpenCode's lists can show it.
pub(crate) fn checked_title(title: &str) -> Result<String, Refusal> {
    let title = title.trim();
    if title.is_empty() || title.chars().count() > MAX_TITLE || title.chars().any(char::is_control) {
        return Err(Refusal::Invalid(format!("A title has 1 to {MAX_TITLE} characters in one line.")));
    }
    Ok(title.to_owned())
}
