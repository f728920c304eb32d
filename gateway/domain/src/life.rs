//! What people write and how they steer: messages that wait, pause and resume, stop, the end.

use crate::ask::{Answer, Ask, AskBody, AskState, Person};
use crate::audit::{AuditEntry, Told};
use crate::choice::Choice;
use crate::effect::{AskCommand, Effect, Verdict};
use crate::input::{AnswerGiven, CommandOutcome, Said, Steer};
use crate::record::{About, Author, Ended, Ending, ModelChoice, Paused, PendingCommand, Queued, Sort};
use crate::session::Session;
use crate::thread::{ItemBody, MessageSeen, Order, Speaker, ThreadItem, Tone};
use crate::words;
use jiff::Timestamp;

/// Messages that may wait for a busy agent; more than that nobody keeps in mind.
pub const QUEUE: usize = 20;

/// Bytes of all of them: they are part of the record, which stays small.
pub const QUEUE_BYTES: usize = 128 << 10;

/// Authors that are remembered; older messages are shown without a name.
const KEPT_AUTHORS: usize = 200;

/// Whether the turn's end was seen. OpenCode says that it is idle a moment later, or never if the turn failed early.
#[derive(Debug, Default)]
pub(crate) struct TurnEnd {
    newest_ms: i64,
    seen: bool,
}

impl TurnEnd {
    pub(crate) fn message(&mut self, seen: &MessageSeen) {
        // An older message may be told again.
        if seen.created_ms >= self.newest_ms {
            (self.newest_ms, self.seen) = (seen.created_ms, seen.closes_turn);
        }
    }

    pub(crate) fn told(&mut self) {
        self.seen = true;
    }
}

impl Session {
    // --- what OpenCode says of the session ---

    pub(crate) fn described(&mut self, about: About) {
        let known = &self.record.about;
        let about = About {
            sort: if known.sort == Sort::Work { Sort::Work } else { about.sort },
            project: about.project.or_else(|| known.project.clone()),
            owner: about.owner.or_else(|| known.owner.clone()),
            started_at: about.started_at.or(known.started_at),
            start_key: about.start_key.or_else(|| known.start_key.clone()),
            category: about.category.or_else(|| known.category.clone()),
            priority: about.priority.or(known.priority),
            place: about.place.or_else(|| known.place.clone()),
            // OpenCode tells of the last message; what a person chose since holds from the next one on.
            agent: known.chosen.agent.clone().or(about.agent).or_else(|| known.agent.clone()),
            model: known
                .chosen
                .model
                .as_ref()
                .map(ModelChoice::label)
                .or(about.model)
                .or_else(|| known.model.clone()),
            chosen: if about.chosen == Choice::default() { known.chosen.clone() } else { about.chosen },
            holds_writes: about.holds_writes || known.holds_writes,
            thread_wanted: about.thread_wanted.or_else(|| known.thread_wanted.clone()),
            routing: about.routing.or_else(|| known.routing.clone()),
            workspace: about.workspace.or_else(|| known.workspace.clone()),
            ..about
        };
        if about != self.record.about {
            self.record.about = about;
            self.effects.push(Effect::Persist);
        }
    }

    pub(crate) fn turn_began(&mut self, now: Timestamp) {
        self.rests = false;
        if !std::mem::replace(&mut self.busy, true) {
            self.activity.ending.seen = false;
            self.activity.begin(now);
            self.arm_summary(now);
        }
        let failed_before = self.record.failed.take().is_some();
        if !std::mem::replace(&mut self.record.working, true) || failed_before {
            self.effects.push(Effect::Persist);
        }
    }

    /// Stopped in OpenCode. That may be long ago: a late answer that was taken since is told all the same.
    pub(crate) fn aborted(&mut self) {
        self.activity.ending.told();
        if self.is_stopped_by_move() {
            return;
        }
        let is_late_answer = |command: &AskCommand| matches!(command, AskCommand::Say { .. });
        self.withdraw_but("the session was stopped", |command| {
            is_written(command) || is_late_answer(command)
        });
    }

    fn withdraw(&mut self, why: &str) {
        self.withdraw_but(why, is_written);
    }

    fn withdraw_but(&mut self, why: &str, stays: impl Fn(&AskCommand) -> bool) {
        self.stop_moving();
        self.record.outbox.retain(|sent| stays(&sent.command));
        self.record.under_way.clear();
        self.settle_where(Ask::is_unsettled, &AskState::Withdrawn { why: why.to_owned() });
    }

