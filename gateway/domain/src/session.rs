//! One session: takes what happens, says what is to be done.

use crate::ask::{Answer, Ask, AskState, Asked, Decision, OnSilence};
use crate::audit::{AuditEntry, Told};
use crate::effect::{AskCommand, Effect, Verdict};
use crate::input::{AnswerGiven, Input};
use crate::limits::LimitReached;
use crate::news::Activity;
use crate::policy::AskPolicy;
use crate::record::{PendingCommand, SessionRecord};
use crate::thread::Thread;
use crate::words;
use jiff::Timestamp;

/// Settled asks that are remembered, so that a second answer hears who gave the first.
const KEPT_SETTLED: usize = 50;

pub struct Session {
    pub(crate) record: SessionRecord,
    pub(crate) policy: AskPolicy,
    pub(crate) thread: Thread,
    pub(crate) online: bool,
    /// A turn is under way, as far as is known.
    pub(crate) busy: bool,
    /// OpenCode said that nothing is under way. Not the opposite of `busy`: at first neither is known.
    pub(crate) rests: bool,
    pub(crate) activity: Activity,
    /// OpenCode's names of the asks that it listed when it last came back.
    pub(crate) holds: Vec<String>,
    /// A turn ended after the pod was back, and before it was known where its turn stands.
    pub(crate) ended_meanwhile: bool,
    /// Asks whose answer was on its way when a turn ended.
    pub(crate) ended_under: Vec<String>,
    /// Why its agent must not begin to work now.
    pub(crate) full: Option<LimitReached>,
    /// People were told so.
    pub(crate) told_full: bool,
    pub(crate) effects: Vec<Effect>,
}

impl Session {
    pub fn new(session: &str, pod: &str, policy: AskPolicy) -> Self {
        Self::of(SessionRecord::new(session, pod), policy)
    }

    fn of(record: SessionRecord, policy: AskPolicy) -> Self {
        let (thread, activity) = (Thread::new(policy.thread.detail), Activity::default());
        let (holds, ended_under, effects) = (vec![], vec![], vec![]);
        let (online, busy, rests, ended_meanwhile) = (true, false, false, false);
        Self {
            record,
            policy,
            thread,
            online,
            busy,
            rests,
            activity,
            holds,
            ended_meanwhile,
            ended_under,
            full: None,
            told_full: false,
            effects,
        }
    }

    /// Takes up a session after a restart of the gateway. Its pod counts as away until it says hello.
    pub fn restore(record: SessionRecord, policy: AskPolicy, now: Timestamp) -> (Self, Vec<Effect>) {
        let mut session = Self::of(record, policy);
        session.told_full = session.was_told_full();
        session.draw();
        let mut effects: Vec<_> = session.record.unaudited.iter().cloned().map(Effect::Audit).collect();
        effects.extend(session.decide_on(Input::PodLost, now));
        (session, effects)
    }

    pub fn record(&self) -> &SessionRecord {
        &self.record
    }

    /// Rules for what is asked from now on; what is open stays as its card says.
    pub fn set_policy(&mut self, policy: AskPolicy) {
        self.thread.set_detail(policy.thread.detail);
        self.policy = policy;
    }

    /// What is decided from now on goes to this pod.
    pub fn lives_in(&mut self, pod: &str) -> Vec<Effect> {
        if self.record.pod == pod {
            return vec![];
        }
        pod.clone_into(&mut self.record.pod);
        vec![Effect::Persist]
    }

    pub fn thread(&self) -> &Thread {
        &self.thread
    }

    /// What came before is done: its effects were run, in their order.
    pub fn handle(&mut self, input: Input, now: Timestamp) -> Vec<Effect> {
        self.record.unaudited.clear();
        if input.is_activity() {
            self.record.active_at = Some(now);
        }
        self.decide_on(input, now)
    }

