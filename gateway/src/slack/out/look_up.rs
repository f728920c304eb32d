//! Looks whether a message is in its thread: by the key in its metadata.

use super::pace::{Rank, Road};
use super::press::{EVENT, Job, Press, mark};
use crate::slack::client::{CallFault, WRITING};
use serde_json::{Value, json};

/// Messages of one answer; Slack's own most is 1,000 and its advice 200.
const PAGE: u32 = 200;

/// Pages of a thread that are read: a thread of 4,000 messages is longer than any that people read.
const THREAD_PAGES: usize = 20;

/// Pages of a channel's history: the message was tried moments before the gateway looks, or before it restarted.
const HISTORY_PAGES: usize = 3;

impl Press {
    /// The message's `ts`, if it is there.
    pub(super) async fn find(&self, job: &Job) -> Result<Option<String>, CallFault> {
        let wanted = mark(&job.slot);
        let ours = |message: &Value| {
            let metadata = &message["metadata"];
            metadata["event_type"] == EVENT && metadata["event_payload"]["key"] == wanted.as_str()
        };
        self.first(job, &ours).await
    }

    /// The first message around the job's place that is meant.
    pub(super) async fn first(
        &self,
        job: &Job,
        meant: &(dyn Fn(&Value) -> bool + Sync),
    ) -> Result<Option<String>, CallFault> {
        let (method, pages) = match job.at.thread {
            Some(_) => ("conversations.replies", THREAD_PAGES),
            None => ("conversations.history", HISTORY_PAGES),
        };
        let mut cursor = None;
        for _ in 0..pages {
            // The whole thread waits for what comes of it.
            self.pace.pass(Road::Read, &job.at.channel, Rank::Ask).await;
            let answer = self.client.call(method, &args(job, cursor.as_deref()), WRITING).await?;
            if let Some(ts) = found(&answer, meant) {
                return Ok(Some(ts));
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

fn found(answer: &Value, meant: &dyn Fn(&Value) -> bool) -> Option<String> {
    let message = answer["messages"].as_array()?.iter().find(|message| meant(message))?;
    message["ts"].as_str().map(str::to_owned)
}
