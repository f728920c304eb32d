//! Brings one message to Slack, and knows at each moment what may have become of it.
//!
//! Before a post the ledger says `Intended`, after it `Posted`. Whatever is `Intended` without a known end, after a
//! crash or a broken call, is looked for in its thread before it is posted again (REQ-SLACK-05, I3).

use super::dead_letters::{DeadLetter, DeadLetters};
use super::doubles::Doubles;
use super::job::{Job, Permit, PostKey, PostOutcome, Retry};
use super::look_up::FoundMessage;
use super::metrics::OutMetrics;
use super::rate_limit::{ApiCall, RateLimit};
use super::refusal_codes::{is_gone, is_mendable};
use super::share_file::Turns;
use super::stream::{CONFLICT, STREAM, Streams, metadata};
use super::urgency::Urgency;
use crate::clock::Clock;
use crate::ids::IdSource;
use crate::sessions::ports::{PostBook, PostState};
use crate::slack::client::{CallFault, Client, WRITING};
use crate::slack::render::Drawing;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;

/// Times that a call is tried again, 1, 2, 4, 8 and 16 seconds apart (REQ-SLACK-03).
pub(super) const RETRIES: u32 = 5;

/// Between tries of what a person has to mend first, such as a revoked token or an archived channel.
const UNTIL_MENDED: Duration = Duration::from_secs(30);

/// Between tries to write into the ledger, while the disk refuses.
const DISK_RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// What metadata of ours is called.
pub(super) const EVENT: &str = "opencode_gateway_post";

/// What the ledger says was drawn of a message that is a person's own, or is not there any more.
pub(super) const THEIRS: &str = "theirs";
pub(super) const GONE: &str = "gone";

pub(super) struct Poster {
    pub client: Client,
    pub posts: Arc<dyn PostBook>,
    pub rate_limit: RateLimit,
    pub dead: DeadLetters,
    pub ids: IdSource,
    pub clock: Arc<dyn Clock>,
    pub metrics: OutMetrics,
    pub turns: Turns,
    pub streams: Streams,
    pub doubles: Doubles,
}

/// A message that is in Slack.
enum Attempt {
    Posted { ts: String },
    AlreadyThere(FoundMessage),
}

/// What went wrong with a try: the look whether it is there already, or the post.
enum AttemptFault {
    Look(CallFault),
    Post(CallFault),
}

impl AttemptFault {
    fn into_fault(self) -> CallFault {
        match self {
            Self::Look(fault) | Self::Post(fault) => fault,
        }
    }
}

/// What to do about a fault.
enum AfterFault {
    Again(Duration),
    GiveUp,
    Gone,
}

impl Poster {
    /// Posts it, once for its key.
    pub(super) async fn post(&self, job: &Job, retry: Retry, permit: Permit) -> PostOutcome {
        let doubt = match self.posts.state(&job.post_key.book, &job.post_key.key) {
            // Deleted by somebody, and wanted again.
            Some(PostState::Posted { drawn, .. }) if drawn.as_deref() == Some(GONE) => false,
            Some(PostState::Posted { ts, .. }) => return PostOutcome::Posted { ts, stale: false },
            Some(PostState::Intended) => true,
            Some(PostState::Failed { .. }) | None => false,
        };
        self.post_from(job, retry, permit, doubt).await
    }

    /// `doubt`: it may be there already.
    pub(super) async fn post_from(
        &self,
        job: &Job,
        retry: Retry,
        mut permit: Permit,
        mut doubt: bool,
    ) -> PostOutcome {
        let (mut tries, mut doubted) = (0, doubt);
        loop {
            let fault_of_attempt = match self.try_post(job, &mut doubt, &mut permit).await {
                // It was found. Drawing it anew is not waited for here: posts come behind this one, and updates may have
                // to wait long.
                Ok(Attempt::AlreadyThere(found)) => {
                    self.worked_after(tries, job);
                    return self.found(job, found).await;
                }
                Ok(Attempt::Posted { ts }) => {
                    self.worked_after(tries, job);
                    if doubted {
                        self.doubles.suspect(job, &ts);
                    }
                    return self.posted(job, ts).await;
                }
                Err(fault_of_attempt) => fault_of_attempt,
            };
            doubted |= doubt;
            let next = match &fault_of_attempt {
                // A look-up that is refused says nothing about the message: only a person or time mends that.
                AttemptFault::Look(fault) => self.look_again(fault, &job.at.channel, &mut tries, retry),
                AttemptFault::Post(fault) => {
                    self.next(fault, ApiCall::Post, &job.at.channel, &mut tries, retry)
                }
            };
            let fault = fault_of_attempt.into_fault();
            match next {
                AfterFault::Again(wait) => tokio::time::sleep(wait).await,
                AfterFault::GiveUp | AfterFault::Gone if retry == Retry::Briefly => {
                    return self.refuse(job, &fault, doubt).await;
                }
                AfterFault::GiveUp | AfterFault::Gone => {
                    return self.give_up(job, None, tries, &fault, doubt).await;
                }
            }
        }
    }

