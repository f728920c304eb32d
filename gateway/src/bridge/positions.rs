//! Which events of a pod were received, and which are taken into the state and may be acknowledged.
//!
//! Every event leaves the link with a [`Ticket`]. Whoever takes the event into the state calls
//! [`Ticket::done`]; the contiguous run of done positions is what the link acknowledges. A ticket that is
//! dropped undone (its receiver died) makes the pod send again from there.

use crate::sessions::ports::Receipt;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// While more events are on their way in, so many done ones are worth an acknowledgement of their own: one for each
/// would cost both ends more than the events do.
const WORTH_TELLING: u64 = 64;

/// The positions of one boot of one pod.
pub(super) struct Positions {
    state: Mutex<State>,
    changed: Notify,
}

struct State {
    /// The last position received in order.
    received: u64,
    /// Everything up to here is done.
    done: u64,
    /// What `done` was when the link was last woken for it.
    told: u64,
    /// For the positions `done + 1 ..= received`: whether each is done.
    waiting: VecDeque<bool>,
    /// The lowest position whose ticket was dropped undone.
    failed: Option<u64>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    Next,
    /// Seen before: dropped, and acknowledged again.
    Past,
    /// Something in between is missing.
    Future {
        expected: u64,
    },
}

impl Positions {
    /// Starts after `position`: the next event expected is `position + 1`.
    pub(super) fn starting_after(position: u64) -> Arc<Self> {
        let state = State {
            received: position,
            done: position,
            told: position,
            waiting: VecDeque::new(),
            failed: None,
        };
        Arc::new(Self { state: Mutex::new(state), changed: Notify::new() })
    }

    /// Judges an event by its position, and takes note of it when it is the next one.
    pub(super) fn arrive(self: &Arc<Self>, seq: u64) -> (Arrival, Option<Ticket>) {
        let mut state = self.lock();
        let expected = state.received.saturating_add(1);
        if seq < expected {
            return (Arrival::Past, None);
        }
        if seq > expected {
            return (Arrival::Future { expected }, None);
        }
        state.received = seq;
        state.waiting.push_back(false);
        (Arrival::Next, Some(Ticket { positions: Arc::clone(self), seq, done: false }))
    }

    /// Everything up to here may be acknowledged.
    pub(super) fn done(&self) -> u64 {
        self.lock().done
    }

    pub(super) fn received(&self) -> u64 {
        self.lock().received
    }

    /// Returns when `done` moved far enough to be told, or to the end of what was received.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Where a new link goes on; forgets what a dead receiver left undone, so that it is sent again.
    pub(super) fn resume_from(&self) -> u64 {
        let mut state = self.lock();
        if let Some(failed) = state.failed.take() {
            state.received = failed.saturating_sub(1);
            let keep = (state.received - state.done.min(state.received)) as usize;
            state.waiting.truncate(keep);
        }
        state.received.saturating_add(1)
    }

    /// True when a ticket was dropped undone: the link must be made anew to get the event again.
    pub(super) fn has_failed(&self) -> bool {
        self.lock().failed.is_some()
    }

    fn finish(&self, seq: u64) {
        let mut state = self.lock();
        let Some(index) = seq.checked_sub(state.done.saturating_add(1)) else { return };
        if let Some(slot) = state.waiting.get_mut(index as usize) {
            *slot = true;
        }
        while state.waiting.front() == Some(&true) {
            state.waiting.pop_front();
            state.done = state.done.saturating_add(1);
        }
        let news = state.done.saturating_sub(state.told);
        if news >= WORTH_TELLING || (news > 0 && state.waiting.is_empty()) {
            state.told = state.done;
            self.changed.notify_one();
        }
    }

    fn fail(&self, seq: u64) {
        let mut state = self.lock();
        state.failed = Some(state.failed.map_or(seq, |lowest| lowest.min(seq)));
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The duty to take one event into the state.
#[must_use = "an event is acknowledged only when its ticket is done"]
pub(super) struct Ticket {
    positions: Arc<Positions>,
    seq: u64,
    done: bool,
}

impl Receipt for Ticket {
    /// The event is in the state: it may be acknowledged.
    fn done(mut self: Box<Self>) {
        self.done = true;
        self.positions.finish(self.seq);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if !self.done {
            self.positions.fail(self.seq);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    fn take(positions: &Arc<Positions>, seq: u64) -> Box<Ticket> {
        Box::new(positions.arrive(seq).1.unwrap())
    }

    #[test]
    fn acknowledges_only_a_contiguous_run() {
        // REQ-BRIDGE-06
        let positions = Positions::starting_after(0);
        let (one, two, three) = (take(&positions, 1), take(&positions, 2), take(&positions, 3));
        two.done();
        three.done();
        assert_eq!(positions.done(), 0);
        one.done();
        assert_eq!(positions.done(), 3);
    }

    #[test]
    fn a_flood_is_told_in_pieces_and_its_end_at_once() {
        // REQ-BRIDGE-06; issue 12, point 11: bridge_events_per_s
        let positions = Positions::starting_after(0);
        let tickets: Vec<_> = (1..=WORTH_TELLING * 2 + 3).map(|seq| take(&positions, seq)).collect();
        let mut told_at = vec![];
        for ticket in tickets {
            ticket.done();
            if positions.changed().now_or_never().is_some() {
                told_at.push(positions.done());
            }
        }
        assert_eq!(told_at, [WORTH_TELLING, WORTH_TELLING * 2, WORTH_TELLING * 2 + 3]);
        take(&positions, WORTH_TELLING * 2 + 4).done();
        assert!(positions.changed().now_or_never().is_some(), "one that comes alone is told alone");
    }

    #[test]
    fn tells_past_from_future() {
        let positions = Positions::starting_after(5);
        assert_eq!(positions.arrive(5).0, Arrival::Past);
        assert_eq!(positions.arrive(7).0, Arrival::Future { expected: 6 });
        take(&positions, 6).done();
        assert_eq!(positions.received(), 6);
    }

    #[test]
    fn a_dropped_ticket_is_asked_for_again() {
        let positions = Positions::starting_after(0);
        take(&positions, 1).done();
        drop(take(&positions, 2));
        take(&positions, 3).done();
        assert!(positions.has_failed());
        assert_eq!(positions.resume_from(), 2);
        take(&positions, 2).done();
        take(&positions, 3).done();
        assert_eq!(positions.done(), 3);
    }
}
