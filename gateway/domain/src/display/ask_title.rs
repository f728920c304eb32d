//! What an ask is called: a heading, a few words for a list, one line for notifications.

use super::ask_outcome::AskOutcome;
use super::phrase::Phrase;
use crate::ask::held_call::HeldCall;
use crate::ask::subject::SubjectKind;
use crate::ask::{Ask, AskBody};
use crate::permission_words;
use crate::visible::visible;

impl Ask {
    pub(super) fn title(&self) -> String {
        let wants = if self.is_answerable() { "wants" } else { "wanted" };
        match &self.body {
            AskBody::Permission { permission, .. } => format!("The agent {wants} to {}", wish(permission)),
            AskBody::Question { questions } if questions.len() > 1 => {
                format!("The agent has {} questions", questions.len())
            }
            AskBody::Question { .. } => "The agent has a question".to_owned(),
            AskBody::Held { held } => format!("The agent {wants} to {}", wish(&held.tool)),
            AskBody::Gate { title, .. } => visible(title),
            AskBody::Configuration { .. } => "Set up this session before it can make changes".to_owned(),
            AskBody::Deploy { plan, .. } => visible(&format!("Deploy {} to its lab?", plan.name)),
            AskBody::Delivery { sheet } => {
                visible(&format!("Delivery {} to {}", sheet.run, sheet.repository))
            }
        }
    }

    pub(super) fn label(&self) -> String {
        match &self.body {
            AskBody::Permission { permission, .. } => capitalised(&wish(permission)),
            AskBody::Question { .. } => "Question".to_owned(),
            AskBody::Held { held } => capitalised(&wish(&held.tool)),
            AskBody::Gate { .. } => "Continue?".to_owned(),
            AskBody::Configuration { .. } => "Setup needed".to_owned(),
            AskBody::Deploy { .. } => "Deploy to lab".to_owned(),
            AskBody::Delivery { .. } => "Delivery".to_owned(),
        }
    }

    /// `line`: what it is about.
    pub(super) fn summary(&self, line: &str, outcome: Option<&AskOutcome>) -> Phrase {
        if let Some(outcome) = outcome {
            let told = Phrase::of(format!("{}: ", outcome.label));
            return if self.body.is_code() { told.code(line) } else { told.text(line) };
        }
        match &self.body {
            AskBody::Permission { permission, .. } => {
                Phrase::of(format!("{} ", verb(permission))).code(line).text("?")
            }
            AskBody::Question { questions } if questions.len() > 1 => {
                Phrase::of(format!("{} questions: {line}", questions.len()))
            }
            AskBody::Question { .. } | AskBody::Gate { .. } | AskBody::Delivery { .. } => Phrase::of(line),
            AskBody::Held { held } => {
                Phrase::of(format!("{} ", capitalised(held_verb(held)))).code(line).text("?")
            }
            AskBody::Deploy { .. } => Phrase::of("Deploy to the lab: ").code(line).text("?"),
            AskBody::Configuration { held, .. } => {
                Phrase::of(format!("Set up this session before it can {} ", held_verb(held))).code(line)
            }
        }
    }
}

impl AskBody {
    /// It is about something that a machine reads, and is shown as code.
    pub(super) fn is_code(&self) -> bool {
        match self {
            Self::Permission { .. }
            | Self::Held { .. }
            | Self::Configuration { .. }
            | Self::Deploy { .. } => true,
            Self::Question { .. } | Self::Gate { .. } | Self::Delivery { .. } => false,
        }
    }
}

fn wish(permission: &str) -> String {
    permission_words::known(permission)
        .map_or_else(|| format!("use {}", visible(permission)), |words| words.wish.to_owned())
}

fn verb(permission: &str) -> &'static str {
    permission_words::known(permission).map_or("Use", |words| words.verb)
}

fn held_verb(held: &HeldCall) -> &'static str {
    match held {
        HeldCall { command: Some(_), .. } => "run",
        _ if held.kind() == SubjectKind::Url => "open",
        _ if held.kind() == SubjectKind::Search => "search the web for",
        HeldCall { file: None, .. } => "use",
        _ if held.only_reads() => "read",
        _ => "change",
    }
}

fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}
