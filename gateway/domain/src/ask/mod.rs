//! Requests that wait for a person, and their outcomes.

mod approvals;
mod body;
mod card_rules;
pub(crate) mod danger;
pub(crate) mod delivery_sheet;
pub(crate) mod grantable;
pub(crate) mod held_call;
pub(crate) mod kind;
mod override_review;
mod own_words;
pub(crate) mod recommended;
pub(crate) mod standing;
pub(crate) mod subject;

pub use self::card_rules::{Backup, OnSilence, Rules};
pub use self::override_review::{OpenReview, OverrideReview, OverrideTold, Reviewed};
pub(crate) use self::standing::NotRun;

use self::delivery_sheet::DeliverySheet;
use self::grantable::{GrantFor, Grantable};
use self::held_call::HeldCall;
use self::subject::RanBefore;
use crate::demand::Demand;
use crate::lab_plan::LabPlan;
use crate::mask::mask_text;
use crate::proven::{Proof, SignedAnswer};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What became of an ask that somebody answered in OpenCode, which does not say how.
pub(crate) const ANSWERED_IN_OPENCODE: &str = "in OpenCode";

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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "AskedBy"))]
pub struct AskTool {
    pub message_id: String,
    pub call_id: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", schemars(rename = "AskBody"))]
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
    /// A call that is held before it runs.
    Held {
        held: HeldCall,
    },
    /// The gateway itself asks whether to go on.
    Gate {
        title: String,
        detail: String,
        /// The turn to go on with.
        user_message_id: String,
    },
    /// What must be known before a session that somebody began in OpenCode may write.
    Configuration {
        fields: Vec<Field>,
        held: HeldCall,
    },
    /// The session's work is to run in a lab, by a recipe that nobody here has allowed yet.
    Deploy {
        plan: LabPlan,
        /// All that is decided about, as lines for people.
        detail: String,
    },
    /// A delivery of the session's work needs a person to decide.
    Delivery {
        sheet: Box<DeliverySheet>,
    },
}

by_name::by_name!(AskBody);

/// A field of a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Field {
    pub name: String,
    pub label: String,
    pub required: bool,
    /// Without any, own words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// Several of the options may be chosen: one value, with commas between them. Others than those may be written too.
    #[serde(default, skip_serializing_if = "is_false")]
    pub multiple: bool,
    /// Filled in already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Question {
    pub question: String,
    pub options: Vec<String>,
    /// What each option means, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub descriptions: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub multiple: bool,
}

/// Somebody who answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Person {
    /// Where the person comes from and who it is there, such as `web:anna`.
    pub id: String,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "answer", rename_all = "snake_case")]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", schemars(rename = "Answer"))]
pub enum Answer {
    Once,
    Always,
    /// Calls like this one run without an ask from now on.
    Grant {
        #[serde(rename = "for")]
        lasts: GrantFor,
        /// Without one, exactly this call.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pattern: Option<String>,
    },
    Deny {
        reason: Option<String>,
    },
    /// For each question the labels chosen, or own words.
    Answers {
        answers: Vec<Vec<String>>,
    },
    /// The fields of a configuration.
    Configured {
        values: BTreeMap<String, String>,
    },
}

by_name::by_name!(Answer);

impl Answer {
    /// Lets something happen.
    pub fn allows(&self) -> bool {
        matches!(self, Self::Once | Self::Always | Self::Grant { .. } | Self::Configured { .. })
    }
}

/// A person's answer, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Decision {
    #[serde(flatten)]
    pub answer: Answer,
    pub by: Person,
    pub at: Timestamp,
    /// How far it is proven that it was this person.
    #[serde(default, skip_serializing_if = "Proof::is_claimed")]
    pub proof: Proof,
    /// What the person's passkey signed, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Box<SignedAnswer>>,
    /// Why the person allowed it, in their own words; secrets are masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// It overrode the rules.
    #[serde(default, skip_serializing_if = "is_false")]
    pub broke_glass: bool,
}

impl Decision {
    /// One that proves nothing of its own.
    pub fn plain(answer: Answer, by: Person, at: Timestamp) -> Self {
        Self { answer, by, at, proof: Proof::Claimed, signed: None, because: None, broke_glass: false }
    }
}

