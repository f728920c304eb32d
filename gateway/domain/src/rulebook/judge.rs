//! Whether one person's answer satisfies what the rules ask for.

use crate::demand::{Demand, NamedGroup, in_words};
use crate::people::{Known, People};
use crate::proven::{Proof, Proven};
use crate::verdict::Verdict;

/// Who began what is asked: the session's owner and everyone who wrote to its agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Writers {
    pub(crate) accounts: Vec<String>,
    /// Somebody wrote of whom nothing is known.
    pub(crate) some_unknown: bool,
}

/// An answer, as far as rules look at it.
#[derive(Clone, Copy)]
pub(crate) struct Answered<'a> {
    pub(crate) by: &'a str,
    pub(crate) proven: &'a Proven,
    /// It lets something run, or tells the agent something.
    pub(crate) allows: bool,
}

impl Demand {
    /// Why it does not count.
    pub(crate) fn refusal(&self, people: &People, answered: &Answered<'_>) -> Option<Verdict> {
        let Some(known) = people.known(answered.by, answered.proven) else {
            return Some(refused(NOT_LISTED));
        };
        if let Some(why) = &self.refused {
            return Some(refused(&format!("Nobody can allow this: {why}. It can be denied.")));
        }
        match answered.proven.break_glass {
            true => self.no_override(people, &known, answered),
            false => self.not_by_them(people, &known, answered),
        }
    }

    fn not_by_them(&self, people: &People, known: &Known<'_>, answered: &Answered<'_>) -> Option<Verdict> {
        if let Some(lacked) = lacked(&self.by, people, known) {
            return Some(refused(&format!("Only people of {lacked} can answer this.")));
        }
        if self.risky && !self.requester && self.left_out.iter().any(|left_out| left_out == known.human) {
            return Some(refused(
                "You started this session or wrote to its agent, so others have to allow this.",
            ));
        }
        self.unproven(answered)
    }

    fn unproven(&self, answered: &Answered<'_>) -> Option<Verdict> {
        if answered.allows && answered.proven.counts() < self.proof {
            return Some(Verdict::NeedsProof { wanted: self.proof });
        }
        (answered.allows && self.reason && !has_reason(answered.proven)).then(|| refused(SAY_WHY))
    }

    fn no_override(&self, people: &People, known: &Known<'_>, answered: &Answered<'_>) -> Option<Verdict> {
        let Some(glass) = &self.break_glass else {
            return Some(refused("The rules for this let nobody override them."));
        };
        if let Some(lacked) = lacked(&glass.by, people, known) {
            return Some(refused(&format!("Only people of {lacked} can override the rules here.")));
        }
        if !has_reason(answered.proven) {
            return Some(refused(SAY_WHY));
        }
        let lacks = answered.proven.counts() < glass.proof;
        lacks.then_some(Verdict::NeedsProof { wanted: glass.proof })
    }
}

impl Demand {
    /// Whether a person can override the rules, as far as that hangs on who they are.
    pub fn lets_override(&self, people: &People, by: &str, proven: &Proven) -> bool {
        let glass = self.break_glass.as_ref().filter(|_| self.refused.is_none());
        let known = people.known(by, proven);
        glass.zip(known).is_some_and(|(glass, known)| lacked(&glass.by, people, &known).is_none())
    }

    /// Why a person's look at an override does not count. One of those who could have allowed it is as good as one of those
    /// who can override: often that is a single person.
    pub(crate) fn no_review(&self, people: &People, by: &str, proven: &Proven) -> Option<Verdict> {
        let Some(known) = people.known(by, proven) else { return Some(refused(NOT_LISTED)) };
        let overriding = self.break_glass.as_ref().map(|glass| glass.by.as_slice()).unwrap_or_default();
        let is_in = |groups: &[NamedGroup]| !groups.is_empty() && lacked(groups, people, &known).is_none();
        if !(is_in(overriding) || is_in(&self.by)) {
            let groups = self.reviewing_groups().join(" or ");
            return Some(refused(&format!("Only people of {groups} can review this.")));
        }
        if self.risky && !self.requester && self.left_out.iter().any(|name| name == known.human) {
            return Some(refused(BEGAN_IT));
        }
        // To look at what one of the few did is as much as to do it.
        (proven.counts() < Proof::Account).then_some(Verdict::NeedsProof { wanted: Proof::Account })
    }
}

const BEGAN_IT: &str = "You started this session or wrote to its agent, so others have to review this.";
const NOT_LISTED: &str =
    "Your account belongs to none of the people in the gateway's configuration, so you can't answer this.";
const SAY_WHY: &str = "The rules ask for a reason: say why you allow this, on the command line with `--because`. Nothing was saved.";

fn refused(why: &str) -> Verdict {
    Verdict::RefusedByRule { why: why.to_owned() }
}

fn has_reason(proven: &Proven) -> bool {
    proven.reason.as_ref().is_some_and(|reason| !crate::visible::is_blank(reason))
}

/// The groups that the person is not in: as they were when people were asked, and as they are now.
fn lacked(groups: &[NamedGroup], people: &People, known: &Known<'_>) -> Option<String> {
    let is_in = |named: &NamedGroup| {
        let now = people.groups.get(&named.name);
        named.group.has(known) && now.is_some_and(|group| group.has(known))
    };
    let lacked: Vec<&str> =
        groups.iter().filter(|named| !is_in(named)).map(|named| named.name.as_str()).collect();
    (!lacked.is_empty()).then(|| in_words(&lacked))
}
