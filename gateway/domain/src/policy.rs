//! Who may answer, for how long an ask waits, and how much of a session is told.

use crate::ask::held_call::HeldCall;
use crate::ask::kind::Patience;
use crate::ask::{AskBody, Field, Person};
use crate::checks::CheckPolicy;
use crate::gate::{CallRule, GatePolicy};
use crate::hours::WorkingHours;
use crate::lab::LabPolicy;
use crate::pattern::matches;
use crate::people::People;
use crate::proven::Proof;
use crate::record::About;
use crate::rulebook::RuleBook;
use crate::thread::Detail;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;

/// The people who may answer a session's asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Approvers {
    /// Whoever got past the sign-in.
    #[default]
    Anybody,
    /// These and nobody else. An empty list is nobody: it fails closed.
    Only(Vec<String>),
}

/// What makes an ask risky, so that a second person must allow it too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Risk {
    /// Matched against the command, the file and the patterns; `*` stands for anything.
    pub pattern: String,
    /// Told on the card.
    pub why: String,
    /// How far it must be proven who allows it.
    pub proof: Proof,
}

/// What the rules say of something risky.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Risky<'a> {
    pub(crate) why: &'a str,
    pub(crate) proof: Proof,
}

/// Who may answer too when those who should do not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupRule {
    pub after: SignedDuration,
    pub people: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadPolicy {
    pub detail: Detail,
    /// Milestones within this time share an item.
    pub milestone_window: SignedDuration,
    /// Silence after which a summary is posted; none is never.
    pub summary_after: Option<SignedDuration>,
    /// Changed lines since the last report that are worth one.
    pub significant_lines: u64,
}

