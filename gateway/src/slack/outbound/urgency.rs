//! How urgent it is that something stands in Slack.

use gateway_domain::thread::{ItemBody, ThreadItem};
use gateway_domain::{Doing, SessionCard};

/// How urgent a call is. The first is the most urgent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Urgency {
    /// An ask, and what must stand before it in its thread.
    Ask,
    /// What people read: new messages, what became of an ask.
    News,
    /// Cards, tools' lines.
    Card,
    /// Text that is still being written, and signs of life.
    Live,
}

/// A card that only says what the agent does just now waits for everything else.
pub(super) fn card_urgency(card: &SessionCard) -> Urgency {
    match card.doing {
        Doing::Working | Doing::Waiting | Doing::Idle => Urgency::Live,
        Doing::Paused | Doing::Failed | Doing::Ended => Urgency::Card,
    }
}

/// How urgent an item is, and whether it must be there because it waits for an answer.
pub(super) fn item_urgency(item: &ThreadItem) -> (Urgency, bool) {
    match &item.body {
        ItemBody::Ask { ask } => (Urgency::Ask, ask.is_answerable()),
        ItemBody::Tools { .. } => (Urgency::Card, false),
        ItemBody::Said { .. }
        | ItemBody::Thought { .. }
        | ItemBody::Milestones { .. }
        | ItemBody::Note { .. } => (Urgency::News, false),
    }
}
