//! One session's task: decides letter by letter, runs the effects in order.

use super::dirty::Dirty;
use super::held_calls::DecidedCall;
use super::mailbox::Mailbox;
use super::metrics::Source;
use super::pod_return::{PodReturn, TurnStanding};
use super::read_messages;
use super::room::Room;
use super::task_context::TaskContext;
use super::unstored::DiskRefusals;
use crate::sessions::live::LiveSessions;
use crate::sessions::ports::{MessageSource, NotKept, Receipt};
use crate::trace;
use bridge_protocol::HeldTool;
use gateway_domain::{
    About, AgentInput, AgentOrder, AgentOutcome, Ask, AskBody, AskState, ClockInput, Effect, Input, Order,
    Outcome, Person, PersonInput, PodIdentity, Reconnected, Session, SessionCard, Turn, Verdict,
};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

/// Pause before the disk is tried again after it refused a record.
pub(super) const DISK_AGAIN: Duration = Duration::from_millis(500);

/// A clock that is off by so much was set, or the machine slept. Less is what clocks do.
const CLOCK_WAS_SET: SignedDuration = SignedDuration::from_secs(10);

/// Messages looked at to see where a turn stands: the newest turn is all that counts.
const LOOKED_AT: u32 = 50;

/// Longest sleep: the clock may be set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// Shortest time between two looks at text that streams: fast enough for eyes, slow enough for thousands.
const LOOK_EVERY: Duration = Duration::from_millis(40);

pub(super) struct Letter {
    pub(super) mail: Mail,
    pub(super) receipt: Option<Box<dyn Receipt>>,
    pub(super) verdict: Option<oneshot::Sender<Verdict>>,
    /// When it was brought.
    pub(super) since: Instant,
    /// What brought it.
    pub(super) span: Span,
}

pub(super) enum Mail {
    Input(Input),
    /// The pod is back; where the turn stands is looked up if it matters.
    PodBack(PodReturn),
    /// What a look at the turn found, on behalf of that return of the pod.
    Looked(u64, AgentInput),
    /// Effects that were decided before the task began.
    Run(Vec<Effect>),
    /// The session is in another pod now; a person said so, or the other one is gone.
    LivesIn(Arc<PodIdentity>, Option<Person>),
}

impl Letter {
    pub(super) fn of(input: impl Into<Input>) -> Self {
        Self::bare(Mail::Input(input.into()))
    }

    fn is_ask(&self) -> bool {
        matches!(self.mail, Mail::Input(Input::Agent(AgentInput::Asked(_) | AgentInput::Held(_))))
    }

    pub(super) fn bare(mail: Mail) -> Self {
        Self { mail, receipt: None, verdict: None, since: Instant::now(), span: Span::current() }
    }
}

pub(super) struct Task {
    pub(super) session: Session,
    pub(super) context: Arc<TaskContext>,
    pub(super) mailbox: Mailbox,
    /// For letters to oneself. Weak, so that the mailbox closes with the last of its real users.
    myself: mpsc::WeakSender<Letter>,
    dirty: Arc<Dirty>,
    next_look: Instant,
    wake: Option<Timestamp>,
    errands: JoinSet<()>,
    back: PodReturn,
    /// Counts the pod's comings and goings: what was looked up before the last says nothing of now.
    returns: u64,
    pub(super) shown: Option<SessionCard>,
    pub(super) room: Room,
    /// What the rules in force were made for.
    pub(super) ruled: About,
    /// When the letter that is dealt with was brought.
    since: Instant,
    /// The clock on the wall, and one that nobody sets, when both were last looked at.
    steady: Option<(Timestamp, SignedDuration)>,
}

impl Task {
    pub(super) fn new(
        session: Session,
        context: Arc<TaskContext>,
        dirty: Arc<Dirty>,
        (myself, letters): (mpsc::WeakSender<Letter>, mpsc::Receiver<Letter>),
    ) -> Self {
        let (errands, back) = (JoinSet::new(), PodReturn::default());
        let (next_look, ruled) = (Instant::now(), session.record().about.clone());
        let since = next_look;
        Self {
            session,
            context,
            mailbox: Mailbox::new(letters),
            myself,
            dirty,
            next_look,
            wake: None,
            errands,
            back,
            returns: 0,
            shown: None,
            room: Room::default(),
            ruled,
            since,
            steady: None,
        }
    }

