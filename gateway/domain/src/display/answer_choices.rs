//! The answers that an ask takes now, with what stands on their buttons.

use crate::ask::grantable::{GrantFor, Likeness};
use crate::ask::{Answer, Ask, AskBody, AskState};
use crate::command_reading::CommandReading;
use crate::danger::stands_out;
use crate::excerpt::first_line;
use crate::grants::wider;
use crate::permission_words;
use crate::proven::Proof;
use crate::visible::visible;
use serde::{Deserialize, Serialize};

/// Longest pattern on a button.
const ALWAYS_LABEL: usize = 40;

const ALLOW_ONCE: &str = "Allow once";
/// The touch of a passkey is more than a press of a button, so it says so.
const ALLOW_WITH_PASSKEY: &str = "Approve with passkey";
const DENY: &str = "Deny";
const DENY_WITH_REASON: &str = "Deny with a reason…";

/// The kinds of answers: the words that the API takes as `answer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AnswerKey {
    Once,
    Always,
    Grant,
    Deny,
    Answers,
    Configured,
}

impl Answer {
    pub fn key(&self) -> AnswerKey {
        match self {
            Self::Once => AnswerKey::Once,
            Self::Always => AnswerKey::Always,
            Self::Grant { .. } => AnswerKey::Grant,
            Self::Deny { .. } => AnswerKey::Deny,
            Self::Answers { .. } => AnswerKey::Answers,
            Self::Configured { .. } => AnswerKey::Configured,
        }
    }
}

/// An answer that is possible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AnswerChoice {
    /// The word for `answer` when it is given.
    pub key: AnswerKey,
    pub label: String,
    /// The button that the eye falls on first; never one that allows something dangerous.
    pub primary: bool,
    /// Of a denial: what stands on the button that asks for a reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with_reason: Option<String>,
    /// Why it is to be confirmed before it is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    /// Of "always": the patterns that it covers from then on, those that stand out first. Missing where it covers everything.
    /// Of a grant: the call itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covers: Option<Vec<String>>,
    /// Of a grant: for how long, as `for` says when it is given.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub lasts: Option<GrantFor>,
    /// Of a grant: a pattern for more than exactly this call that could be given as `pattern`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wider: Option<String>,
    /// The weakest proof with which it can be given.
    #[serde(default, skip_serializing_if = "Proof::is_claimed")]
    pub proof: Proof,
}

impl AnswerChoice {
    fn new(key: AnswerKey, label: impl Into<String>) -> Self {
        let label = label.into();
        let (with_reason, confirm, covers, lasts, wider) = (None, None, None, None, None);
        let proof = Proof::Claimed;
        Self { key, label, primary: false, with_reason, confirm, covers, lasts, wider, proof }
    }

    fn deny(with_reason: Option<&str>) -> Self {
        Self { with_reason: with_reason.map(str::to_owned), ..Self::new(AnswerKey::Deny, DENY) }
    }
}

impl Ask {
    pub(super) fn answer_choices(&self) -> Vec<AnswerChoice> {
        let mut choices = self.choices_now();
        let allows = |choice: &&mut AnswerChoice| !matches!(choice.key, AnswerKey::Deny | AnswerKey::Answers);
        choices.iter_mut().filter(allows).for_each(|choice| choice.proof = self.rules.proof);
        choices
    }

    fn choices_now(&self) -> Vec<AnswerChoice> {
        match self.state {
            AskState::Open | AskState::Suspended => self.choices_in_time(),
            AskState::TimedOut if self.decision.is_none() => self.late_choices(),
            AskState::TimedOut
            | AskState::Decided
            | AskState::Applied
            | AskState::AnsweredElsewhere { .. }
            | AskState::AllowedLate
            | AskState::Withdrawn { .. }
            | AskState::Superseded => vec![],
        }
    }

    fn choices_in_time(&self) -> Vec<AnswerChoice> {
        match &self.body {
            AskBody::Permission { .. } | AskBody::Held { .. } => {
                let deny = AnswerChoice::deny(Some(DENY_WITH_REASON));
                let both = [self.once(ALLOW_ONCE), deny].into_iter();
                both.chain(self.always()).chain(self.grants()).collect()
            }
            AskBody::Gate { .. } => {
                vec![self.once("Continue"), AnswerChoice::deny(Some(DENY_WITH_REASON))]
            }
            AskBody::Deploy { .. } => {
                vec![self.once("Deploy"), AnswerChoice::deny(Some(DENY_WITH_REASON))]
            }
            AskBody::Question { .. } | AskBody::Delivery { .. } => {
                vec![AnswerChoice { primary: true, ..AnswerChoice::new(AnswerKey::Answers, "Answer…") }]
            }
            AskBody::Configuration { .. } => {
                let set_up = AnswerChoice::new(AnswerKey::Configured, "Set up…");
                vec![AnswerChoice { primary: true, ..set_up }, AnswerChoice::deny(None)]
            }
        }
    }