    /// As often as any other call, whatever the code.
    fn look_again(&self, fault: &CallFault, channel: &str, tries: &mut u32, retry: Retry) -> AfterFault {
        match self.next(fault, ApiCall::Read, channel, tries, retry) {
            AfterFault::GiveUp | AfterFault::Gone if retry == Retry::ToDeadLetter && *tries < RETRIES => {
                let wait = Duration::from_secs(1 << *tries);
                *tries += 1;
                AfterFault::Again(wait)
            }
            next => next,
        }
    }

    /// Somebody waits and hears it at once; a letter that comes later would help nobody. What is in doubt stays so.
    async fn refuse(&self, job: &Job, fault: &CallFault, doubt: bool) -> PostOutcome {
        let (code, reason) = (fault.code().unwrap_or("unreachable").to_owned(), fault.to_string());
        if !doubt {
            self.note(&job.post_key, PostState::Failed { reason: reason.clone() }).await;
        }
        PostOutcome::GivenUp { code, reason }
    }

    /// Waits for a permit, unless the call has one. Once admitted, a job waits for nobody when it is tried again: what is
    /// more urgent may stand behind it in its thread.
    async fn admit(&self, call: ApiCall, job: &Job, permit: &mut Permit) {
        let urgency = match permit {
            Permit::InHand => None,
            Permit::Used => Some(Urgency::Ask),
            Permit::NotYet => Some(job.urgency),
        };
        if let Some(urgency) = urgency {
            self.rate_limit.pass(call, &job.at.channel, urgency).await;
        }
        *permit = Permit::Used;
    }

    /// One try: looks first, where it may be there already.
    async fn try_post(
        &self,
        job: &Job,
        doubt: &mut bool,
        permit: &mut Permit,
    ) -> Result<Attempt, AttemptFault> {
        if *doubt {
            if let Some(found) = self.find(job).await.map_err(AttemptFault::Look)? {
                self.metrics.found.inc();
                return Ok(Attempt::AlreadyThere(found));
            }
            *doubt = false;
        }
        self.note(&job.post_key, PostState::Intended).await;
        self.admit(ApiCall::Post, job, permit).await;
        let answer = self.client.call("chat.postMessage", &post_args(job), WRITING).await;
        if let Err(CallFault::Unknown { .. }) = answer {
            self.metrics.in_doubt.inc();
            *doubt = true;
        }
        let ts = answer.map_err(AttemptFault::Post)?["ts"].as_str().map(str::to_owned);
        ts.map(|ts| Attempt::Posted { ts }).ok_or_else(|| {
            *doubt = true;
            AttemptFault::Post(CallFault::Unknown {
                method: "chat.postMessage".into(),
                why: "the answer names no message".into(),
            })
        })
    }

    async fn posted(&self, job: &Job, ts: String) -> PostOutcome {
        self.metrics.posted.inc();
        let drawn = (!job.drawing.live).then(|| fingerprint(&job.drawing));
        self.note(&job.post_key, PostState::Posted { ts: ts.clone(), drawn }).await;
        PostOutcome::Posted { ts, stale: false }
    }

    async fn found(&self, job: &Job, FoundMessage { ts, streams }: FoundMessage) -> PostOutcome {
        self.metrics.posted.inc();
        let drawn = streams.then(|| STREAM.to_owned());
        self.note(&job.post_key, PostState::Posted { ts: ts.clone(), drawn }).await;
        PostOutcome::Posted { ts, stale: true }
    }

    /// Draws a message anew.
    pub(super) async fn update(&self, job: &Job, ts: &str, permit: Permit) -> PostOutcome {
        self.redraw(job, ts, permit, false).await
    }

