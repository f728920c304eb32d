//! Puts a file into a thread, once: what is too long for a window.
//!
//! A shared file carries no metadata. Its name is the slot's own, so a share of unknown fate is looked for in the thread
//! by that name before anything is uploaded anew. Slack shares a completed file a moment after it says so, or after the
//! connection broke: what is not found is looked for a second time.

use super::pace::{Rank, Road};
use super::press::{Job, Press, Slot, mark};
use crate::sessions::ports::PostState;
use crate::slack::client::{CallFault, FILES};
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
pub struct Paper {
    /// Of its name, without the dot: by this Slack knows how to draw it.
    pub ending: &'static str,
    /// What people see.
    pub title: String,
    pub text: String,
}

/// One at a time for each slot: two who want the same file get one.
#[derive(Default)]
pub(super) struct Turns(Mutex<HashMap<Slot, Arc<tokio::sync::Mutex<()>>>>);

impl Turns {
    async fn of(&self, slot: &Slot) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // Those that nobody holds or waits for.
            turns.retain(|_, turn| Arc::strong_count(turn) > 1);
            Arc::clone(turns.entry(slot.clone()).or_default())
        };
        turn.lock_owned().await
    }
}

impl Press {
    /// Shares the text as a file. False: it was given up.
    pub(super) async fn share(&self, job: &Job, paper: &Paper) -> bool {
        let _turn = self.turns.of(&job.slot).await;
        let name = format!("{}.{}", mark(&job.slot), paper.ending);
        let mut doubt = match self.posts.state(&job.slot.book, &job.slot.key) {
            Some(PostState::Posted { .. }) => return true,
            Some(PostState::Intended) => true,
            Some(PostState::Failed { .. }) | None => false,
        };
        for tries in 0..TRIES {
            match self.try_share(job, &name, paper, &mut doubt).await {
                Ok(()) => {
                    let shared = PostState::Posted { ts: name, drawn: None };
                    self.note(&job.slot, shared).await;
                    return true;
                }
                Err(fault) if fault.code().is_some() || tries + 1 == TRIES => {
                    self.not_shared(&job.slot, &fault, doubt).await;
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
        paper: &Paper,
        doubt: &mut bool,
    ) -> Result<(), CallFault> {
        if *doubt && self.is_shared(job, name).await? {
            return Ok(());
        }
        *doubt = false;
        self.note(&job.slot, PostState::Intended).await;
        let asked = json!({ "filename": name, "length": paper.text.len() });
        let place = self.client.call("files.getUploadURLExternal", &asked, FILES).await?;
        let (url, id) = (&place["upload_url"], &place["file_id"]);
        self.client.upload(url.as_str().unwrap_or_default(), paper.text.as_bytes()).await?;
        let mut share =
            json!({ "files": [{ "id": id, "title": paper.title }], "channel_id": job.at.channel });
        if let Some(thread) = &job.at.thread {
            share["thread_ts"] = json!(thread);
        }
        self.pace.pass(Road::Post, &job.at.channel, Rank::News).await;
        let shared = self.client.call("files.completeUploadExternal", &share, FILES).await;
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
    async fn not_shared(&self, slot: &Slot, fault: &CallFault, doubt: bool) {
        tracing::warn!(session_id = slot.book, %fault, "a file could not be put into its thread");
        if !doubt {
            self.note(slot, PostState::Failed { reason: fault.to_string() }).await;
        }
    }
}
