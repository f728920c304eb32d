//! What the rules ask of whoever allows an ask. It stands on the ask: a rule that changes later never makes it less.

use crate::people::Group;
use crate::proven::Proof;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Demand {
    /// The rules that ask for it, each with a fingerprint: `shop@1a2b3c4d`.
    pub rules: Vec<String>,
    /// The groups that a person who allows it is in, every one of them.
    pub by: Vec<NamedGroup>,
    /// How many people must allow it.
    pub people: u8,
    #[serde(default, skip_serializing_if = "Proof::is_claimed")]
    pub proof: Proof,
    /// How long an approval counts while others are missing, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_seconds: Option<i64>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub risky: bool,
    /// A person who allows it says why.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reason: bool,
    /// The session's owner and those who wrote to its agent can allow it too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub requester: bool,
    /// People who can't allow it, as the card names them: they started the session or wrote to its agent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// Who can override it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub break_glass: Option<BreakGlassDemand>,
    /// Why nobody can allow it, as the rest of a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// A group as it was when people were asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NamedGroup {
    pub name: String,
    #[serde(flatten)]
    pub group: Group,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BreakGlassDemand {
    pub by: Vec<NamedGroup>,
    #[serde(default, skip_serializing_if = "Proof::is_claimed")]
    pub proof: Proof,
    /// Channels that are told of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tell: Vec<String>,
    /// How soon somebody else has to look at it afterwards, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_within_seconds: Option<i64>,
}

const IN_WORDS: [&str; 10] = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/// `two`; what is beyond people's hands in digits.
pub(crate) fn count_in_words(count: u8) -> String {
    IN_WORDS.get(usize::from(count)).map_or_else(|| count.to_string(), |word| (*word).to_owned())
}

impl Demand {
    /// One that any single person satisfies.
    pub(crate) fn nothing() -> Self {
        Self {
            rules: vec![],
            by: vec![],
            people: 1,
            proof: Proof::Claimed,
            within_seconds: None,
            risky: false,
            reason: false,
            requester: true,
            left_out: vec![],
            break_glass: None,
            refused: None,
        }
    }

    /// What satisfies both.
    pub fn and(self, other: &Self) -> Self {
        let glass = self.break_glass.zip(other.break_glass.clone());
        Self {
            rules: joined(self.rules, &other.rules),
            by: joined(self.by, &other.by),
            people: self.people.max(other.people),
            proof: self.proof.max(other.proof),
            within_seconds: least(self.within_seconds, other.within_seconds),
            risky: self.risky || other.risky,
            reason: self.reason || other.reason,
            requester: self.requester && other.requester,
            left_out: joined(self.left_out, &other.left_out),
            break_glass: glass.map(|(one, other)| one.and(&other)),
            refused: self.refused.or_else(|| other.refused.clone()),
        }
    }

    pub fn within(&self) -> Option<SignedDuration> {
        self.within_seconds.map(SignedDuration::from_secs)
    }

    /// What it takes to allow it, for people.
    pub fn sentence(&self) -> String {
        if let Some(why) = &self.refused {
            return format!("Nobody can allow this: {why}. It can be denied.");
        }
        let who = match self.people {
            1 => "one person".to_owned(),
            several => format!("{} people", count_in_words(several)),
        };
        let said = if self.reason { " They have to say why." } else { "" };
        let proof = self.proof_in_words();
        format!("Needs {who} of {}{proof}.{}{said}{}", self.group_names(), self.left_out(), self.overriding())
    }

    fn proof_in_words(&self) -> &'static str {
        match (self.proof, self.people) {
            (Proof::Claimed, _) => "",
            (Proof::Account, 1) => ", with an account that proves who they are",
            (Proof::Account, _) => ", each with an account that proves who they are",
            (Proof::Fresh, 1) => ", who has just signed in again",
            (Proof::Fresh, _) => ", each of whom has just signed in again",
            (Proof::Passkey, 1) => ", with a passkey",
            (Proof::Passkey, _) => ", each with a passkey",
        }
    }

    fn left_out(&self) -> String {
        let names: Vec<&str> = self.left_out.iter().map(String::as_str).collect();
        match names.len() {
            0 => String::new(),
            _ => format!(" Not {}: they started this session or wrote to its agent.", either(&names)),
        }
    }

    fn overriding(&self) -> String {
        let Some(glass) = &self.break_glass else { return String::new() };
        let names: Vec<&str> = glass.by.iter().map(|named| named.name.as_str()).collect();
        format!(" People of {} can override this, with a reason that everyone sees.", in_words(&names))
    }

    /// Names of groups, each joined: whoever is in all of one of these can look at an override.
    pub(crate) fn reviewing_groups(&self) -> Vec<String> {
        let overriding: Vec<&str> =
            self.break_glass.iter().flat_map(|glass| &glass.by).map(|named| named.name.as_str()).collect();
        let mut all = vec![in_words(&overriding), self.group_names()];
        all.retain(|names| !names.is_empty());
        all.dedup();
        all
    }

    /// The names of its groups, for people.
    pub fn group_names(&self) -> String {
        let names: Vec<&str> = self.by.iter().map(|named| named.name.as_str()).collect();
        in_words(&names)
    }
}

impl BreakGlassDemand {
    fn and(self, other: &Self) -> Self {
        Self {
            by: joined(self.by, &other.by),
            proof: self.proof.max(other.proof),
            tell: joined(self.tell, &other.tell),
            review_within_seconds: least(self.review_within_seconds, other.review_within_seconds),
        }
    }

    pub(crate) fn review_within(&self) -> Option<SignedDuration> {
        self.review_within_seconds.map(SignedDuration::from_secs)
    }
}

fn joined<T: Clone + PartialEq>(mut all: Vec<T>, more: &[T]) -> Vec<T> {
    for one in more {
        if !all.contains(one) {
            all.push(one.clone());
        }
    }
    all
}

fn least(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn either(names: &[&str]) -> String {
    listed(names, "or")
}

/// `a`, `a and b`, `a, b and c`; each once.
pub(crate) fn in_words(names: &[&str]) -> String {
    listed(names, "and")
}

fn listed(names: &[&str], joint: &str) -> String {
    let mut all: Vec<&str> = vec![];
    for name in names {
        if !all.contains(name) {
            all.push(name);
        }
    }
    match all.split_last() {
        None => String::new(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, most)) => format!("{} {joint} {last}", most.join(", ")),
    }
}