/// An ask with its history. One ask is one card, whatever OpenCode calls it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ask {
    pub id: String,
    pub opencode_id: String,
    pub session: String,
    /// As people see it, `session` is the one that they know; this is then the sub-agent's own, which really asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_agent: Option<String>,
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
    #[serde(default)]
    pub rules: Rules,
    /// Who allowed it first, where more people are needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_approval: Option<Decision>,
    /// Who allowed it after that, in their order, where more than two are needed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more_approvals: Vec<Decision>,
    /// It overrode the rules, and they want somebody else to look at that afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<OverrideReview>,
    /// Talked about in a thread of its own (REQ-ASK-09).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aside: Option<Aside>,
    /// OpenCode died while this very thing ran: it may have half run. A card that asks for it again says so too.
    #[serde(default, skip_serializing_if = "is_false")]
    pub may_have_run: bool,
    /// The very same ran before in this turn: the agent, or a new sub-agent in the place of one that died, asks for it once
    /// more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ran_before: Option<RanBefore>,
    /// People were told that its time is nearly over.
    #[serde(default, skip_serializing_if = "is_false")]
    pub warned: bool,
    /// Its time was over, and then a person wrote to the session: lists do not show it any more.
    #[serde(default, skip_serializing_if = "is_false")]
    pub passed: bool,
    /// It was answered after its time was over, and the agent was told.
    #[serde(default, skip_serializing_if = "is_false")]
    pub late: bool,
    /// An answer that does not count yet, because it is not on the disk. Only shown, never kept.
    #[serde(default, skip)]
    pub unstored: Option<Decision>,
    /// Its answers were written into OpenCode's messages, and outlive its death.
    #[serde(default, skip_serializing_if = "is_false")]
    pub completed: bool,
    /// What a grant for calls like this one would be about. Missing where none can be given: the gate judges no calls there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grantable: Option<Grantable>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Aside {
    pub by: String,
    pub at: Timestamp,
    /// Where it is talked about, once that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", schemars(rename = "AskState"))]
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

by_name::by_name!(AskState);

impl Asked {
    /// A fingerprint of everything that an answer is given for.
    pub fn digest(&self) -> String {
        self.digest_in(&self.session)
    }

    /// What a sub-agent asks counts for the session that people see: its own is another one after a restart.
    pub(crate) fn digest_in(&self, session: &str) -> String {
        let what = match &self.body {
            AskBody::Permission { permission, patterns, always: _, metadata } => {
                json!([permission, patterns, metadata])
            }
            AskBody::Question { questions } => {
                json!(questions.iter().map(|one| (&one.question, &one.options)).collect::<Vec<_>>())
            }
            AskBody::Held { held } => json!(AskBody::Held { held: held.bound() }),
            other => json!(other),
        };
        let whole = json!([session, self.directory, what]);
        // serde_json keeps maps sorted, so equal asks have equal text.
        hex::encode(Sha256::digest(whole.to_string()))
    }
}

impl Question {
    /// The labels are the answers that OpenCode knows; they stay as they are.
    fn masked(self) -> Self {
        let descriptions = self.descriptions.iter().map(|text| mask_text(text)).collect();
        Self { question: mask_text(&self.question), descriptions, ..self }
    }
}

impl Field {
    fn takes(&self, value: Option<&String>) -> bool {
        match value.map(|value| value.trim()).filter(|value| !value.is_empty()) {
            None => !self.required,
            Some(_) if self.multiple || self.options.is_empty() => true,
            Some(value) => self.options.iter().any(|option| option == value),
        }
    }
}