    /// Draws a message anew. `streams`: it may stream still, which ends first.
    pub(super) async fn redraw(
        &self,
        job: &Job,
        ts: &str,
        mut permit: Permit,
        mut streams: bool,
    ) -> PostOutcome {
        let mut tries = 0;
        loop {
            let (call, fault) = match self.try_redraw(job, ts, &mut permit, &mut streams).await {
                Ok(()) => {
                    self.worked_after(tries, job);
                    return self.drawn(job, ts).await;
                }
                Err(fault_of_attempt) => fault_of_attempt,
            };
            if fault.code() == Some(CONFLICT) && tries < RETRIES {
                streams = true;
                tokio::time::sleep(Duration::from_secs(1 << tries)).await;
                tries += 1;
                continue;
            }
            match self.next(&fault, call, &job.at.channel, &mut tries, Retry::ToDeadLetter) {
                AfterFault::Again(wait) => tokio::time::sleep(wait).await,
                AfterFault::Gone => return PostOutcome::Gone,
                // The next change draws all of it again.
                AfterFault::GiveUp => return self.give_up(job, Some(ts), tries, &fault, false).await,
            }
        }
    }

    async fn try_redraw(
        &self,
        job: &Job,
        ts: &str,
        permit: &mut Permit,
        streams: &mut bool,
    ) -> Result<(), (ApiCall, CallFault)> {
        if *streams {
            self.end(job, ts).await.map_err(|fault| (ApiCall::Stop, fault))?;
            *streams = false;
        }
        self.admit(ApiCall::Update, job, permit).await;
        let drawn = self.client.call("chat.update", &update_args(job, ts), WRITING).await;
        drawn.map_err(|fault| (ApiCall::Update, fault))?;
        self.metrics.updated.inc();
        Ok(())
    }

    async fn drawn(&self, job: &Job, ts: &str) -> PostOutcome {
        let drawn = (!job.drawing.live).then(|| fingerprint(&job.drawing));
        // While a text grows the ledger needs no more than that it is there.
        let known = self.posts.state(&job.post_key.book, &job.post_key.key);
        let is_there = |drawn: &Option<String>| drawn.as_deref() != Some(STREAM);
        if !job.drawing.live || !matches!(known, Some(PostState::Posted { drawn, .. }) if is_there(&drawn)) {
            self.note(&job.post_key, PostState::Posted { ts: ts.to_owned(), drawn }).await;
        }
        PostOutcome::Posted { ts: ts.to_owned(), stale: false }
    }

    /// Takes a message away. The first call has its permit.
    pub(super) async fn delete(&self, job: &Job, ts: &str) -> PostOutcome {
        let args = json!({ "channel": job.at.channel, "ts": ts });
        let (mut tries, mut permit) = (0, Permit::InHand);
        loop {
            self.admit(ApiCall::Update, job, &mut permit).await;
            let Err(fault) = self.client.call("chat.delete", &args, WRITING).await else { break };
            match self.next(&fault, ApiCall::Update, &job.at.channel, &mut tries, Retry::ToDeadLetter) {
                AfterFault::Again(wait) => tokio::time::sleep(wait).await,
                AfterFault::Gone | AfterFault::GiveUp => break,
            }
        }
        self.note(&job.post_key, gone(ts)).await;
        PostOutcome::Gone
    }

    /// What follows from a fault, after so many tries.
    fn next(
        &self,
        fault: &CallFault,
        call: ApiCall,
        channel: &str,
        tries: &mut u32,
        retry: Retry,
    ) -> AfterFault {
        if retry == Retry::ToDeadLetter && is_mendable(fault) {
            self.metrics.blocked.inc();
            tracing::error!(channel, %fault, "call refused by Slack until an operator fixes this; retrying \
                every {} s", UNTIL_MENDED.as_secs());
            return AfterFault::Again(UNTIL_MENDED);
        }
        if let Some(code) = fault.code() {
            return if is_gone(code) { AfterFault::Gone } else { AfterFault::GiveUp };
        }
        let most = if retry == Retry::ToDeadLetter { RETRIES } else { 2 };
        if *tries >= most {
            return AfterFault::GiveUp;
        }
        let wait = Duration::from_secs(1 << *tries);
        *tries += 1;
        self.metrics.retried(*tries);
        if let CallFault::RateLimited { after, .. } = fault {
            self.metrics.rate_limited.inc();
            self.rate_limit.hold(call, channel, *after);
            return AfterFault::Again(wait);
        }
        tracing::warn!(channel, %fault, tries = *tries, "call to Slack failed; retrying");
        AfterFault::Again(wait)
    }

