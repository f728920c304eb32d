//! The models of the configuration and whether each can be used right now.

use crate::clock::Clock;
use crate::sessions::ports::{ModelHealth, ModelState, ModelView};
use dashmap::DashMap;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use gateway_domain::{ModelChoice, ModelEntry, mask};
use jiff::{SignedDuration, Timestamp};
use reqwest::Client;
use std::sync::Arc;
use std::time::Duration;

/// How long an answer counts: a form and the start that follows ask once.
const FRESH: SignedDuration = SignedDuration::from_secs(15);

/// A model that does not say within this time that it is there keeps people waiting later on too.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Clone, Debug, Default)]
pub struct Config {
    pub entries: Vec<ModelEntry>,
}

impl Config {
    /// The models that the standard rules suggest.
    pub fn standard() -> Vec<ModelEntry> {
        let entry = |provider: &str, model: &str, purpose: &str, cost: &str| ModelEntry {
            provider: provider.to_owned(),
            model: model.to_owned(),
            purpose: purpose.to_owned(),
            cost: cost.to_owned(),
            health: None,
        };
        vec![
            entry(
                "anthropic",
                "claude-sonnet-4-5",
                "design, planning, long texts",
                "per token, Anthropic API",
            ),
            entry("local", "qwen2.5-coder:32b", "writing code", "none, runs on our own hardware"),
        ]
    }
}

pub struct Models {
    entries: Vec<ModelEntry>,
    http: Client,
    clock: Arc<dyn Clock>,
    known: DashMap<String, (Timestamp, ModelState)>,
}

impl Models {
    pub fn new(config: Config, clock: Arc<dyn Clock>) -> Self {
        Self { entries: config.entries, http: Client::new(), clock, known: DashMap::new() }
    }

    async fn look(&self, entry: &ModelEntry) -> ModelState {
        let Some(address) = &entry.health else { return ModelState::Unchecked };
        let now = self.clock.now();
        let fresh = |(at, _): &(Timestamp, ModelState)| now.duration_since(*at).abs() < FRESH;
        if let Some(known) = self.known.get(address).map(|known| known.clone()).filter(fresh) {
            return known.1;
        }
        let state = self.ask(address).await;
        self.known.insert(address.clone(), (now, state.clone()));
        state
    }

    async fn ask(&self, address: &str) -> ModelState {
        let asked = self.http.get(address).timeout(PATIENCE).send().await;
        match asked {
            Ok(answer) if answer.status().is_success() => ModelState::Available,
            Ok(answer) => ModelState::Down { why: format!("its health check answers {}", answer.status()) },
            Err(error) if error.is_timeout() => ModelState::Down {
                why: format!("its health check does not answer within {} s", PATIENCE.as_secs()),
            },
            Err(error) => ModelState::Down {
                why: format!("its health check fails: {}", mask(&error.without_url().to_string())),
            },
        }
    }
}

impl ModelHealth for Models {
    fn state<'a>(&'a self, choice: &'a ModelChoice) -> BoxFuture<'a, ModelState> {
        async move {
            match self.entries.iter().find(|entry| entry.is(choice)) {
                Some(entry) => self.look(entry).await,
                None => ModelState::Unknown,
            }
        }
        .boxed()
    }

    fn all(&self) -> BoxFuture<'_, Vec<ModelView>> {
        let views =
            self.entries.iter().map(|entry| async move { ModelView::of(entry, self.look(entry).await) });
        join_all(views).boxed()
    }

    fn as_known(&self) -> Vec<ModelView> {
        let state = |entry: &ModelEntry| {
            let known = entry.health.as_ref().and_then(|address| Some(self.known.get(address)?.1.clone()));
            known.unwrap_or(ModelState::Unchecked)
        };
        self.entries.iter().map(|entry| ModelView::of(entry, state(entry))).collect()
    }
}
