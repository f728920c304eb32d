//! Asks of the gateway's own: held calls, the configuration of a session, and whether to go on.

use super::Session;
use crate::ask::held_call::{Held, HeldCall};
use crate::ask::{Answer, AskBody, AskState, Asked};
use crate::order::{AgentOrder, Order};
use crate::record::{PendingOrder, Sort};
use crate::sentences;
use crate::thread::Tone;
use crate::words;
use jiff::Timestamp;

impl Session {
    /// A call waits before it runs. A session that somebody began in OpenCode is configured first, once.
    pub(crate) fn held(&mut self, held: Held, now: Timestamp) {
        if self.is_over_budget(&held) {
            return;
        }
        if held.judge && self.decided_by_rule(&held, now) || held.early || self.held_first(&held, now) {
            return;
        }
        let grantable = held.judge.then(|| self.grantable(&held));
        let Held { hold_id, session, directory, tool, call, .. } = held;
        let body = match &self.policy.configuration {
            Some(fields) if self.is_to_be_set_up() => {
                AskBody::Configuration { fields: fields.clone(), held: call }
            }
            _ => AskBody::Held { held: call },
        };
        self.asked_with(Asked { opencode_id: hold_id, session, directory, tool, body }, grantable, now);
    }

    /// Somebody began it in OpenCode: before it changes anything a person says what it works on.
    pub(crate) fn is_to_be_set_up(&self) -> bool {
        self.policy.configuration.is_some() && self.record.about.sort != Sort::Work
    }

    /// OpenCode died under the turn. What the gateway did not see working is left alone. Unless something may have half run, the agent just goes on.
    pub(crate) fn interrupted(&mut self, user_message_id: String, running: Option<String>, now: Timestamp) {
        let wanted = self.record.working && self.record.paused.is_none() && self.record.ended.is_none();
        // A turn that goes on begins with a message of its own.
        self.thread.all_is_over();
        self.rests = true;
        if !wanted || self.has_open_gate() || self.is_resumed_already() {
            return;
        }
        let Some(running) = running else {
            self.record.turn = Some(user_message_id);
            self.note("restart", Tone::Info, sentences::PICKING_UP.to_owned(), now);
            return self.go_on("", self.record.session.clone());
        };
        let title = sentences::CONTINUE_AFTER_CRASH.to_owned();
        let body = AskBody::Gate { title, detail: running, user_message_id };
        let (session, directory) = (self.record.session.clone(), self.record.about.directory.clone());
        let opencode_id = self.next_id("gate");
        self.asked(Asked { opencode_id, session, directory, tool: None, body }, now);
    }

    /// It was sent, and nobody knows yet what became of it.
    fn is_resumed_already(&self) -> bool {
        let resumes = |sent: &PendingOrder| matches!(sent.order, Order::Agent(AgentOrder::Resume { .. }));
        self.record.outbox.iter().any(resumes)
    }

    fn has_open_gate(&self) -> bool {
        self.record.asks.iter().any(|ask| ask.is_gate() && ask.is_unsettled())
    }

    /// What follows when an ask of the gateway's own is decided.
    pub(crate) fn apply_own(&mut self, index: usize, answer: &Answer) -> Option<Order> {
        let ask = &self.record.asks[index];
        let (session, hold_id, tool) = (ask.session.clone(), ask.opencode_id.clone(), ask.tool.clone());
        match (&ask.body, answer) {
            (AskBody::Gate { .. }, Answer::Deny { .. }) => {
                self.record.asks[index].state = AskState::Applied;
                None
            }
            (AskBody::Gate { user_message_id, .. }, _) => {
                let user_message_id = user_message_id.clone();
                (self.record.turn, self.record.resumed) = (Some(user_message_id.clone()), true);
                self.record.asks[index].state = AskState::Applied;
                Some(AgentOrder::Resume { session, user_message_id }.into())
            }
            (AskBody::Deploy { .. }, answer) => self.deploy_decided(index, &answer.clone()),
            (AskBody::Delivery { .. }, answer) => self.delivery_decided(index, &answer.clone()),
            (AskBody::Configuration { .. }, Answer::Configured { .. }) => {
                self.configured(index, answer).map(Order::Workspace)
            }
            (_, Answer::Deny { reason }) => {
                let refuse = Some(reason.clone().unwrap_or_else(|| words::REFUSED.to_owned()));
                Some(AgentOrder::Release { session, hold_id, refuse, runs: None, tool }.into())
            }
            (body, _) => {
                let runs = body.held_call().and_then(HeldCall::runs_as_read);
                Some(AgentOrder::Release { session, hold_id, refuse: None, runs, tool }.into())
            }
        }
    }

    /// The plugin says that a call is not held any more.
    pub(crate) fn unheld(&mut self, hold_id: &str, ran: bool) {
        self.over_budget.retain(|held| held.hold_id != hold_id);
        let Some(index) = self.record.asks.iter().position(|ask| ask.opencode_id == hold_id) else { return };
        let ask = &self.record.asks[index];
        // The form outlives the call that waited for it.
        if ask.is_configuration() && !ran {
            return;
        }
        let became = match ask.state {
            AskState::Decided => AskState::Applied,
            AskState::Open | AskState::Suspended if ran => {
                AskState::AnsweredElsewhere { answer: "let through".to_owned() }
            }
            AskState::Open | AskState::Suspended => {
                AskState::Withdrawn { why: "the call is no longer on hold".to_owned() }
            }
            _ => return,
        };
        self.record.asks[index].state = became;
        self.show(index);
    }
}
