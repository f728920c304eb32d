//! Rules that hang on what a session works on: its repositories, their remotes, its directory, their project.
//!
//! All rules that fit must be satisfied: whoever allows something is in the group of each, and of what they ask for the most
//! counts. So one more rule never lets more through. Where a session works is known by its directory and its workspace;
//! the project that its starter chose can add rules and takes none away.

mod ask_demand;
mod ground;
mod judge;
mod places;
mod risk_kinds;

pub use places::{KnownPlace, Places, normal_remote};
pub use risk_kinds::{RISK_KINDS, RiskKind, risk_kind};

pub(crate) use ask_demand::Subject;
pub(crate) use judge::{Answered, Writers};

use crate::hours::WorkingHours;
use crate::pattern::matches;
use crate::people::People;
use crate::proven::{Proof, Proven};
use crate::record::About;
use jiff::SignedDuration;
use sha2::{Digest, Sha256};

/// Letters of a rule's fingerprint in the audit log.
const FINGERPRINT: usize = 8;

/// How long an approval counts while others are missing, unless a rule says something else.
pub const WITHIN: SignedDuration = SignedDuration::from_mins(15);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleBook {
    pub rules: Vec<Rule>,
    pub places: Places,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub name: String,
    pub fits: Fits,
    /// The group that can start sessions here.
    pub start: Option<String>,
    pub approve: Option<Approval>,
    pub risky: Option<RiskyRule>,
    /// How long a grant lasts at most.
    pub always_for: Option<SignedDuration>,
    pub break_glass: Option<BreakGlass>,
}

/// What a rule hangs on, as a pattern in which `*` stands for anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fits {
    /// A repository's name in the configuration, or its address.
    Repository(String),
    Remote(String),
    /// A directory and all below it.
    Directory(String),
    Project(String),
}

/// Who allows, how many of them, and how far it must be proven that it is them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// A group.
    pub by: String,
    /// One or more.
    pub people: u8,
    pub proof: Proof,
    /// How long an approval counts while others are missing.
    pub within: Option<SignedDuration>,
    /// When it can be allowed; none is at any time.
    pub hours: Option<WorkingHours>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RiskyRule {
    /// With neither kinds nor patterns it is all that stands out.
    pub kinds: Vec<RiskKind>,
    pub patterns: Vec<String>,
    pub approval: Approval,
    /// Whoever allows it says why.
    pub reason: bool,
    /// The session's owner and those who wrote to its agent count too.
    pub requester: bool,
}

/// The few who can override the other rules, one ask at a time, with a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreakGlass {
    /// A group.
    pub by: String,
    pub proof: Proof,
    /// A channel that is told of it.
    pub tell: Option<String>,
    /// How soon somebody else has to look at it afterwards.
    pub review_within: Option<SignedDuration>,
}

impl Rule {
    /// The name with a fingerprint of what it says: `shop@1a2b3c4d`.
    pub fn mark(&self) -> String {
        let digest = hex::encode(Sha256::digest(format!("{self:?}")));
        format!("{}@{}", self.name, &digest[..FINGERPRINT])
    }

    /// It is for every session, known or not.
    pub fn is_for_all(&self) -> bool {
        matches!(&self.fits, Fits::Repository(pattern) if pattern == "*")
    }

    /// The groups that it names.
    pub fn groups(&self) -> impl Iterator<Item = &String> {
        let approvals = self.approve.iter().chain(self.risky.as_ref().map(|risky| &risky.approval));
        let glass = self.break_glass.as_ref().map(|glass| &glass.by);
        approvals.map(|approval| &approval.by).chain(&self.start).chain(glass)
    }
}

impl RuleBook {
    /// Changes with every rule and place.
    pub fn fingerprint(&self) -> String {
        hex::encode(Sha256::digest(format!("{self:?}")))
    }

    /// The rules of a session, as a grant remembers them.
    pub(crate) fn marks(&self, about: &About) -> String {
        let marks: Vec<String> = self.ground(about, None).rules.iter().map(|rule| rule.mark()).collect();
        marks.join(" ")
    }

    pub(crate) fn longest_grant(&self, about: &About) -> Option<SignedDuration> {
        self.ground(about, None).rules.iter().filter_map(|rule| rule.always_for).min()
    }

    /// Why this person can't start a session there, as a sentence.
    pub fn no_start(&self, people: &People, about: &About, by: &str, proven: &Proven) -> Option<String> {
        let ground = self.ground(about, None);
        let groups: Vec<&String> = ground.rules.iter().filter_map(|rule| rule.start.as_ref()).collect();
        if groups.is_empty() || by == crate::people::SERVICE {
            return None;
        }
        let Some(known) = people.known(by, proven) else {
            return Some("The rules only let people start sessions here whose account is listed.".to_owned());
        };
        let lacks = |name: &&&String| people.groups.get(**name).is_none_or(|group| !group.has(&known));
        let lacked = groups.iter().find(lacks)?;
        Some(format!("Only people of {lacked} can start sessions here."))
    }
}

/// Whether a pattern of a rule fits, in capitals or not.
fn fits(pattern: &str, text: &str) -> bool {
    matches(&pattern.to_lowercase(), &text.to_lowercase())
}
