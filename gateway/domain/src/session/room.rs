//! Room among the running sessions. Who has it is decided outside, for all sessions together; a session says when it wants
//! some, and keeps what people wrote until it has.

use super::Session;
use crate::delivery_talk::DeliveryWord;
use crate::input::{AgentInput, Input, PersonInput, Steer};
use crate::limits::LimitReached;
use crate::thread::Tone;
use jiff::Timestamp;

/// How the keys of those notes begin.
const NOTE: &str = "limit";

impl Session {
    /// Whether this may make an agent begin to work that does not work now, so that room is to be looked for first.
    pub fn needs_room_for(&self, input: &Input) -> bool {
        match input {
            Input::Person(
                PersonInput::Said(_) | PersonInput::Steered { to: Steer::Resume | Steer::Retry, .. },
            ) => !self.busy,
            Input::Agent(AgentInput::TurnEnded | AgentInput::Failed { .. } | AgentInput::PodBack(_))
            | Input::Outcome { .. }
            | Input::RoomMade => !self.record.queue.is_empty(),
            Input::Delivery(DeliveryWord::Prompt { .. }) => !self.busy,
            Input::Agent(_) | Input::Person(_) | Input::Clock(_) | Input::Lab(_) | Input::Delivery(_) => {
                false
            }
        }
    }

    /// Why there is no room for it now, or that there is.
    pub fn set_room(&mut self, full: Option<LimitReached>) {
        self.full = full;
    }

    /// It would go on if there were room.
    pub fn waits_for_room(&self) -> bool {
        self.full.is_some() && !self.record.queue.is_empty() && self.has_time()
    }

    /// Said once for all that is written meanwhile.
    pub(crate) fn say_why_it_waits(&mut self, now: Timestamp) -> Option<LimitReached> {
        let limit = self.full.clone().filter(|_| self.waits_for_room())?;
        if !std::mem::replace(&mut self.told_full, true) {
            self.note(NOTE, Tone::Warning, limit.why_it_waits(), now);
        }
        Some(limit)
    }

    /// Whether that was said before a restart, of what still waits.
    pub(crate) fn was_told_full(&self) -> bool {
        let newest = self.record.notes.last().map(|note| note.key.as_str());
        !self.record.queue.is_empty() && newest.is_some_and(|key| key.starts_with("note_limit_"))
    }
}
