//! The way out: what sessions show becomes messages in Slack, each once, in order, within Slack's limits.
//!
//! `thread_writer` knows a session and what its thread should show (`thread_plan`), `poster` brings one message there whatever
//! happens on the way, `rate_limit` keeps the rate, `dead_letters` holds what was given up.

mod dead_letters;
mod doubles;
mod held_back;
mod job;
mod look_up;
mod metrics;
mod poster;
mod rate_limit;
mod refusal_codes;
mod share_file;
mod step;
mod stream;
mod thread_plan;
mod thread_status;
mod thread_writer;
mod urgency;

pub use dead_letters::{DeadLetter, DeadLetters};
pub use metrics::OutMetrics;
pub use share_file::TextFile;

use super::client::{Client, WRITING};
use super::render::{self, CardFor, Drawing};
use super::{SURFACE, SlackParts};
use crate::clock::Clock;
use crate::sessions::desk::Desk;
use crate::sessions::ports::PostState;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use gateway_domain::thread::Tone;
use gateway_domain::{Ask, ThreadLocation};
use job::{Address, Job, Permit, PostKey, PostOutcome, Retry};
use poster::{Poster, THEIRS};
use rate_limit::RateLimit;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use thread_status::HasStatus;
use thread_writer::{ThreadWriter, WriterCommand};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use urgency::Urgency;

/// Notes that may wait for one writer; beyond it whoever has one more waits.
const NOTES: usize = 64;

/// Between looks for dead letters that are to be sent again.
const AGAIN: Duration = Duration::from_secs(3);

/// The key of the message that opens a thread.
const OPENING: &str = "open";

/// The key of a person's message that asked for a session.
const ASKED_IN: &str = "asked";

/// Where something is to be posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadTarget {
    pub team: String,
    pub channel: String,
    /// A thread that exists already.
    pub thread: Option<String>,
}

/// What the first message of a thread says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    pub title: String,
    /// Who started it, by name.
    pub by: String,
    pub project: Option<String>,
    /// The directory, or the repositories that a workspace is made of.
    pub works_in: Option<String>,
    /// The person's own message that asks for it, if there is one: it is not told a second time.
    pub asked_in: Option<String>,
}

/// A thread could not be opened: Slack's word for why, or what else went wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The thread could not be opened ({code}).")]
pub struct NotOpened {
    pub code: String,
}

/// A line of the gateway's own: mrkdwn, in which everything that came from elsewhere is escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub tone: Tone,
    pub text: String,
}

/// Brings what sessions show into Slack. Clones are cheap.
#[derive(Clone)]
pub struct Outlet(Arc<Inner>);

pub(super) struct Inner {
    poster: Poster,
    desk: Arc<Desk>,
    clock: Arc<dyn Clock>,
    writers: DashMap<String, mpsc::Sender<WriterCommand>>,
    status: HasStatus,
    /// The console's address, for links.
    console: Option<String>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// What stands for a session in the ledger before there is one.
pub(super) fn start_book(key: &str) -> String {
    format!("start_{key}")
}

impl Outlet {
    /// Follows all sessions that have a thread in Slack, now and from now on.
    pub fn start(parts: &SlackParts, client: Client) -> Self {
        let poster = Poster {
            client,
            posts: Arc::clone(&parts.posts),
            rate_limit: RateLimit::default(),
            dead: DeadLetters::at(&parts.dead_letters),
            ids: parts.ids.clone(),
            clock: Arc::clone(&parts.clock),
            metrics: parts.metrics.clone(),
            turns: share_file::Turns::default(),
            streams: stream::Streams::new(parts.config.streaming),
            doubles: doubles::Doubles::default(),
        };
        let outlet = Self(Arc::new(Inner {
            poster,
            desk: Arc::clone(&parts.desk),
            clock: Arc::clone(&parts.clock),
            writers: DashMap::new(),
            status: HasStatus::default(),
            console: parts.config.console.clone(),
            tasks: parts.tasks.clone(),
            stop: parts.stop.clone(),
        }));
        parts.tasks.spawn(outlet.clone().follow_all());
        parts.tasks.spawn(outlet.clone().send_again());
        parts.tasks.spawn(outlet.clone().look_for_doubles());
        outlet
    }

    async fn look_for_doubles(self) {
        tokio::select! {
            () = self.0.stop.cancelled() => {}
            () = self.0.poster.look_for_doubles() => {}
        }
    }

