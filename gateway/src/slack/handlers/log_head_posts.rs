//! Posts the audit log's newest head into a channel, at a pace: people then have old heads without having asked for them.
//!
//! Time is cut into turns of that length. A turn's post has the turn's number as its key, so the ledger of posts knows over
//! restarts and kills that it was posted, and a post whose end nobody knows is looked for in Slack first.

use super::SlackContext;
use crate::slack::config::LogHeadPosts;
use crate::slack::outbound::Note;
use crate::slack::{message_keys, sentences};
use gateway_domain::thread::Tone;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Between looks, and before the first: what the last gateway left is signed within a second of the start.
const POLL_INTERVAL: Duration = Duration::from_secs(3);

/// Until a channel that took nothing is tried again.
const LATER: SignedDuration = SignedDuration::from_secs(60);

pub(in crate::slack) async fn post_log_heads(
    context: Arc<SlackContext>,
    posts: LogHeadPosts,
    stop: CancellationToken,
) {
    let mut posted = PostedHead::default();
    while stop.run_until_cancelled(tokio::time::sleep(POLL_INTERVAL)).await.is_some() {
        tokio::select! {
            () = stop.cancelled() => return,
            () = context.post_log_head(&posts, &mut posted) => {}
        }
    }
}

/// What this gateway has posted since it runs.
#[derive(Default)]
struct PostedHead {
    turn: Option<i64>,
    line: Option<String>,
    /// When a channel that took nothing is tried again. It is said once.
    again: Option<Timestamp>,
}

/// Which one this is, since 1970.
fn turn(now: Timestamp, every: SignedDuration) -> i64 {
    now.as_second().div_euclid(every.as_secs().max(1))
}

impl SlackContext {
    async fn post_log_head(&self, posts: &LogHeadPosts, posted: &mut PostedHead) {
        let now = self.clock.now();
        let turn = turn(now, posts.every);
        if posted.turn == Some(turn) || posted.again.is_some_and(|again| again > now) {
            return;
        }
        // An empty log has none.
        let Ok(line) = self.desk.audit_head().await else { return };
        if posted.line.as_ref() == Some(&line) {
            return;
        }
        let key = message_keys::short(&["log head", &posts.every.as_secs().to_string(), &turn.to_string()]);
        let note = Note { tone: Tone::Info, text: sentences::posted_log_head(&line) };
        if self.outlet.log_head(&posts.channel, &key, &note).await {
            tracing::debug!(turn, "head of the audit log posted for this time");
            *posted = PostedHead { turn: Some(turn), line: Some(line), again: None };
            return;
        }
        if posted.again.is_none() {
            tracing::error!(
                channel = posts.channel,
                "head of the audit log not posted; retrying every minute (audit.post_head)"
            );
        }
        posted.again = now.checked_add(LATER).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_of_a_day_begins_at_midnight_and_ends_at_the_next() {
        // REQ-PROOF-02
        let at = |text: &str| turn(text.parse().unwrap(), SignedDuration::from_hours(24));
        let day = at("2026-11-30T00:00:00Z");
        assert_eq!((at("2026-11-30T23:59:59Z"), at("2026-11-29T23:59:59Z")), (day, day - 1));
        assert_eq!(at("2026-12-01T00:00:00Z"), day + 1);
    }
}
