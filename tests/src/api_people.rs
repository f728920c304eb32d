//! Stand for people who answer asks over HTTP and insist. None of them takes a connection that died for an answer: they look
//! at the card, and answer again if it is still open. They have no browser, and read nothing but cards.

use crate::gateway::known;
use crate::wait;
use reqwest::Client;
use serde_json::Value;
use std::sync::atomic::{AtomicBool, Ordering};

pub struct ApiPerson {
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

impl ApiPerson {
    pub fn new(name: &str, url: &str) -> Self {
        Self { name: name.to_owned(), url: url.to_owned(), http: known() }
    }

    /// Who this person is in records.
    pub fn id(&self) -> String {
        format!("api:{}", self.name)
    }

    /// Answers until it is known what became of it.
    pub async fn insist(&self, ask: &str, answer: &Value) -> anyhow::Result<Heard> {
        let in_doubt = AtomicBool::new(false);
        let what = format!("what {}'s answer to {ask} came to", self.name);
        wait::until(what, || self.try_once(ask, answer, &in_doubt)).await
    }

    /// While nobody knows what an earlier try came to, the card is looked at first.
    async fn try_once(&self, ask: &str, answer: &Value, in_doubt: &AtomicBool) -> Option<Heard> {
        if in_doubt.load(Ordering::Relaxed) && !is_open(&self.card(ask).await?) {
            return Some(Heard::SeenOnCard);
        }
        match self.answer(ask, answer).await {
            Attempt::Taken => Some(Heard::Confirmed),
            Attempt::Refused(why) => Some(Heard::TooLate(why)),
            Attempt::NoWord => {
                in_doubt.store(true, Ordering::Relaxed);
                None
            }
        }
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

    /// The card, if the gateway is there and has it.
    pub async fn card(&self, ask: &str) -> Option<Value> {
        let request = self.http.get(format!("{}/api/v1/asks/{ask}", self.url));
        let response = request.send().await.ok().filter(|response| response.status().is_success())?;
        response.json().await.ok()
    }
}

fn is_open(card: &Value) -> bool {
    card["state"] == "open" || card["state"] == "suspended"
}
