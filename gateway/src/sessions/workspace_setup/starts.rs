//! Progress of starts: each step is reported to the surface that began it, and kept for a while for others.

use dashmap::DashMap;
use gateway_domain::ProgressLine;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

/// Starts that are remembered; the oldest is forgotten first.
const KEPT: usize = 200;

/// Steps of one start that are kept: a command may print more.
const KEPT_STEPS: usize = 300;

#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Routing,
    Workspace,
    Session,
    Failed,
}

#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Step {
    pub stage: Stage,
    #[serde(flatten)]
    pub line: ProgressLine,
}

/// A start, as far as it is.
#[derive(Clone, Debug, Default, JsonSchema, Serialize)]
pub struct StartView {
    pub steps: Vec<Step>,
    /// Set when it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    pub failed: bool,
}

#[derive(Default)]
pub(crate) struct Starts {
    all: DashMap<String, Arc<Entry>>,
    order: Mutex<VecDeque<String>>,
    /// Workspaces that a start works on.
    names: Arc<DashMap<String, ()>>,
}

#[derive(Default)]
struct Entry {
    view: Mutex<StartView>,
    turn: Arc<Turn<()>>,
}

impl Starts {
    /// Whoever comes with the same key while a start is under way waits until it is made, or failed.
    pub(crate) async fn begin(&self, key: &str) -> StartTurn {
        let entry = self.entry(key);
        let turn = Arc::clone(&entry.turn).lock_owned().await;
        StartTurn { entry, _turn: turn }
    }

    fn entry(&self, key: &str) -> Arc<Entry> {
        let mut order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = self.all.get(key) {
            return Arc::clone(entry.value());
        }
        order.push_back(key.to_owned());
        if order.len() > KEPT
            && let Some(oldest) = order.pop_front()
        {
            self.all.remove(&oldest);
        }
        let entry = Arc::new(Entry::default());
        self.all.insert(key.to_owned(), Arc::clone(&entry));
        entry
    }

    /// Nobody else gets the workspace of that name while a start works on it.
    pub(super) fn take_name(&self, name: &str) -> Option<HeldName> {
        HeldName::take(&self.names, name.to_owned())
    }

    pub(crate) fn get(&self, key: &str) -> Option<StartView> {
        let entry = Arc::clone(self.all.get(key)?.value());
        Some(entry.view().clone())
    }
}

/// A word that nobody else may take until this is dropped.
pub(crate) struct HeldName {
    among: Arc<DashMap<String, ()>>,
    word: String,
}

impl HeldName {
    fn take(among: &Arc<DashMap<String, ()>>, word: String) -> Option<Self> {
        let first = among.insert(word.clone(), ()).is_none();
        first.then(|| Self { among: Arc::clone(among), word })
    }
}

impl Drop for HeldName {
    fn drop(&mut self) {
        self.among.remove(&self.word);
    }
}

impl Entry {
    fn view(&self) -> MutexGuard<'_, StartView> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A start that is under way.
pub(crate) struct StartTurn {
    entry: Arc<Entry>,
    _turn: OwnedMutexGuard<()>,
}

impl StartTurn {
    /// Discards the progress of an earlier attempt.
    pub(crate) fn anew(&self) {
        *self.entry.view() = StartView::default();
    }

    pub(crate) fn step(&self, step: &Step) {
        let mut view = self.entry.view();
        if view.steps.len() < KEPT_STEPS || step.stage == Stage::Failed {
            view.steps.push(step.clone());
        }
    }

    pub(crate) fn made(&self, session: &str) {
        self.entry.view().session = Some(session.to_owned());
    }

    pub(crate) fn failed(&self) {
        self.entry.view().failed = true;
    }
}
