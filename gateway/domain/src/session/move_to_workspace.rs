//! A session that somebody began in OpenCode goes on in a workspace of its own (REQ-START-10).
//!
//! Its first write is held, and a person configures it. Then the workspace is made (`WorkspaceOrder::Prepare`), the turn is stopped
//! and the session moved (`AgentOrder::Move`), and the agent is told to repeat its step there. What is under way stands in the
//! outbox, so it goes on after a restart of either end; nothing is written in the old place, since the held call is
//! refused and not let through.

use super::Session;
use crate::ask::held_call::{Held, HeldCall};
use crate::ask::{Answer, AskBody, AskState};
use crate::mask::mask_text;
use crate::order::{AgentOrder, Order, WorkspaceOrder};
use crate::record::{PendingOrder, Queued, Sort};
use crate::sentences;
use crate::thread::Tone;
use crate::words;
use crate::workspace::{Moving, WorkspaceReady};
use jiff::Timestamp;

/// Calls of one turn that wait beside the first: all that the plugin holds.
const HELD_BESIDE: usize = 256;

impl Session {
    /// A call waits before it runs. A session that somebody began in OpenCode is configured first, once.
    pub(crate) fn held_first(&mut self, held: &Held, now: Timestamp) -> bool {
        let Held { hold_id, directory, .. } = held;
        if self.record.about.sort == Sort::Work {
            return self.let_through(held);
        }
        let Some(index) =
            self.record.asks.iter().position(|ask| ask.is_configuration() && ask.is_unsettled())
        else {
            return false;
        };
        let ask = &self.record.asks[index];
        if ask.opencode_id == *hold_id || self.record.held_beside.contains(hold_id) {
            return true;
        }
        // The turn that asked is over, or several calls wait at once: one form for all of them.
        if self.record.held_beside.len() < HELD_BESIDE {
            self.record.held_beside.push(hold_id.to_owned());
        }
        let ask = &mut self.record.asks[index];
        ask.directory = directory.to_owned();
        if ask.state == AskState::Suspended && self.online {
            self.reopen(index, now);
        }
        true
    }

    /// Only sessions that nobody configured are held by themselves; the plugin forgets that when OpenCode restarts.
    fn let_through(&mut self, Held { hold_id, judge, .. }: &Held) -> bool {
        // Where it is on its way, the move refuses what is held.
        if self.record.moving.is_some() {
            return true;
        }
        // The gate holds every call, and a person is to decide about this one.
        if *judge || self.policy.configuration.is_none() || self.record.about.holds_writes {
            return false;
        }
        let releases =
            |order: &AgentOrder| matches!(order, AgentOrder::Release { hold_id: of, .. } if of == hold_id);
        let same = |sent: &PendingOrder| sent.order.agent().is_some_and(releases);
        if !self.record.outbox.iter().any(same) {
            self.release(hold_id.clone(), None);
        }
        true
    }

    fn release(&mut self, hold_id: String, refuse: Option<String>) {
        let session = self.record.session.clone();
        let sent =
            self.intend_plain(AgentOrder::Release { session, hold_id, refuse, runs: None, tool: None });
        self.send(sent);
    }

    /// A person refused: whatever waited beside is refused too.
    pub(crate) fn refuse_beside(&mut self) {
        for hold_id in std::mem::take(&mut self.record.held_beside) {
            self.release(hold_id, Some(words::REFUSED.to_owned()));
        }
    }

    /// What a person configured is written down; the workspace comes next.
    pub(crate) fn configured(&mut self, index: usize, answer: &Answer) -> Option<WorkspaceOrder> {
        let Answer::Configured { values } = answer else { return None };
        let by = self.record.asks[index].decision.as_ref()?.by.clone();
        self.record.configuration = Some(values.clone());
        self.record.about.sort = Sort::Work;
        let from = self.record.about.directory.clone();
        let from = if from.is_empty() { self.record.asks[index].directory.clone() } else { from };
        self.record.moving = Some(Moving { by, from, stopped: false });
        let (session, title) = (self.record.session.clone(), self.record.about.title.clone());
        Some(WorkspaceOrder::Prepare { session, title, values: values.clone() })
    }

    pub(crate) fn workspace_ready(&mut self, index: usize, ready: WorkspaceReady, now: Timestamp) {
        let WorkspaceReady { directory, workspace, project, category, thread, progress } = ready;
        let about = &mut self.record.about;
        about.workspace = Some(workspace);
        about.project = project.or(about.project.take());
        about.category = category.or(about.category.take());
        about.thread_wanted = thread.or(about.thread_wanted.take());
        self.tighten_open();
        self.note_progress(progress, now);
        let ask = self.record.asks[index].id.clone();
        let session = self.record.session.clone();
        let sent = self.intend_for(ask, AgentOrder::Move { session, directory });
        self.show(index);
        self.send(sent);
    }

    /// Nothing was made: the form is open again, with what went wrong in the thread.
    pub(crate) fn not_placed(&mut self, index: usize, why: &str, now: Timestamp) {
        self.unconfigure();
        self.note("start", Tone::Error, mask_text(&sentences::setup_failed(why)), now);
        if self.record.asks[index].state == AskState::Decided {
            self.record.asks[index].decision = None;
            self.record.asks[index].state = AskState::Suspended;
            if self.online {
                self.reopen(index, now);
            } else {
                self.show(index);
            }
        }
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
        self.note("moved", Tone::Good, sentences::moved_to(&directory), now);
        if !stopped {
            let text = words::moved(&from, &directory, call.as_ref().map(HeldCall::in_full).as_deref());
            let message_id = self.next_id("msg_gwmoved");
            self.remember_author(&message_id, &by);
            let (agent, model) = (self.record.about.agent.clone(), None);
            self.record
                .queue
                .insert(0, Queued { message_id, by, at: now, text, files: vec![], agent, model });
        }
        self.show(index);
        self.send_next(None, now);
    }

    /// OpenCode stopped the turn: ours, if the session is on its way.
    pub(crate) fn is_stopped_by_move(&self) -> bool {
        let moves = |sent: &PendingOrder| matches!(sent.order, Order::Agent(AgentOrder::Move { .. }));
        self.record.outbox.iter().any(moves)
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