    fn decide_on(&mut self, input: Input, now: Timestamp) -> Vec<Effect> {
        match input {
            Input::Asked(asked) => self.asked(asked, now),
            Input::Listed(asks) => self.listed(asks, now),
            Input::Resolved { opencode_id, answer, by_gateway } => {
                self.resolved(&opencode_id, answer, by_gateway);
            }
            Input::Aborted => self.aborted(),
            Input::Deleted => self.deleted(now),
            Input::TurnBegan => self.turn_began(now),
            Input::TurnEnded => {
                self.turn_ended();
                self.send_next(None, now);
            }
            Input::Interrupted { user_message_id, running } => {
                self.interrupted(user_message_id, running, now)
            }
            Input::Retrying { attempt, message } => self.retrying(attempt, &message, now),
            Input::Failed { message } => self.failed(&message, now),
            Input::Described(about) => self.described(about),
            Input::Begun { about, remarks } => self.begun(about, remarks, now),
            Input::Chosen { by, choice } => self.chosen(&by, choice, now),
            Input::Seen(message) => self.seen(&message, now),
            Input::Milestone(milestone) => self.milestone(milestone, now),
            Input::FilesChanged(files) => self.files_changed(files, now),
            Input::Held { hold_id, directory, call } => self.held(hold_id, directory, call, now),
            Input::HoldsWrites { by, wanted } => self.holds_writes(&by, wanted, now),
            Input::Unheld { hold_id, ran } => self.unheld(&hold_id, ran),
            Input::Said(said) => self.said(said, now),
            Input::Steered { by, to } => self.steered(&by, to, now),
            Input::TakenAside { ask, by, place } => self.taken_aside(&ask, &by, place, now),
            Input::PodLost => self.pod_lost(),
            Input::PodBack(how) => {
                self.online = true;
                self.pod_back(&how, now);
                self.send_next(None, now);
            }
            Input::Answer(given) => self.answer(given, now),
            Input::RoomMade => self.send_next(None, now),
            Input::Tick => self.tick(now),
            Input::ClockSet { by } => self.clock_set(by, now),
            Input::CommandDone { request_id, outcome } => self.command_done(&request_id, outcome, now),
        }
        self.forget_old();
        self.effects.extend(self.thread.take_changes().into_iter().map(Effect::Thread));
        // Two in a row write the same record twice.
        self.effects.dedup_by(|next, one| matches!((next, one), (Effect::Persist, Effect::Persist)));
        std::mem::take(&mut self.effects)
    }

    // --- what OpenCode says ---

    pub(crate) fn asked(&mut self, asked: Asked, now: Timestamp) {
        if let Some(index) = self.known(&asked) {
            return self.asked_after_all(index, now);
        }
        let digest = asked.digest_in(&self.record.session);
        let again = |ask: &Ask| ask.digest == digest && self.waits_to_be_asked_again(ask);
        let Some(index) = self.record.asks.iter().position(again) else {
            return self.ask_anew(asked, digest, now);
        };
        let ask = &mut self.record.asks[index];
        ask.rebind(asked);
        if ask.decision.is_some() {
            ask.state = AskState::Decided;
            self.effects.push(Effect::Persist);
            return self.apply(index);
        }
        ask.state = AskState::Open;
        self.give_time(index, now);
        self.effects.push(Effect::Persist);
        self.show(index);
    }

    /// An ask that OpenCode's restart (or its own timeout) separated from the agent that asked.
    fn waits_to_be_asked_again(&self, ask: &Ask) -> bool {
        // While OpenCode holds it, the same once more is another ask.
        let lost = !self.holds.contains(&ask.opencode_id);
        match ask.state {
            AskState::AllowedLate => true,
            AskState::Suspended => lost,
            AskState::Decided => lost && !self.is_reply_under_way(ask),
            _ => false,
        }
    }

    pub(crate) fn is_reply_under_way(&self, ask: &Ask) -> bool {
        let reply = |sent: &PendingCommand| matches!(sent.command, AskCommand::Reply { .. });
        self.record.outbox.iter().any(|sent| sent.ask == ask.id && reply(sent))
    }

