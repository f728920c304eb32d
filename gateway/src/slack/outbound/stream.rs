//! Slack's own streaming: a message that grows under the eyes of its reader.
//!
//! A stream takes no metadata when it is begun. It begins with a block that carries the post's name, so one of unknown
//! fate is found by that (`look_up`). Everything that goes wrong ends in the same way: the message is no stream any more,
//! and is drawn with updates like any other. At its end it is drawn like any other, too.

use super::job::{Address, Job, Permit, PostOutcome, Retry, mark};
use super::metrics::OutMetrics;
use super::poster::{EVENT, Poster};
use super::rate_limit::ApiCall;
use super::urgency::Urgency;
use crate::sessions::ports::PostState;
use crate::slack::client::{CallFault, WRITING};
use crate::slack::config::Streaming;
use crate::slack::render::stream_head;
use gateway_domain::{Person, ThreadLocation};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};

/// A stream is ended by us after so long: Slack ends it after some five minutes, without a word.
const LIFE: SignedDuration = SignedDuration::from_mins(4);

/// Times that an addition is tried that Slack wanted later.
const TRIES: u32 = 3;

/// What the ledger says was drawn of a message that streams, or did when the gateway died.
pub(super) const STREAM: &str = "stream";

/// Slack's word for a change of a message that still streams.
pub(super) const CONFLICT: &str = "streaming_state_conflict";

/// Refusals that say nothing of other threads.
const OF_THIS_PLACE: [&str; 9] = [
    "cannot_reply_to_message",
    "channel_not_found",
    "channel_type_not_supported",
    "invalid_thread_ts",
    "is_archived",
    "msg_too_long",
    "not_in_channel",
    "thread_not_found",
    "user_not_in_channel",
];

/// Where streams are wanted, and whether the workspace has them: its first refusal says that it has not.
pub(super) struct Streams {
    wanted: Streaming,
    refused: AtomicBool,
}

/// Who sees a stream grow. Everybody else in a channel sees its beginning, and then its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reader {
    team: String,
    user: String,
}

/// A stream that runs.
pub(super) struct Flow {
    /// What of the text is there.
    pub sent: String,
    until: Timestamp,
}

/// What became of a message that was to stream.
pub(super) enum StreamStart {
    Streams { ts: String },
    Otherwise(PostOutcome),
}

impl Streams {
    pub(super) fn new(wanted: Streaming) -> Self {
        Self { wanted, refused: AtomicBool::new(false) }
    }

    fn are_there(&self) -> bool {
        !self.refused.load(Ordering::Relaxed)
    }

    /// Who would read a stream there. None: there is to be none.
    pub(super) fn reader(&self, location: &ThreadLocation, owner: Option<&Person>) -> Option<Reader> {
        let direct = location.channel.starts_with('D');
        let wanted = match self.wanted {
            Streaming::Auto => direct,
            Streaming::Everywhere => true,
            Streaming::Updates => false,
        };
        let mut parts = owner?.id.strip_prefix("slack:")?.splitn(2, ':');
        let (team, user) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        (wanted && self.are_there()).then_some(Reader { team, user })
    }

    fn refuse(&self, fault: &CallFault) {
        if fault.code().is_some_and(|code| !OF_THIS_PLACE.contains(&code)) {
            self.refused.store(true, Ordering::Relaxed);
            tracing::info!(%fault, "streaming not available in this workspace; using updates");
        }
    }
}

impl Flow {
    pub(super) fn new(sent: String, began: Timestamp) -> Self {
        Self { sent, until: began + LIFE }
    }

    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        now >= self.until
    }
}

impl Poster {
    /// Begins a stream with this text in place of a post. What cannot stream is posted.
    pub(super) async fn begin(&self, job: &Job, text: &str, reader: &Reader) -> StreamStart {
        // What is in doubt may be there: a post looks for it first.
        let known = self.posts.state(&job.post_key.book, &job.post_key.key);
        if known.is_some() || !self.streams.are_there() || !self.rate_limit.pass_now(ApiCall::Start) {
            return StreamStart::Otherwise(self.post(job, Retry::ToDeadLetter, Permit::InHand).await);
        }
        self.note(&job.post_key, PostState::Intended).await;
        let answer = self.client.call("chat.startStream", &start_args(job, text, reader), WRITING).await;
        match answer.map(|answer| answer["ts"].as_str().map(str::to_owned)) {
            Ok(Some(ts)) => {
                count(&self.metrics);
                let drawn = Some(STREAM.to_owned());
                self.note(&job.post_key, PostState::Posted { ts: ts.clone(), drawn }).await;
                StreamStart::Streams { ts }
            }
            Ok(None) | Err(CallFault::Unknown { .. }) => {
                self.metrics.in_doubt.inc();
                StreamStart::Otherwise(self.post_from(job, Retry::ToDeadLetter, Permit::Used, true).await)
            }
            Err(fault) => {
                self.streams.refuse(&fault);
                if let CallFault::RateLimited { after, .. } = fault {
                    self.rate_limit.hold(ApiCall::Start, &job.at.channel, after);
                }
                StreamStart::Otherwise(self.post_from(job, Retry::ToDeadLetter, Permit::InHand, false).await)
            }
        }
    }

