//! Puts a file into a thread, once: what is too long for a window.
//!
//! A shared file carries no metadata; its name is the slot's own, so it can be looked for by that.

use super::pace::{Rank, Road};
use super::press::{Job, Press, Slot, mark};
use crate::sessions::ports::PostState;
use crate::slack::client::{CallFault, FILES};
use serde_json::{Value, json};
use std::time::Duration;

/// Times that it is tried; the card and the window are there without it, too.
const TRIES: u32 = 4;

impl Press {
    /// Shares the text as a file. `title` is what people see.
    pub(super) async fn share(&self, job: &Job, title: &str, text: &str) {
        let name = format!("{}.txt", mark(&job.slot));
        let mut doubt = match self.posts.state(&job.slot.book, &job.slot.key) {
            Some(PostState::Posted { .. }) => return,
            Some(PostState::Intended) => true,
            Some(PostState::Failed { .. }) | None => false,
        };
        for tries in 0..TRIES {
            match self.try_share(job, &name, title, text, &mut doubt).await {
                Ok(()) => {
                    let shared = PostState::Posted { ts: name, drawn: None };
                    return self.note(&job.slot, shared).await;
                }
                Err(fault) if fault.code().is_some() => return self.not_shared(&job.slot, &fault).await,
                Err(CallFault::RateLimited { after, .. }) => tokio::time::sleep(after).await,
                Err(fault) if tries + 1 == TRIES => return self.not_shared(&job.slot, &fault).await,
                Err(_) => tokio::time::sleep(Duration::from_secs(1 << tries)).await,
            }
        }
    }

    async fn try_share(
        &self,
        job: &Job,
        name: &str,
        title: &str,
        text: &str,
        doubt: &mut bool,
    ) -> Result<(), CallFault> {
        if *doubt && self.is_shared(job, name).await? {
            return Ok(());
        }
        *doubt = false;
        self.note(&job.slot, PostState::Intended).await;
        let asked = json!({ "filename": name, "length": text.len() });
        let place = self.client.call("files.getUploadURLExternal", &asked, FILES).await?;
        let (url, id) = (&place["upload_url"], &place["file_id"]);
        self.client.upload(url.as_str().unwrap_or_default(), text.as_bytes()).await?;
        let mut share = json!({ "files": [{ "id": id, "title": title }], "channel_id": job.at.channel });
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
        Ok(self.first(job, &named).await?.is_some())
    }

    async fn not_shared(&self, slot: &Slot, fault: &CallFault) {
        tracing::warn!(session_id = slot.book, %fault, "a file could not be put into its thread");
        self.note(slot, PostState::Failed { reason: fault.to_string() }).await;
    }
}
