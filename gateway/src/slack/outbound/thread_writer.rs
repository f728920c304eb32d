//! Follows one session and keeps its thread in Slack equal to what the session shows: one task a session, one post
//! and one change under way at a time, so the order of the thread is kept (I4).

use super::held_back::{HeldBack, over, ripe};
use super::job::{Address, Job, Permit, PostKey, PostOutcome, Retry};
use super::poster::gone;
use super::rate_limit::ApiCall;
use super::share_file::TextFile;
use super::step::{Step, StepDone};
use super::stream::{Flow, StreamStart, is_stream};
use super::thread_plan::{MessageChange, ThreadPlan, WantedMessage};
use super::thread_status::Status;
use super::urgency::{Urgency, card_urgency, item_urgency};
use super::{Inner, aside_book, start_book};
use crate::sessions::ports::PostState;
use crate::sessions::tasks::{News, ThreadUpdate, ThreadWatch};
use crate::slack::render::{self, CardFor, Drawing};
use gateway_domain::thread::{ItemBody, SortKey, ThreadItem};
use gateway_domain::{Ask, Person, SessionCard, ThreadLocation};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// The card's key.
const CARD: &str = "card";

/// Messages of the gateway's own by which a paused agent goes on.
const GO_ON: &str = "msg_gwgoon";

/// After a restart, wait at most this long for earlier messages before posting; the pod may not come back.
const CATCH_UP: Duration = Duration::from_secs(20);

/// What is still being written is held for so long: a short text, or a tool that is done at once, is then one post and
/// no update. A workspace takes only some 50 updates a minute.
const RIPENS: Duration = Duration::from_secs(2);

/// Between looks whether a stream has to end.
const STREAM_POLL_INTERVAL: Duration = Duration::from_secs(5);

/// What else a writer is told.
pub(super) enum WriterCommand {
    Note {
        key: String,
        drawing: Drawing,
        done: oneshot::Sender<PostOutcome>,
    },
    /// A message was deleted by somebody.
    Lost {
        key: String,
        ts: String,
    },
    /// A dead letter is to be sent again; answers whether it is known here.
    Again {
        key: String,
        known: oneshot::Sender<bool>,
    },
}

pub(super) struct ThreadWriter {
    inner: Arc<Inner>,
    session: String,
    location: ThreadLocation,
    owner: Option<Person>,
    start_key: Option<String>,
    plan: ThreadPlan,
    status: Status,
    /// Streams that run, by key.
    flows: HashMap<String, Flow>,
    /// Whoever waits for a note.
    noted: HashMap<String, oneshot::Sender<PostOutcome>>,
    /// Files that this writer shares or shared.
    shared: HashSet<String>,
    /// When each ask that is not posted yet was asked.
    asked: HashMap<String, jiff::Timestamp>,
    /// This writer's share of the `outbox_depth` gauge.
    counted: i64,
    /// All that stands before what is posted next is known.
    caught_up: bool,
    /// What is being written and held, and until when.
    young: Option<(String, Instant)>,
    /// What waits for the words that lead to it.
    held: HeldBack,
}

impl ThreadWriter {
    pub(super) fn new(inner: Arc<Inner>, session: &str, location: ThreadLocation) -> Self {
        let status = Status::new(Arc::clone(&inner), location.clone());
        Self {
            inner,
            status,
            session: session.to_owned(),
            location,
            owner: None,
            start_key: None,
            plan: ThreadPlan::default(),
            flows: HashMap::new(),
            noted: HashMap::new(),
            shared: HashSet::new(),
            asked: HashMap::new(),
            counted: 0,
            caught_up: false,
            young: None,
            held: HeldBack::default(),
        }
    }

