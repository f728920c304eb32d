//! Messages that came after all. A post that Slack took late, or did not tell of when it was looked for, is there twice: once
//! more than the ledger knows. Whatever was posted anew after a doubt is looked at again later, and what the ledger does not
//! know is taken away.

use super::job::Job;
use super::poster::Poster;
use super::rate_limit::ApiCall;
use super::urgency::Urgency;
use crate::slack::client::WRITING;
use serde_json::json;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// After so long it is looked at. The call that was in doubt had ten seconds before that; what takes more than a minute
/// longer Slack itself has cut off.
const LOOKS: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(60)];

/// Suspicions that wait; beyond it a double stays, which is seen and harms nobody.
const MOST: usize = 1_024;

/// Something that may be there twice.
pub(super) struct Suspect {
    job: Job,
    /// The one that the ledger knows.
    ts: String,
    look: usize,
    at: Instant,
}

#[derive(Clone)]
pub(super) struct Doubles {
    tell: mpsc::Sender<Suspect>,
    told: Arc<Mutex<Option<mpsc::Receiver<Suspect>>>>,
}

impl Default for Doubles {
    fn default() -> Self {
        let (tell, told) = mpsc::channel(MOST);
        Self { tell, told: Arc::new(Mutex::new(Some(told))) }
    }
}

impl Doubles {
    /// It was posted anew after a doubt.
    pub(super) fn suspect(&self, job: &Job, ts: &str) {
        let suspect = Suspect { job: job.clone(), ts: ts.to_owned(), look: 0, at: Instant::now() + LOOKS[0] };
        if self.tell.try_send(suspect).is_err() {
            tracing::warn!(key = job.post_key.key, "too many posts in doubt; this one is not checked again");
        }
    }
}

impl Poster {
    /// Looks at what is suspected, in the order in which it is due. Works until its task ends.
    pub(super) async fn look_for_doubles(&self) {
        let told = self.doubles.told.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut told) = told else { return };
        while let Some(mut suspect) = told.recv().await {
            tokio::time::sleep_until(suspect.at).await;
            self.take_away(&suspect).await;
            suspect.look += 1;
            if let Some(wait) = LOOKS.get(suspect.look) {
                suspect.at = Instant::now() + *wait;
                // A full list has newer ones, which matter more.
                let _ = self.doubles.tell.try_send(suspect);
            }
        }
    }

    async fn take_away(&self, Suspect { job, ts, .. }: &Suspect) {
        let all = match self.all_with_key(job).await {
            Ok(all) => all,
            Err(fault) => return tracing::info!(%fault, "check for a duplicate message failed"),
        };
        for double in all.iter().filter(|one| *one != ts) {
            tracing::warn!(
                key = job.post_key.key,
                "duplicate message after a slow response from Slack; removing one"
            );
            self.rate_limit.pass(ApiCall::Update, &job.at.channel, Urgency::Live).await;
            let args = json!({ "channel": job.at.channel, "ts": double });
            if let Err(fault) = self.client.call("chat.delete", &args, WRITING).await {
                tracing::warn!(%fault, "duplicate message not removed");
                continue;
            }
            self.metrics.doubles.inc();
        }
    }
}
