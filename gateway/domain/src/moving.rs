//! A session that somebody began in OpenCode goes on in a workspace of its own (REQ-START-10).
//!
//! Its first write is held, and a person configures it. Then the workspace is made (`MakePlace`), the turn is stopped
//! and the session moved (`Move`), and the agent is told to repeat its step there. What is under way stands in the
//! outbox, so it goes on after a restart of either end; nothing is written in the old place, since the held call is
//! refused and not let through.

use crate::ask::{Answer, Ask, AskBody, AskState, HeldCall, Person};
use crate::begin::Remark;
use crate::effect::{AskCommand, Effect};
use crate::mask::mask;
use crate::record::{PendingCommand, Queued, Sort};
use crate::session::Session;
use crate::thread::Tone;
use crate::words;
use crate::workspace::Workspace;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Calls of one turn that wait beside the first. OpenCode runs only a few at once.
const HELD_BESIDE: usize = 32;

/// What is under way between a person's answer and the session's going on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moving {
    pub by: Person,
    /// Where it began.
    pub from: String,
    /// A person stopped it meanwhile: it arrives, and waits there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stopped: bool,
}

/// A place that was made for a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    pub directory: String,
    pub workspace: Workspace,
    pub project: Option<String>,
    pub category: Option<String>,
    /// The channel that its thread is wanted in.
    pub thread: Option<String>,
    /// What was told while it was made.
    pub remarks: Vec<Remark>,
}

impl Session {
    /// A call waits before it runs. A session that somebody began in OpenCode is configured first, once.
    pub(crate) fn held_first(&mut self, hold_id: &str, directory: &str, now: Timestamp) -> bool {
        if self.record.about.sort == Sort::Work {
            return self.let_through(hold_id);
        }
        let Some(index) =
            self.record.asks.iter().position(|ask| ask.is_configuration() && ask.is_unsettled())
        else {
            return false;
        };
        let ask = &mut self.record.asks[index];
        if ask.opencode_id == hold_id || self.record.held_beside.iter().any(|held| held == hold_id) {
            return true;
        }
        // The turn that asked is over, or several calls wait at once: one form for all of them.
        if self.record.held_beside.len() < HELD_BESIDE {
            self.record.held_beside.push(hold_id.to_owned());
        }
        ask.directory = directory.to_owned();
        if ask.state == AskState::Suspended && self.online {
            self.reopen(index, now);
        }
        self.effects.push(Effect::Persist);
        true
    }

    /// Only sessions that nobody configured are held by themselves; the plugin forgets that when OpenCode restarts.
    fn let_through(&mut self, hold_id: &str) -> bool {
        // Where it is on its way, the move refuses what is held.
        if self.record.moving.is_some() {
            return true;
        }
        if self.policy.configuration.is_none() || self.record.about.holds_writes {
            return false;
        }
        let same = |sent: &PendingCommand| matches!(&sent.command, AskCommand::Release { hold_id: of, .. } if of == hold_id);
        if !self.record.outbox.iter().any(same) {
            self.release(hold_id.to_owned(), None);
        }
        true
    }

    fn release(&mut self, hold_id: String, refuse: Option<String>) {
        let session = self.record.session.clone();
        let sent = self.intend_plain(AskCommand::Release { session, hold_id, refuse });
        self.effects.push(Effect::Persist);
        self.send(sent);
    }

    /// A person refused: whatever waited beside is refused too.
    pub(crate) fn refuse_beside(&mut self) {
        for hold_id in std::mem::take(&mut self.record.held_beside) {
            self.release(hold_id, Some(words::REFUSED.to_owned()));
        }
    }

    /// What a person configured is written down; the workspace comes next.
    pub(crate) fn configured(&mut self, index: usize, answer: &Answer) -> Option<AskCommand> {
        let Answer::Configured { values } = answer else { return None };
        let by = self.record.asks[index].decision.as_ref()?.by.clone();
        self.record.configuration = Some(values.clone());
        self.record.about.sort = Sort::Work;
        let from = self.record.about.directory.clone();
        let from = if from.is_empty() { self.record.asks[index].directory.clone() } else { from };
        self.record.moving = Some(Moving { by, from, stopped: false });
        let (session, title) = (self.record.session.clone(), self.record.about.title.clone());
        Some(AskCommand::MakePlace { session, title, values: values.clone() })
    }