    pub(crate) fn deleted(&mut self, now: Timestamp) {
        self.withdraw("the session was deleted");
        self.withdraw_late("the session was deleted");
        if self.record.ended.is_none() {
            self.record.ended = Some(Ended { how: Ending::Deleted, by: "OpenCode".to_owned(), at: now });
            self.effects.push(Effect::Persist);
        }
    }

    // --- messages ---

    pub(crate) fn said(&mut self, said: Said, now: Timestamp) {
        if self.is_repeated(&said.message_id) {
            if !self.is_under_way(&said.message_id) {
                self.discard(&said.message_id, &said.files);
            }
            return self.tell(Verdict::Sent);
        }
        if let Some(refused) = self.refusal(&said) {
            self.discard(&said.message_id, &said.files);
            return self.tell(refused);
        }
        if let Some(ask) = self.only_question().filter(|_| said.files.is_empty()) {
            // Told again after a kill, it is not taken for a message to the agent.
            self.remember_author(&said.message_id, &said.by);
            let answer = Answer::Answers { answers: vec![vec![said.text]] };
            let before = self.effects.len();
            self.answer(AnswerGiven { ask: ask.clone(), digest: None, by: said.by, answer }, now);
            return self.replace_verdict(before, ask);
        }
        let Said { message_id, by, text, files, agent, model } = said;
        self.remember_author(&message_id, &by);
        let behind = self.record.queue.len();
        self.record.queue.push(Queued { message_id, by, at: now, text, files, agent, model });
        self.show_queued(behind);
        if self.may_send() {
            return self.send_next(Some(Verdict::Sent), now);
        }
        let at_limit = self.say_why_it_waits(now);
        self.effects.push(Effect::Persist);
        self.tell(Verdict::Queued { behind, at_limit });
    }

    fn refusal(&self, said: &Said) -> Option<Verdict> {
        let answers = said.files.is_empty() && self.only_question().is_some();
        let waiting: usize = self.record.queue.iter().map(|queued| queued.text.len()).sum();
        if self.record.ended.is_some() {
            Some(Verdict::SessionEnded)
        } else if answers {
            None
        } else if said.text.len() > QUEUE_BYTES {
            Some(Verdict::TooLong { limit: QUEUE_BYTES })
        } else if self.record.queue.len() >= QUEUE || waiting + said.text.len() > QUEUE_BYTES {
            Some(Verdict::QueueFull { limit: QUEUE })
        } else {
            None
        }
    }

    /// Sends the oldest message that waits, if the agent has time.
    pub(crate) fn send_next(&mut self, verdict: Option<Verdict>, now: Timestamp) {
        if self.record.queue.is_empty() {
            return;
        }
        if !self.may_send() {
            if self.say_why_it_waits(now).is_some() {
                self.effects.push(Effect::Persist);
            }
            return;
        }
        self.told_full = false;
        self.settle_where(|ask| ask.is_gate() && ask.is_unsettled(), &AskState::Superseded);
        self.expired_is_seen();
        let Queued { message_id, by: _, at: _, text, files, agent, model } = self.record.queue.remove(0);
        let session = self.record.session.clone();
        let Choice { agent: chosen_agent, model: chosen_model } = self.record.about.chosen.clone();
        let (agent, model) = (agent.or(chosen_agent), model.or(chosen_model));
        self.took_off(&message_id);
        let prompt = AskCommand::Prompt { session, message_id, text, files, agent, model };
        let sent = self.intend_plain(prompt);
        self.turn_began(now);
        self.effects.push(Effect::Persist);
        if let Some(verdict) = verdict {
            self.tell(verdict);
        }
        self.send(sent);
    }

    pub(crate) fn after_plain(&mut self, sent: &PendingCommand, outcome: CommandOutcome, now: Timestamp) {
        if let AskCommand::Prompt { message_id, files, .. } = &sent.command {
            self.discard(message_id, files);
        }
        match (&sent.command, outcome) {
            (AskCommand::Prompt { .. }, CommandOutcome::NotPending { .. } | CommandOutcome::Superseded) => {
                self.busy = false;
                let text = "OpenCode did not take the message: it no longer knows the session.".to_owned();
                self.note("undelivered", Tone::Error, text, now);
            }
            (AskCommand::Retry { .. }, outcome) => self.after_retry(&outcome, now),
            // Its turn may have ended before it was known that the message had arrived.
            (AskCommand::Abort { .. } | AskCommand::Prompt { .. }, _) => self.send_next(None, now),
            _ => {}
        }
    }

