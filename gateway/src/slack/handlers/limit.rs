//! Too much runs already: the person is led to the sessions that stand in the way.

use super::SlackContext;
use super::reply::ReplyTarget;
use crate::sessions::desk::Refusal;
use crate::slack::client::PROMPT;
use crate::slack::formatting::esc;
use crate::slack::sentences;
use gateway_domain::{LimitReached, Running, SessionCard, Verdict};
use serde_json::json;

/// Sessions that are linked; a longer list is of no use on a phone.
const LINKED: usize = 10;

impl SlackContext {
    /// In private: why it was not done.
    pub(super) async fn tell_refusal(&self, at: &ReplyTarget, refusal: &Refusal) {
        let told = esc(&sentences::refusal(refusal));
        match refusal {
            Refusal::Limit(limit) => self.show(at, &(told + &self.links(limit).await), &[]).await,
            _ => self.show(at, &told, &[]).await,
        }
    }

    /// In private: the message waits, and for which sessions if there is no room.
    pub(super) async fn tell_queued(&self, at: &ReplyTarget, queued: &Verdict) {
        let links = match queued {
            Verdict::Queued { at_limit: Some(limit), .. } => self.links(limit).await,
            _ => String::new(),
        };
        self.show(at, &(esc(&queued.sentence()) + &links), &[]).await;
    }

    /// What runs, a line each, escaped.
    pub(super) async fn links(&self, limit: &LimitReached) -> String {
        let mut lines = String::new();
        for one in limit.running.iter().take(LINKED) {
            let title = esc(&one.title).replace('|', "¦");
            match self.link_of(one).await {
                Some(link) => lines.push_str(&format!("\n• <{}|{title}>", esc(&link))),
                None => lines.push_str(&format!("\n• {title} (`{}`)", one.session)),
            }
        }
        lines
    }

    /// To its thread, or else to the console.
    async fn link_of(&self, Running { session, .. }: &Running) -> Option<String> {
        let console = || Some(format!("{}/sessions/{session}", self.config.console.as_ref()?));
        match self.desk.card_of(session) {
            Some(card) => self.permalink(&card).await.or_else(console),
            None => console(),
        }
    }

    /// Of the session's thread, if it has one in Slack.
    pub(super) async fn permalink(&self, card: &SessionCard) -> Option<String> {
        let at = card.about.thread.as_ref().filter(|at| at.surface == crate::slack::SURFACE)?;
        let args = json!({ "channel": at.channel, "message_ts": at.thread });
        match self.client.call("chat.getPermalink", &args, PROMPT).await {
            Ok(answer) => answer["permalink"].as_str().map(str::to_owned),
            Err(error) => {
                tracing::warn!(%error, "permalink of a thread not available");
                None
            }
        }
    }
}
