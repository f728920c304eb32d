//! A session's task looks for room before its agent begins to work, and says when it needs it no more.

use super::task::Task;
use gateway_domain::{Input, SessionCard, SessionRecord};
use std::sync::Arc;
use tokio::sync::Notify;

#[derive(Default)]
pub(super) struct Room {
    /// Told when there is some for this session.
    made: Arc<Notify>,
    /// It asked for some since its card was last shown.
    asked: bool,
}

impl Room {
    pub(super) fn made(&self) -> Arc<Notify> {
        Arc::clone(&self.made)
    }
}

impl Task {
    /// Past the limits an agent does not begin to work.
    pub(super) fn find_room(&mut self, input: &Input) {
        if !self.session.needs_room_for(input) {
            return;
        }
        self.room.asked = true;
        let SessionRecord { session, about, .. } = self.session.record();
        let full = self.context.running.take(session, about).err();
        self.session.set_room(full);
    }

    /// Room that was not needed after all, or is not any more, goes to others.
    pub(super) fn leave_room(&mut self, card: &SessionCard) {
        if !std::mem::take(&mut self.room.asked) && self.shown.as_ref() == Some(card) {
            return;
        }
        let waits = self.session.waits_for_room().then_some(&self.room.made);
        self.context.running.settle(&card.session, &card.about, card.is_running(), waits);
    }
}
