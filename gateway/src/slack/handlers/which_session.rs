//! Which session is meant: the one whose thread it is, the one that is named, or the only one there is.

use super::SlackContext;
use crate::slack::client::PROMPT;
use crate::slack::inbound::event::Message;
use crate::slack::{SURFACE, sentences};
use gateway_domain::{SessionCard, SessionId};
use serde_json::json;
use std::sync::Arc;

impl SlackContext {
    /// The session whose thread this is.
    pub(super) fn session_at(&self, channel: &str, thread: &str) -> Option<Arc<SessionCard>> {
        let here = |card: &&Arc<SessionCard>| {
            card.about
                .thread
                .as_ref()
                .is_some_and(|at| at.surface == SURFACE && at.channel == channel && at.thread == thread)
        };
        self.desk.cards().iter().find(here).cloned()
    }

    /// The session that a message of ours shows, where somebody replies to it in their own conversation with the app: the
    /// status of a session is no thread of it.
    pub(super) async fn shown_above(&self, message: &Message) -> Option<Arc<SessionCard>> {
        let thread = message.thread.as_deref().filter(|_| message.direct)?;
        let own = &self.identity.user;
        let is_anothers = message.parent.as_ref().is_some_and(|parent| parent != own);
        if is_anothers || self.session_at(&message.channel, thread).is_some() {
            return None;
        }
        let args = json!({ "channel": message.channel, "ts": thread, "limit": 1 });
        let answer = self.client.call("conversations.replies", &args, PROMPT).await.ok()?;
        let above = answer["messages"].get(0).filter(|above| above["user"] == own.as_str())?;
        let shown = above["blocks"].to_string();
        let cards = self.desk.cards();
        let mut named = cards.iter().filter(|card| shown.contains(&card.session));
        // A list names many, and is about none of them.
        named.next().filter(|_| named.next().is_none()).cloned()
    }

    /// Whether anything of ours stands in that channel.
    pub(super) fn has_sessions_in(&self, channel: &str) -> bool {
        let here = |card: &Arc<SessionCard>| {
            card.about.thread.as_ref().is_some_and(|at| at.surface == SURFACE && at.channel == channel)
        };
        self.desk.cards().iter().any(here)
    }

    /// The session that a command is about, and what of the command's words is left; or a sentence that says why
    /// there is none.
    pub(super) fn meant<'a>(
        &self,
        here: Option<Arc<SessionCard>>,
        channel: &str,
        by: &str,
        words: &'a str,
    ) -> Result<(Arc<SessionCard>, &'a str), String> {
        let (first, rest) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
        if first.starts_with("ses") {
            SessionId::parse(first).map_err(|error| error.to_string())?;
            let card = self.desk.card_of(first);
            let unknown =
                || sentences::refusal(&crate::sessions::desk::Refusal::UnknownSession(first.to_owned()));
            return Ok((card.ok_or_else(unknown)?, rest.trim()));
        }
        if let Some(card) = here {
            return Ok((card, words));
        }
        let cards = self.desk.cards();
        let going: Vec<_> = cards.iter().filter(|card| card.ended.is_none()).collect();
        let in_channel = |card: &&&Arc<SessionCard>| {
            card.about.thread.as_ref().is_some_and(|at| at.surface == SURFACE && at.channel == channel)
        };
        let own = |card: &&&Arc<SessionCard>| card.about.owner.as_ref().is_some_and(|owner| owner.id == by);
        let near: Vec<_> = going.iter().filter(in_channel).copied().collect();
        let mine: Vec<_> = near.iter().filter(|card| own(card)).copied().collect();
        match (near.as_slice(), mine.as_slice()) {
            ([only], _) | (_, [only]) => Ok((Arc::clone(only), words)),
            _ => Err(sentences::which_session(&near.iter().map(|card| &***card).collect::<Vec<_>>())),
        }
    }
}