    /// Nobody answered in time; the agent can still be told (REQ-ASK-07). What has no time limit is never late.
    fn late_choices(&self) -> Vec<AnswerChoice> {
        match &self.body {
            AskBody::Permission { .. } | AskBody::Held { .. } => {
                let once = AnswerChoice { primary: false, ..self.once("Allow anyway") };
                vec![once, AnswerChoice::deny(Some("Tell the agent why not…"))]
            }
            AskBody::Question { .. } => vec![AnswerChoice::new(AnswerKey::Answers, "Answer anyway…")],
            AskBody::Gate { .. }
            | AskBody::Configuration { .. }
            | AskBody::Deploy { .. }
            | AskBody::Delivery { .. } => vec![],
        }
    }

    fn once(&self, label: &str) -> AnswerChoice {
        let label = if self.rules.proof == Proof::Passkey { ALLOW_WITH_PASSKEY } else { label };
        let confirm = self.rules.risk.as_deref().map(visible);
        let is_known = self.reading().is_none_or(CommandReading::is_known);
        let primary = is_known && self.rules.dangers.is_empty();
        AnswerChoice { primary, confirm, ..AnswerChoice::new(AnswerKey::Once, label) }
    }

    /// Two people allow one call, not all that are like it.
    fn always(&self) -> Option<AnswerChoice> {
        let AskBody::Permission { always, permission, .. } = &self.body else { return None };
        if always.is_empty() || self.rules.risk.is_some() {
            return None;
        }
        let choice = AnswerChoice::new(AnswerKey::Always, always_label(always));
        let (confirm, covers) = match covers_everything(always) {
            true => (everything(permission), None),
            false => {
                let told = "From now on agents can do this in this project without asking:";
                (told.to_owned(), Some(dangerous_first(always)))
            }
        };
        Some(AnswerChoice { confirm: Some(confirm), covers, ..choice })
    }
}

/// Longest name of a project on a button.
const PROJECT_LABEL: usize = 30;

impl Ask {
    /// One for each time that a grant can hold.
    fn grants(&self) -> Vec<AnswerChoice> {
        let Ok(like) = self.likeness() else { return vec![] };
        let has_project = like.project.is_some();
        let possible = GrantFor::ALL.into_iter().filter(|lasts| has_project || *lasts != GrantFor::Project);
        possible.map(|lasts| grant(lasts, like)).collect()
    }

    /// Why no grant is among the answers, where one could be expected.
    pub(super) fn no_grant(&self) -> Option<String> {
        let could = self.is_answerable() && self.grantable.is_some();
        self.likeness().err().filter(|_| could).map(|why| visible(&why))
    }
}

fn grant(lasts: GrantFor, like: &Likeness) -> AnswerChoice {
    let project = like.project.as_deref().map(|project| first_line(&visible(project), PROJECT_LABEL));
    let place = project.clone().unwrap_or_else(|| "this session".to_owned());
    let (label, confirm) = match lasts {
        GrantFor::Session => (
            "Allow in this session".to_owned(),
            "From now on the agent can do this in this session without asking:".to_owned(),
        ),
        GrantFor::Hour => (
            "Allow for one hour".to_owned(),
            format!("For one hour, agents can do this in {place} without asking:"),
        ),
        GrantFor::Project => (
            format!("Always allow in {place}"),
            format!("From now on agents can do this in {place} without asking, until someone revokes it:"),
        ),
    };
    let choice = AnswerChoice::new(AnswerKey::Grant, label);
    let (confirm, covers, wider) = (Some(confirm), Some(vec![visible(&like.what())]), wider(like));
    AnswerChoice { confirm, covers, lasts: Some(lasts), wider, ..choice }
}

fn everything(permission: &str) -> String {
    let anything =
        permission_words::known(permission).map_or("do anything of this kind", |words| words.anything);
    format!("From now on agents can {anything} in this project without asking.")
}

/// A pattern of nothing but stars and slashes lets everything through.
fn covers_everything(patterns: &[String]) -> bool {
    patterns.iter().any(|pattern| pattern.chars().all(|c| matches!(c, '*' | '/') || c.is_whitespace()))
}

fn dangerous_first(patterns: &[String]) -> Vec<String> {
    let mut all: Vec<_> = patterns.iter().map(|pattern| visible(pattern)).collect();
    all.sort_by_key(|pattern| !stands_out(pattern));
    all
}

/// All that it covers, or how many patterns that are.
fn always_label(patterns: &[String]) -> String {
    let all = visible(&patterns.join(", "));
    match patterns.len() {
        _ if covers_everything(patterns) => "Always allow everything…".to_owned(),
        2.. if all.chars().count() > ALWAYS_LABEL => format!("Always allow {} patterns…", patterns.len()),
        _ => format!("Always allow {}", first_line(&all, ALWAYS_LABEL)),
    }
}
