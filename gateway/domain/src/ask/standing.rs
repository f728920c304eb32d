//! The standing of an ask: whether it can still be answered, waits, or is over, and what was decided.

use super::grantable::{GrantFor, Grantable, Likeness};
use super::held_call::only_reads;
use super::{Answer, Ask, AskBody, AskState, Decision};

/// Why a call that was asked about never ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotRun {
    DeniedBy(String),
    /// In OpenCode's own UI, where nobody has a name.
    DeniedInOpenCode,
    NobodyAnswered,
}

/// How OpenCode tells that a permission was denied.
pub(crate) const REJECTED: &str = "reject";

impl Ask {
    pub fn is_permission(&self) -> bool {
        matches!(self.body, AskBody::Permission { .. })
    }

    /// Can still be answered in the ordinary way.
    pub fn is_answerable(&self) -> bool {
        matches!(self.state, AskState::Open | AskState::Suspended)
    }

    /// That call does not run: it is not allowed yet, or it was denied.
    pub(crate) fn holds_back(&self, call: &str) -> bool {
        let denied = |decision: &Decision| matches!(decision.answer, Answer::Deny { .. });
        let is_denied = self.state == AskState::TimedOut || self.decision.as_ref().is_some_and(denied);
        self.is_about_call(call) && (self.is_answerable() || is_denied)
    }

    pub(crate) fn is_about_call(&self, call: &str) -> bool {
        self.tool.as_ref().is_some_and(|tool| tool.call_id == call)
    }

    /// How long its call waited for a person, as far as that is known.
    pub(crate) fn waited_ms(&self) -> i64 {
        let answered = self.decision.as_ref().map_or(self.asked_at, |decision| decision.at);
        (answered.as_millisecond() - self.asked_at.as_millisecond()).max(0)
    }

    /// What was decided against the call, if anything was.
    pub(crate) fn not_run(&self) -> Option<NotRun> {
        match (&self.state, &self.decision) {
            (AskState::TimedOut | AskState::AllowedLate, _) => Some(NotRun::NobodyAnswered),
            (AskState::AnsweredElsewhere { answer }, _) => {
                (answer == REJECTED).then_some(NotRun::DeniedInOpenCode)
            }
            (_, Some(Decision { answer: Answer::Deny { .. }, by, .. })) => {
                Some(NotRun::DeniedBy(by.name.clone()))
            }
            _ => None,
        }
    }

    /// A held call that was let go may have begun although OpenCode shows nothing of it: of a shell it shows the beginning, and
    /// to write the same once more changes nothing.
    pub(crate) fn may_have_begun(&self, in_doubt: bool) -> bool {
        let AskBody::Held { held } = &self.body else { return false };
        let was_let_go = self.state == AskState::Applied || in_doubt;
        let is_allowed = self.decision.as_ref().is_some_and(|decision| decision.answer.allows());
        let shows_it = matches!(held.tool.as_str(), "bash" | "write") || only_reads(&held.tool);
        was_let_go && is_allowed && !shows_it
    }

    /// What a grant that is given with it would be about, or why it can only be allowed once, as a sentence.
    pub(crate) fn likeness(&self) -> Result<&Likeness, String> {
        let never = |why: &str| Err(format!("This can only be allowed once: {why}."));
        match (&self.grantable, &self.body) {
            _ if self.rules.risk.is_some() => never("it needs two approvals"),
            _ if self.is_risky() => never("the rules call it risky"),
            (Some(Grantable::Never { why }), AskBody::Held { .. }) => never(why),
            (Some(Grantable::Like(like)), AskBody::Held { .. }) if self.rules.dangers.is_empty() => Ok(like),
            (Some(Grantable::Like(_)), AskBody::Held { .. }) => never("it stands out"),
            _ => never("it isn't judged by the gate"),
        }
    }

    /// Nobody answered in time, and nobody has seen to it since.
    pub fn is_expired(&self) -> bool {
        self.state == AskState::TimedOut && self.decision.is_none() && !self.passed
    }

    /// Waits for something of ours or of a person's.
    pub fn is_unsettled(&self) -> bool {
        matches!(self.state, AskState::Open | AskState::Suspended | AskState::Decided)
    }
}

impl Answer {
    /// What was decided, for people who were not there.
    pub fn in_words(&self) -> String {
        match self {
            Self::Once => "allowed once".to_owned(),
            Self::Always => "always allowed".to_owned(),
            Self::Grant { lasts: GrantFor::Session, .. } => "allowed in this session".to_owned(),
            Self::Grant { lasts: GrantFor::Hour, .. } => "allowed for one hour".to_owned(),
            Self::Grant { lasts: GrantFor::Project, .. } => "always allowed in the project".to_owned(),
            Self::Deny { reason: None } => "denied".to_owned(),
            Self::Deny { reason: Some(reason) } => format!("denied (“{reason}”)"),
            Self::Answers { answers } => {
                let each: Vec<_> = answers.iter().map(|labels| format!("“{}”", labels.join(", "))).collect();
                each.join(", ")
            }
            Self::Configured { .. } => "set up".to_owned(),
        }
    }
}
