//! What a person wants of OpenCode itself, without a session's task: pods, old messages, a title, held writes.

use super::start::checked_title;
use super::{Desk, PATIENCE, Refusal};
use crate::sessions::ports::{MessagePage, PodStatus};
use bridge_protocol::HoldMode;
use gateway_domain::{Person, PersonInput, Proven, Verdict};
use std::collections::HashMap;

impl Desk {
    /// All pods that are known, each with the sessions that are shown of it.
    pub fn pods(&self) -> Vec<PodStatus> {
        // What a pod said in its hello is of then; sessions come and go since.
        let mut shown: HashMap<String, usize> = HashMap::new();
        for session in self.live.list() {
            *shown.entry(session.pod).or_default() += 1;
        }
        let mut pods = self.pods.status();
        for pod in &mut pods {
            pod.sessions = shown.get(&pod.pod).copied().unwrap_or_default();
        }
        pods
    }

    /// Whether there is a pod of that name, connected or away.
    pub fn knows_pod(&self, name: &str) -> bool {
        self.pods.status().iter().any(|pod| pod.pod == name)
    }

    /// Whether work can begin anywhere.
    pub fn is_connected(&self) -> bool {
        !self.pods.connected().is_empty()
    }

    /// Messages as OpenCode has them, the newest if no `before` is given.
    pub async fn messages(
        &self,
        session: &str,
        limit: u32,
        before: Option<String>,
    ) -> Result<MessagePage, Refusal> {
        Ok(self.pods.message_page(session, limit, before).await?)
    }

    /// Gives the session another title; OpenCode tells everybody of it.
    pub async fn rename(&self, session: &str, title: &str, by: &Person) -> Result<(), Refusal> {
        let title = checked_title(title)?;
        self.known(session).await?;
        self.note_act(by, "renamed", session, &title).await?;
        Ok(self.pods.rename(session, title).await?)
    }

    /// The session lives in that pod from now on, with those of its sub-agents, whatever became of the one it lived in.
    pub async fn hand_over(&self, session: &str, pod: &str, by: Person) -> Result<(), Refusal> {
        self.known(session).await?;
        self.pods.hand_over(self.live.family(session), pod, by).await?;
        let moved = self.threads.shown_as(session, |card| card.pod == pod);
        tokio::time::timeout(PATIENCE, moved).await.map_err(|_| Refusal::NotStored)
    }

    /// Whether each write of the session waits for a person. The session decides, then the plugin is told.
    pub async fn hold(
        &self,
        session: &str,
        by: Person,
        proven: Proven,
        hold: HoldMode,
    ) -> Result<Verdict, Refusal> {
        self.known(session).await?;
        let wanted = hold != HoldMode::None;
        let verdict = self.tell(session, PersonInput::HoldsWrites { by, proven, wanted }).await?;
        if verdict == Verdict::Done {
            self.pods.hold(session, hold).await?;
        }
        Ok(verdict)
    }
}
