//! Commands in flight to one pod, found again by their request id.
//!
//! They outlive a link: a new link of the same pod sends them again, since the plugin answers a request it
//! knows without running it twice.

use bridge_protocol::{CommandError, ReplyResult, limits};
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::oneshot;

/// What a waiting caller gets.
pub(super) type Answer = Result<ReplyResult, Failure>;

#[derive(Debug)]
pub(super) enum Failure {
    /// The plugin answered `session.error`.
    Command(CommandError),
    /// OpenCode restarted under a command that must not be run twice.
    PodRestarted,
}

/// The frame of a command, kept for sending it again.
#[derive(Clone)]
pub(super) struct OutgoingCommand {
    pub(super) frame: std::sync::Arc<str>,
    /// Whether the command may be sent to an OpenCode that has no memory of it.
    pub(super) survives_restart: bool,
}

#[derive(Default)]
pub(super) struct PendingCommands {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: HashMap<String, WaitingCaller>,
    /// Ids that are settled, newest last, to tell a late or repeated reply from one to nobody.
    settled: VecDeque<String>,
}

struct WaitingCaller {
    reply: oneshot::Sender<Answer>,
    outgoing: OutgoingCommand,
    since: Instant,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Settlement {
    /// The caller has it.
    Delivered,
    /// The caller gave up before, or has an answer already.
    LateOrRepeated,
    /// Nobody ever asked.
    Unknown,
}

/// Why a command could not be registered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotRegistered {
    Full,
    AlreadyInFlight,
}

impl PendingCommands {
    pub(super) fn insert(
        &self,
        request_id: &str,
        outgoing: OutgoingCommand,
    ) -> Result<oneshot::Receiver<Answer>, NotRegistered> {
        let mut state = self.lock();
        if state.waiting.contains_key(request_id) {
            return Err(NotRegistered::AlreadyInFlight);
        }
        if state.waiting.len() >= limits::MAX_IN_FLIGHT_COMMANDS {
            return Err(NotRegistered::Full);
        }
        let (reply, receiver) = oneshot::channel();
        let waiting = WaitingCaller { reply, outgoing, since: Instant::now() };
        state.waiting.insert(request_id.to_owned(), waiting);
        Ok(receiver)
    }

    /// Hands an answer to its caller.
    pub(super) fn settle(&self, request_id: &str, answer: Answer) -> Settlement {
        let mut state = self.lock();
        let Some(waiting) = state.waiting.remove(request_id) else {
            let known = state.settled.iter().any(|id| id == request_id);
            return if known { Settlement::LateOrRepeated } else { Settlement::Unknown };
        };
        remember(&mut state, request_id);
        drop(state);
        match waiting.reply.send(answer) {
            Ok(()) => Settlement::Delivered,
            Err(_) => Settlement::LateOrRepeated,
        }
    }

    /// The caller gave up.
    pub(super) fn forget(&self, request_id: &str) {
        let mut state = self.lock();
        if state.waiting.remove(request_id).is_some() {
            remember(&mut state, request_id);
        }
    }

    /// What a new link has to send again, oldest first. After a restart of OpenCode the commands that must
    /// not run twice fail instead.
    pub(super) fn fail_over(&self, restarted: bool) -> Vec<OutgoingCommand> {
        let mut state = self.lock();
        let (lost, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut state.waiting)
            .into_iter()
            .partition(|(_, waiting)| restarted && !waiting.outgoing.survives_restart);
        state.waiting = kept.into_iter().collect();
        for (id, _) in &lost {
            remember(&mut state, id);
        }
        let mut again: Vec<_> =
            state.waiting.values().map(|waiting| (waiting.since, waiting.outgoing.clone())).collect();
        drop(state);
        for (_, waiting) in lost {
            // A caller that left meanwhile needs no answer.
            let _ = waiting.reply.send(Err(Failure::PodRestarted));
        }
        again.sort_by_key(|(since, _)| *since);
        again.into_iter().map(|(_, outgoing)| outgoing).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.lock().waiting.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn remember(state: &mut State, request_id: &str) {
    if state.settled.len() >= limits::REMEMBERED_REPLIES {
        state.settled.pop_front();
    }
    state.settled.push_back(request_id.to_owned());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outgoing(survives_restart: bool) -> OutgoingCommand {
        OutgoingCommand { frame: "{}".into(), survives_restart }
    }

    #[test]
    fn replies_find_their_callers_in_any_order() {
        // REQ-BRIDGE-03
        let pending = PendingCommands::default();
        let mut first = pending.insert("r1", outgoing(true)).unwrap();
        let mut second = pending.insert("r2", outgoing(true)).unwrap();
        assert_eq!(pending.settle("r2", Ok(ReplyResult::Done)), Settlement::Delivered);
        assert_eq!(pending.settle("r1", Ok(ReplyResult::Done)), Settlement::Delivered);
        assert!(first.try_recv().is_ok() && second.try_recv().is_ok());
    }

    #[test]
    fn tells_a_repeated_reply_from_one_to_nobody() {
        let pending = PendingCommands::default();
        let _waiting = pending.insert("r1", outgoing(true)).unwrap();
        pending.forget("r1");
        assert_eq!(pending.settle("r1", Ok(ReplyResult::Done)), Settlement::LateOrRepeated);
        assert_eq!(pending.settle("r9", Ok(ReplyResult::Done)), Settlement::Unknown);
    }

    #[test]
    fn is_bounded() {
        let pending = PendingCommands::default();
        let _keep: Vec<_> = (0..limits::MAX_IN_FLIGHT_COMMANDS)
            .map(|n| pending.insert(&n.to_string(), outgoing(true)).unwrap())
            .collect();
        assert_eq!(pending.insert("more", outgoing(true)).err(), Some(NotRegistered::Full));
    }

    #[test]
    fn a_restarted_pod_gets_only_what_is_safe_to_repeat() {
        // REQ-BRIDGE-08
        let pending = PendingCommands::default();
        let _safe = pending.insert("safe", outgoing(true)).unwrap();
        let mut unsafe_one = pending.insert("unsafe", outgoing(false)).unwrap();
        assert_eq!(pending.fail_over(false).len(), 2);
        assert_eq!(pending.fail_over(true).len(), 1);
        assert!(matches!(unsafe_one.try_recv(), Ok(Err(Failure::PodRestarted))));
    }
}