    /// An operator who saw the warnings hears that it ended well.
    fn worked_after(&self, tries: u32, job: &Job) {
        if tries > 0 {
            self.metrics.recovered.inc();
            let (session_id, channel) = (&job.post_key.book, &job.at.channel);
            tracing::info!(session_id, channel, tries, "call to Slack worked after a retry");
        }
    }

    /// To the dead letters, where an operator finds it.
    /// In doubt, it is looked for before it is sent again.
    async fn give_up(
        &self,
        job: &Job,
        ts: Option<&str>,
        tries: u32,
        fault: &CallFault,
        doubt: bool,
    ) -> PostOutcome {
        let reason = fault.to_string();
        let letter = DeadLetter {
            id: self.ids.next("dead_"),
            at: self.clock.now(),
            session: job.post_key.book.clone(),
            key: job.post_key.key.clone(),
            channel: job.at.channel.clone(),
            thread: job.at.thread.clone(),
            ts: ts.map(str::to_owned),
            text: job.drawing.text.clone(),
            blocks: job.drawing.blocks.clone(),
            tries: tries + 1,
            reason: reason.clone(),
        };
        let (dead, id) = (self.dead.clone(), letter.id.clone());
        let added = tokio::task::spawn_blocking(move || dead.add(&letter)).await;
        if let Ok(Err(error)) = added {
            tracing::error!(%error, "message neither posted nor saved as a dead letter");
        }
        self.metrics.dead_letters.inc();
        tracing::error!(
            session_id = job.post_key.book,
            key = job.post_key.key,
            letter = id,
            reason,
            "message to Slack not posted; `gateway dead-letters` lists it and can resend it"
        );
        if ts.is_none() && !doubt {
            self.note(&job.post_key, PostState::Failed { reason: reason.clone() }).await;
        }
        let code = fault.code().unwrap_or("unreachable").to_owned();
        PostOutcome::GivenUp { code, reason }
    }

    /// Returns when the ledger has it on disk: nothing is posted that is not noted.
    pub(super) async fn note(&self, post_key: &PostKey, state: PostState) {
        if self.posts.state(&post_key.book, &post_key.key).as_ref() == Some(&state) {
            return;
        }
        while let Err(error) = self.posts.note(&post_key.book, &post_key.key, state.clone()).await {
            tracing::error!(session_id = post_key.book, %error, "post ledger not written");
            tokio::time::sleep(DISK_RETRY_INTERVAL).await;
        }
    }
}

pub(super) fn gone(ts: &str) -> PostState {
    PostState::Posted { ts: ts.to_owned(), drawn: Some(GONE.to_owned()) }
}

/// A short name of what a drawing shows.
pub(super) fn fingerprint(drawing: &Drawing) -> String {
    let shown = json!([drawing.text, drawing.blocks]).to_string();
    hex::encode(&Sha256::digest(shown)[..8])
}

fn post_args(job: &Job) -> Value {
    let mut args = update_args(job, "");
    args["unfurl_links"] = json!(false);
    args["unfurl_media"] = json!(false);
    if let Some(args) = args.as_object_mut() {
        args.remove("ts");
    }
    if let Some(thread) = &job.at.thread {
        args["thread_ts"] = json!(thread);
    }
    args
}

fn update_args(job: &Job, ts: &str) -> Value {
    json!({
        "channel": job.at.channel,
        "ts": ts,
        "text": job.drawing.text,
        "blocks": named_blocks(&job.drawing),
        // Otherwise an update would look for names and addresses in the text.
        "parse": "none",
        "metadata": metadata(job),
    })
}

/// Slack's apps draw a block anew only when its id is another one.
fn named_blocks(drawing: &Drawing) -> Vec<Value> {
    let name = fingerprint(drawing);
    let named = |(n, block): (usize, &Value)| {
        let mut block = block.clone();
        if block.get("block_id").is_none() {
            block["block_id"] = json!(format!("{name}.{n}"));
        }
        block
    };
    drawing.blocks.iter().enumerate().map(named).collect()
}