    fn may_send(&self) -> bool {
        self.full.is_none() && self.has_time()
    }

    /// Nothing of its own keeps the next message back.
    pub(crate) fn has_time(&self) -> bool {
        let under_way = |command: &AskCommand| {
            matches!(
                command,
                AskCommand::Prompt { .. }
                    | AskCommand::Resume { .. }
                    | AskCommand::Retry { .. }
                    | AskCommand::Abort { .. }
            )
        };
        self.online
            && !self.busy
            && self.record.ended.is_none()
            && self.record.paused.is_none()
            && self.record.moving.is_none()
            && !self.record.outbox.iter().any(|sent| under_way(&sent.command))
    }

    fn is_repeated(&self, message_id: &str) -> bool {
        self.record.authors.iter().any(|author| author.message_id == message_id)
    }

    /// It waits, or nobody knows yet whether OpenCode has it.
    fn is_under_way(&self, message_id: &str) -> bool {
        let sent = |command: &AskCommand| matches!(command, AskCommand::Prompt { message_id: id, .. } if id == message_id);
        self.record.queue.iter().any(|queued| queued.message_id == message_id)
            || self.record.outbox.iter().any(|pending| sent(&pending.command))
    }

    pub(crate) fn remember_author(&mut self, message_id: &str, by: &Person) {
        self.record.authors.push(Author { message_id: message_id.to_owned(), name: by.name.clone() });
        if self.record.authors.len() > KEPT_AUTHORS {
            self.record.authors.remove(0);
        }
    }

    /// A plain reply answers the question if there is just one (REQ-ASK-02).
    fn only_question(&self) -> Option<String> {
        let mut open = self.record.asks.iter().filter(|ask| ask.is_answerable());
        let ask = open.next()?;
        let single = matches!(&ask.body, AskBody::Question { questions } if questions.len() == 1);
        (single && open.next().is_none()).then(|| ask.id.clone())
    }

    fn replace_verdict(&mut self, from: usize, ask: String) {
        let told = self.effects[from..].iter_mut().find_map(|effect| match effect {
            Effect::Tell(verdict) if verdict.is_taken() => Some(verdict),
            _ => None,
        });
        if let Some(verdict) = told {
            *verdict = Verdict::Answered { ask };
        }
    }

    pub(crate) fn show_queued(&mut self, index: usize) {
        let Queued { message_id, by, at, text, files, .. } = self.record.queue[index].clone();
        let order = Order::new(at.as_millisecond(), index, &message_id);
        let text = crate::mask::mask(words::without_introduction(&by.name, &text));
        let by = Speaker::Person { name: by.name };
        let files = files.into_iter().map(|file| file.name).collect();
        let body = ItemBody::Said { by, text, complete: true, files, queued: true };
        self.put(ThreadItem { key: message_id, order, at, body });
    }

    /// The message no longer waits; OpenCode's own copy takes its place under the same key.
    fn took_off(&mut self, message_id: &str) {
        let Some(mut item) = self.thread.get(message_id).cloned() else { return };
        if let ItemBody::Said { queued, .. } = &mut item.body {
            *queued = false;
        }
        self.put(item);
    }

    // --- steering ---

    pub(crate) fn steered(&mut self, by: &Person, to: Steer, now: Timestamp) {
        if self.record.ended.is_some() && to != Steer::Reopen {
            return self.tell(Verdict::SessionEnded);
        }
        match to {
            Steer::Pause if self.record.paused.is_some() => self.idle("it is paused already"),
            Steer::Pause => self.pause(by, now),
            Steer::Resume => self.unpause(by, now),
            Steer::Retry => self.retry(by, now),
            Steer::Stop => self.stop(by, now),
            Steer::Close => self.close(by, now),
            Steer::Reopen => self.open_again(by, now),
        }
    }

    fn pause(&mut self, by: &Person, now: Timestamp) {
        let cut = self.busy;
        self.record.paused = Some(Paused { by: by.name.clone(), at: now, cut });
        self.audit_steering(by, "paused", now);
        let text = format!("Paused by {}. What you write waits until it is resumed.", by.name);
        self.note("pause", Tone::Warning, text, now);
        self.abort_if(cut);
    }

