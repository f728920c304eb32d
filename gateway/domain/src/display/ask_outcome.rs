//! What came of an ask: who decided what and when, and what follows.

use super::ask_standing::approved_by;
use super::phrase::Phrase;
use crate::ask::grantable::GrantFor;
use crate::ask::recommended::plain_label;
use crate::ask::standing::REJECTED;
use crate::ask::{ANSWERED_IN_OPENCODE, Answer, Ask, AskState, Decision, OnSilence};
use crate::excerpt::cut;
use crate::visible::visible;
use serde::{Deserialize, Serialize};

/// Most characters of a chosen answer in a heading, and of words that were said with a decision. The ask has all of them.
const ANSWER: usize = 200;
const REASON: usize = 500;

/// What came of an ask that cannot be answered any more, or only late.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AskOutcome {
    pub tone: OutcomeTone,
    /// A few words: `Allowed once`.
    pub label: String,
    /// Who and when, and what follows.
    pub sentence: Phrase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OutcomeTone {
    Good,
    /// Denied, or nobody answered.
    Bad,
    /// Answered after its time was over.
    Late,
    /// Nobody decided it here.
    Quiet,
}

impl Ask {
    pub(super) fn outcome(&self) -> Option<AskOutcome> {
        match &self.state {
            AskState::Open | AskState::Suspended => None,
            AskState::Decided => {
                let saved = " Saved. It takes effect as soon as the agent receives it.";
                self.decision.as_ref().map(|by| self.decided(by, saved))
            }
            AskState::Applied => Some(match &self.decision {
                Some(by) if self.late => late(by),
                Some(by) => self.decided(by, ""),
                None => outcome(OutcomeTone::Quiet, "Answered", Phrase::default()),
            }),
            AskState::AnsweredElsewhere { answer } => {
                Some(outcome(OutcomeTone::Quiet, "Answered in OpenCode", Phrase::of(in_opencode(answer))))
            }
            AskState::TimedOut => Some(self.decision.as_ref().map_or_else(|| self.nobody_answered(), late)),
            AskState::AllowedLate => Some(self.allowed_late()),
            AskState::Withdrawn { why } => {
                Some(outcome(OutcomeTone::Quiet, "Withdrawn", Phrase::of(cut(why, REASON))))
            }
            AskState::Superseded => {
                let why = "The agent moved on before the answer could be applied.";
                Some(outcome(OutcomeTone::Quiet, "No longer needed", Phrase::of(why)))
            }
        }
    }

    fn decided(&self, by: &Decision, follows: &str) -> AskOutcome {
        let tone = match by.answer {
            Answer::Deny { .. } => OutcomeTone::Bad,
            Answer::Once
            | Answer::Always
            | Answer::Grant { .. }
            | Answer::Answers { .. }
            | Answer::Configured { .. } => OutcomeTone::Good,
        };
        let before = self.approvals().filter(|_| by.answer.allows());
        let before = approved_by(" First approved by ", before).map(|all| all.text("."));
        let sentence = by_and_when(by).and(reason(by)).and(before.unwrap_or_default()).and(pattern(by));
        let sentence = if follows.is_empty() { sentence } else { sentence.text(follows) };
        outcome(tone, &label(by), sentence)
    }

    fn nobody_answered(&self) -> AskOutcome {
        let then = match self.rules.on_silence {
            OnSilence::TakeRecommended => "The agent continued with the recommended option.",
            OnSilence::Deny | OnSilence::Remind | OnSilence::Wait => "Denied automatically.",
        };
        outcome(OutcomeTone::Bad, "Nobody answered in time", Phrase::of(then))
    }

    fn allowed_late(&self) -> AskOutcome {
        let by = self.decision.as_ref().map(by_and_when).unwrap_or_default();
        let nobody = Phrase::of("Nobody answered in time. ").and(by);
        let sentence = nobody.text(" It applies if the agent asks for exactly this again.");
        outcome(OutcomeTone::Late, "Allowed late", sentence)
    }
}

fn late(by: &Decision) -> AskOutcome {
    let nobody = Phrase::of("Nobody answered in time. ").and(by_and_when(by)).and(reason(by));
    let label = format!("{}, late", label(by));
    outcome(OutcomeTone::Late, &label, nobody.text(" The agent has been told."))
}

/// OpenCode's words for an answer, as people say them; a question's answer is told as it is.
fn in_opencode(answer: &str) -> String {
    match answer {
        "once" => "Allowed once.".to_owned(),
        "always" => "Always allowed.".to_owned(),
        REJECTED => "Denied.".to_owned(),
        ANSWERED_IN_OPENCODE => String::new(),
        words => cut(words, REASON),
    }
}

fn outcome(tone: OutcomeTone, label: &str, sentence: Phrase) -> AskOutcome {
    AskOutcome { tone, label: visible(label), sentence }
}

fn by_and_when(decision: &Decision) -> Phrase {
    Phrase::of("By ").person(&decision.by).text(", ").time(decision.at).text(".")
}

/// What else a grant covers.
fn pattern(decision: &Decision) -> Phrase {
    match &decision.answer {
        Answer::Grant { pattern: Some(pattern), .. } => {
            Phrase::of(" Covers ").code(cut(pattern, ANSWER)).text(".")
        }
        Answer::Grant { pattern: None, .. } => Phrase::of(" Covers exactly this call."),
        _ => Phrase::default(),
    }
}

/// An override is seen at once.
fn label(decision: &Decision) -> String {
    match decision.broke_glass {
        true => format!("{}, against the rules", decision.answer.label()),
        false => decision.answer.label(),
    }
}

/// Why it was decided so, if the person said that.
fn reason(decision: &Decision) -> Phrase {
    if let Some(reason) = &decision.because {
        return Phrase::of(" ").quote(cut(reason, REASON));
    }
    match &decision.answer {
        Answer::Deny { reason: Some(reason) } => Phrase::of(" ").quote(cut(reason, REASON)),
        Answer::Deny { reason: None }
        | Answer::Once
        | Answer::Always
        | Answer::Grant { .. }
        | Answer::Answers { .. }
        | Answer::Configured { .. } => Phrase::default(),
    }
}

impl Answer {
    /// What was decided, as a heading.
    pub fn label(&self) -> String {
        match self {
            Self::Once => "Allowed once".to_owned(),
            Self::Always => "Always allowed".to_owned(),
            Self::Grant { lasts: GrantFor::Session, .. } => "Allowed in this session".to_owned(),
            Self::Grant { lasts: GrantFor::Hour, .. } => "Allowed for one hour".to_owned(),
            Self::Grant { lasts: GrantFor::Project, .. } => "Always allowed in the project".to_owned(),
            Self::Deny { .. } => "Denied".to_owned(),
            Self::Answers { answers } => {
                let of = |labels: &Vec<String>| {
                    labels.iter().map(|label| plain_label(label)).collect::<Vec<_>>().join(", ")
                };
                let told = answers.iter().map(of).collect::<Vec<_>>().join("; ");
                format!("Answered “{}”", cut(&told, ANSWER))
            }
            Self::Configured { .. } => "Set up".to_owned(),
        }
    }
}