    fn ask_anew(&mut self, asked: Asked, digest: String, now: Timestamp) {
        let id = asked.opencode_id.clone();
        let mut ask = Ask::new(id, asked, digest, now);
        ask.rules = self.policy.rules(&ask, now);
        let backup = ask.rules.backup.as_ref().map(|backup| backup.from);
        ask.may_have_run = self.may_have_run(&ask.digest);
        ask.ran_before = self.ran_before(&ask.digest);
        self.record.asks.push(ask);
        self.give_time(self.record.asks.len() - 1, now);
        self.effects.push(Effect::Persist);
        self.wake(backup);
        self.show(self.record.asks.len() - 1);
    }

    fn resolved(&mut self, opencode_id: &str, answer: String, by_gateway: bool) {
        let Some(index) = self.record.asks.iter().position(|ask| ask.opencode_id == opencode_id) else {
            return;
        };
        let became = match self.record.asks[index].state {
            AskState::Decided if by_gateway => AskState::Applied,
            AskState::Open | AskState::Suspended | AskState::Decided | AskState::Superseded
                if !by_gateway =>
            {
                AskState::AnsweredElsewhere { answer }
            }
            _ => return,
        };
        self.record.asks[index].state = became;
        self.note_under_way(index);
        self.effects.push(Effect::Persist);
        self.show(index);
    }

    /// The agent is idle: what was not asked again in a turn that was taken up was not needed any more, and what a
    /// newer turn overtook is not asked again.
    fn turn_ended(&mut self) {
        if !std::mem::replace(&mut self.busy, false) {
            self.thread.all_is_over();
        }
        self.rests = true;
        self.ended_meanwhile = !self.online;
        self.record.turn = None;
        self.record.resumed = false;
        let worked = std::mem::take(&mut self.record.working);
        if !std::mem::take(&mut self.record.under_way).is_empty() || worked {
            self.effects.push(Effect::Persist);
        }
        self.ended_under = self.being_answered();
        let answered = self.ended_under.clone();
        let left = |ask: &Ask| {
            let waits = matches!(ask.state, AskState::Suspended | AskState::Decided);
            waits && !ask.is_gate() && !ask.is_configuration()
        };
        if self.online {
            self.settle_where(|ask| left(ask) && !answered.contains(&ask.id), &AskState::Superseded);
        }
    }

    /// Asks whose answer is on its way.
    fn being_answered(&self) -> Vec<String> {
        let is_answer =
            |command: &AskCommand| matches!(command, AskCommand::Reply { .. } | AskCommand::Complete { .. });
        let sent = self.record.outbox.iter().filter(|sent| is_answer(&sent.command));
        sent.map(|sent| sent.ask.clone()).collect()
    }

    pub(crate) fn settle_where(&mut self, which: impl Fn(&Ask) -> bool, became: &AskState) {
        let found: Vec<_> = (0..self.record.asks.len()).filter(|&n| which(&self.record.asks[n])).collect();
        if found.is_empty() {
            return;
        }
        self.effects.push(Effect::Persist);
        for index in found {
            self.record.asks[index].state = became.clone();
            self.show(index);
        }
    }

    // --- what people say ---

    pub(crate) fn answer(&mut self, given: AnswerGiven, now: Timestamp) {
        let Some(index) = self.record.asks.iter().position(|ask| ask.id == given.ask) else {
            return self.tell(Verdict::Unknown);
        };
        let ask = &self.record.asks[index];
        if !self.may_answer(ask, &given.by, now) {
            let entry = self.entry(ask, &given.by.id, "refused", &given.answer, now);
            self.effects.push(Effect::Audit(entry));
            return self.tell(Verdict::NotAllowed);
        }
        if given.digest.as_ref().is_some_and(|digest| *digest != ask.digest) {
            return self.tell(Verdict::Changed);
        }
        if !ask.takes(&given.answer) {
            return self.tell(Verdict::WrongKind);
        }
        match &ask.state {
            AskState::Open | AskState::Suspended if self.needs_second(index, &given) => {
                self.approve_first(index, given, now);
            }
            AskState::Open | AskState::Suspended => self.decide(index, given, now),
            // Late or not, what needs two people needs them, and a closed session is not woken up.
            AskState::TimedOut if self.record.ended.is_some() => self.tell(answered_before(ask)),
            AskState::TimedOut if self.needs_second(index, &given) => self.approve_first(index, given, now),
            AskState::TimedOut => self.decide_late(index, given, now),
            _ => self.tell(answered_before(ask)),
        }
    }

