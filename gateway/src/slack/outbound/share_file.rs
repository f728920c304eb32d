//! Puts a file into a thread, once: what is too long for a window.
//!
//! A shared file carries no metadata. Its name is made from the post's key, so a share of unknown fate is looked for in the thread
//! by that name before anything is uploaded anew. Slack shares a completed file a moment after it says so, or after the
//! connection broke: what is not found is looked for a second time.

use super::job::{Job, PostKey, mark};
use super::poster::Poster;
use super::rate_limit::ApiCall;
use super::urgency::Urgency;
use crate::sessions::ports::PostState;
use crate::slack::client::{CallFault, UPLOAD_PATIENCE};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;

/// Times that it is tried; the card and the window are there without it, too.
const TRIES: u32 = 4;

/// Before the second look for a share in doubt.
const SHARED_BY: Duration = Duration::from_secs(3);

/// A text that becomes a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextFile {
    /// Of its name, without the dot: by this Slack knows how to draw it.
    pub ending: &'static str,
    /// What people see.
    pub title: String,
    pub text: String,
}

/// One at a time for each key: two who want the same file get one.
#[derive(Default)]
pub(super) struct Turns(Mutex<HashMap<PostKey, Arc<tokio::sync::Mutex<()>>>>);

impl Turns {
    async fn of(&self, post_key: &PostKey) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // Those that nobody holds or waits for.
            turns.retain(|_, turn| Arc::strong_count(turn) > 1);
            Arc::clone(turns.entry(post_key.clone()).or_default())
        };
        turn.lock_owned().await
    }
}

impl Poster {
    /// Shares the text as a file. False: it was given up.
    pub(super) async fn share(&self, job: &Job, text_file: &TextFile) -> bool {
        let _turn = self.turns.of(&job.post_key).await;
        let name = format!("{}.{}", mark(&job.post_key), text_file.ending);
        let mut doubt = match self.posts.state(&job.post_key.book, &job.post_key.key) {
            Some(PostState::Posted { .. }) => return true,
            Some(PostState::Intended) => true,
            Some(PostState::Failed { .. }) | None => false,
        };
        for tries in 0..TRIES {
            match self.try_share(job, &name, text_file, &mut doubt).await {
                Ok(()) => {
                    let shared = PostState::Posted { ts: name, drawn: None };
                    self.note(&job.post_key, shared).await;
                    return true;
                }
                Err(fault) if fault.code().is_some() || tries + 1 == TRIES => {
                    self.not_shared(&job.post_key, &fault, doubt).await;
                    return false;
                }
                Err(CallFault::RateLimited { after, .. }) => tokio::time::sleep(after).await,
                Err(_) => tokio::time::sleep(Duration::from_secs(1 << tries)).await,
            }
        }
        false
    }

    async fn try_share(
        &self,
        job: &Job,
        name: &str,
        text_file: &TextFile,
        doubt: &mut bool,
    ) -> Result<(), CallFault> {
        if *doubt && self.is_shared(job, name).await? {
            return Ok(());
        }
        *doubt = false;
        self.note(&job.post_key, PostState::Intended).await;
        let asked = json!({ "filename": name, "length": text_file.text.len() });
        let upload = self.client.call("files.getUploadURLExternal", &asked, UPLOAD_PATIENCE).await?;
        let (url, id) = (&upload["upload_url"], &upload["file_id"]);
        self.client.upload(url.as_str().unwrap_or_default(), text_file.text.as_bytes()).await?;
        let mut share =
            json!({ "files": [{ "id": id, "title": text_file.title }], "channel_id": job.at.channel });
        if let Some(thread) = &job.at.thread {
            share["thread_ts"] = json!(thread);
        }
        self.rate_limit.pass(ApiCall::Post, &job.at.channel, Urgency::News).await;
        let shared = self.client.call("files.completeUploadExternal", &share, UPLOAD_PATIENCE).await;
        *doubt = matches!(shared, Err(CallFault::Unknown { .. }));
        shared.map(drop)
    }

    async fn is_shared(&self, job: &Job, name: &str) -> Result<bool, CallFault> {
        let named = |message: &Value| {
            let files = message["files"].as_array();
            files.is_some_and(|files| files.iter().any(|file| file["name"] == name))
        };
        if self.first(job, &named).await?.is_some() {
            return Ok(true);
        }
        tokio::time::sleep(SHARED_BY).await;
        Ok(self.first(job, &named).await?.is_some())
    }

    /// What is in doubt stays so: whoever wants it next looks first.
    async fn not_shared(&self, post_key: &PostKey, fault: &CallFault, doubt: bool) {
        tracing::warn!(session_id = post_key.book, %fault, "file not shared in its thread");
        if !doubt {
            self.note(post_key, PostState::Failed { reason: fault.to_string() }).await;
        }
    }
}
