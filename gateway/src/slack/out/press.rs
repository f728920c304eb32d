//! Brings one message to Slack, and knows at each moment what may have become of it.
//!
//! Before a post the ledger says `Intended`, after it `Posted`. Whatever is `Intended` without a known end, after a
//! crash or a broken call, is looked for in its thread before it is posted again (REQ-SLACK-05, I3).

use super::codes::{is_gone, is_mendable};
use super::dead::{DeadLetter, DeadLetters};
use super::doubles::Doubles;
use super::look_up::Found;
use super::metrics::OutMetrics;
use super::pace::{Pace, Rank, Road};
use super::share::Turns;
use super::stream::{CONFLICT, STREAM, Streams, metadata};
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
const DISK: Duration = Duration::from_secs(1);

/// What metadata of ours is called.
pub(super) const EVENT: &str = "opencode_gateway_post";

/// What the ledger says was drawn of a message that is a person's own, or is not there any more.
pub(super) const THEIRS: &str = "theirs";
pub(super) const GONE: &str = "gone";

pub(super) struct Press {
    pub client: Client,
    pub posts: Arc<dyn PostBook>,
    pub pace: Pace,
    pub dead: DeadLetters,
    pub ids: IdSource,
    pub clock: Arc<dyn Clock>,
    pub metrics: OutMetrics,
    pub turns: Turns,
    pub streams: Streams,
    pub doubles: Doubles,
}

/// A message's place in the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Slot {
    /// The session, or what stands for it before there is one.
    pub book: String,
    pub key: String,
}

/// Where in Slack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub channel: String,
    pub thread: Option<String>,
}

/// A message on its way.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub slot: Slot,
    pub at: Address,
    pub drawing: Drawing,
    pub rank: Rank,
}

/// How long to go on trying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// As the promise of REQ-SLACK-03 says, then a dead letter. What a person can mend is waited for.
    Long,
    /// Somebody waits for the outcome: what is refused is told at once.
    Short,
}

/// Whether a job has been admitted to its road.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passed {
    Never,
    /// The next call has its permit.
    Now,
    /// An earlier call had one.
    Before,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Posted {
        ts: String,
        /// It was found after a doubt and shows what was drawn when it was sent. That may be long ago.
        stale: bool,
    },
    /// It is not there any more, or cannot be changed any more.
    Gone,
    GivenUp {
        /// Slack's word for it, or ours.
        code: String,
        reason: String,
    },
}

/// A message that is in Slack.
enum Sent {
    Now { ts: String },
    Before(Found),
}

/// What went wrong with a try: the look whether it is there already, or the post.
enum Missed {
    Look(CallFault),
    Post(CallFault),
}

impl Missed {
    fn into_fault(self) -> CallFault {
        match self {
            Self::Look(fault) | Self::Post(fault) => fault,
        }
    }
}

/// What to do about a fault.
enum Next {
    Again(Duration),
    GiveUp,
    Gone,
}

impl Press {
    /// Posts it, once for its slot.
    pub(super) async fn post(&self, job: &Job, patience: Patience, passed: Passed) -> Fate {
        let doubt = match self.posts.state(&job.slot.book, &job.slot.key) {
            // Deleted by somebody, and wanted again.
            Some(PostState::Posted { drawn, .. }) if drawn.as_deref() == Some(GONE) => false,
            Some(PostState::Posted { ts, .. }) => return Fate::Posted { ts, stale: false },
            Some(PostState::Intended) => true,
            Some(PostState::Failed { .. }) | None => false,
        };
        self.post_from(job, patience, passed, doubt).await
    }

    /// `doubt`: it may be there already.
    pub(super) async fn post_from(
        &self,
        job: &Job,
        patience: Patience,
        mut passed: Passed,
        mut doubt: bool,
    ) -> Fate {
        let (mut tries, mut doubted) = (0, doubt);
        loop {
            let missed = match self.try_post(job, &mut doubt, &mut passed).await {
                // It was found. Drawing it anew is not waited for here: posts come behind this one, and updates may have
                // to wait long.
                Ok(Sent::Before(found)) => {
                    self.worked_after(tries, job);
                    return self.found(job, found).await;
                }
                Ok(Sent::Now { ts }) => {
                    self.worked_after(tries, job);
                    if doubted {
                        self.doubles.suspect(job, &ts);
                    }
                    return self.posted(job, ts).await;
                }
                Err(missed) => missed,
            };
            doubted |= doubt;
            let next = match &missed {
                // A look-up that is refused says nothing about the message: only a person or time mends that.
                Missed::Look(fault) => self.look_again(fault, &job.at.channel, &mut tries, patience),
                Missed::Post(fault) => self.next(fault, Road::Post, &job.at.channel, &mut tries, patience),
            };
            let fault = missed.into_fault();
            match next {
                Next::Again(wait) => tokio::time::sleep(wait).await,
                Next::GiveUp | Next::Gone if patience == Patience::Short => {
                    return self.refuse(job, &fault, doubt).await;
                }
                Next::GiveUp | Next::Gone => return self.give_up(job, None, tries, &fault, doubt).await,
            }
        }
    }

