//! What to look at before deciding: what stands out in it, that it may have run before, that one person is not enough.

use super::ask_standing::some_of_several;
use super::phrase::Phrase;
use crate::ask::danger::Danger;
use crate::ask::subject::RanBefore;
use crate::ask::{Ask, AskState, Decision};
use crate::command_reading::CommandReading;
use crate::demand::count_in_words;
use crate::visible::visible;
use serde::{Deserialize, Serialize};

/// Something to look at, with a heading of a few words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AskWarning {
    pub kind: WarningKind,
    /// Without a sign at its end.
    pub head: String,
    pub text: Phrase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WarningKind {
    /// It stands out, such as that it deletes; a label and no gate.
    Danger,
    /// Nobody can know what it runs before it does.
    Opaque,
    MayHaveRun,
    RanBefore,
    Unsaved,
    Offline,
    TwoApprovals,
}

impl WarningKind {
    /// What stands between heading and text where both are on one line.
    pub fn joint(self) -> &'static str {
        match self {
            Self::Danger | Self::Opaque | Self::TwoApprovals => ":",
            Self::MayHaveRun | Self::RanBefore | Self::Unsaved | Self::Offline => ".",
        }
    }
}

impl Ask {
    pub(super) fn warnings(&self) -> Vec<AskWarning> {
        let to_decide = !self.answer_choices().is_empty();
        let dangers = self.rules.dangers.iter().filter(|_| to_decide).map(danger);
        let opaque = self.reading().filter(|reading| to_decide && !reading.is_known()).map(opaque);
        let has_run = self.may_have_run.then(may_have_run);
        let before = self.ran_before.as_ref().map(ran_before);
        let unsaved = self.unstored.as_ref().filter(|_| to_decide).map(unsaved);
        let offline = (self.state == AskState::Suspended).then(offline);
        let two = self.rules.risk.as_ref().filter(|_| to_decide);
        let two = two.map(|risk| several_approvals(risk, self));
        dangers.chain(opaque).chain(has_run).chain(before).chain(unsaved).chain(offline).chain(two).collect()
    }
}

fn warning(kind: WarningKind, head: &str, text: Phrase) -> AskWarning {
    AskWarning { kind, head: visible(head), text }
}

fn danger(danger: &Danger) -> AskWarning {
    warning(WarningKind::Danger, &danger.label, Phrase::default().code(&danger.why))
}

fn opaque(reading: &CommandReading) -> AskWarning {
    let why = Phrase::default().code(reading.unknown.join("; "));
    warning(WarningKind::Opaque, "What this runs can't be known before it runs", why)
}

fn may_have_run() -> AskWarning {
    let text = "The agent stopped while it was running. Check the result before you allow it again.";
    warning(WarningKind::MayHaveRun, "This may already have run in part", Phrase::of(text))
}

fn ran_before(before: &RanBefore) -> AskWarning {
    let by = Phrase::of(format!("Allowed by {}, ", before.by)).time(before.at);
    let text = by.text(". If you allow it, it runs again.");
    warning(WarningKind::RanBefore, "This ran before in the same turn", text)
}

/// The answer is not on the disk.
fn unsaved(answer: &Decision) -> AskWarning {
    let head = format!("{} by {} isn't saved yet", answer.answer.label(), answer.by.name);
    let text = "It does not count yet. Until it is saved, the same person's last answer counts, and so does any denial.";
    warning(WarningKind::Unsaved, &head, Phrase::of(text))
}

fn offline() -> AskWarning {
    let text = "You can answer now; your answer is applied when it's back.";
    warning(WarningKind::Offline, "The agent is restarting or offline", Phrase::of(text))
}

fn several_approvals(risk: &str, ask: &Ask) -> AskWarning {
    let why = Phrase::of(format!("{}.", risk.trim_end_matches('.')));
    let text = match some_of_several(ask) {
        Some(so_far) => why.text(" ").and(so_far),
        None => why,
    };
    let head = format!("Needs {} approvals", count_in_words(ask.people_needed()));
    warning(WarningKind::TwoApprovals, &head, text)
}