    fn decide(&mut self, index: usize, given: AnswerGiven, now: Timestamp) {
        let ask = &self.record.asks[index];
        // Open since the pod came back: when it goes, all that is open is suspended.
        let waiting = ask.state == AskState::Open;
        let entry = self.entry(ask, &given.by.id, "answered", &given.answer, now);
        let ask = &mut self.record.asks[index];
        ask.decision = Some(Decision { answer: given.answer, by: given.by, at: now });
        ask.state = AskState::Decided;
        ask.deadline = None;
        let sent = waiting.then(|| self.intend_to_apply(index)).flatten();
        self.persist_with(entry);
        self.tell(if waiting { Verdict::Taken } else { Verdict::TakenForLater });
        self.show(index);
        sent.into_iter().for_each(|sent| self.send(sent));
    }

    /// The agent went on without it; it is told, and an allowed call may be made once without asking again.
    fn decide_late(&mut self, index: usize, given: AnswerGiven, now: Timestamp) {
        let message_id = self.next_id("msg_gwlate");
        let ask = &self.record.asks[index];
        let text = match &given.answer {
            Answer::Once | Answer::Always => words::allowed_late(ask),
            Answer::Deny { reason } => words::denied_late(ask, reason.as_deref()),
            Answer::Answers { answers } => words::answered_late(ask, answers),
            Answer::Configured { .. } => String::new(),
        };
        let entry = self.entry(ask, &given.by.id, "answered late", &given.answer, now);
        let allowed = matches!(given.answer, Answer::Once | Answer::Always);
        let ask = &mut self.record.asks[index];
        ask.state = if allowed { AskState::AllowedLate } else { AskState::Applied };
        ask.decision = Some(Decision { answer: given.answer, by: given.by, at: now });
        // A sub-agent that asked has ended; whoever it worked for is told.
        let say = AskCommand::Say { session: self.record.session.clone(), message_id, text };
        let sent = self.intend(index, say);
        self.persist_with(entry);
        self.tell(Verdict::TakenLate);
        self.show(index);
        self.send(sent);
    }

    // --- clocks ---

    fn tick(&mut self, now: Timestamp) {
        let due: Vec<_> =
            (0..self.record.asks.len()).filter(|&n| is_due(&self.record.asks[n], now)).collect();
        for index in due {
            self.time_out(index, now);
        }
        self.warn_before_time_is_over(now);
        self.call_backup(now);
        self.summarise_if_silent(now);
        let doubtful: Vec<_> = self.record.outbox.iter().filter(|sent| sent.in_doubt).cloned().collect();
        if self.online {
            for sent in doubtful {
                self.send(sent);
            }
        }
        self.wake_for_the_next(now);
    }

    /// Of all times to wake up at, the shell keeps the earliest: whoever was woken says when it is needed next.
    pub(crate) fn wake_for_the_next(&mut self, now: Timestamp) {
        let open = self.record.asks.iter().filter(|ask| ask.state == AskState::Open);
        let backup = |ask: &Ask| ask.rules.backup.as_ref().map(|backup| backup.from);
        let times = |ask: &Ask| [ask.deadline, self.warning_at(ask), backup(ask)];
        let next = open.flat_map(times).flatten().filter(|at| *at > now).min();
        self.wake(next);
    }

    fn time_out(&mut self, index: usize, now: Timestamp) {
        let ask = &self.record.asks[index];
        let answer = if ask.rules.on_silence == OnSilence::Deny {
            Answer::Deny { reason: Some(words::timed_out(self.policy.permission_timeout)) }
        } else if let Some(answers) = ask.recommended() {
            Answer::Answers { answers }
        } else {
            return self.remind(index, now);
        };
        let entry = self.entry(ask, "gateway", "timed out", &answer, now);
        let ask = &mut self.record.asks[index];
        ask.state = AskState::TimedOut;
        ask.deadline = None;
        let Some(command) = self.command(index, answer) else { return };
        let sent = self.intend(index, command);
        self.persist_with(entry);
        self.show(index);
        self.send(sent);
    }

