//! The gate: what is said of a call before it runs. The same call under the same rules always gets the same verdict.

mod command;
mod place;
mod rules;

pub(crate) use place::as_named;
pub(crate) use rules::is_covered;
pub use rules::{CallRule, GatePolicy};

use crate::ask::held_call::{HeldCall, only_reads};
use crate::danger::deciding::decides_what_runs;
use serde_json::{Map, Value};

/// What becomes of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Allow {
        /// The rule that lets it run, for the audit log.
        rule: String,
        /// It changes nothing and runs nothing itself.
        only_looks: bool,
    },
    /// A person allowed calls like this one.
    Granted {
        /// The grant's id.
        grant: String,
    },
    /// The agent reads the sentence; the turn goes on.
    Deny { sentence: String },
    /// A person decides.
    Ask,
    /// Two people do.
    AskTwo { why: String },
}

impl Verdict {
    /// For metrics and the audit log.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Allow { .. } | Self::Granted { .. } => "allow",
            Self::Deny { .. } => "deny",
            Self::Ask => "ask",
            Self::AskTwo { .. } => "ask_two",
        }
    }
}

/// A call, and what else counts.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    pub call: &'a HeldCall,
    pub directory: &'a str,
    /// The agent, of this session or of one above it, whose own rules deny the call.
    pub denied_by: Option<&'a str>,
    /// Why a second person is needed, if one is.
    pub risk: Option<&'a str>,
    /// Nothing keeps its commands from what is not the agent's.
    pub is_unguarded: bool,
    /// Whoever started the session wants to see each of its writes.
    pub holds_writes: bool,
}

/// Denials first, then what must be asked, then what may run; whatever no rule knows is asked.
pub fn verdict(policy: &GatePolicy, call: &Call<'_>) -> Verdict {
    if let Some(sentence) = denial(policy, call) {
        return Verdict::Deny { sentence };
    }
    let HeldCall { tool, .. } = call.call;
    let standard = rules::standard(call);
    if call.is_unguarded && !policy.lets_unguarded && standard.is_none() {
        return Verdict::Deny { sentence: UNGUARDED.to_owned() };
    }
    if let Some(why) = call.risk {
        return Verdict::AskTwo { why: why.to_owned() };
    }
    if let Some(rule) = standard {
        return Verdict::Allow { rule: rule.to_owned(), only_looks: true };
    }
    if command::only_looks(call) {
        return Verdict::Allow { rule: "runs what only looks".to_owned(), only_looks: false };
    }
    let decides = !only_reads(tool) && call.call.files().into_iter().any(decides_what_runs);
    let asked_in_any_case = decides || call.holds_writes && !only_reads(tool);
    match policy.allow.iter().find(|rule| rule.allows(call)) {
        Some(rule) if !asked_in_any_case => {
            Verdict::Allow { rule: rule.named(), only_looks: only_reads(tool) }
        }
        _ => Verdict::Ask,
    }
}

/// An operator mends it; the agent can go on looking.
const UNGUARDED: &str = "This agent works UNGUARDED: its commands could reach all that OpenCode can, so none of them runs. \
    Tell the person that you work for. An administrator can start OpenCode with the guard, or allow it with `gate.unguarded: allow`.";

/// What the agent reads when nobody is asked.
fn denial(policy: &GatePolicy, call: &Call<'_>) -> Option<String> {
    let tool = &call.call.tool;
    if let Some(agent) = call.denied_by {
        return Some(format!(
            "The agent {agent} isn't allowed to do this with `{tool}`, and neither are its sub-agents. Continue without it."
        ));
    }
    let rule = policy.deny.iter().find(|rule| rule.denies(call))?;
    Some(match rule.why.as_str() {
        "" => format!("The rules of this project don't allow this call of `{tool}`. Continue without it."),
        why => format!("The rules of this project don't allow this: {why}"),
    })
}

/// It runs where the session works, or below.
pub(crate) fn is_here(call: &Call<'_>) -> bool {
    command::is_here(call)
}

impl Call<'_> {
    fn argument(&self, name: &str) -> Option<&Value> {
        self.call.arguments.as_ref().and_then(|all: &Map<String, Value>| all.get(name))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.argument(name)?.as_str()
    }
}
