//! What waits for a person, and what became of it.

use crate::mask::{mask, mask_map};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// An ask as OpenCode tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// What OpenCode calls it. After a restart the same ask has another name.
    pub opencode_id: String,
    /// The session that asks: a sub-agent's may differ from the one that people see.
    pub session: String,
    pub directory: String,
    pub tool: Option<AskTool>,
    pub body: AskBody,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskTool {
    pub message_id: String,
    pub call_id: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AskBody {
    Permission {
        permission: String,
        patterns: Vec<String>,
        always: Vec<String>,
        metadata: Map<String, Value>,
    },
    Question {
        questions: Vec<Question>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub question: String,
    pub options: Vec<String>,
}

/// Somebody who answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Where the person comes from and who it is there, such as `web:anna`.
    pub id: String,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    Once,
    Always,
    Deny {
        reason: Option<String>,
    },
    /// For each question the labels chosen, or own words.
    Answers {
        answers: Vec<Vec<String>>,
    },
}

/// A person's answer, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    #[serde(flatten)]
    pub answer: Answer,
    pub by: Person,
    pub at: Timestamp,
}

/// An ask with its history. One ask is one card, whatever OpenCode calls it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    pub id: String,
    pub opencode_id: String,
    pub session: String,
    pub directory: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<AskTool>,
    #[serde(flatten)]
    pub body: AskBody,
    /// Of what exactly was asked: an answer counts for that and for nothing else.
    pub digest: String,
    pub asked_at: Timestamp,
    /// When the safe default applies. None while nobody waits for the answer, and for ever without a default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    #[serde(flatten)]
    pub state: AskState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// OpenCode died while this very thing ran: it may have half run. A card that asks for it again says so too.
    #[serde(default, skip_serializing_if = "is_false")]
    pub may_have_run: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AskState {
    Open,
    /// The agent restarted or is away. The ask can still be answered; the answer waits with it.
    Suspended,
    /// Answered and durable, not applied yet.
    Decided,
    Applied,
    /// Answered in OpenCode's own UI.
    AnsweredElsewhere {
        answer: String,
    },
    /// Nobody answered; the default was applied.
    TimedOut,
    /// Allowed after the time was over: applies when the agent asks the very same again.
    AllowedLate,
    Withdrawn {
        why: String,
    },
    /// The agent went another way before the answer could be applied.
    Superseded,
}

impl Asked {
    /// A fingerprint of everything that an answer is given for.
    pub fn digest(&self) -> String {
        let what = match &self.body {
            AskBody::Permission { permission, patterns, always: _, metadata } => {
                json!([permission, patterns, metadata])
            }
            AskBody::Question { questions } => json!(questions),
        };
        let whole = json!([self.session, self.directory, what]);
        // serde_json keeps maps sorted, so equal asks have equal text.
        hex::encode(Sha256::digest(whole.to_string()))
    }
}

impl AskBody {
    fn masked(self) -> Self {
        match self {
            Self::Permission { permission, patterns, always, metadata } => Self::Permission {
                permission,
                patterns: patterns.iter().map(|pattern| mask(pattern)).collect(),
                always: always.iter().map(|pattern| mask(pattern)).collect(),
                metadata: mask_map(&metadata),
            },
            // The labels are the answers that OpenCode knows; they stay as they are.
            question @ Self::Question { .. } => question,
        }
    }
}

impl Ask {
    pub(crate) fn new(id: String, asked: Asked, now: Timestamp, deadline: Option<Timestamp>) -> Self {
        let digest = asked.digest();
        let Asked { opencode_id, session, directory, tool, body } = asked;
        // The digest is of what will really run; what is shown and kept has no secrets.
        let body = body.masked();
        let (state, decision) = (AskState::Open, None);
        Self {
            id,
            opencode_id,
            session,
            directory,
            tool,
            body,
            digest,
            asked_at: now,
            deadline,
            state,
            decision,
            may_have_run: false,
        }
    }

    pub fn is_permission(&self) -> bool {
        matches!(self.body, AskBody::Permission { .. })
    }

    /// Can still be answered in the ordinary way.
    pub fn is_answerable(&self) -> bool {
        matches!(self.state, AskState::Open | AskState::Suspended)
    }

    /// Waits for something of ours or of a person's.
    pub fn is_unsettled(&self) -> bool {
        matches!(self.state, AskState::Open | AskState::Suspended | AskState::Decided)
    }

    /// What became of an answer, after OpenCode's own list no longer has the ask.
    pub(crate) fn read_back(&mut self, ran: bool, interrupted: bool, sent_before: bool) {
        let answered = matches!(self.state, AskState::Decided | AskState::Applied);
        if answered && ran && interrupted {
            self.may_have_run = true;
        }
        match self.state {
            // It was sent before, and the call ran: our answer did that.
            AskState::Decided if ran && sent_before => self.state = AskState::Applied,
            AskState::Decided if ran || !interrupted => {
                self.state = AskState::AnsweredElsewhere { answer: "in OpenCode".to_owned() };
            }
            // OpenCode had taken the answer, and died before it acted on it.
            AskState::Applied if !ran && interrupted && self.decision.is_some() => {
                self.state = AskState::Decided;
            }
            _ => {}
        }
    }

    /// Ends the waiting; what has ended stays as it is.
    pub(crate) fn settle(&mut self, became: AskState) {
        if self.is_unsettled() {
            self.state = became;
        }
    }

    /// The same ask under a new name: OpenCode restarted and asks again.
    pub(crate) fn rebind(&mut self, asked: Asked) {
        self.opencode_id = asked.opencode_id;
        self.tool = asked.tool;
    }

    /// The option that the agent marked as recommended, for each question.
    pub(crate) fn recommended(&self) -> Option<Vec<Vec<String>>> {
        let AskBody::Question { questions } = &self.body else { return None };
        let marked = |question: &Question| {
            let option = question.options.iter().find(|label| label.to_lowercase().contains("(recommended)"));
            option.map(|label| vec![label.clone()])
        };
        questions.iter().map(marked).collect()
    }

    /// Whether the answer is of the kind that this ask takes.
    pub(crate) fn takes(&self, answer: &Answer) -> bool {
        match (&self.body, answer) {
            (AskBody::Permission { .. }, answer) => !matches!(answer, Answer::Answers { .. }),
            (AskBody::Question { questions }, Answer::Answers { answers }) => {
                answers.len() == questions.len()
            }
            (AskBody::Question { .. }, _) => false,
        }
    }
}

fn is_false(value: &bool) -> bool {
    !value
}