    /// Adds to a stream. False: it is none any more, or nobody knows what is there; it is drawn anew then.
    pub(super) async fn append(&self, at: &Address, ts: &str, more: &str) -> bool {
        let args = json!({ "channel": at.channel, "ts": ts, "markdown_text": more });
        for _ in 0..TRIES {
            match self.client.call("chat.appendStream", &args, WRITING).await {
                Ok(_) => return true,
                Err(CallFault::RateLimited { after, .. }) => {
                    self.metrics.rate_limited.inc();
                    self.rate_limit.hold(ApiCall::Append, &at.channel, after);
                    self.rate_limit.pass(ApiCall::Append, &at.channel, Urgency::Live).await;
                }
                Err(fault) => {
                    tracing::debug!(%fault, "stream ended before its text");
                    return false;
                }
            }
        }
        false
    }

    /// Ends a stream, so that it can be drawn anew. One that is over already is refused, which is as good: what else is
    /// wrong with the message the drawing will hear.
    pub(super) async fn end(&self, job: &Job, ts: &str) -> Result<(), CallFault> {
        self.rate_limit.pass(ApiCall::Stop, &job.at.channel, job.urgency).await;
        let metadata = metadata(job);
        let args = json!({ "channel": job.at.channel, "ts": ts, "metadata": metadata });
        match self.client.call("chat.stopStream", &args, WRITING).await {
            Err(fault) if fault.code().is_none() => Err(fault),
            _ => Ok(()),
        }
    }
}

fn count(metrics: &OutMetrics) {
    metrics.posted.inc();
    metrics.streamed.inc();
}

/// By this a message is known to be the job's.
pub(super) fn metadata(job: &Job) -> Value {
    json!({ "event_type": EVENT, "event_payload": { "key": mark(&job.post_key) } })
}

/// Whether the ledger says so of a message.
pub(super) fn is_stream(known: Option<&PostState>) -> bool {
    matches!(known, Some(PostState::Posted { drawn, .. }) if drawn.as_deref() == Some(STREAM))
}

/// The name of a stream's first block.
pub(super) fn block_name(name: &str) -> String {
    format!("gw1.stream.{name}")
}

fn start_args(job: &Job, text: &str, reader: &Reader) -> Value {
    let head = stream_head(&block_name(&mark(&job.post_key)));
    json!({
        "channel": job.at.channel,
        "thread_ts": job.at.thread,
        "recipient_team_id": reader.team,
        "recipient_user_id": reader.user,
        "chunks": [{ "type": "blocks", "blocks": [head] }, { "type": "markdown_text", "text": text }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(channel: &str) -> ThreadLocation {
        let text = str::to_owned;
        ThreadLocation {
            surface: text("slack"),
            team: text("T1"),
            channel: text(channel),
            thread: text("1.1"),
        }
    }

    #[test]
    fn in_channels_nothing_streams_unless_that_is_wanted() {
        let ann = Person { id: "slack:T1:U1".into(), name: "Ann".into() };
        for (wanted, direct, channel) in [
            (Streaming::Auto, true, false),
            (Streaming::Everywhere, true, true),
            (Streaming::Updates, false, false),
        ] {
            let streams = Streams::new(wanted);
            assert_eq!(streams.reader(&location("D1"), Some(&ann)).is_some(), direct, "{wanted:?}");
            assert_eq!(streams.reader(&location("C1"), Some(&ann)).is_some(), channel, "{wanted:?}");
            assert_eq!(streams.reader(&location("D1"), None), None, "nobody would read it");
        }
    }

    #[test]
    fn a_workspace_without_streams_is_remembered_and_an_archived_channel_says_nothing_of_others() {
        let ann = Person { id: "slack:T1:U1".into(), name: "Ann".into() };
        let refused = |code: &str| CallFault::Refused {
            method: "chat.startStream".into(),
            code: code.into(),
            response: Value::Null,
        };
        let streams = Streams::new(Streaming::Auto);
        streams.refuse(&refused("is_archived"));
        assert!(streams.reader(&location("D1"), Some(&ann)).is_some());
        streams.refuse(&refused("unknown_method"));
        assert_eq!(streams.reader(&location("D1"), Some(&ann)), None);
    }

    #[test]
    fn a_stream_is_over_before_slack_ends_it() {
        let flow = Flow::new(String::new(), Timestamp::UNIX_EPOCH);
        let after = |secs: i64| Timestamp::from_second(secs).unwrap();
        assert!(!flow.is_over(after(239)) && flow.is_over(after(240)));
    }
}
