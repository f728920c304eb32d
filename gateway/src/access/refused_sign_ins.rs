//! Sign-ins that were refused, for the audit log: one entry for many, so that a flood of them fills no disk. An address that
//! reaches its limit is told of at once, everything else once a minute.

use super::sign_in_words::{address, entry};
use gateway_domain::AuditEntry;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// How long they are counted before they are told of.
const EVERY: SignedDuration = SignedDuration::from_secs(60);

/// Entries in that time, and one more for all others.
const MOST: usize = 5;

/// Who is told apart in that time. What comes from others is only counted.
const APART: usize = 1_000;

/// Characters of why, which strangers may have written.
const LONGEST_WHY: usize = 200;

/// One attempt.
pub(super) struct RefusedAttempt<'a> {
    pub(super) door: &'static str,
    pub(super) from: IpAddr,
    /// As it was claimed, or as a provider proved it.
    pub(super) name: Option<&'a str>,
    pub(super) why: &'a str,
    pub(super) is_limited: bool,
}

#[derive(Default)]
pub(super) struct RefusedSignIns(Mutex<Tally>);

#[derive(Default)]
struct Tally {
    since: Option<Timestamp>,
    apart: HashMap<(&'static str, IpAddr, Option<String>), Count>,
    others: u64,
    /// Entries since then.
    told: usize,
}

#[derive(Default)]
struct Count {
    tries: u64,
    is_limited: bool,
    why: String,
}

impl RefusedSignIns {
    pub(super) fn count(&self, attempt: RefusedAttempt<'_>, now: Timestamp) {
        let RefusedAttempt { door, from, name, why, is_limited } = attempt;
        let mut tally = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tally.since.get_or_insert(now);
        let key = (door, from.to_canonical(), name.map(str::to_owned));
        if tally.apart.len() >= APART && !tally.apart.contains_key(&key) {
            tally.others = tally.others.saturating_add(1);
            return;
        }
        let count = tally.apart.entry(key).or_default();
        count.tries = count.tries.saturating_add(1);
        count.is_limited |= is_limited;
        count.why = why.chars().take(LONGEST_WHY).collect();
    }

    /// What is to be told of now.
    pub(super) fn due(&self, now: Timestamp) -> Vec<AuditEntry> {
        let mut tally = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = tally.since.is_some_and(|since| now.duration_since(since) >= EVERY);
        let mut entries = tally.tell(now, is_over);
        if is_over {
            entries.extend(tally.the_rest(now));
            *tally = Tally::default();
        }
        entries
    }

    /// All of it: the gateway stops.
    pub(super) fn rest(&self, now: Timestamp) -> Vec<AuditEntry> {
        let mut tally = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut entries = tally.tell(now, true);
        entries.extend(tally.the_rest(now));
        *tally = Tally::default();
        entries
    }
}

impl Tally {
    /// Those at their limit, or `all`: the most first, as many as there is room for.
    fn tell(&mut self, now: Timestamp, all: bool) -> Vec<AuditEntry> {
        let wanted = self.apart.iter().filter(|(_, count)| all || count.is_limited);
        let mut keys: Vec<_> = wanted.map(|(key, count)| (count.tries, key.clone())).collect();
        keys.sort_by(|a, b| b.cmp(a));
        keys.truncate(MOST.saturating_sub(self.told));
        self.told += keys.len();
        let taken = keys.into_iter().filter_map(|(_, key)| Some((self.apart.remove(&key)?, key)));
        taken.map(|(count, key)| count.entry(&key, now)).collect()
    }

    fn the_rest(&self, now: Timestamp) -> Option<AuditEntry> {
        let (addresses, tries) =
            (self.apart.len(), self.apart.values().map(|count| count.tries).sum::<u64>());
        let tries = tries.saturating_add(self.others);
        let words = format!("From {addresses} other addresses and names, or more");
        (tries > 0).then(|| entry(now, UNKNOWN, "sign-in refused", &attempts(tries), &words))
    }
}

/// Nobody knows who it was; a name that was claimed is no person's.
const UNKNOWN: &str = "unknown";

impl Count {
    fn entry(&self, key: &(&'static str, IpAddr, Option<String>), now: Timestamp) -> AuditEntry {
        let (door, from, name) = key;
        let name = name.as_ref().map(|name| format!(" under the name {name}")).unwrap_or_default();
        let words = format!("{}{name}, {}: {}", door_words(door), address(Some(*from)), self.why);
        let limited = if self.is_limited { ", then limited" } else { "" };
        let answer = format!("{}{limited}", attempts(self.tries));
        entry(now, UNKNOWN, "sign-in refused", &answer, &words)
    }
}

fn attempts(tries: u64) -> String {
    if tries == 1 { "1 attempt".to_owned() } else { format!("{tries} attempts") }
}

fn door_words(door: &str) -> &'static str {
    match door {
        "api" => "A program with a token",
        "device" => "At a command line",
        "sign_in" => "At the sign-in with the token",
        "github" => "With GitHub",
        "back_channel" => "In the sign-in provider's name",
        _ => "With the sign-in provider",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + seconds).unwrap()
    }

    fn try_from(refused: &RefusedSignIns, last: u8, is_limited: bool, now: Timestamp) {
        let from = IpAddr::from([10, 0, 0, last]);
        let attempt = RefusedAttempt {
            door: "sign_in",
            from,
            name: Some("Anna"),
            why: "wrong token refused",
            is_limited,
        };
        refused.count(attempt, now);
    }

    fn told(entries: &[AuditEntry]) -> Vec<String> {
        entries.iter().map(|entry| format!("{} | {}", entry.answer, entry.told.subject)).collect()
    }

    #[test]
    fn a_few_attempts_are_one_entry_after_a_minute_and_a_limit_is_one_at_once() {
        // REQ-WHO-02, REQ-PROOF-01
        let refused = RefusedSignIns::default();
        assert!(refused.due(at(0)).is_empty());
        for second in 0..3 {
            try_from(&refused, 1, false, at(second));
        }
        assert!(refused.due(at(59)).is_empty());
        let entries = told(&refused.due(at(60)));
        let sentence =
            "At the sign-in with the token under the name Anna, from 10.0.0.1: wrong token refused";
        assert_eq!(entries, [format!("3 attempts | {sentence}")]);
        for _ in 0..6 {
            try_from(&refused, 1, true, at(61));
        }
        assert_eq!(told(&refused.due(at(61))), [format!("6 attempts, then limited | {sentence}")]);
        assert!(refused.due(at(200)).is_empty(), "each attempt is told of once");
    }

    #[test]
    fn a_flood_from_everywhere_is_a_few_entries_a_minute_with_the_whole_count() {
        // REQ-WHO-02, REQ-HARD-04
        let refused = RefusedSignIns::default();
        for n in 0..5_000_u32 {
            let from = IpAddr::from([10, 1, (n / 250) as u8, (n % 250) as u8]);
            let attempt = RefusedAttempt { door: "api", from, name: None, why: "wrong", is_limited: true };
            refused.count(attempt, at(0));
        }
        let (at_once, later) = (refused.due(at(1)), refused.due(at(60)));
        assert_eq!((at_once.len(), later.len()), (MOST, 1));
        assert_eq!(told(&later), ["4995 attempts | From 995 other addresses and names, or more"]);
        assert!(refused.rest(at(61)).is_empty());
    }
}
