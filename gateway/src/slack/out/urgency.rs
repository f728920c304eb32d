//! How urgent it is that something stands in Slack.

use super::pace::Rank;
use gateway_domain::thread::{ItemBody, ThreadItem};
use gateway_domain::{Doing, SessionCard};

/// A card that only says what the agent does just now waits for everything else.
pub(super) fn card_rank(card: &SessionCard) -> Rank {
    match card.doing {
        Doing::Working | Doing::Waiting | Doing::Idle => Rank::Live,
        Doing::Paused | Doing::Failed | Doing::Ended => Rank::Card,
    }
}

/// How urgent an item is, and whether it must be there because it waits for an answer.
pub(super) fn urgency(item: &ThreadItem) -> (Rank, bool) {
    match &item.body {
        ItemBody::Ask { ask } => (Rank::Ask, ask.is_answerable()),
        ItemBody::Tools { .. } => (Rank::Card, false),
        ItemBody::Said { .. }
        | ItemBody::Thought { .. }
        | ItemBody::Milestones { .. }
        | ItemBody::Note { .. } => (Rank::News, false),
    }
}