    /// As often as any other call, whatever the code.
    fn look_again(&self, fault: &CallFault, channel: &str, tries: &mut u32, patience: Patience) -> Next {
        match self.next(fault, Road::Read, channel, tries, patience) {
            Next::GiveUp | Next::Gone if patience == Patience::Long && *tries < RETRIES => {
                let wait = Duration::from_secs(1 << *tries);
                *tries += 1;
                Next::Again(wait)
            }
            next => next,
        }
    }

    /// Somebody waits and hears it at once; a letter that comes later would help nobody. What is in doubt stays so.
    async fn refuse(&self, job: &Job, fault: &CallFault, doubt: bool) -> Fate {
        let (code, reason) = (fault.code().unwrap_or("unreachable").to_owned(), fault.to_string());
        if !doubt {
            self.note(&job.slot, PostState::Failed { reason: reason.clone() }).await;
        }
        Fate::GivenUp { code, reason }
    }

    /// Waits for a permit, unless the call has one. Once admitted, a job waits for nobody when it is tried again: what is
    /// more urgent may stand behind it in its thread.
    async fn admit(&self, road: Road, job: &Job, passed: &mut Passed) {
        let rank = match passed {
            Passed::Now => None,
            Passed::Before => Some(Rank::Ask),
            Passed::Never => Some(job.rank),
        };
        if let Some(rank) = rank {
            self.pace.pass(road, &job.at.channel, rank).await;
        }
        *passed = Passed::Before;
    }

    /// One try: looks first, where it may be there already.
    async fn try_post(&self, job: &Job, doubt: &mut bool, passed: &mut Passed) -> Result<Sent, Missed> {
        if *doubt {
            if let Some(found) = self.find(job).await.map_err(Missed::Look)? {
                self.metrics.found.inc();
                return Ok(Sent::Before(found));
            }
            *doubt = false;
        }
        self.note(&job.slot, PostState::Intended).await;
        self.admit(Road::Post, job, passed).await;
        let answer = self.client.call("chat.postMessage", &post_args(job), WRITING).await;
        if let Err(CallFault::Unknown { .. }) = answer {
            self.metrics.in_doubt.inc();
            *doubt = true;
        }
        let ts = answer.map_err(Missed::Post)?["ts"].as_str().map(str::to_owned);
        ts.map(|ts| Sent::Now { ts }).ok_or_else(|| {
            *doubt = true;
            Missed::Post(CallFault::Unknown {
                method: "chat.postMessage".into(),
                why: "the answer names no message".into(),
            })
        })
    }

    async fn posted(&self, job: &Job, ts: String) -> Fate {
        self.metrics.posted.inc();
        let drawn = (!job.drawing.live).then(|| fingerprint(&job.drawing));
        self.note(&job.slot, PostState::Posted { ts: ts.clone(), drawn }).await;
        Fate::Posted { ts, stale: false }
    }

    async fn found(&self, job: &Job, Found { ts, streams }: Found) -> Fate {
        self.metrics.posted.inc();
        let drawn = streams.then(|| STREAM.to_owned());
        self.note(&job.slot, PostState::Posted { ts: ts.clone(), drawn }).await;
        Fate::Posted { ts, stale: true }
    }

    /// Draws a message anew.
    pub(super) async fn update(&self, job: &Job, ts: &str, passed: Passed) -> Fate {
        self.redraw(job, ts, passed, false).await
    }

    /// Draws a message anew. `streams`: it may stream still, which ends first.
    pub(super) async fn redraw(&self, job: &Job, ts: &str, mut passed: Passed, mut streams: bool) -> Fate {
        let mut tries = 0;
        loop {
            let (road, fault) = match self.try_redraw(job, ts, &mut passed, &mut streams).await {
                Ok(()) => {
                    self.worked_after(tries, job);
                    return self.drawn(job, ts).await;
                }
                Err(missed) => missed,
            };
            if fault.code() == Some(CONFLICT) && tries < RETRIES {
                streams = true;
                tokio::time::sleep(Duration::from_secs(1 << tries)).await;
                tries += 1;
                continue;
            }
            match self.next(&fault, road, &job.at.channel, &mut tries, Patience::Long) {
                Next::Again(wait) => tokio::time::sleep(wait).await,
                Next::Gone => return Fate::Gone,
                // The next change draws all of it again.
                Next::GiveUp => return self.give_up(job, Some(ts), tries, &fault, false).await,
            }
        }
    }

    async fn try_redraw(
        &self,
        job: &Job,
        ts: &str,
        passed: &mut Passed,
        streams: &mut bool,
    ) -> Result<(), (Road, CallFault)> {
        if *streams {
            self.end(job, ts).await.map_err(|fault| (Road::Stop, fault))?;
            *streams = false;
        }
        self.admit(Road::Update, job, passed).await;
        let drawn = self.client.call("chat.update", &update_args(job, ts), WRITING).await;
        drawn.map_err(|fault| (Road::Update, fault))?;
        self.metrics.updated.inc();
        Ok(())
    }

