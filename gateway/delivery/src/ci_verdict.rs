//! What CI says about exactly one commit. "Nothing failed" is not green: silence, a judge that was made weaker and a state
//! that has just changed are none of it.

use crate::weaker::Weakness;
use crate::{CheckSeen, CheckState};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// CI that has not begun by then doesn't begin.
pub const NO_CI_AFTER: SignedDuration = SignedDuration::from_mins(5);
/// A required check that has not come by then is missed.
pub const MISSING_AFTER: SignedDuration = SignedDuration::from_mins(30);
/// So long after the first failure it is acted on, though others still run.
pub const RED_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// Nothing has changed for so long.
pub const SETTLED_AFTER: SignedDuration = SignedDuration::from_secs(60);

#[derive(Clone, Copy, Debug)]
pub struct CiLook<'a> {
    /// Of the head, and of nothing else.
    pub checks: &'a [CheckSeen],
    /// Of the merge base.
    pub base_checks: &'a [CheckSeen],
    pub required: &'a [String],
    /// Our own check run.
    pub own: &'a str,
    pub pushed_at: Timestamp,
    /// When the checks last were others than now.
    pub changed_at: Timestamp,
    /// The doubtful ones were run again for this commit.
    pub was_rerun: bool,
    /// Names that CI had for the earlier head, after a fix. Empty otherwise.
    pub earlier: &'a [String],
    /// What measuring found of the same kind.
    pub weaknesses: &'a [Weakness],
    /// So long they have to be unchanged.
    pub settles: SignedDuration,
    /// When the forge was read.
    pub now: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CiVerdict {
    Waiting {
        done: usize,
        of: usize,
    },
    /// No check at all, after five minutes.
    None,
    /// Required ones that never came.
    Missing(Vec<String>),
    /// Failed here, and not on the base.
    Red(Vec<String>),
    /// Everything else is fine; these fail on the base too.
    Inherited(Vec<String>),
    /// They didn't come to a result: run once more.
    Doubtful(Vec<String>),
    /// It would be green, but the judge is not the one it was.
    Weaker(Vec<Weakness>),
    Green {
        checks: usize,
    },
}

/// One name can stand for several: then the worst of them counts.
type ByName<'a> = BTreeMap<&'a str, CheckState>;

pub fn ci_verdict(look: &CiLook<'_>) -> CiVerdict {
    let checks = by_name(look.checks, look.own);
    let required: BTreeSet<&str> =
        look.required.iter().map(String::as_str).filter(|name| *name != look.own).collect();
    let done = checks.values().filter(|state| **state != CheckState::Pending).count();
    let waiting = CiVerdict::Waiting { done, of: checks.len().max(required.len()) };
    if checks.is_empty() {
        return if age(look.pushed_at, look) >= NO_CI_AFTER { CiVerdict::None } else { waiting };
    }
    let all_done = done == checks.len();
    if let Some(red) = red(&checks, look, all_done) {
        return red.unwrap_or(waiting);
    }
    let missing: Vec<_> =
        required.iter().filter(|name| !checks.contains_key(**name)).map(ToString::to_string).collect();
    if !missing.is_empty() {
        return if age(look.pushed_at, look) >= MISSING_AFTER {
            CiVerdict::Missing(missing)
        } else {
            waiting
        };
    }
    if !all_done || age(look.changed_at, look) < look.settles {
        return waiting;
    }
    settled(&checks, look, waiting)
}

/// All are done, none is red by this change, and nothing has changed for a while.
fn settled(checks: &ByName<'_>, look: &CiLook<'_>, waiting: CiVerdict) -> CiVerdict {
    let gone: Vec<_> = look
        .earlier
        .iter()
        .filter(|name| **name != look.own && !checks.contains_key(name.as_str()))
        .collect();
    if !gone.is_empty() && age(look.pushed_at, look) < NO_CI_AFTER {
        return waiting;
    }
    let gone = gone.into_iter().map(|name| Weakness::CheckGone { name: name.clone() });
    let weaker: Vec<_> = gone.chain(look.weaknesses.iter().cloned()).collect();
    if !weaker.is_empty() {
        return CiVerdict::Weaker(weaker);
    }
    let inherited = named(checks, CheckState::Failed);
    match inherited.is_empty() {
        true => CiVerdict::Green { checks: checks.len() },
        false => CiVerdict::Inherited(inherited),
    }
}

/// `Some(None)`: something is red, but it is too early to act on it.
fn red(checks: &ByName<'_>, look: &CiLook<'_>, all_done: bool) -> Option<Option<CiVerdict>> {
    let base = by_name(look.base_checks, look.own);
    let fails_there = |name: &String| base.get(name.as_str()) == Some(&CheckState::Failed);
    let runs_there = |name: &String| base.get(name.as_str()) == Some(&CheckState::Pending);
    let failed = named(checks, CheckState::Failed);
    let (ours, unclear) =
        (failed.iter().filter(|name| !fails_there(name)), named(checks, CheckState::Doubtful));
    let mut ours: Vec<String> = ours.cloned().collect();
    if look.was_rerun {
        ours.extend(unclear.iter().cloned());
    }
    if ours.is_empty() && unclear.is_empty() {
        return None;
    }
    let is_late = first_red(look).is_some_and(|at| age(at, look) >= RED_AFTER);
    let base_runs = ours.iter().any(runs_there);
    if !(is_late || all_done && !base_runs) {
        return Some(None);
    }
    Some(Some(if ours.is_empty() { CiVerdict::Doubtful(unclear) } else { CiVerdict::Red(ours) }))
}

fn first_red(look: &CiLook<'_>) -> Option<Timestamp> {
    let is_red = |check: &&CheckSeen| matches!(check.state, CheckState::Failed | CheckState::Doubtful);
    let own = |check: &&CheckSeen| check.name == look.own;
    // A forge that doesn't say when: at the latest when it was first seen.
    let when = |check: &CheckSeen| check.completed_at.unwrap_or(look.changed_at).max(look.pushed_at);
    look.checks.iter().filter(is_red).filter(|check| !own(check)).map(when).min()
}

fn by_name<'a>(checks: &'a [CheckSeen], own: &str) -> ByName<'a> {
    let mut named = ByName::new();
    for check in checks.iter().filter(|check| check.name != own) {
        let state = named.entry(&check.name).or_insert(check.state);
        if badness(check.state) > badness(*state) {
            *state = check.state;
        }
    }
    named
}

fn badness(state: CheckState) -> u8 {
    match state {
        CheckState::Passed => 0,
        CheckState::Doubtful => 1,
        CheckState::Failed => 2,
        // As long as one of that name runs, nobody knows.
        CheckState::Pending => 3,
    }
}

fn named(checks: &ByName<'_>, state: CheckState) -> Vec<String> {
    checks.iter().filter(|(_, is)| **is == state).map(|(name, _)| (*name).to_owned()).collect()
}

fn age(since: Timestamp, look: &CiLook<'_>) -> SignedDuration {
    look.now.duration_since(since)
}