impl Default for ThreadPolicy {
    fn default() -> Self {
        Self {
            detail: Detail::Full,
            milestone_window: SignedDuration::from_secs(30),
            summary_after: Some(SignedDuration::from_hours(1)),
            significant_lines: 300,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskPolicy {
    pub approvers: Approvers,
    /// How long a permission waits before it is denied with an honest sentence.
    pub permission_timeout: SignedDuration,
    /// How long a question waits, in working time if `hours` are given, before the recommended option is taken.
    pub question_timeout: SignedDuration,
    pub hours: Option<WorkingHours>,
    pub risks: Vec<Risk>,
    /// Which calls run without an ask, and which never do.
    pub gate: GatePolicy,
    pub backup: Option<BackupRule>,
    /// What is asked before a session that somebody began in OpenCode may write; none asks for the call only.
    pub configuration: Option<Vec<Field>>,
    pub thread: ThreadPolicy,
    /// Checks that are configured.
    pub checks: CheckPolicy,
    pub lab: LabPolicy,
    /// Who is who.
    pub people: Arc<People>,
    /// Rules by repository; what they ask for comes on top of the rest.
    pub rules: Option<Arc<RuleBook>>,
    /// The gateway's token alone is no person: it allows nothing.
    pub persons_only: bool,
}

impl Default for AskPolicy {
    fn default() -> Self {
        Self {
            approvers: Approvers::default(),
            permission_timeout: SignedDuration::from_secs(300),
            question_timeout: SignedDuration::from_hours(2),
            hours: None,
            risks: vec![],
            gate: GatePolicy::default(),
            backup: None,
            configuration: None,
            thread: ThreadPolicy::default(),
            checks: CheckPolicy::default(),
            lab: LabPolicy::default(),
            people: Arc::default(),
            rules: None,
            persons_only: false,
        }
    }
}

/// The rules of all projects and users.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyBook {
    pub standard: AskPolicy,
    pub projects: HashMap<String, AskPolicy>,
    /// Working hours of people, by their id.
    pub hours: HashMap<String, WorkingHours>,
}

impl PolicyBook {
    /// The rules for a session: its project's, and the working hours of whoever started it.
    pub fn of(&self, about: &About) -> AskPolicy {
        let project = about.project.as_ref().and_then(|project| self.projects.get(project));
        let mut policy = project.unwrap_or(&self.standard).clone();
        if let Some(hours) = about.owner.as_ref().and_then(|owner| self.hours.get(&owner.id)) {
            policy.hours = Some(hours.clone());
        }
        policy
    }
}

const MAY_BE_RISKY: &str = "nobody can know what this command runs before it runs, so it may be something that needs two people here";

impl AskPolicy {
    /// Whether the person is one of the approvers.
    pub(crate) fn lets(&self, person: &Person) -> bool {
        match &self.approvers {
            Approvers::Anybody => true,
            Approvers::Only(listed) => self.people.lists(listed, &person.id),
        }
    }

    /// When the safe default applies; never for what has none.
    pub(crate) fn deadline(&self, body: &AskBody, now: Timestamp) -> Option<Timestamp> {
        let plain = |wait| Some(now.saturating_add(wait).unwrap_or(Timestamp::MAX));
        match body.patience() {
            Patience::Permission => plain(self.permission_timeout),
            Patience::Question => match &self.hours {
                Some(hours) => Some(hours.after(now, self.question_timeout)),
                None => plain(self.question_timeout),
            },
            Patience::Endless => None,
        }
    }

    /// Changes with every rule that says what runs and who decides about it. A grant dies with the rules that it was
    /// given under.
    pub fn fingerprint(&self) -> String {
        let rule = |rule: &CallRule| json!([rule.tool, rule.pattern]);
        // One that asks for no better proof is written as it was before there was proof.
        let risk = |risk: &Risk| match risk.proof {
            Proof::Claimed => json!(risk.pattern),
            proof => json!([risk.pattern, proof]),
        };
        let approvers = match &self.approvers {
            Approvers::Anybody => json!(null),
            Approvers::Only(people) => json!(people),
        };
        let mut rules = vec![
            json!(self.gate.is_on),
            json!(self.gate.lets_unguarded),
            json!(self.gate.allow.iter().map(rule).collect::<Vec<_>>()),
            json!(self.gate.deny.iter().map(rule).collect::<Vec<_>>()),
            json!(self.risks.iter().map(risk).collect::<Vec<_>>()),
            approvers,
            json!(self.backup.as_ref().map(|backup| &backup.people)),
        ];
        if let Some(book) = &self.rules {
            rules.push(json!([book.fingerprint(), format!("{:?}", self.people)]));
        }
        hex::encode(Sha256::digest(Value::Array(rules).to_string()))
    }

    /// Why a second person is needed, if one is.
    pub(crate) fn risk(&self, body: &AskBody) -> Option<Risky<'_>> {
        self.risk_in(|| body.what_runs(), || body.is_opaque())
    }

    pub(crate) fn risk_of_call(&self, call: &HeldCall) -> Option<&str> {
        self.risk_in(|| call.what_runs(), || call.is_opaque()).map(|risky| risky.why)
    }

    /// What nobody can know may be any of the risky things. To read a command takes time: only where there is a rule.
    fn risk_in(&self, runs: impl Fn() -> Vec<String>, is_opaque: impl Fn() -> bool) -> Option<Risky<'_>> {
        if self.risks.is_empty() {
            return None;
        }
        let runs = runs();
        let hit = |risk: &&Risk| runs.iter().any(|text| matches(&risk.pattern, text));
        let hits: Vec<_> = self.risks.iter().filter(hit).collect();
        match hits.first() {
            _ if is_opaque() => {
                let why = hits.first().map_or(MAY_BE_RISKY, |first| first.why.as_str());
                Some(Risky { why, proof: strictest(self.risks.iter()) })
            }
            Some(first) => Some(Risky { why: &first.why, proof: strictest(hits.iter().copied()) }),
            None => None,
        }
    }
}

/// Of several that fit, the weakest proof that is enough for each.
fn strictest<'a>(risks: impl Iterator<Item = &'a Risk>) -> Proof {
    risks.map(|risk| risk.proof).max().unwrap_or_default()
}
