//! Labs, for people: deploy, look, clean up.

use super::{Desk, Refusal};
use gateway_domain::{LabCard, LabWish, Person, PersonInput, Verdict};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

/// A lab with what people want to know before they remove it.
#[derive(JsonSchema, Clone, Debug, Serialize)]
pub struct LabOverview {
    pub session: String,
    /// The session's title, or its id.
    pub title: String,
    /// Who wanted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    pub attempt: String,
    /// How it stands, in a word: `Ready`, `Failed`.
    pub word: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// On disk.
    pub bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
}

impl Desk {
    /// The session's work is to run in its lab. A second click is the same deploy.
    pub async fn deploy(&self, session: &str, by: Person) -> Result<Verdict, Refusal> {
        self.known(session).await?;
        self.tell(session, PersonInput::Lab { by, wanted: LabWish::Deploy }).await
    }

    /// What somebody else changed of the session's lab is overwritten, this once.
    pub async fn take_over_lab(&self, session: &str, by: Person) -> Result<Verdict, Refusal> {
        self.known(session).await?;
        self.tell(session, PersonInput::Lab { by, wanted: LabWish::TakeOver }).await
    }

    /// The session's lab is to go. Nothing else is ever deleted.
    pub async fn clean_lab(&self, session: &str, by: Person) -> Result<Verdict, Refusal> {
        self.known(session).await?;
        self.tell(session, PersonInput::Lab { by, wanted: LabWish::Clean }).await
    }

    /// How the session's lab stands; none when it has none.
    pub fn lab(&self, session: &str) -> Result<Option<LabCard>, Refusal> {
        let card = self.threads.card_of(session);
        let known = || self.live.get(session).is_some();
        match card {
            Some(card) => Ok(card.lab.clone()),
            None if known() => Ok(None),
            None => Err(Refusal::UnknownSession(session.to_owned())),
        }
    }

    /// The last lines that the session's lab wrote.
    pub async fn lab_log(&self, session: &str) -> Result<Option<String>, Refusal> {
        let Some(lab) = self.lab(session)? else { return Ok(None) };
        Ok(self.session_tasks.labs().log(&lab.attempt).await)
    }

    /// By the gateway's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// All labs of all sessions, newest first.
    pub async fn labs(&self) -> Vec<LabOverview> {
        let on_disk = self.session_tasks.labs().list().await;
        let cards = self.threads.cards();
        let with_lab = cards.iter().filter_map(|card| Some((card, card.lab.as_ref()?)));
        let overview = with_lab.map(|(card, lab)| {
            let view = on_disk.iter().find(|view| view.attempt == lab.attempt);
            LabOverview {
                session: card.session.clone(),
                title: card.title().to_owned(),
                owner: Some(lab.by.clone()),
                attempt: lab.attempt.clone(),
                word: lab.word.clone(),
                url: lab.url.clone(),
                bytes: view.map_or(0, |view| view.bytes),
                made_at: view.and_then(|view| view.made_at).or(Some(lab.wanted_at)),
                ends_at: lab.ends_at,
            }
        });
        let mut all: Vec<LabOverview> = overview.collect();
        all.sort_by_key(|lab| std::cmp::Reverse(lab.made_at));
        all
    }
}
