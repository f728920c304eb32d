//! Looks whether a message is in its thread: by the key in its metadata, or by the name of the block that a stream begins
//! with.

use super::job::{Job, mark};
use super::poster::{EVENT, Poster};
use super::rate_limit::ApiCall;
use super::stream::block_name;
use super::urgency::Urgency;
use crate::sessions::ports::PostState;
use crate::slack::client::{CallFault, WRITING};
use serde_json::{Value, json};
use std::sync::{Mutex, PoisonError};

/// Messages of one answer; Slack's own most is 1,000 and its advice 200.
const PAGE: u32 = 200;

/// Pages of a thread that are read: a thread of 4,000 messages is longer than any that people read.
const THREAD_PAGES: usize = 20;

/// Pages of a channel's history: the message was tried moments before the gateway looks, or before it restarted.
const HISTORY_PAGES: usize = 3;

/// A message that is there.
pub(super) struct FoundMessage {
    pub ts: String,
    /// It was begun as a stream, and may stream still.
    pub streams: bool,
}

impl Poster {
    /// The message, if it is there.
    pub(super) async fn find(&self, job: &Job) -> Result<Option<FoundMessage>, CallFault> {
        let wanted = mark(&job.post_key);
        let block = block_name(&wanted);
        let posted = |message: &Value| has_key(message, &wanted);
        let begun = |message: &Value| posted(message) || has_block(message, &block);
        if let Some(message) = self.first(job, &begun).await? {
            return Ok(found(&message, !posted(&message)));
        }
        if job.drawing.prose.is_none() || job.at.thread.is_none() {
            return Ok(None);
        }
        self.find_nameless(job).await
    }

    /// Every message that carries the job's key.
    pub(super) async fn all_with_key(&self, job: &Job) -> Result<Vec<String>, CallFault> {
        let (wanted, found) = (mark(&job.post_key), Mutex::new(vec![]));
        // None is the last: the whole thread is gone through.
        let gather = |message: &Value| {
            if has_key(message, &wanted) {
                let ts = message["ts"].as_str().map(str::to_owned);
                found.lock().unwrap_or_else(PoisonError::into_inner).extend(ts);
            }
            false
        };
        self.first(job, &gather).await?;
        Ok(found.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// Should Slack give the blocks of a stream other names: in a session's thread everything of ours has a name or is
    /// a file, except streams. One at a time is begun there, behind everything that was posted before.
    async fn find_nameless(&self, job: &Job) -> Result<Option<FoundMessage>, CallFault> {
        let me = self.client.call("auth.test", &json!({}), WRITING).await?["user_id"].clone();
        let newest = self.newest(job);
        let meant = |message: &Value| {
            let plain = message["subtype"].is_null() && message["files"].is_null();
            let nameless = message["metadata"]["event_type"] != EVENT;
            let behind = message["ts"].as_str().is_some_and(|ts| Some(ts) > newest.as_deref());
            plain && nameless && behind && !me.is_null() && message["user"] == me
        };
        Ok(self.first(job, &meant).await?.and_then(|message| found(&message, true)))
    }

    /// The newest of the session's messages that the ledger knows.
    fn newest(&self, job: &Job) -> Option<String> {
        let posts = self.posts.of(&job.post_key.book).into_iter().filter_map(|(_, state)| match state {
            PostState::Posted { ts, .. } => Some(ts),
            _ => None,
        });
        // A file stands in the ledger with its name.
        let is_ts = |ts: &String| ts.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        posts.filter(is_ts).chain(job.at.thread.clone()).max()
    }

    /// The first message around the job's place that is meant.
    pub(super) async fn first(
        &self,
        job: &Job,
        meant: &(dyn Fn(&Value) -> bool + Sync),
    ) -> Result<Option<Value>, CallFault> {
        let (method, pages) = match job.at.thread {
            Some(_) => ("conversations.replies", THREAD_PAGES),
            None => ("conversations.history", HISTORY_PAGES),
        };
        let mut cursor = None;
        for _ in 0..pages {
            // The whole thread waits for what comes of it.
            self.rate_limit.pass(ApiCall::Read, &job.at.channel, Urgency::Ask).await;
            let answer = self.client.call(method, &args(job, cursor.as_deref()), WRITING).await?;
            let mut messages = answer["messages"].as_array().into_iter().flatten();
            if let Some(message) = messages.find(|message| meant(message)) {
                return Ok(Some(message.clone()));
            }
            cursor = answer["response_metadata"]["next_cursor"].as_str().map(str::to_owned);
            if cursor.as_ref().is_none_or(String::is_empty) {
                break;
            }
        }
        Ok(None)
    }
}

fn args(job: &Job, cursor: Option<&str>) -> Value {
    let mut args = json!({ "channel": job.at.channel, "limit": PAGE, "include_all_metadata": true });
    if let Some(thread) = &job.at.thread {
        args["ts"] = json!(thread);
    }
    if let Some(cursor) = cursor {
        args["cursor"] = json!(cursor);
    }
    args
}

fn has_key(message: &Value, key: &str) -> bool {
    let metadata = &message["metadata"];
    metadata["event_type"] == EVENT && metadata["event_payload"]["key"] == key
}

fn has_block(message: &Value, name: &str) -> bool {
    let blocks = message["blocks"].as_array();
    blocks.is_some_and(|blocks| blocks.iter().any(|block| block["block_id"] == name))
}

fn found(message: &Value, streams: bool) -> Option<FoundMessage> {
    Some(FoundMessage { ts: message["ts"].as_str()?.to_owned(), streams })
}