    /// Posts the message that opens a thread, exactly once for this key; in a thread that exists, the first of ours. So a
    /// place in which nothing can be posted is known before there is a session.
    pub async fn open_thread(
        &self,
        at: ThreadTarget,
        key: &str,
        opening: Opening,
    ) -> Result<ThreadLocation, NotOpened> {
        let ThreadTarget { team, channel, thread } = at;
        let location =
            |thread| ThreadLocation { surface: SURFACE.to_owned(), team, channel: channel.clone(), thread };
        if let Some(ts) = &opening.asked_in {
            let post_key = PostKey { book: start_book(key), key: ASKED_IN.to_owned() };
            let drawn = Some(THEIRS.to_owned());
            self.0.poster.note(&post_key, PostState::Posted { ts: ts.clone(), drawn }).await;
        }
        let job = Job {
            post_key: PostKey { book: start_book(key), key: OPENING.to_owned() },
            at: Address { channel: channel.clone(), thread: thread.clone() },
            drawing: render::opening(
                &opening.title,
                &opening.by,
                opening.project.as_deref(),
                opening.works_in.as_deref(),
            ),
            urgency: Urgency::Ask,
        };
        match self.0.poster.post(&job, Retry::Briefly, Permit::NotYet).await {
            PostOutcome::Posted { ts, .. } => Ok(location(thread.unwrap_or(ts))),
            PostOutcome::GivenUp { code, .. } => Err(NotOpened { code }),
            PostOutcome::Gone => Err(NotOpened { code: "message_not_found".to_owned() }),
        }
    }

    /// What was opened turned out to be for nothing: its first message says why.
    pub async fn close_opening(&self, location: &ThreadLocation, key: &str, why: &str) {
        let job = Job {
            post_key: PostKey { book: start_book(key), key: OPENING.to_owned() },
            at: Address { channel: location.channel.clone(), thread: None },
            drawing: render::line(Tone::Error, why),
            urgency: Urgency::News,
        };
        if let Some(PostState::Posted { ts, .. }) = self.0.poster.posts.state(&job.post_key.book, OPENING) {
            self.0.poster.update(&job, &ts, Permit::NotYet).await;
        }
    }

    /// A line before there is a session. Whoever waits for the session does not wait for a line that Slack refuses.
    pub async fn note_of_start(&self, location: &ThreadLocation, start: &str, key: &str, note: Note) {
        let at = Address { channel: location.channel.clone(), thread: Some(location.thread.clone()) };
        let post_key = PostKey { book: start.to_owned(), key: format!("note:{key}") };
        let job = Job { post_key, at, drawing: render::line(note.tone, &note.text), urgency: Urgency::News };
        if let PostOutcome::GivenUp { reason, .. } =
            self.0.poster.post(&job, Retry::Briefly, Permit::NotYet).await
        {
            tracing::warn!(reason, "progress of a start not posted");
        }
    }

    /// A line of the gateway in a thread, once per key, in order with everything else. Returns when it is posted, or
    /// given up as a dead letter.
    pub async fn note(&self, location: &ThreadLocation, session_or_key: &str, key: &str, note: Note) {
        let (key, drawing) = (format!("note:{key}"), render::line(note.tone, &note.text));
        if let Some(card) = self.0.desk.card_of(session_or_key) {
            self.follow_card(&card);
        }
        let writer = self.0.writers.get(session_or_key).map(|writer| writer.clone());
        if let Some(writer) = writer {
            let (done, posted) = oneshot::channel();
            let told = WriterCommand::Note { key: key.clone(), drawing: drawing.clone(), done };
            if writer.send(told).await.is_ok() {
                // The writer ends only with the gateway; its thread is redrawn then.
                let _ = posted.await;
                return;
            }
        }
        let at = Address { channel: location.channel.clone(), thread: Some(location.thread.clone()) };
        let post_key = PostKey { book: session_or_key.to_owned(), key };
        let job = Job { post_key, at, drawing, urgency: Urgency::News };
        self.0.poster.post(&job, Retry::ToDeadLetter, Permit::NotYet).await;
    }

    /// Puts a text into a thread as a file, once for this key. False: Slack did not take it.
    pub async fn file(
        &self,
        location: &ThreadLocation,
        session: &str,
        key: &str,
        text_file: &TextFile,
    ) -> bool {
        let post_key = PostKey { book: session.to_owned(), key: format!("file:{key}") };
        let at = Address { channel: location.channel.clone(), thread: Some(location.thread.clone()) };
        let job = Job { post_key, at, drawing: Drawing::new("", vec![]), urgency: Urgency::News };
        self.0.poster.share(&job, text_file).await
    }

