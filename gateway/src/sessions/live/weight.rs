//! What the live picture holds in memory: bounded in all, at the cost of the pod that fills it.

use super::KEPT_IN_ALL;
use super::session::LiveSession;
use dashmap::DashMap;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

#[derive(Default)]
pub(super) struct Weight {
    bytes: AtomicUsize,
    dropped: AtomicU64,
}

impl Weight {
    /// Changes a session, and notes by how much it grew or shrank.
    pub(super) fn noted<T>(
        &self,
        session: &mut LiveSession,
        change: impl FnOnce(&mut LiveSession) -> T,
    ) -> T {
        let before = session.bytes();
        let done = change(session);
        self.bytes.fetch_add(session.bytes(), Relaxed);
        self.bytes.fetch_sub(before, Relaxed);
        self.dropped.fetch_add(session.take_dropped(), Relaxed);
        done
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes.load(Relaxed)
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Relaxed)
    }

    pub(super) fn is_too_much(&self) -> bool {
        self.bytes() > KEPT_IN_ALL
    }

    /// The pod that holds most gives way, its largest sessions first: what it held is read again when it is asked for.
    pub(super) fn relieve(&self, sessions: &DashMap<String, LiveSession>) {
        while self.is_too_much() {
            let Some(largest) = largest(sessions) else { return };
            let Some(mut session) = sessions.get_mut(&largest) else { return };
            self.noted(&mut session, LiveSession::give_up_half);
        }
    }
}

/// The largest session of the pod that holds most.
fn largest(sessions: &DashMap<String, LiveSession>) -> Option<String> {
    let all: Vec<(Arc<str>, usize, String)> = sessions
        .iter()
        .filter(|session| session.bytes() > 0)
        .map(|session| (Arc::clone(session.pod()), session.bytes(), session.key().clone()))
        .collect();
    let mut pods: HashMap<&str, usize> = HashMap::new();
    for (pod, bytes, _) in &all {
        *pods.entry(pod).or_default() += bytes;
    }
    let heaviest = pods.into_iter().max_by_key(|(_, bytes)| *bytes)?.0;
    let its = all.iter().filter(|(pod, ..)| **pod == *heaviest);
    its.max_by_key(|(_, bytes, _)| *bytes).map(|(.., session)| session.clone())
}

#[cfg(test)]
mod tests {
    use super::super::{KEPT_BYTES, KEPT_IN_ALL, LiveSessions};
    use bridge_protocol::{Event, EventFrame, PartKind, Role};
    use std::sync::Arc;

    fn streamed(session: &str, message: usize, offset: u64, content: &str) -> EventFrame {
        let event = Event::PartStreamed {
            message_id: format!("msg_{message}"),
            part_id: "prt_1".to_owned(),
            role: Role::Assistant,
            kind: PartKind::Text,
            offset,
            content: content.to_owned(),
        };
        EventFrame { seq: 1, session_id: session.to_owned(), at: 0, traceparent: None, event }
    }

    #[test]
    fn a_session_and_all_of_them_hold_so_much_and_no_more() {
        // REQ-HARD-04: the pod that fills the memory loses its own pictures, not those of others.
        let board = LiveSessions::default();
        let (honest, hostile): (Arc<str>, Arc<str>) = ("pod-a".into(), "pod-b".into());
        let (small, large) = ("x".repeat(1 << 20), "x".repeat(7 << 20));
        board.apply(&honest, streamed("ses_honest", 1, 0, &small));
        for session in 0..40 {
            for message in 0..4 {
                board.apply(&hostile, streamed(&format!("ses_{session}"), message, 0, &large));
            }
            assert!(board.bytes() <= KEPT_IN_ALL, "{}", board.bytes());
        }
        let held = |session: &str| board.watch(session).unwrap().messages.len();
        assert_eq!(held("ses_honest"), 1);
        assert!(held("ses_39") * large.len() <= KEPT_BYTES);
        assert!(board.dropped() > 40);
    }

    #[test]
    fn parts_of_one_message_have_a_bound() {
        // REQ-HARD-04
        let (board, pod): (_, Arc<str>) = (LiveSessions::default(), "pod".into());
        for part in 0..2_000 {
            let mut frame = streamed("ses_1", 1, 0, "word");
            if let Event::PartStreamed { part_id, .. } = &mut frame.event {
                *part_id = format!("prt_{part}");
            }
            board.apply(&pod, frame);
        }
        let parts = &board.watch("ses_1").unwrap().messages[0].message.parts;
        assert_eq!(parts.len(), 1_000);
        assert!(format!("{:?}", parts[999]).contains("prt_1999"), "the newest stay");
    }

    #[test]
    fn what_was_left_out_is_read_again_when_it_goes_on() {
        // REQ-THREAD-02
        let (board, pod): (_, Arc<str>) = (LiveSessions::default(), "pod".into());
        let large = "x".repeat(7 << 20);
        for message in 0..4 {
            board.apply(&pod, streamed("ses_1", message, 0, &large));
        }
        let goes_on = streamed("ses_1", 0, large.len() as u64, "more");
        assert!(board.apply(&pod, goes_on), "OpenCode is asked for the text");
    }
}
