//! What an honest plugin keeps until it is acknowledged, in its simplest form.

use bridge_protocol::{EventFrame, Position};
use std::collections::VecDeque;

/// Numbered events that were not acknowledged yet.
#[derive(Default)]
pub struct ResendBuffer {
    kept: VecDeque<EventFrame>,
    acked: u64,
    sent: u64,
}

impl ResendBuffer {
    /// Keeps an event; its position must be the next one.
    pub fn push(&mut self, event: EventFrame) {
        debug_assert_eq!(event.seq, self.sent + 1);
        self.sent = event.seq;
        self.kept.push_back(event);
    }

    pub fn ack(&mut self, seq: u64) {
        self.acked = self.acked.max(seq);
        while self.kept.front().is_some_and(|event| event.seq <= seq) {
            self.kept.pop_front();
        }
    }

    pub fn next_seq(&self) -> u64 {
        self.sent + 1
    }

    pub fn unacknowledged(&self) -> usize {
        self.kept.len()
    }

    pub fn position(&self) -> Position {
        Position { acked: self.acked, sent: self.sent, overflowed: false }
    }

    /// Everything from a position on, to be sent again.
    pub fn from(&self, seq: u64) -> Vec<EventFrame> {
        self.kept.iter().filter(|event| event.seq >= seq).cloned().collect()
    }
}
