//! People who answer asks over HTTP. Nobody takes a connection that died for an answer: they look at the card,
//! and answer again if it is still open.

use crate::gateway::known;
use reqwest::Client;
use serde_json::Value;
use std::time::{Duration, Instant};

/// Pause between two looks at a card.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Longest time that somebody spends on one ask.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Person {
    pub name: String,
    url: String,
    http: Client,
}

/// What became of somebody's answer, as far as that person knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The gateway said that it took the answer.
    Confirmed,
    /// The gateway said that somebody else was first, or that nobody waits any more.
    TooLate(String),
    /// No word came, and the card says that it is answered.
    SeenOnCard,
}

/// One attempt.
enum Attempt {
    Taken,
    Refused(String),
    /// The connection died: nobody knows.
    NoWord,
}

impl Person {
    pub fn new(name: &str, url: &str) -> Self {
        Self { name: name.to_owned(), url: url.to_owned(), http: known() }
    }

    /// Who this person is in records.
    pub fn id(&self) -> String {
        format!("api:{}", self.name)
    }

    /// Answers until it is known what became of it.
    pub async fn insist(&self, ask: &str, answer: &Value) -> anyhow::Result<Heard> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            match self.answer(ask, answer).await {
                Attempt::Taken => return Ok(Heard::Confirmed),
                Attempt::Refused(why) => return Ok(Heard::TooLate(why)),
                Attempt::NoWord => {}
            }
            if !self.still_open(ask, deadline).await? {
                return Ok(Heard::SeenOnCard);
            }
        }
        anyhow::bail!("{} got no answer about {ask} in {PATIENCE:?}", self.name)
    }

    async fn answer(&self, ask: &str, answer: &Value) -> Attempt {
        let url = format!("{}/api/v1/asks/{ask}/answer", self.url);
        let request = self.http.post(url).header("x-gateway-person", &self.name).json(answer);
        let Ok(response) = request.send().await else { return Attempt::NoWord };
        let status = response.status();
        match response.text().await {
            Ok(_) if status.is_success() => Attempt::Taken,
            Ok(text) if status.is_client_error() => Attempt::Refused(format!("{status}: {text}")),
            // The gateway could not store it in time, and said so; or it died under its own words.
            _ => Attempt::NoWord,
        }
    }

    async fn still_open(&self, ask: &str, deadline: Instant) -> anyhow::Result<bool> {
        while Instant::now() < deadline {
            if let Some(card) = self.card(ask).await {
                return Ok(card["state"] == "open" || card["state"] == "suspended");
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        anyhow::bail!("{} could not look at {ask} for {PATIENCE:?}", self.name)
    }

    /// The card, if the gateway is there and has it.
    pub async fn card(&self, ask: &str) -> Option<Value> {
        let request = self.http.get(format!("{}/api/v1/asks/{ask}", self.url));
        let response = request.send().await.ok().filter(|response| response.status().is_success())?;
        response.json().await.ok()
    }
}