    pub(crate) fn placed(&mut self, index: usize, placed: Placed, now: Timestamp) {
        let Placed { directory, workspace, project, category, thread, remarks } = placed;
        let about = &mut self.record.about;
        about.workspace = Some(workspace);
        about.project = project.or(about.project.take());
        about.category = category.or(about.category.take());
        about.thread_wanted = thread.or(about.thread_wanted.take());
        self.note_remarks(remarks, now);
        let ask = self.record.asks[index].id.clone();
        let session = self.record.session.clone();
        let sent = self.intend_for(ask, AskCommand::Move { session, directory });
        self.effects.push(Effect::Persist);
        self.show(index);
        self.send(sent);
    }

    /// Nothing was made: the form is open again, with what went wrong in the thread.
    pub(crate) fn not_placed(&mut self, index: usize, why: &str, now: Timestamp) {
        self.unconfigure();
        let text = format!("The session could not be set up: {why} Set it up again, or deny.");
        self.note("start", Tone::Error, mask(&text), now);
        if self.record.asks[index].state == AskState::Decided {
            self.record.asks[index].decision = None;
            self.record.asks[index].state = AskState::Suspended;
            if self.online {
                self.reopen(index, now);
            } else {
                self.show(index);
            }
        }
        self.effects.push(Effect::Persist);
    }

    /// The session stays where it is; the workspace stays too, and the same form finds it.
    pub(crate) fn not_moved(&mut self, index: usize, why: &str, now: Timestamp) {
        self.record.about.workspace = None;
        self.not_placed(index, why, now);
    }

    /// It is there. The agent repeats what was stopped.
    pub(crate) fn moved(&mut self, index: usize, directory: String, now: Timestamp) {
        let Some(Moving { by, from, stopped }) = self.record.moving.take() else { return };
        let call = match &self.record.asks[index].body {
            AskBody::Configuration { held, .. } => Some(held.clone()),
            _ => None,
        };
        self.record.asks[index].settle(AskState::Applied);
        self.record.about.directory.clone_from(&directory);
        // The turn that was stopped is over, whatever else happens to OpenCode.
        self.record.turn = None;
        self.record.under_way.clear();
        self.record.held_beside.clear();
        self.note("moved", Tone::Good, format!("The session goes on in {directory}."), now);
        if !stopped {
            let text = words::moved(&from, &directory, call.as_ref().and_then(HeldCall::label).as_deref());
            let message_id = self.next_id("msg_gwmoved");
            self.remember_author(&message_id, &by);
            let (agent, model) = (self.record.about.agent.clone(), None);
            self.record
                .queue
                .insert(0, Queued { message_id, by, at: now, text, files: vec![], agent, model });
        }
        self.effects.push(Effect::Persist);
        self.show(index);
        self.send_next(None, now);
    }

    /// OpenCode stopped the turn: ours, if the session is on its way.
    pub(crate) fn is_stopped_by_move(&self) -> bool {
        self.record.outbox.iter().any(|sent| matches!(sent.command, AskCommand::Move { .. }))
    }

    /// A person stopped the session before it had arrived.
    pub(crate) fn stop_moving(&mut self) {
        if self.is_stopped_by_move() {
            if let Some(moving) = &mut self.record.moving {
                moving.stopped = true;
            }
        } else if self.record.moving.is_some() {
            self.unconfigure();
        }
        self.record.held_beside.clear();
    }

    fn unconfigure(&mut self) {
        self.record.moving = None;
        self.record.configuration = None;
        self.record.about.sort = Sort::Exploratory;
    }
}

impl Ask {
    /// One a session: it outlives the call that was held first.
    pub(crate) fn is_configuration(&self) -> bool {
        matches!(self.body, AskBody::Configuration { .. })
    }
}

impl HeldCall {
    /// What was to be done, in a few words.
    fn label(&self) -> Option<String> {
        let what = self.file.as_ref().or(self.command.as_ref())?;
        Some(format!("{} {what}", self.tool))
    }
}