    pub(super) async fn run(mut self, stop: CancellationToken) {
        self.show_card();
        let (dirty, room) = (Arc::clone(&self.dirty), self.room.made());
        let mut pending = false;
        loop {
            let (wake, next_look) = (self.until_wake(), self.next_look);
            let letter = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                letter = self.mailbox.next() => letter,
                () = room.notified() => Some(Letter::of(Input::RoomMade)),
                () = dirty.changed(), if !pending => { pending = true; continue }
                () = tokio::time::sleep_until(next_look), if pending => {
                    pending = false;
                    self.look_at_messages(&stop).await;
                    continue;
                }
                () = sleep(wake) => Some(Letter::of(ClockInput::Tick)),
            };
            while self.errands.try_join_next().is_some() {}
            let Some(letter) = letter else { return };
            if letter.is_ask() {
                // The words that lead to it were brought before it: a thread shows them in that order.
                pending = false;
                self.look_at_messages(&stop).await;
            }
            let span = self.span(&letter);
            tokio::select! {
                () = self.deal_with(letter).instrument(span) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// The letter's part of the trace that it belongs to.
    fn span(&self, letter: &Letter) -> Span {
        letter.span.in_scope(|| {
            trace::part(|| tracing::info_span!("session", session_id = self.session.record().session))
        })
    }

    async fn deal_with(&mut self, letter: Letter) {
        let Letter { mail, receipt, mut verdict, since, span: _ } = letter;
        self.since = since;
        let now = self.context.clock.now();
        self.look_at_clocks(now).await;
        // Only `Tick` clears the alarm: another message that arrives at the same moment must not cancel it.
        if matches!(mail, Mail::Input(Input::Clock(ClockInput::Tick))) {
            self.wake = None;
        }
        let effects = match mail {
            Mail::Input(Input::Person(PersonInput::Answer(given))) => {
                self.take_answer(given, verdict).await;
                self.follow_the_project();
                if let Some(receipt) = receipt {
                    receipt.done();
                }
                return;
            }
            Mail::Input(input) => {
                self.find_room(&input);
                self.look_after(&input);
                self.prepare_for(&input);
                self.returns += u64::from(input == Input::Agent(AgentInput::PodLost));
                let effects = self.session.handle(input, now);
                self.follow_the_project();
                effects
            }
            Mail::PodBack(mut back) => {
                let asks = std::mem::take(&mut back.asks);
                self.back = back;
                self.returns += 1;
                let effects = self.session.handle(AgentInput::Listed(asks), now);
                self.look();
                effects
            }
            Mail::Looked(of, input) if of == self.returns => {
                let input = Input::Agent(input);
                self.find_room(&input);
                self.session.handle(input, now)
            }
            Mail::Looked(..) => vec![],
            Mail::Run(effects) => effects,
            Mail::LivesIn(pod, by) => self.session.lives_in(&pod, by.as_ref(), now),
        };
        self.run_effects(effects, &mut verdict).await;
        if let Some(receipt) = receipt {
            receipt.done();
        }
    }

    /// Folds the messages that changed into the thread.
    async fn look_at_messages(&mut self, stop: &CancellationToken) {
        self.next_look = Instant::now() + LOOK_EVERY;
        let whole = self.dirty.is_whole();
        for id in self.dirty.take() {
            let session = &self.session.record().session;
            let Some((view, finished)) = self.context.live.look_at(session, &id) else { continue };
            let seen = AgentInput::Seen(read_messages::message(view, &finished));
            let effects = self.session.handle(seen, self.context.clock.now());
            let mut nobody = None;
            tokio::select! {
                () = self.run_effects(effects, &mut nobody) => {}
                () = stop.cancelled() => return,
            }
        }
        if whole {
            self.context.threads.caught_up_with(&self.session.record().session);
        }
    }

    /// A clock that was set takes no time from what waits, and gives it none.
    async fn look_at_clocks(&mut self, now: Timestamp) {
        let steady = self.context.clock.steady();
        let Some((wall, before)) = self.steady.replace((now, steady)) else { return };
        let set_by = now.duration_since(wall) - (steady - before);
        if set_by.abs() >= CLOCK_WAS_SET {
            tracing::warn!(session_id = self.session.record().session, by = %set_by, "system clock changed");
            let effects = self.session.handle(ClockInput::Set { by: set_by }, now);
            self.run_effects(effects, &mut None).await;
        }
    }

    pub(super) async fn run_effects(
        &mut self,
        effects: Vec<Effect>,
        verdict: &mut Option<oneshot::Sender<Verdict>>,
    ) {
        let source = Source::of(&effects);
        for effect in effects {
            self.execute(effect, source, verdict).await;
        }
        self.show_card();
    }

    async fn execute(
        &mut self,
        effect: Effect,
        source: Source,
        verdict: &mut Option<oneshot::Sender<Verdict>>,
    ) {
        match effect {
            Effect::Persist => self.persist().await,
            Effect::Order { request_id, order } => self.give(request_id, order),
            Effect::Judged { verdict, release } => self.judged(verdict, source, release),
            Effect::GrantUsed { grant } => self.context.grants.used(&grant),
            Effect::GrantsOver { up_to } => {
                self.context.grants.session_over(&self.session.record().session, up_to);
            }
            Effect::Checked(run) => self.context.checks.ended(&run),
            Effect::Alarmed { alarm } => self.context.metrics.alarmed(alarm),
            Effect::Deployed { came } => self.context.metrics.deployed(self.context.labs.namespace(), came),
            Effect::Show(ask) if self.context.is_anothers(&self.session.record().session, &ask.id) => {
                let session_id = &self.session.record().session;
                tracing::error!(session_id, ask = ask.id, "request not shown: its id is another pod's");
            }
            Effect::Show(ask) => {
                on_board(&self.context.live, &self.session.record().pod, &ask);
                if self.context.asks.show(&self.session.record().session, *ask) {
                    self.context.metrics.shown(self.since.elapsed());
                }
            }
            Effect::Thread(change) => self.context.threads.show(&self.session.record().session, change),
            Effect::Arm(at) => self.wake = Some(self.wake.map_or(at, |wake| wake.min(at))),
            Effect::Audit(entry) => {
                while let Err(error) = self.context.keeper.audit(&entry).await {
                    tracing::error!(session_id = entry.session, %error, "audit entry not saved; retrying");
                    tokio::time::sleep(DISK_AGAIN).await;
                }
            }
            Effect::Discard { message_id } => self.discard(&message_id).await,
            Effect::Tell(told) => {
                if let Some(verdict) = verdict.take() {
                    // A person who went away hears it from the card.
                    let _ = verdict.send(told);
                }
            }
        }
    }

    /// Nothing goes on before the record is on disk: a full disk stops the session, and costs no promise.
    async fn persist(&mut self) {
        let mut refused = DiskRefusals::default();
        while let Err(error) = self.keep().await {
            refused.told(&self.session.record().session, &error);
            tokio::time::sleep(DISK_AGAIN).await;
        }
    }

    pub(super) async fn keep(&mut self) -> Result<(), NotKept> {
        let record = self.session.record();
        let span = trace::part(|| tracing::info_span!("persist", session_id = record.session));
        self.context.keeper.keep(record).instrument(span).await
    }

    /// What is left over costs room only; the next start removes it.
    async fn discard(&mut self, message_id: &str) {
        if let Err(error) = self.context.shelf.discard(message_id).await {
            tracing::warn!(session_id = self.session.record().session, %error, "attachments not removed");
        }
    }

    fn show_card(&mut self) {
        let card = self.session.card();
        self.leave_room(&card);
        if self.shown.as_ref() != Some(&card) {
            self.context.threads.card(card.clone());
            self.shown = Some(card);
        }
    }

    /// Its outcome comes back as a letter.
    fn give(&mut self, request_id: String, order: Order) {
        let (context, myself) = (Arc::clone(&self.context), self.myself.clone());
        let (pod, since) = (self.session.record().pod.clone(), self.since);
        let decided = DecidedCall::of(&order, &self.session.record().asks);
        let errand = async move {
            let outcome = context.carry_out(&pod, &request_id, order, since).await;
            context.count(decided, &outcome);
            post(&myself, Mail::Input(Input::Outcome { request_id, outcome })).await;
        };
        self.errands.spawn(errand.in_current_span());
    }

    /// What a rule decided goes out; nobody waits for more. A pod that does not hear of it tells of the call again.
    fn judged(&mut self, verdict: &'static str, source: Source, release: Option<AgentOrder>) {
        self.context.metrics.judged(verdict, source);
        let Some(release) = release else { return };
        let (context, pod, since) =
            (Arc::clone(&self.context), self.session.record().pod.clone(), self.since);
        let errand = async move { context.release(&pod, release, source, since).await };
        self.errands.spawn(errand.in_current_span());
    }

    /// An ask that died under its answer: see whether its turn can go on.
    fn look_after(&mut self, input: &Input) {
        let interrupted = Outcome::Agent(AgentOutcome::NotPending { ran: false, interrupted: true });
        if matches!(input, Input::Outcome { outcome, .. } if *outcome == interrupted) {
            self.back = PodReturn::default();
            self.look();
        }
    }

    /// Finds out where the turn stands, if there is an ask that OpenCode does not hold or an answer that its death
    /// may have undone, and reports back.
    fn look(&mut self) {
        let record = self.session.record();
        let PodReturn { open, asks: _, standing } = self.back.clone();
        let lost = |ask: &Ask| ask.is_unsettled() && !open.contains(&ask.opencode_id);
        let lost = record.asks.iter().any(lost) || !record.under_way.is_empty();
        let (session, of) = (record.session.clone(), self.returns);
        let (messages, myself) = (Arc::clone(&self.context.messages), self.myself.clone());
        self.errands.spawn(async move {
            let found = match lost || standing == TurnStanding::Interrupted {
                true => newest_turn(&*messages, &session).await,
                false => None,
            };
            for input in what_follows(lost, open, standing, found) {
                post(&myself, Mail::Looked(of, input)).await;
            }
        });
    }

    fn until_wake(&self) -> Option<Duration> {
        let wait = self.wake?.duration_since(self.context.clock.now());
        Some(Duration::try_from(wait).unwrap_or(Duration::ZERO).min(LONGEST_SLEEP))
    }
}

/// A pod's return, as inputs in their order. An ask that was lost takes the turn up again by itself.
fn what_follows(
    lost: bool,
    open: Vec<String>,
    standing: TurnStanding,
    found: Option<(Turn, Option<String>)>,
) -> Vec<AgentInput> {
    let (turn, running) = found.unzip();
    let back = AgentInput::PodBack(Reconnected { open, turn: turn.clone().filter(|_| lost) });
    match (standing, turn) {
        (TurnStanding::Busy, _) => vec![AgentInput::TurnBegan, back],
        (TurnStanding::Idle, _) => vec![back, AgentInput::TurnEnded],
        (TurnStanding::Interrupted, Some(turn)) if !lost && !turn.finished => {
            let (user_message_id, running) = (turn.user_message_id, running.flatten());
            vec![back, AgentInput::Interrupted { user_message_id, running }]
        }
        _ => vec![back],
    }
}

/// Whoever watches the session hears of a held call when people are asked about it.
fn on_board(live: &LiveSessions, pod: &str, ask: &Ask) {
    let AskBody::Held { held } = &ask.body else { return };
    if ask.state != AskState::Open {
        return;
    }
    let told = HeldTool {
        hold_id: ask.opencode_id.clone(),
        session_id: ask.sub_agent.clone().unwrap_or_else(|| ask.session.clone()),
        directory: ask.directory.clone(),
        tool: held.tool.clone(),
        call_id: ask.tool.as_ref().map(|tool| tool.call_id.clone()).unwrap_or_default(),
        file: held.file.clone(),
        command: held.command.clone(),
        ..HeldTool::default()
    };
    live.asks_about(&pod.into(), told);
}

async fn sleep(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}

async fn post(mailbox: &mpsc::WeakSender<Letter>, mail: Mail) {
    if let Some(mailbox) = mailbox.upgrade() {
        // The mailbox closes when the gateway stops; then nobody waits for this.
        let _ = mailbox.send(Letter::bare(mail)).await;
    }
}

async fn newest_turn(source: &dyn MessageSource, session: &str) -> Option<(Turn, Option<String>)> {
    match source.messages(session, LOOKED_AT).await {
        Ok(messages) => read_messages::newest_turn(&messages),
        Err(error) => {
            tracing::warn!(
                session_id = session,
                error = gateway_domain::one_line(&error.to_string()),
                "state of the turn could not be read"
            );
            None
        }
    }
}