    async fn drawn(&self, job: &Job, ts: &str) -> Fate {
        let drawn = (!job.drawing.live).then(|| fingerprint(&job.drawing));
        // While a text grows the ledger needs no more than that it is there.
        let known = self.posts.state(&job.slot.book, &job.slot.key);
        let is_there = |drawn: &Option<String>| drawn.as_deref() != Some(STREAM);
        if !job.drawing.live || !matches!(known, Some(PostState::Posted { drawn, .. }) if is_there(&drawn)) {
            self.note(&job.slot, PostState::Posted { ts: ts.to_owned(), drawn }).await;
        }
        Fate::Posted { ts: ts.to_owned(), stale: false }
    }

    /// Takes a message away. The first call has its permit.
    pub(super) async fn delete(&self, job: &Job, ts: &str) -> Fate {
        let args = json!({ "channel": job.at.channel, "ts": ts });
        let (mut tries, mut passed) = (0, Passed::Now);
        loop {
            self.admit(Road::Update, job, &mut passed).await;
            let Err(fault) = self.client.call("chat.delete", &args, WRITING).await else { break };
            match self.next(&fault, Road::Update, &job.at.channel, &mut tries, Patience::Long) {
                Next::Again(wait) => tokio::time::sleep(wait).await,
                Next::Gone | Next::GiveUp => break,
            }
        }
        self.note(&job.slot, gone(ts)).await;
        Fate::Gone
    }

    /// What follows from a fault, after so many tries.
    fn next(
        &self,
        fault: &CallFault,
        road: Road,
        channel: &str,
        tries: &mut u32,
        patience: Patience,
    ) -> Next {
        if patience == Patience::Long && is_mendable(fault) {
            self.metrics.blocked.inc();
            tracing::error!(channel, %fault, "Slack refuses until somebody mends this; it is tried again every {} s", UNTIL_MENDED.as_secs());
            return Next::Again(UNTIL_MENDED);
        }
        if let Some(code) = fault.code() {
            return if is_gone(code) { Next::Gone } else { Next::GiveUp };
        }
        let most = if patience == Patience::Long { RETRIES } else { 2 };
        if *tries >= most {
            return Next::GiveUp;
        }
        let wait = Duration::from_secs(1 << *tries);
        *tries += 1;
        self.metrics.retried(*tries);
        if let CallFault::RateLimited { after, .. } = fault {
            self.metrics.rate_limited.inc();
            self.pace.hold(road, channel, *after);
            return Next::Again(wait);
        }
        tracing::warn!(channel, %fault, tries = *tries, "a call to Slack is tried again");
        Next::Again(wait)
    }

    /// An operator who saw the warnings hears that it ended well.
    fn worked_after(&self, tries: u32, job: &Job) {
        if tries > 0 {
            self.metrics.recovered.inc();
            let (session_id, channel) = (&job.slot.book, &job.at.channel);
            tracing::info!(session_id, channel, tries, "a call to Slack worked after it was tried again");
        }
    }

    /// To the dead letters, where an operator finds it.
    /// In doubt, it is looked for before it is sent again.
    async fn give_up(&self, job: &Job, ts: Option<&str>, tries: u32, fault: &CallFault, doubt: bool) -> Fate {
        let reason = fault.to_string();
        let letter = DeadLetter {
            id: self.ids.next("dead_"),
            at: self.clock.now(),
            session: job.slot.book.clone(),
            key: job.slot.key.clone(),
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
            tracing::error!(%error, "a message that could not be posted could not be kept either");
        }
        self.metrics.dead_letters.inc();
        tracing::error!(
            session_id = job.slot.book,
            key = job.slot.key,
            letter = id,
            reason,
            "a message to Slack was given up; `gateway dead-letters` lists it and can send it again"
        );
        if ts.is_none() && !doubt {
            self.note(&job.slot, PostState::Failed { reason: reason.clone() }).await;
        }
        let code = fault.code().unwrap_or("unreachable").to_owned();
        Fate::GivenUp { code, reason }
    }

    /// Returns when the ledger has it on disk: nothing is posted that is not noted.
    pub(super) async fn note(&self, slot: &Slot, state: PostState) {
        if self.posts.state(&slot.book, &slot.key).as_ref() == Some(&state) {
            return;
        }
        while let Err(error) = self.posts.note(&slot.book, &slot.key, state.clone()).await {
            tracing::error!(session_id = slot.book, %error, "the post ledger cannot be written");
            tokio::time::sleep(DISK).await;
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

/// The slot's name in Slack, which everybody there may read.
pub(super) fn mark(slot: &Slot) -> String {
    hex::encode(&Sha256::digest(format!("{}\n{}", slot.book, slot.key))[..16])
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