impl Ask {
    pub(crate) fn new(id: String, asked: Asked, digest: String, now: Timestamp) -> Self {
        let Asked { opencode_id, session, directory, tool, body } = asked;
        // The digest is of what will really run; what is shown and kept has no secrets.
        let body = body.masked();
        let (state, decision) = (AskState::Open, None);
        Self {
            id,
            opencode_id,
            session,
            sub_agent: None,
            directory,
            tool,
            body,
            digest,
            asked_at: now,
            deadline: None,
            state,
            decision,
            rules: Rules::default(),
            first_approval: None,
            more_approvals: vec![],
            review: None,
            aside: None,
            may_have_run: false,
            ran_before: None,
            warned: false,
            passed: false,
            late: false,
            unstored: None,
            completed: false,
            grantable: None,
        }
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
            // Sent before, and nobody took it: OpenCode died under the ask, and is at something else by now.
            AskState::Decided if !ran && !interrupted && sent_before => self.state = AskState::Superseded,
            AskState::Decided if ran || !interrupted => {
                self.state = AskState::AnsweredElsewhere { answer: ANSWERED_IN_OPENCODE.to_owned() };
            }
            // OpenCode had taken the answer, and died before it acted on it.
            AskState::Applied if !ran && interrupted && self.decision.is_some() => {
                self.state = AskState::Decided;
            }
            _ => {}
        }
    }

    /// By a rule, or because two people must allow it: it is allowed once, and never from then on.
    pub(crate) fn is_risky(&self) -> bool {
        let by_rule = |demand: &Demand| demand.risky || demand.people > 1;
        self.rules.risk.is_some() || self.rules.demand.as_deref().is_some_and(by_rule)
    }

    /// Ends the waiting; what has ended stays as it is.
    pub(crate) fn settle(&mut self, became: AskState) {
        if self.is_unsettled() {
            self.state = became;
        }
    }

    /// The same ask under a new name: OpenCode restarted and asks again.
    pub(crate) fn rebind(&mut self, asked: Asked) {
        // A sub-agent's session is another one then, and the answer must go to the one that asks.
        let Asked { opencode_id, session, directory, tool, body: _ } = asked;
        (self.opencode_id, self.session, self.directory, self.tool) = (opencode_id, session, directory, tool);
    }

    /// The answers that it takes, as a sentence goes on.
    pub(crate) fn takes_in_words(&self) -> &'static str {
        match &self.body {
            AskBody::Permission { .. } if self.is_risky() => "an approval for this one time, or a denial",
            AskBody::Permission { .. } => "an approval, once or always, or a denial",
            AskBody::Held { .. } if self.likeness().is_ok() => "an approval, once or as a grant, or a denial",
            AskBody::Held { .. } | AskBody::Gate { .. } | AskBody::Deploy { .. } => "an approval or a denial",
            AskBody::Question { .. } => "an answer to each of its questions",
            AskBody::Delivery { .. } => "one of its choices, or your own words",
            AskBody::Configuration { .. } => {
                "a value for each required field (one of its options, where it has any), or a denial"
            }
        }
    }

    /// Whether the answer is of the kind that this ask takes.
    pub fn takes(&self, answer: &Answer) -> bool {
        match (&self.body, answer) {
            (AskBody::Question { questions }, Answer::Answers { answers }) => {
                answers.len() == questions.len()
            }
            (AskBody::Delivery { .. }, Answer::Answers { answers }) => {
                matches!(&answers[..], [one] if one.iter().any(|word| !word.trim().is_empty()))
            }
            (AskBody::Delivery { .. }, _) => false,
            (AskBody::Question { .. }, Answer::Once | Answer::Always | Answer::Deny { .. })
            | (AskBody::Question { .. }, Answer::Grant { .. } | Answer::Configured { .. }) => false,
            (_, Answer::Deny { .. }) => true,
            (
                AskBody::Permission { .. }
                | AskBody::Held { .. }
                | AskBody::Gate { .. }
                | AskBody::Deploy { .. },
                Answer::Once,
            ) => true,
            // Two people allow one call, not all that are like it.
            (AskBody::Permission { .. }, Answer::Always) => !self.is_risky(),
            (AskBody::Configuration { fields, .. }, Answer::Configured { values }) => {
                fields.iter().all(|field| field.takes(values.get(&field.name)))
            }
            (AskBody::Held { .. }, Answer::Grant { .. }) => self.likeness().is_ok(),
            (AskBody::Held { .. } | AskBody::Gate { .. } | AskBody::Deploy { .. }, Answer::Always) => false,
            (
                AskBody::Permission { .. } | AskBody::Gate { .. } | AskBody::Deploy { .. },
                Answer::Grant { .. },
            ) => false,
            (
                AskBody::Configuration { .. },
                Answer::Once | Answer::Always | Answer::Grant { .. } | Answer::Answers { .. },
            ) => false,
            (
                AskBody::Permission { .. }
                | AskBody::Held { .. }
                | AskBody::Gate { .. }
                | AskBody::Deploy { .. },
                Answer::Answers { .. } | Answer::Configured { .. },
            ) => false,
        }
    }
}

fn is_false(value: &bool) -> bool {
    !value
}