    // --- helpers ---

    pub(crate) fn next_id(&mut self, prefix: &str) -> String {
        self.record.counter += 1;
        let session: String = self.record.session.chars().filter(char::is_ascii_alphanumeric).collect();
        format!("{prefix}{session}{:06}", self.record.counter)
    }

    pub(crate) fn show(&mut self, index: usize) {
        let seen = self.record.asks[index].seen_in(&self.record.session);
        self.effects.push(Effect::Show(Box::new(seen)));
        self.put_ask(index);
    }

    /// What the audit log says of a deed that is about an ask.
    pub(crate) fn entry(
        &self,
        ask: &Ask,
        who: &str,
        what: &str,
        answer: &Answer,
        at: Timestamp,
    ) -> AuditEntry {
        AuditEntry {
            at,
            who: who.to_owned(),
            what: what.to_owned(),
            session: self.record.session.clone(),
            ask: ask.id.clone(),
            digest: ask.digest.clone(),
            answer: serde_json::to_string(answer).unwrap_or_default(),
            told: Told::of_ask(ask, answer, &self.record.about.title),
        }
    }

    /// The entry is on disk with what it is about, and then in the log. Only then is anybody told.
    pub(crate) fn persist_with(&mut self, entry: AuditEntry) {
        self.record.unaudited.push(entry.clone());
        self.effects.extend([Effect::Persist, Effect::Audit(entry)]);
    }

    /// The disk did not take what was decided: nothing of it came to be, and nobody has seen it.
    pub fn take_back(&mut self, before: SessionRecord) {
        self.record = before;
        for index in 0..self.record.asks.len() {
            self.put_ask(index);
        }
    }

    pub(crate) fn tell(&mut self, verdict: Verdict) {
        self.effects.push(Effect::Tell(verdict));
    }

    pub(crate) fn wake(&mut self, at: Option<Timestamp>) {
        self.effects.extend(at.map(Effect::Arm));
    }

    /// What is being shown is kept, however long ago it was asked: its card must not be ahead of the disk.
    fn forget_old(&mut self) {
        while self.record.asks.iter().filter(|ask| !ask.is_unsettled()).count() > KEPT_SETTLED {
            let old = |ask: &Ask| !ask.is_unsettled() && !self.is_shown_now(ask);
            // What ran in this turn may be asked for again in it.
            let past = |ask: &Ask| old(ask) && !self.record.under_way.contains(&ask.id);
            let asks = &self.record.asks;
            let Some(oldest) = asks.iter().position(past).or_else(|| asks.iter().position(old)) else {
                return;
            };
            let forgotten = self.record.asks.remove(oldest);
            self.record.under_way.retain(|id| *id != forgotten.id);
        }
    }

    fn is_shown_now(&self, ask: &Ask) -> bool {
        self.effects.iter().any(|effect| matches!(effect, Effect::Show(shown) if shown.id == ask.id))
    }
}

fn is_due(ask: &Ask, now: Timestamp) -> bool {
    ask.state == AskState::Open && ask.deadline.is_some_and(|deadline| deadline <= now)
}

fn answered_before(ask: &Ask) -> Verdict {
    match (&ask.decision, &ask.state) {
        (Some(decision), _) => {
            Verdict::AnsweredBefore { by: decision.by.name.clone(), answer: decision.answer.clone() }
        }
        (None, AskState::Withdrawn { why }) => Verdict::NoLongerAsked { why: why.clone() },
        (None, AskState::AnsweredElsewhere { answer }) => {
            Verdict::NoLongerAsked { why: format!("it was answered in OpenCode: {answer}") }
        }
        (None, _) => Verdict::NoLongerAsked { why: "the agent went on without it".to_owned() },
    }
}
