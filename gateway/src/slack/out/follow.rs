//! Follows one session and keeps its thread in Slack equal to what the session shows: one task a session, one post
//! and one change under way at a time, so the order of the thread is kept (I4).

use super::held::{Held, over};
use super::pace::{Rank, Road};
use super::press::{Address, Fate, Job, Passed, Patience, Slot, gone};
use super::share::Paper;
use super::sheet::{Change, Sheet, Wanted};
use super::step::{Done, Step};
use super::stream::{Begun, Flow, is_stream};
use super::thread_status::Status;
use super::urgency::{card_rank, urgency};
use super::{Inner, aside_book, start_book};
use crate::sessions::core::{News, ThreadWatch, Told};
use crate::sessions::ports::PostState;
use crate::slack::render::{self, Drawing};
use gateway_domain::thread::{ItemBody, SortKey, ThreadItem};
use gateway_domain::{Ask, Person, Place, SessionCard};
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

/// After a restart nothing is posted before what came before it is known, but for so long: the pod may stay away.
const CATCH_UP: Duration = Duration::from_secs(20);

/// What is still being written is held for so long: a short text, or a tool that is done at once, is then one post and
/// no update. A workspace takes only some 50 updates a minute.
const RIPENS: Duration = Duration::from_secs(2);

/// Between looks whether a stream has to end.
const LOOK: Duration = Duration::from_secs(5);