    /// Posts an ask into a thread of its own, once, and returns the address of that thread. It is drawn anew as the
    /// ask changes.
    pub async fn open_aside(&self, _team: &str, channel: &str, ask: &Ask) -> Option<String> {
        let job = Job {
            post_key: PostKey { book: aside_book(&ask.id), key: OPENING.to_owned() },
            at: Address { channel: channel.to_owned(), thread: None },
            drawing: render::ask_card(ask, CardFor { owner: None, console: self.0.console.as_deref() }),
            urgency: Urgency::Ask,
        };
        let PostOutcome::Posted { ts, .. } = self.0.poster.post(&job, Retry::Briefly, Permit::NotYet).await
        else {
            return None;
        };
        self.permalink(channel, &ts).await
    }

    /// Whether somebody was asked already where the session's thread is to be.
    pub(super) fn asked_where(&self, session: &str) -> bool {
        matches!(self.0.poster.posts.state(&where_book(session), OPENING), Some(PostState::Posted { .. }))
    }

    /// Asks where the session's thread is to be, once.
    pub(super) async fn ask_where(&self, channel: &str, session: &str, drawing: Drawing) {
        let post_key = PostKey { book: where_book(session), key: OPENING.to_owned() };
        let at = Address { channel: channel.to_owned(), thread: None };
        self.0
            .poster
            .post(&Job { post_key, at, drawing, urgency: Urgency::Ask }, Retry::Briefly, Permit::NotYet)
            .await;
    }

    /// Tells somebody of an alert, once for its key. False: Slack did not take it.
    pub(super) async fn alert(&self, channel: &str, key: &str, note: &Note) -> bool {
        let post_key = PostKey { book: format!("alerts_{channel}"), key: key.to_owned() };
        self.line(channel, post_key, note, Urgency::Ask).await
    }

    /// The same for a head of the audit log, for which nobody is waiting.
    pub(super) async fn log_head(&self, channel: &str, key: &str, note: &Note) -> bool {
        let post_key = PostKey { book: format!("log_heads_{channel}"), key: key.to_owned() };
        self.line(channel, post_key, note, Urgency::News).await
    }

    async fn line(&self, channel: &str, post_key: PostKey, note: &Note, urgency: Urgency) -> bool {
        let at = Address { channel: channel.to_owned(), thread: None };
        let job = Job { post_key, at, drawing: render::line(note.tone, &note.text), urgency };
        matches!(self.0.poster.post(&job, Retry::Briefly, Permit::NotYet).await, PostOutcome::Posted { .. })
    }

    /// What was asked there has an answer; `channel` is where it was asked.
    pub(super) async fn settle_where(&self, session: &str, channel: &str, drawing: Drawing) {
        let post_key = PostKey { book: where_book(session), key: OPENING.to_owned() };
        let at = Address { channel: channel.to_owned(), thread: None };
        let state = self.0.poster.posts.state(&post_key.book, OPENING);
        let job = Job { post_key, at, drawing, urgency: Urgency::News };
        let ts = match state {
            None => return,
            Some(PostState::Posted { ts, .. }) => ts,
            // Killed before it was known that it is there: it is looked for.
            Some(_) => match self.0.poster.post(&job, Retry::Briefly, Permit::NotYet).await {
                PostOutcome::Posted { ts, .. } => ts,
                _ => return,
            },
        };
        self.0.poster.update(&job, &ts, Permit::NotYet).await;
    }

    /// A message of the app's is not there any more, whoever took it away. An ask that waits is posted again.
    pub async fn deleted(&self, channel: &str, ts: &str) {
        for card in self.0.desk.cards() {
            let here =
                card.about.thread.as_ref().is_some_and(|at| at.surface == SURFACE && at.channel == channel);
            let is_it = |state: &PostState| matches!(state, PostState::Posted { ts: known, drawn } if known == ts && drawn.as_deref() != Some(THEIRS));
            let posted = if here { self.0.poster.posts.of(&card.session) } else { vec![] };
            let Some((key, _)) = posted.into_iter().find(|(_, state)| is_it(state)) else { continue };
            let post_key = PostKey { book: card.session.clone(), key: key.clone() };
            self.0.poster.note(&post_key, poster::gone(ts)).await;
            let writer = self.0.writers.get(&card.session).map(|writer| writer.clone());
            if let Some(writer) = writer {
                // It ends only with the gateway; after a restart the ledger says that it is gone.
                let _ = writer.send(WriterCommand::Lost { key, ts: ts.to_owned() }).await;
            }
            return;
        }
    }

