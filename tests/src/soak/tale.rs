//! What somebody saw of their session.

use super::script::Wish;
use crate::slack::Spot;
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Clone, Debug, Default)]
pub(super) struct Tale {
    pub number: usize,
    /// The session's thread.
    pub root: Option<Spot>,
    pub turns: Vec<Turn>,
    pub taps: u64,
    /// Taps that nobody acknowledged, or that changed nothing: the person tapped again.
    pub repeated: u64,
    /// Forms, commands and messages that were given once more, since Slack lost them or nobody answered.
    pub again: u64,
    /// What never came.
    pub missing: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Turn {
    pub mark: String,
    pub wish: Wish,
    /// Slack never delivered it; nobody could know of it.
    pub lost: bool,
    pub card: Option<Spot>,
    pub finished: bool,
}

pub(super) type Shared = Arc<Mutex<Tale>>;

pub(super) fn taken(tale: &Shared) -> Tale {
    tale.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