/// What else a follower is told.
pub(super) enum Command {
    Note {
        key: String,
        drawing: Drawing,
        done: oneshot::Sender<Fate>,
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

pub(super) struct Follower {
    inner: Arc<Inner>,
    session: String,
    place: Place,
    owner: Option<Person>,
    start_key: Option<String>,
    sheet: Sheet,
    status: Status,
    /// Streams that run, by key.
    flows: HashMap<String, Flow>,
    /// Whoever waits for a note.
    noted: HashMap<String, oneshot::Sender<Fate>>,
    /// Files that this follower shares or shared.
    shared: HashSet<String>,
    /// When each ask that is not posted yet was asked.
    asked: HashMap<String, jiff::Timestamp>,
    /// What of the depth is counted as this one's.
    counted: i64,
    /// All that stands before what is posted next is known.
    caught_up: bool,
    /// What is being written and held, and until when.
    young: Option<(String, Instant)>,
    /// What waits for the words that lead to it.
    held: Held,
}

impl Follower {
    pub(super) fn new(inner: Arc<Inner>, session: &str, place: Place) -> Self {
        let status = Status::new(Arc::clone(&inner), place.clone());
        Self {
            inner,
            status,
            session: session.to_owned(),
            place,
            owner: None,
            start_key: None,
            sheet: Sheet::default(),
            flows: HashMap::new(),
            noted: HashMap::new(),
            shared: HashSet::new(),
            asked: HashMap::new(),
            counted: 0,
            caught_up: false,
            young: None,
            held: Held::default(),
        }
    }

    /// Works until the gateway stops.
    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        if self.inner.press.posts.state(&self.session, CARD).is_some() {
            self.held.after_a_restart();
        }
        let Some(mut watch) = self.watch().await else { return };
        let (mut posting, mut changing, mut flowing) = (Step::Idle, Step::Idle, Step::Idle);
        let (stop, desk, session) =
            (self.inner.stop.clone(), Arc::clone(&self.inner.desk), self.session.clone());
        let caught_up = tokio::time::timeout(CATCH_UP, desk.caught_up(&session));
        tokio::pin!(caught_up);
        loop {
            self.plan(&mut posting, &mut changing, &mut flowing);
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                done = posting.done() => posting = self.went_on(done, Road::Post),
                done = changing.done() => changing = self.went_on(done, Road::Update),
                done = flowing.done() => flowing = self.went_on(done, Road::Append),
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
                () = over(self.held.until(&self.sheet)) => {}
                () = tokio::time::sleep(LOOK), if !self.flows.is_empty() => {}
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

    fn told(&mut self, told: &Told) {
        match &told.what {
            News::Put { item } => self.item(item),
            News::Remove { key } => self.sheet.remove(key),
            News::Card { card } => self.card(card),
        }
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Note { key, drawing, done } => {
                let at = self.inner.clock.now().as_millisecond();
                self.noted.insert(key.clone(), done);
                self.put(Wanted {
                    place: (SortKey::new(at, 0, &key), 0),
                    key,
                    drawing,
                    rank: Rank::News,
                    needed: false,
                });
            }
            Command::Lost { key, ts } => self.sheet.deleted(&key, &ts),
            Command::Again { key, known } => {
                // Whoever asked may be gone.
                let _ = known.send(self.sheet.again(&key));
            }
        }
    }

    // --- what should be there ---

    fn item(&mut self, item: &ThreadItem) {
        // The note that it was resumed says who did; what the agent is told then nobody wrote.
        if item.key.starts_with(GO_ON) {
            return;
        }
        let (rank, needed) = urgency(item);
        self.held.look_at(item, &self.sheet);
        if let ItemBody::Ask { ask } = &item.body {
            self.asked.entry(item.key.clone()).or_insert(ask.asked_at);
            self.aside(ask, &item.order);
            self.share_details(ask);
        }
        let pieces = render::item(&self.session, item, self.owner.as_ref());
        for (n, piece) in pieces.into_iter().enumerate() {
            let place = (item.order.clone(), n);
            let rank = if piece.drawing.live { Rank::Live } else { rank };
            self.put(Wanted { key: piece.key, place, drawing: piece.drawing, rank, needed });
        }
    }

    /// The same card in a thread of its own, once it is there.
    fn aside(&mut self, ask: &Ask, order: &SortKey) {
        if ask.aside.is_none() {
            return;
        }
        let key = format!("aside:{}", ask.id);
        let opened = || match self.inner.press.posts.state(&aside_book(&ask.id), super::OPENING) {
            Some(PostState::Posted { ts, .. }) => Some(PostState::Posted { ts, drawn: None }),
            _ => None,
        };
        let Some(known) = self.known(&key).or_else(opened) else { return };
        let drawing = render::ask_card(ask, self.owner.as_ref());
        let place = (order.clone(), usize::MAX);
        self.sheet.put(Wanted { key, place, drawing, rank: Rank::Ask, needed: false }, || Some(known));
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
        let paper = Paper { ending: "txt", title: crate::slack::text::subject_line(ask), text };
        let (inner, job) = (Arc::clone(&self.inner), self.job(&key, Drawing::new("", vec![]), Rank::News));
        self.inner.tasks.spawn(async move {
            tokio::select! {
                () = inner.stop.cancelled() => {}
                _ = inner.press.share(&job, &paper) => {}
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
        let place = (SortKey::new(0, 0, CARD), 0);
        let wanted = Wanted { key: CARD.to_owned(), place, drawing, rank: card_rank(card), needed: false };
        let known = self.known(CARD).or_else(|| self.opening(card));
        self.sheet.put(wanted, || known);
    }

    /// The message that said that a session starts: the card is drawn in its place.
    fn opening(&self, card: &SessionCard) -> Option<PostState> {
        let book = start_book(card.about.start_key.as_ref()?);
        match self.inner.press.posts.state(&book, super::OPENING)? {
            PostState::Posted { ts, .. } => Some(PostState::Posted { ts, drawn: None }),
            _ => None,
        }
    }

    fn put(&mut self, wanted: Wanted) {
        let known = self.known(&wanted.key);
        self.sheet.put(wanted, || known);
    }

    fn known(&self, key: &str) -> Option<PostState> {
        self.inner.press.posts.state(&self.session, key).or_else(|| self.asked_in(key))
    }

    /// The message in which somebody asked for the session is its first prompt, and stands in Slack already.
    fn asked_in(&self, key: &str) -> Option<PostState> {
        let start = self.start_key.as_ref().filter(|start| key == format!("msg_gw{start}"))?;
        self.inner.press.posts.state(&start_book(start), super::ASKED_IN)
    }

    // --- bringing it there ---

    /// Begins what can begin; a step that waits for its permit begins anew when something more urgent came.
    fn plan(&mut self, posting: &mut Step, changing: &mut Step, flowing: &mut Step) {
        self.count();
        self.end_flows();
        let may_post = self.caught_up && self.is_ripe() && self.held.until(&self.sheet).is_none();
        self.permit(posting, self.sheet.post_rank().filter(|_| may_post), Road::Post);
        self.permit(changing, self.sheet.change_rank(), Road::Update);
        self.permit(flowing, self.sheet.is_flowing().then_some(Rank::Live), Road::Append);
    }

    /// Before Slack does.
    fn end_flows(&mut self) {
        let now = self.inner.clock.now();
        let sheet = &mut self.sheet;
        self.flows.retain(|key, flow| {
            if flow.is_over(now) {
                sheet.ends(key);
            }
            !flow.is_over(now)
        });
    }

    /// What is being written waits a little, unless something comes behind it or it is whole.
    fn is_ripe(&mut self) -> bool {
        let Some(key) = self.sheet.only_live() else {
            self.young = None;
            return true;
        };
        let (_, until) = match self.young.take().filter(|(young, _)| young == key) {
            Some(held) => self.young.insert(held),
            None => self.young.insert((key.to_owned(), Instant::now() + RIPENS)),
        };
        Instant::now() >= *until
    }

    fn permit(&self, step: &mut Step, wanted: Option<Rank>, road: Road) {
        match (&step, wanted) {
            (Step::Work(_), _) => {}
            (_, None) => *step = Step::Idle,
            (Step::Permit(rank, _), Some(wanted)) if *rank == wanted => {}
            (_, Some(rank)) => {
                let (inner, channel) = (Arc::clone(&self.inner), self.place.channel.clone());
                let pass = async move { inner.press.pace.pass(road, &channel, rank).await };
                *step = Step::Permit(rank, Box::pin(pass));
            }
        }
    }

    fn went_on(&mut self, done: Done, road: Road) -> Step {
        match done {
            Done::Permitted if road == Road::Post => return self.begin_post(),
            Done::Permitted if road == Road::Append => return self.begin_addition(),
            Done::Permitted => return self.begin_change(),
            Done::Posted { key, fate, shown } => self.posted(&key, fate, &shown),
            Done::Changed { key, fate, shown } => self.changed(&key, fate, shown.as_ref()),
            Done::Begun { key, ts, flow } => {
                self.sheet.begun(&key, ts);
                self.flows.insert(key, flow);
            }
            Done::Added { key, sent } => self.added(&key, sent),
        }
        Step::Idle
    }

    fn begin_post(&mut self) -> Step {
        let rank = self.sheet.post_rank().unwrap_or(Rank::News);
        let Some((key, drawing)) = self.sheet.take_post() else { return Step::Idle };
        let (inner, job) = (Arc::clone(&self.inner), self.job(&key, drawing.clone(), rank));
        // What an ask waits behind is posted: a stream has more that can go wrong.
        let prose =
            drawing.prose.clone().filter(|prose| drawing.live && rank != Rank::Ask && !prose.is_empty());
        let stream = prose.zip(inner.press.streams.reader(&self.place, self.owner.as_ref()));
        // Slack counts from the call, and the answer may be long on its way.
        let began = inner.clock.now();
        Step::Work(Box::pin(async move {
            let fate = match stream {
                None => inner.press.post(&job, Patience::Long, Passed::Now).await,
                Some((sent, reader)) => match inner.press.begin(&job, &sent, &reader).await {
                    Begun::Streams { ts } => {
                        return Done::Begun { key, ts, flow: Flow::new(sent, began) };
                    }
                    Begun::Otherwise(fate) => fate,
                },
            };
            Done::Posted { key, fate, shown: drawing }
        }))
    }

    /// What a stream lacks is added. What is no continuation is drawn.
    fn begin_addition(&mut self) -> Step {
        let Some((key, ts, text)) = self.sheet.take_flow() else { return Step::Idle };
        let sent = self.flows.get(&key).map(|flow| flow.sent.as_str());
        match sent.and_then(|sent| text.strip_prefix(sent)).map(str::to_owned) {
            None => self.added(&key, None),
            Some(more) if more.is_empty() => {}
            Some(more) => {
                let (inner, at) = (Arc::clone(&self.inner), self.address());
                return Step::Work(Box::pin(async move {
                    let added = inner.press.append(&at, &ts, &more).await;
                    Done::Added { key, sent: added.then_some(text) }
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
                self.sheet.ends(key);
            }
        }
    }

    fn begin_change(&mut self) -> Step {
        let inner = Arc::clone(&self.inner);
        match self.sheet.take_change() {
            None => Step::Idle,
            Some(Change::Draw { key, ts, drawing, rank, streams }) => {
                self.flows.remove(&key);
                let job = self.job(&key, drawing.clone(), rank);
                Step::Work(Box::pin(async move {
                    let fate = inner.press.redraw(&job, &ts, Passed::Now, streams).await;
                    if fate == Fate::Gone {
                        inner.press.note(&job.slot, gone(&ts)).await;
                    }
                    Done::Changed { key, fate, shown: Some(drawing) }
                }))
            }
            Some(Change::Delete { key, ts }) => {
                let job = self.job(&key, Drawing::new("", vec![]), Rank::Live);
                Step::Work(Box::pin(async move {
                    let fate = inner.press.delete(&job, &ts).await;
                    Done::Changed { key, fate, shown: None }
                }))
            }
        }
    }

    fn posted(&mut self, key: &str, fate: Fate, shown: &Drawing) {
        self.held.posted(key);
        match &fate {
            Fate::Posted { ts, stale } => {
                self.measure(key);
                self.sheet.posted(key, ts.clone(), Some(shown).filter(|_| !stale));
                if *stale && is_stream(self.known(key).as_ref()) {
                    self.sheet.begun(key, ts.clone());
                    self.sheet.ends(key);
                }
            }
            Fate::Gone | Fate::GivenUp { .. } => self.sheet.given_up(key),
        }
        if let Some(done) = self.noted.remove(key) {
            // Whoever waited may be gone.
            let _ = done.send(fate);
        }
    }

    fn changed(&mut self, key: &str, fate: Fate, shown: Option<&Drawing>) {
        match fate {
            // What was given up is drawn with the next change.
            Fate::Posted { ts, .. } => self.sheet.posted(key, ts, shown),
            Fate::GivenUp { .. } => {}
            Fate::Gone => {
                self.sheet.lost(key);
            }
        }
    }

    fn measure(&mut self, key: &str) {
        let Some(asked) = self.asked.remove(key) else { return };
        let took = self.inner.clock.now().duration_since(asked).as_secs_f64();
        self.inner.press.metrics.ask_to_card.observe(took.max(0.0));
    }

    fn count(&mut self) {
        let depth = i64::try_from(self.sheet.depth()).unwrap_or(i64::MAX);
        self.inner.press.metrics.depth.inc_by(depth - self.counted);
        self.counted = depth;
    }

    fn slot(&self, key: &str) -> Slot {
        Slot { book: self.session.clone(), key: key.to_owned() }
    }

    fn address(&self) -> Address {
        Address { channel: self.place.channel.clone(), thread: Some(self.place.thread.clone()) }
    }

    fn job(&self, key: &str, drawing: Drawing, rank: Rank) -> Job {
        Job { slot: self.slot(key), at: self.address(), drawing, rank }
    }
}

/// Returns when what is held may go out; never, if nothing is held that is still young.
async fn ripe(young: Option<&(String, Instant)>) {
    match young.filter(|(_, until)| *until > Instant::now()) {
        Some((_, until)) => tokio::time::sleep_until(*until).await,
        None => std::future::pending().await,
    }
}