    /// The address of a message, for links.
    pub async fn permalink(&self, channel: &str, ts: &str) -> Option<String> {
        let args = json!({ "channel": channel, "message_ts": ts });
        let answer = self.0.poster.client.call("chat.getPermalink", &args, WRITING).await;
        match answer {
            Ok(answer) => answer["permalink"].as_str().map(str::to_owned),
            Err(fault) => {
                tracing::warn!(channel, %fault, "permalink of a message not available");
                None
            }
        }
    }

    /// The message with this id is a person's own in the thread: it is not posted again. Call it before the session
    /// hears of the message.
    pub async fn came_from(&self, session: &str, message_id: &str, ts: &str) {
        let post_key = PostKey { book: session.to_owned(), key: message_id.to_owned() };
        let drawn = Some(THEIRS.to_owned());
        self.0.poster.note(&post_key, PostState::Posted { ts: ts.to_owned(), drawn }).await;
    }

    /// Whether a person's message has reached the session, or was dealt with otherwise.
    pub fn is_known(&self, session: &str, message_id: &str) -> bool {
        self.0.poster.posts.state(session, message_id).is_some()
    }

    /// Follows the session's thread from now on.
    pub fn follow(&self, session: &str, location: ThreadLocation) {
        if location.surface != SURFACE || self.0.stop.is_cancelled() {
            return;
        }
        let Entry::Vacant(vacant) = self.0.writers.entry(session.to_owned()) else { return };
        let (sender, commands) = mpsc::channel(NOTES);
        vacant.insert(sender);
        let (inner, writer) =
            (Arc::clone(&self.0), ThreadWriter::new(Arc::clone(&self.0), session, location));
        let session = session.to_owned();
        self.0.tasks.spawn(async move {
            writer.run(commands).await;
            inner.writers.remove(&session);
        });
    }

    async fn follow_all(self) {
        let mut cards = self.0.desk.watch_cards();
        loop {
            for card in self.0.desk.cards() {
                self.follow_card(&card);
            }
            // Until too much happened at once to be told one by one.
            loop {
                let card = tokio::select! {
                    () = self.0.stop.cancelled() => return,
                    card = cards.recv() => card,
                };
                match card {
                    Ok(card) => self.follow_card(&card),
                    Err(RecvError::Lagged(_)) => break,
                    Err(RecvError::Closed) => return,
                }
            }
        }
    }

    fn follow_card(&self, card: &gateway_domain::SessionCard) {
        if let Some(location) = &card.about.thread
            && !self.0.writers.contains_key(&card.session)
        {
            self.follow(&card.session, location.clone());
        }
    }

    /// Looks for letters that an operator wants sent again.
    async fn send_again(self) {
        loop {
            let dead = self.0.poster.dead.clone();
            let letters = tokio::task::spawn_blocking(move || dead.to_send()).await;
            for letter in letters.ok().and_then(Result::ok).unwrap_or_default() {
                tokio::select! {
                    () = self.0.stop.cancelled() => return,
                    () = self.send_letter(letter) => {}
                }
            }
            tokio::select! {
                () = self.0.stop.cancelled() => return,
                () = tokio::time::sleep(AGAIN) => {}
            }
        }
    }

    async fn send_letter(&self, letter: DeadLetter) {
        if !self.known_to_writer(&letter).await {
            let DeadLetter { session, key, channel, thread, ts, text, blocks, .. } = letter.clone();
            let job = Job {
                post_key: PostKey { book: session, key },
                at: Address { channel, thread },
                drawing: Drawing::new(text, blocks),
                urgency: Urgency::News,
            };
            match ts {
                Some(ts) => self.0.poster.update(&job, &ts, Permit::NotYet).await,
                None => self.0.poster.post(&job, Retry::ToDeadLetter, Permit::NotYet).await,
            };
        }
        let (dead, id) = (self.0.poster.dead.clone(), letter.id);
        let removed = tokio::task::spawn_blocking(move || dead.sent(&id)).await;
        if let Ok(Err(error)) = removed {
            tracing::warn!(%error, "resent dead letter not removed from its folder");
        }
    }

    /// Whether the session's writer draws it, as it should be now.
    async fn known_to_writer(&self, letter: &DeadLetter) -> bool {
        let Some(writer) = self.0.writers.get(&letter.session).map(|writer| writer.clone()) else {
            return false;
        };
        let (known, answer) = oneshot::channel();
        let told = WriterCommand::Again { key: letter.key.clone(), known };
        writer.send(told).await.is_ok() && answer.await.unwrap_or(false)
    }
}

/// What stands for the question where a session's thread is to be.
fn where_book(session: &str) -> String {
    format!("where_{session}")
}

/// What stands for an ask's own thread in the ledger.
fn aside_book(ask: &str) -> String {
    format!("aside_{ask}")
}