    /// Works until the gateway stops.
    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<WriterCommand>) {
        if self.inner.poster.posts.state(&self.session, CARD).is_some() {
            self.held.after_a_restart();
        }
        let Some(mut watch) = self.watch().await else { return };
        let (mut posting, mut changing, mut flowing) = (Step::Idle, Step::Idle, Step::Idle);
        let (stop, desk, session) =
            (self.inner.stop.clone(), Arc::clone(&self.inner.desk), self.session.clone());
        let caught_up = tokio::time::timeout(CATCH_UP, desk.caught_up(&session));
        tokio::pin!(caught_up);
        loop {
            self.start_steps(&mut posting, &mut changing, &mut flowing);
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                done = posting.done() => posting = self.went_on(done, ApiCall::Post),
                done = changing.done() => changing = self.went_on(done, ApiCall::Update),
                done = flowing.done() => flowing = self.went_on(done, ApiCall::Append),
                command = commands.recv() => match command {
                    Some(command) => self.command(command),
                    None => return,
                },
                told = watch.changes.recv() => match told {
                    Ok(told) => self.told(&told),
                    // Too much at once: what there is now is all that counts.
                    Err(RecvError::Lagged(_)) => match self.watch().await {
                        Some(anew) => watch = anew,
                        None => return,
                    },
                    Err(RecvError::Closed) => return,
                },
                () = ripe(self.young.as_ref()) => {}
                () = over(self.held.until(&self.plan)) => {}
                () = tokio::time::sleep(STREAM_POLL_INTERVAL), if !self.flows.is_empty() => {}
                // The last: what was told before it is taken in first.
                _ = &mut caught_up, if !self.caught_up => self.caught_up = true,
            }
        }
    }

    async fn watch(&mut self) -> Option<ThreadWatch> {
        let watch = self.inner.desk.watch(&self.session).await.ok()?;
        self.card(&watch.card);
        watch.items.iter().for_each(|item| self.item(item));
        Some(watch)
    }

    fn told(&mut self, told: &ThreadUpdate) {
        match &told.what {
            News::Put { item } => self.item(item),
            News::Remove { key } => self.plan.remove(key),
            News::Card { card } => self.card(card),
        }
    }

    fn command(&mut self, command: WriterCommand) {
        match command {
            WriterCommand::Note { key, drawing, done } => {
                let at = self.inner.clock.now().as_millisecond();
                self.noted.insert(key.clone(), done);
                self.put(WantedMessage {
                    position: (SortKey::new(at, 0, &key), 0),
                    key,
                    drawing,
                    urgency: Urgency::News,
                    needed: false,
                });
            }
            WriterCommand::Lost { key, ts } => self.plan.deleted(&key, &ts),
            WriterCommand::Again { key, known } => {
                // Whoever asked may be gone.
                let _ = known.send(self.plan.again(&key));
            }
        }
    }

    // --- what should be there ---

    fn item(&mut self, item: &ThreadItem) {
        // The note that it was resumed says who did; what the agent is told then nobody wrote.
        if item.key.starts_with(GO_ON) {
            return;
        }
        let (urgency, needed) = item_urgency(item);
        self.held.look_at(item, &self.plan);
        if let ItemBody::Ask { ask } = &item.body {
            self.asked.entry(item.key.clone()).or_insert(ask.asked_at);
            self.aside(ask, &item.order);
            self.share_details(ask);
        }
        let pieces = render::item(&self.session, item, self.card_for());
        for (n, piece) in pieces.into_iter().enumerate() {
            let position = (item.order.clone(), n);
            let urgency = if piece.drawing.live { Urgency::Live } else { urgency };
            self.put(WantedMessage { key: piece.key, position, drawing: piece.drawing, urgency, needed });
        }
    }

    fn card_for(&self) -> CardFor<'_> {
        CardFor { owner: self.owner.as_ref(), console: self.inner.console.as_deref() }
    }

    /// The same card in a thread of its own, once it is there.
    fn aside(&mut self, ask: &Ask, order: &SortKey) {
        if ask.aside.is_none() {
            return;
        }
        let key = format!("aside:{}", ask.id);
        let opened = || match self.inner.poster.posts.state(&aside_book(&ask.id), super::OPENING) {
            Some(PostState::Posted { ts, .. }) => Some(PostState::Posted { ts, drawn: None }),
            _ => None,
        };
        let Some(known) = self.known(&key).or_else(opened) else { return };
        let drawing = render::ask_card(ask, self.card_for());
        let position = (order.clone(), usize::MAX);
        self.plan.put(WantedMessage { key, position, drawing, urgency: Urgency::Ask, needed: false }, || {
            Some(known)
        });
    }

    /// What the window with the details cannot hold is a file in the thread.
    fn share_details(&mut self, ask: &Ask) {
        let key = format!("file:{}", ask.id);
        if self.known(&key).is_some_and(|known| known != PostState::Intended)
            || !self.shared.insert(key.clone())
        {
            return;
        }
        let Some(text) = render::details_file(ask) else { return };
        let text_file = TextFile { ending: "txt", title: ask.body.subject().line, text };
        let (inner, job) = (Arc::clone(&self.inner), self.job(&key, Drawing::new("", vec![]), Urgency::News));
        self.inner.tasks.spawn(async move {
            tokio::select! {
                () = inner.stop.cancelled() => {}
                _ = inner.poster.share(&job, &text_file) => {}
            }
        });
    }

    fn card(&mut self, card: &SessionCard) {
        self.owner = card.about.owner.clone();
        self.start_key = card.about.start_key.clone();
        self.status.show(card);
        let project = self.inner.desk.project_title(card);
        let shown = render::Shown { console: self.inner.console.as_deref(), project: project.as_deref() };
        let drawing = render::session_card(card, shown);
        let position = (SortKey::new(0, 0, CARD), 0);
        let wanted = WantedMessage {
            key: CARD.to_owned(),
            position,
            drawing,
            urgency: card_urgency(card),
            needed: false,
        };
        let known = self.known(CARD).or_else(|| self.opening(card));
        self.plan.put(wanted, || known);
    }

    /// The message that said that a session starts: the card is drawn in its place.
    fn opening(&self, card: &SessionCard) -> Option<PostState> {
        let book = start_book(card.about.start_key.as_ref()?);
        match self.inner.poster.posts.state(&book, super::OPENING)? {
            PostState::Posted { ts, .. } => Some(PostState::Posted { ts, drawn: None }),
            _ => None,
        }
    }

    fn put(&mut self, wanted: WantedMessage) {
        let known = self.known(&wanted.key);
        self.plan.put(wanted, || known);
    }

    fn known(&self, key: &str) -> Option<PostState> {
        self.inner.poster.posts.state(&self.session, key).or_else(|| self.asked_in(key))
    }

    /// The message in which somebody asked for the session is its first prompt, and stands in Slack already.
    fn asked_in(&self, key: &str) -> Option<PostState> {
        let start = self.start_key.as_ref().filter(|start| key == format!("msg_gw{start}"))?;
        self.inner.poster.posts.state(&start_book(start), super::ASKED_IN)
    }

    // --- bringing it there ---

    /// Begins what can begin; a step that waits for its permit begins anew when something more urgent came.
    fn start_steps(&mut self, posting: &mut Step, changing: &mut Step, flowing: &mut Step) {
        self.count();
        self.end_flows();
        let may_post = self.caught_up && self.is_ripe() && self.held.until(&self.plan).is_none();
        self.permit(posting, self.plan.post_urgency().filter(|_| may_post), ApiCall::Post);
        self.permit(changing, self.plan.change_urgency(), ApiCall::Update);
        self.permit(flowing, self.plan.is_flowing().then_some(Urgency::Live), ApiCall::Append);
    }

    /// Before Slack does.
    fn end_flows(&mut self) {
        let now = self.inner.clock.now();
        let plan = &mut self.plan;
        self.flows.retain(|key, flow| {
            if flow.is_over(now) {
                plan.ends(key);
            }
            !flow.is_over(now)
        });
    }

    /// What is being written waits a little, unless something comes behind it or it is whole.
    fn is_ripe(&mut self) -> bool {
        let Some(key) = self.plan.only_live() else {
            self.young = None;
            return true;
        };
        let (_, until) = match self.young.take().filter(|(young, _)| young == key) {
            Some(held) => self.young.insert(held),
            None => self.young.insert((key.to_owned(), Instant::now() + RIPENS)),
        };
        Instant::now() >= *until
    }

    fn permit(&self, step: &mut Step, wanted: Option<Urgency>, call: ApiCall) {
        match (&step, wanted) {
            (Step::Work(_), _) => {}
            (_, None) => *step = Step::Idle,
            (Step::Permit(urgency, _), Some(wanted)) if *urgency == wanted => {}
            (_, Some(urgency)) => {
                let (inner, channel) = (Arc::clone(&self.inner), self.location.channel.clone());
                let pass = async move { inner.poster.rate_limit.pass(call, &channel, urgency).await };
                *step = Step::Permit(urgency, Box::pin(pass));
            }
        }
    }

    fn went_on(&mut self, done: StepDone, call: ApiCall) -> Step {
        match done {
            StepDone::Permitted if call == ApiCall::Post => return self.begin_post(),
            StepDone::Permitted if call == ApiCall::Append => return self.begin_addition(),
            StepDone::Permitted => return self.begin_change(),
            StepDone::Posted { key, outcome, shown } => self.posted(&key, outcome, &shown),
            StepDone::Changed { key, outcome, shown } => self.changed(&key, outcome, shown.as_ref()),
            StepDone::StreamBegan { key, ts, flow } => {
                self.plan.begun(&key, ts);
                self.flows.insert(key, flow);
            }
            StepDone::Added { key, sent } => self.added(&key, sent),
        }
        Step::Idle
    }

    fn begin_post(&mut self) -> Step {
        let urgency = self.plan.post_urgency().unwrap_or(Urgency::News);
        let Some((key, drawing)) = self.plan.take_post() else { return Step::Idle };
        let (inner, job) = (Arc::clone(&self.inner), self.job(&key, drawing.clone(), urgency));
        // What an ask waits behind is posted: a stream has more that can go wrong.
        let prose = drawing
            .prose
            .clone()
            .filter(|prose| drawing.live && urgency != Urgency::Ask && !prose.is_empty());
        let stream = prose.zip(inner.poster.streams.reader(&self.location, self.owner.as_ref()));
        // Slack counts from the call, and the answer may be long on its way.
        let began = inner.clock.now();
        Step::Work(Box::pin(async move {
            let outcome = match stream {
                None => inner.poster.post(&job, Retry::ToDeadLetter, Permit::InHand).await,
                Some((sent, reader)) => match inner.poster.begin(&job, &sent, &reader).await {
                    StreamStart::Streams { ts } => {
                        return StepDone::StreamBegan { key, ts, flow: Flow::new(sent, began) };
                    }
                    StreamStart::Otherwise(outcome) => outcome,
                },
            };
            StepDone::Posted { key, outcome, shown: drawing }
        }))
    }

    /// What a stream lacks is added. What is no continuation is drawn.
    fn begin_addition(&mut self) -> Step {
        let Some((key, ts, text)) = self.plan.take_flow() else { return Step::Idle };
        let sent = self.flows.get(&key).map(|flow| flow.sent.as_str());
        match sent.and_then(|sent| text.strip_prefix(sent)).map(str::to_owned) {
            None => self.added(&key, None),
            Some(more) if more.is_empty() => {}
            Some(more) => {
                let (inner, at) = (Arc::clone(&self.inner), self.address());
                return Step::Work(Box::pin(async move {
                    let added = inner.poster.append(&at, &ts, &more).await;
                    StepDone::Added { key, sent: added.then_some(text) }
                }));
            }
        }
        Step::Idle
    }

    fn added(&mut self, key: &str, sent: Option<String>) {
        match (sent, self.flows.get_mut(key)) {
            (Some(sent), Some(flow)) => flow.sent = sent,
            // It was ended meanwhile, and is drawn.
            (Some(_), None) => {}
            (None, _) => {
                self.flows.remove(key);
                self.plan.ends(key);
            }
        }
    }

    fn begin_change(&mut self) -> Step {
        let inner = Arc::clone(&self.inner);
        match self.plan.take_change() {
            None => Step::Idle,
            Some(MessageChange::Draw { key, ts, drawing, urgency, streams }) => {
                self.flows.remove(&key);
                let job = self.job(&key, drawing.clone(), urgency);
                Step::Work(Box::pin(async move {
                    let outcome = inner.poster.redraw(&job, &ts, Permit::InHand, streams).await;
                    if outcome == PostOutcome::Gone {
                        inner.poster.note(&job.post_key, gone(&ts)).await;
                    }
                    StepDone::Changed { key, outcome, shown: Some(drawing) }
                }))
            }
            Some(MessageChange::Delete { key, ts }) => {
                let job = self.job(&key, Drawing::new("", vec![]), Urgency::Live);
                Step::Work(Box::pin(async move {
                    let outcome = inner.poster.delete(&job, &ts).await;
                    StepDone::Changed { key, outcome, shown: None }
                }))
            }
        }
    }

    fn posted(&mut self, key: &str, outcome: PostOutcome, shown: &Drawing) {
        self.held.posted(key);
        match &outcome {
            PostOutcome::Posted { ts, stale } => {
                self.measure(key);
                self.plan.posted(key, ts.clone(), Some(shown).filter(|_| !stale));
                if *stale && is_stream(self.known(key).as_ref()) {
                    self.plan.begun(key, ts.clone());
                    self.plan.ends(key);
                }
            }
            PostOutcome::Gone | PostOutcome::GivenUp { .. } => self.plan.given_up(key),
        }
        if let Some(done) = self.noted.remove(key) {
            // Whoever waited may be gone.
            let _ = done.send(outcome);
        }
    }

    fn changed(&mut self, key: &str, outcome: PostOutcome, shown: Option<&Drawing>) {
        match outcome {
            // What was given up is drawn with the next change.
            PostOutcome::Posted { ts, .. } => self.plan.posted(key, ts, shown),
            PostOutcome::GivenUp { .. } => {}
            PostOutcome::Gone => {
                self.plan.lost(key);
            }
        }
    }

    fn measure(&mut self, key: &str) {
        let Some(asked) = self.asked.remove(key) else { return };
        let took = self.inner.clock.now().duration_since(asked).as_secs_f64();
        self.inner.poster.metrics.ask_to_card.observe(took.max(0.0));
    }

    fn count(&mut self) {
        let depth = i64::try_from(self.plan.depth()).unwrap_or(i64::MAX);
        self.inner.poster.metrics.depth.inc_by(depth - self.counted);
        self.counted = depth;
    }

    fn post_key(&self, key: &str) -> PostKey {
        PostKey { book: self.session.clone(), key: key.to_owned() }
    }

    fn address(&self) -> Address {
        Address { channel: self.location.channel.clone(), thread: Some(self.location.thread.clone()) }
    }

    fn job(&self, key: &str, drawing: Drawing, urgency: Urgency) -> Job {
        Job { post_key: self.post_key(key), at: self.address(), drawing, urgency }
    }
}
