//! Health of the store: its latest notices, and whether checkpoints succeed.

use crate::store::errors::{CheckpointError, StoreError, chain};
use crate::store::locking::locked;
use crate::store::notice::Notice;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

/// Notices that are kept for whoever asks; all of them are in the log.
const KEPT_NOTICES: usize = 100;

/// How far git has come.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    /// Every change up to this number is committed.
    pub(super) committed: u64,
    /// Counts failed rounds.
    pub(super) failures: u64,
    pub(super) last_error: Option<Arc<CheckpointError>>,
}

impl Progress {
    pub(super) fn failed(&mut self, error: Arc<CheckpointError>) {
        self.failures += 1;
        self.last_error = Some(error);
    }
}

#[derive(Clone, Default)]
pub(super) struct Health(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    notices: VecDeque<Notice>,
    failing: Option<String>,
    refusing: Option<String>,
    /// By session, why its record cannot be written.
    stuck: BTreeMap<String, String>,
}

impl Health {
    pub(super) fn notice(&self, notice: Notice) {
        match notice.is_a_loss() {
            true => tracing::error!("{notice}"),
            false => tracing::warn!("{notice}"),
        }
        let mut state = locked(&self.0);
        if state.notices.len() == KEPT_NOTICES {
            state.notices.pop_front();
        }
        state.notices.push_back(notice);
    }

    pub(super) fn notice_all(&self, notices: Vec<Notice>) {
        notices.into_iter().for_each(|notice| self.notice(notice));
    }

    /// Logged when it begins and when it changes, not at every attempt.
    pub(super) fn failed(&self, error: &Arc<CheckpointError>) {
        let sentence = chain(error.as_ref());
        let mut state = locked(&self.0);
        if state.failing.as_ref() != Some(&sentence) {
            tracing::error!(error = sentence, "checkpoint to git failed; the journal has everything");
            state.failing = Some(sentence);
        }
    }

    pub(super) fn succeeded(&self) {
        if locked(&self.0).failing.take().is_some() {
            tracing::info!("checkpoints to git succeed again");
        }
    }

    /// The sessions whose records cannot be written now. Each is logged once.
    pub(super) fn stuck(&self, now: BTreeMap<String, String>) {
        let mut state = locked(&self.0);
        for (session, sentence) in &now {
            if state.stuck.get(session) != Some(sentence) {
                tracing::error!(session_id = session, reason = sentence, "record cannot be written");
            }
        }
        for session in state.stuck.keys().filter(|session| !now.contains_key(*session)) {
            tracing::info!(session_id = session, "record can be written again");
        }
        state.stuck = now;
    }

    pub(super) fn stuck_now(&self) -> Vec<String> {
        locked(&self.0).stuck.values().cloned().collect()
    }

    /// Whether the disk took the newest change.
    pub(super) fn promised<T>(&self, result: &Result<T, StoreError>) {
        let refusing = match result {
            Err(StoreError::Journal(error)) => Some(chain(error)),
            Err(_) => return,
            Ok(_) => None,
        };
        let mut state = locked(&self.0);
        if state.refusing.is_some() && refusing.is_none() {
            tracing::info!("changes can be saved again");
        }
        state.refusing = refusing;
    }

    /// Why nothing can be promised, as far as was seen.
    pub(super) fn refusing(&self) -> Option<String> {
        locked(&self.0).refusing.clone()
    }

    /// Why checkpoints fail, while they do.
    pub(super) fn failing(&self) -> Option<String> {
        locked(&self.0).failing.clone()
    }

    pub(super) fn notices(&self) -> Vec<Notice> {
        locked(&self.0).notices.iter().cloned().collect()
    }
}
