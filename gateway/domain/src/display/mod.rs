//! What people read of an ask, computed once: what it is about, how it can be answered, how it stands, what came of it. The API
//! serves it with each ask; Slack, the console, the command line and the dialog in OpenCode only lay it out.

mod answer_choices;
mod ask_outcome;
mod ask_standing;
mod ask_terms;
mod ask_title;
mod ask_warnings;
mod command_runs;
mod phrase;
mod question_options;

pub use answer_choices::{AnswerChoice, AnswerKey};
pub use ask_outcome::{AskOutcome, OutcomeTone};
pub use ask_standing::{AskStanding, StandingKind};
pub use ask_terms::AskTerms;
pub use ask_warnings::{AskWarning, WarningKind};
pub use command_runs::CommandRuns;
pub use phrase::{Part, Phrase, plain_person};
pub use question_options::{OptionDisplay, QuestionDisplay};

use crate::ask::Ask;
use crate::ask::subject::AskSubject;
use crate::mask::MASK;
use serde::{Deserialize, Serialize, Serializer};

/// What people read of an ask, as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AskDisplay {
    pub subject: AskSubject,
    /// What kind of request it is, as a heading: `The agent wants to run a command`.
    pub title: String,
    /// The same in a few words, for the column of a list: `Run a command`.
    pub label: String,
    /// One line for lists and notifications.
    pub summary: Phrase,
    /// Of a command: what it runs, where its own text does not say it plainly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs: Option<CommandRuns>,
    /// The answers that are possible now, the one that allows first. What risk or the rules forbid is not among them.
    pub answers: Vec<AnswerChoice>,
    /// Why this can only be allowed once, where grants are possible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_grant: Option<String>,
    /// Of a question: each of its parts with its options.
    pub questions: Vec<QuestionDisplay>,
    pub standing: AskStanding,
    /// That something on it is hidden, while it can be shown to whoever decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden: Option<String>,
    /// What to look at before deciding, the worst first.
    pub warnings: Vec<AskWarning>,
    pub terms: AskTerms,
    /// Who decided what; missing while it can be answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<AskOutcome>,
}

const HIDDEN: &str = "A value that looks like a secret is hidden here (•••). The console can show it to you.";

impl Ask {
    fn hidden(&self) -> Option<String> {
        let hides = self.is_answerable() && self.body.in_plain().contains(MASK);
        hides.then(|| HIDDEN.to_owned())
    }

    pub fn display(&self) -> AskDisplay {
        let (subject, outcome) = (self.body.subject(), self.outcome());
        AskDisplay {
            title: self.title(),
            label: self.label(),
            summary: self.summary(&subject.line, outcome.as_ref()),
            runs: self.command_runs(),
            answers: self.answer_choices(),
            no_grant: self.no_grant(),
            questions: self.question_display(),
            standing: self.standing(),
            hidden: self.hidden(),
            warnings: self.warnings(),
            terms: self.terms(),
            subject,
            outcome,
        }
    }
}

/// An ask as the API serves it: with what people read of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AskView {
    #[serde(flatten)]
    pub ask: Ask,
    pub display: AskDisplay,
}

impl AskView {
    pub fn of(ask: Ask) -> Self {
        let display = ask.display();
        Self { ask, display }
    }
}

/// The same without a copy of the ask, whose change may be long.
#[derive(Serialize)]
struct BorrowedView<'a> {
    #[serde(flatten)]
    ask: &'a Ask,
    display: AskDisplay,
}

/// Writes an ask of a thread as it is served.
pub(crate) fn serve<S: Serializer>(ask: &Ask, serializer: S) -> Result<S::Ok, S::Error> {
    BorrowedView { ask, display: ask.display() }.serialize(serializer)
}