    fn unpause(&mut self, by: &Person, now: Timestamp) {
        let Some(paused) = self.record.paused.take() else { return self.idle("it is not paused") };
        self.audit_steering(by, "resumed", now);
        self.note("resume", Tone::Info, format!("Resumed by {}.", by.name), now);
        if paused.cut {
            let message_id = self.next_id(words::GO_ON_ID);
            let text = words::GO_ON.to_owned();
            let (by, files, agent, model) = (by.clone(), vec![], None, None);
            self.record.queue.insert(0, Queued { message_id, by, at: now, text, files, agent, model });
        }
        self.effects.push(Effect::Persist);
        self.tell(Verdict::Done);
        self.send_next(None, now);
    }

    fn stop(&mut self, by: &Person, now: Timestamp) {
        // What people wrote stays theirs: it waits until somebody resumes the session.
        let waiting = self.record.queue.len();
        self.record.paused = (waiting > 0).then(|| Paused { by: by.name.clone(), at: now, cut: false });
        self.audit_steering(by, "stopped", now);
        let mut text = format!("Stopped by {}.", by.name);
        match waiting {
            0 => {}
            1 => text.push_str(" 1 message waits; resume the session to send it."),
            more => text.push_str(&format!(" {more} messages wait; resume the session to send them.")),
        }
        self.note("stop", Tone::Warning, text, now);
        self.withdraw("the session was stopped");
        self.abort_if(true);
    }

    fn close(&mut self, by: &Person, now: Timestamp) {
        if self.is_working() {
            return self.idle("the agent is working; stop it first");
        }
        self.withdraw("the session was closed");
        self.record.ended = Some(Ended { how: Ending::Completed, by: by.name.clone(), at: now });
        self.audit_steering(by, "closed", now);
        let mut text = format!("Closed by {}.", by.name);
        match self.record.queue.len() {
            0 => {}
            1 => text.push_str(" 1 message was not sent any more."),
            more => text.push_str(&format!(" {more} messages were not sent any more.")),
        }
        self.note("close", Tone::Good, text, now);
        self.effects.push(Effect::Persist);
        self.tell(Verdict::Done);
    }

    /// One that was closed; what OpenCode deleted is gone.
    fn open_again(&mut self, by: &Person, now: Timestamp) {
        match self.record.ended.as_ref().map(|ended| ended.how) {
            None => return self.idle("it is open already"),
            Some(Ending::Deleted) => return self.tell(Verdict::SessionEnded),
            Some(Ending::Completed) => self.record.ended = None,
        }
        self.audit_steering(by, "reopened", now);
        self.note("reopen", Tone::Info, format!("Reopened by {}.", by.name), now);
        self.effects.push(Effect::Persist);
        self.tell(Verdict::Done);
    }

    /// What people see as ended is ended for them, even if OpenCode has not said so yet.
    fn is_working(&self) -> bool {
        let is_stop = |sent: &PendingCommand| matches!(sent.command, AskCommand::Abort { .. });
        self.busy && !self.activity.ending.seen && !self.record.outbox.iter().any(is_stop)
    }

    fn abort_if(&mut self, wanted: bool) {
        let command = AskCommand::Abort { session: self.record.session.clone() };
        let sent = wanted.then(|| self.intend_plain(command));
        self.effects.push(Effect::Persist);
        self.tell(Verdict::Done);
        if let Some(sent) = sent {
            self.send(sent);
        }
    }

    fn idle(&mut self, why: &str) {
        self.tell(Verdict::Idle { why: why.to_owned() });
    }

    /// Anybody may want to see each write; that they are not seen any more is for those who would answer them.
    pub(crate) fn holds_writes(&mut self, by: &Person, wanted: bool, now: Timestamp) {
        if !wanted && !self.policy.approvers.allow(by) {
            return self.tell(Verdict::NotAllowed);
        }
        self.record.about.holds_writes = wanted;
        self.audit_steering(by, if wanted { "held_writes" } else { "let_writes_through" }, now);
        self.tell(Verdict::Done);
    }

    /// `Persist` must follow.
    pub(crate) fn audit_steering(&mut self, by: &Person, what: &str, at: Timestamp) {
        let none = String::new;
        self.persist_with(AuditEntry {
            at,
            who: by.id.clone(),
            what: what.to_owned(),
            session: self.record.session.clone(),
            ask: none(),
            digest: none(),
            answer: none(),
            told: Told::of_session(&self.record.about.title),
        });
    }
}

/// What is about asks is void when the work is withdrawn; what a person wrote since is not.
fn is_written(command: &AskCommand) -> bool {
    matches!(command, AskCommand::Prompt { .. } | AskCommand::Abort { .. } | AskCommand::Move { .. })
}
