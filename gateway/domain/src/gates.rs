//! Asks of the gateway's own: held calls, the configuration of a session, and whether to go on.

use crate::ask::{Answer, Ask, AskBody, AskState, Asked, Field, HeldCall};
use crate::effect::{AskCommand, Effect};
use crate::projects::CATEGORIES;
use crate::record::Sort;
use crate::session::Session;
use crate::thread::Tone;
use crate::words;
use jiff::Timestamp;

impl Session {
    /// A call waits before it runs. A session that somebody began in OpenCode is configured first, once.
    pub(crate) fn held(&mut self, hold_id: String, directory: String, call: HeldCall, now: Timestamp) {
        if self.held_first(&hold_id, &directory, now) {
            return;
        }
        let work = self.record.about.sort == Sort::Work;
        let body = match (&self.policy.configuration, work) {
            (Some(fields), false) => AskBody::Configuration { fields: fields.clone(), held: call },
            _ => AskBody::Held { held: call },
        };
        let session = self.record.session.clone();
        self.asked(Asked { opencode_id: hold_id, session, directory, tool: None, body }, now);
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
            self.note(
                "restart",
                Tone::Info,
                "OpenCode restarted; the agent goes on where it was.".to_owned(),
                now,
            );
            return self.go_on("", self.record.session.clone());
        };
        let title = "OpenCode died while this was running. It may have half run: go on?".to_owned();
        let body = AskBody::Gate { title, detail: running, user_message_id };
        let (session, directory) = (self.record.session.clone(), self.record.about.directory.clone());
        let opencode_id = self.next_id("gate");
        self.asked(Asked { opencode_id, session, directory, tool: None, body }, now);
    }

    /// It was sent, and nobody knows yet what became of it.
    fn is_resumed_already(&self) -> bool {
        self.record.outbox.iter().any(|sent| matches!(sent.command, AskCommand::Resume { .. }))
    }

    fn has_open_gate(&self) -> bool {
        self.record.asks.iter().any(|ask| ask.is_gate() && ask.is_unsettled())
    }

    /// What follows when an ask of the gateway's own is decided. `Persist` and the verdict come after the record
    /// changed and before anything is sent.
    pub(crate) fn apply_own(&mut self, index: usize, answer: &Answer) -> Option<AskCommand> {
        let ask = &self.record.asks[index];
        let (session, hold_id) = (ask.session.clone(), ask.opencode_id.clone());
        match (&ask.body, answer) {
            (AskBody::Gate { .. }, Answer::Deny { .. }) => {
                self.record.asks[index].state = AskState::Applied;
                None
            }
            (AskBody::Gate { user_message_id, .. }, _) => {
                let user_message_id = user_message_id.clone();
                (self.record.turn, self.record.resumed) = (Some(user_message_id.clone()), true);
                self.record.asks[index].state = AskState::Applied;
                Some(AskCommand::Resume { session, user_message_id })
            }
            (AskBody::Configuration { .. }, Answer::Configured { .. }) => self.configured(index, answer),
            (_, Answer::Deny { reason }) => {
                let refuse = Some(reason.clone().unwrap_or_else(|| words::REFUSED.to_owned()));
                Some(AskCommand::Release { session, hold_id, refuse })
            }
            _ => Some(AskCommand::Release { session, hold_id, refuse: None }),
        }
    }

    /// The plugin says that a call is not held any more.
    pub(crate) fn unheld(&mut self, hold_id: &str, ran: bool) {
        let Some(index) = self.record.asks.iter().position(|ask| ask.opencode_id == hold_id) else { return };
        let ask = &mut self.record.asks[index];
        // The form outlives the call that waited for it.
        if ask.is_configuration() && !ran {
            return;
        }
        ask.state = match ask.state {
            AskState::Decided => AskState::Applied,
            AskState::Open | AskState::Suspended if ran => {
                AskState::AnsweredElsewhere { answer: "let through".to_owned() }
            }
            AskState::Open | AskState::Suspended => {
                AskState::Withdrawn { why: "the call is not held any more".to_owned() }
            }
            _ => return,
        };
        self.effects.push(Effect::Persist);
        self.show(index);
    }
}

impl Ask {
    /// Whether to go on; OpenCode does not know of it.
    pub(crate) fn is_gate(&self) -> bool {
        matches!(self.body, AskBody::Gate { .. })
    }

    /// Asked by the gateway, not by OpenCode.
    pub(crate) fn is_own(&self) -> bool {
        matches!(self.body, AskBody::Held { .. } | AskBody::Gate { .. } | AskBody::Configuration { .. })
    }
}

impl Field {
    /// The fields of a builder's configuration (REQ-START-10), without a suggestion yet.
    pub fn builder(projects: Vec<String>) -> Vec<Self> {
        let field = |name: &str, label: &str, required, options: Vec<String>| Self {
            name: name.to_owned(),
            label: label.to_owned(),
            required,
            options,
            multiple: false,
            suggestion: None,
        };
        let categories = CATEGORIES.map(str::to_owned).to_vec();
        vec![
            field("project", "Project", true, projects),
            field("new_project", "Name of the new project", false, vec![]),
            field("workspace", "Workspace name", true, vec![]),
            Self { multiple: true, ..field("repositories", "Repositories", true, vec![]) },
            field("category", "Category", false, categories),
            field("thread", "Slack channel for its thread (link or id)", false, vec![]),
        ]
    }
}
