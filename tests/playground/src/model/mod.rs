//! A scripted model server that speaks the OpenAI chat API. No key, no network, no randomness.
//!
//! The newest user message says what happens: a line `scenario: NAME` takes a file of `tests/scenarios/`, a
//! line `script: [...]` (JSON, in the same form) is a scenario of its own. The step that is played is the
//! number of assistant messages since. It imitates no model's judgement and checks no tool definitions.

mod respond;
mod scenario;

pub use scenario::{Call, Failure, Scenario, Scenarios, Step};

use axum::extract::{DefaultBodyLimit, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

/// Requests remembered for tests to look at.
const KEPT_REQUESTS: usize = 500;

/// The scenario files of this repository.
pub fn scenario_folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios"))
}

/// A running model server. Stops when dropped.
pub struct Model {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    stop: CancellationToken,
}

pub(crate) struct Shared {
    scenarios: Scenarios,
    state: Mutex<Memory>,
}

#[derive(Default)]
pub(crate) struct Memory {
    requests: VecDeque<Value>,
    /// How often a failing step was asked for.
    failures: HashMap<String, u32>,
    count: u64,
}

impl Model {
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_at("127.0.0.1:0".parse()?, Scenarios::load(&scenario_folder())?).await
    }

    pub async fn start_at(address: SocketAddr, scenarios: Scenarios) -> anyhow::Result<Self> {
        let shared = Arc::new(Shared { scenarios, state: Mutex::default() });
        let router = Router::new()
            .route("/v1/models", get(models))
            .route("/v1/chat/completions", post(completions))
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::clone(&shared));
        let listener = tokio::net::TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(stopped).await });
        Ok(Self { address, shared, stop })
    }

    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The bodies of the chat requests so far, without those for titles.
    pub fn requests(&self) -> Vec<Value> {
        self.shared.memory().requests.iter().cloned().collect()
    }

    /// Everything the model was ever told in a given role, joined.
    pub fn told(&self, role: &str) -> String {
        let requests = self.requests();
        let messages = requests.iter().filter_map(|request| request["messages"].as_array()).flatten();
        let texts =
            messages.filter(|message| message["role"] == role).map(|m| scenario::text_of(&m["content"]));
        texts.collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Shared {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn models() -> Json<Value> {
    Json(json!({ "object": "list", "data": [{ "id": "scripted-1", "object": "model" }] }))
}

async fn completions(State(shared): State<Arc<Shared>>, Json(request): Json<Value>) -> Response {
    let title = scenario::is_title_request(&request);
    let step = if title { Step::say("A scripted session") } else { shared.scenarios.step_for(&request) };
    let id = {
        let mut memory = shared.memory();
        memory.count += 1;
        if !title {
            if memory.requests.len() >= KEPT_REQUESTS {
                memory.requests.pop_front();
            }
            memory.requests.push_back(request.clone());
        }
        memory.count
    };
    if let Some(failure) =
        step.error.as_ref().filter(|failure| still_fails(&shared, failure, &step, &request))
    {
        return respond::failure(failure);
    }
    if request["stream"] == true { respond::stream(id, step) } else { respond::whole(id, &step) }
}

/// A failure with `times` gives way after that many.
fn still_fails(shared: &Shared, failure: &Failure, step: &Step, request: &Value) -> bool {
    let Some(times) = failure.times else { return true };
    let messages = request["messages"].as_array().map_or(0, Vec::len);
    let mut memory = shared.memory();
    let count = memory.failures.entry(format!("{messages} {step:?}")).or_default();
    *count += 1;
    *count <= times
}
