//! Sign-ins at a command line that are under way: what the provider knows them by, and when it may be asked next. They are in
//! memory only, so a restart ends them.

use super::sign_in_table::random_word;
use crate::token::Attempts;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Sign-ins that may be under way at once.
const KEPT: usize = 1_000;

/// Seconds between questions where the provider names none, as RFC 8628 has it, and by how much longer after a `slow_down`.
pub(super) const INTERVAL: i64 = 5;

/// Who was asked for the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DeviceProvider {
    Oidc,
    Github,
}

#[derive(Clone)]
pub(super) struct PendingDevice {
    pub(super) provider: DeviceProvider,
    /// The provider's; whoever has it and the client's secret gets the tokens.
    pub(super) code: SecretString,
    machine: String,
    pub(super) interval: SignedDuration,
    next: Timestamp,
    ends: Timestamp,
}

impl PendingDevice {
    pub(super) fn new(
        provider: DeviceProvider,
        code: SecretString,
        machine: &str,
        interval: SignedDuration,
        ends: Timestamp,
        now: Timestamp,
    ) -> Self {
        Self { provider, code, machine: machine.to_owned(), interval, next: now, ends }
    }

    /// What stands in place of a browser in the list of sign-ins.
    pub(super) fn browser(&self) -> String {
        format!("Command line on {}", self.machine)
    }
}

#[derive(Default)]
pub(super) struct DeviceTable {
    pending: Mutex<HashMap<String, PendingDevice>>,
    /// How many were begun lately, by address.
    pub(super) begun: Attempts,
}

/// What is to be done for a command line that asks.
pub(super) enum AskedDevice {
    /// The provider may be asked.
    Now(PendingDevice),
    /// Not yet; it is to wait so long.
    TooSoon(SignedDuration),
    Unknown,
}

impl DeviceTable {
    /// The word that the command line asks with; none where too many are under way.
    pub(super) fn keep(&self, pending: PendingDevice, now: Timestamp) -> Option<String> {
        let mut all = self.pending();
        all.retain(|_, pending| pending.ends > now);
        let word = random_word();
        (all.len() < KEPT).then(|| {
            all.insert(word.clone(), pending);
            word
        })
    }

    pub(super) fn ask(&self, word: &str, now: Timestamp) -> AskedDevice {
        let mut all = self.pending();
        let Some(pending) = all.get_mut(word).filter(|pending| pending.ends > now) else {
            return AskedDevice::Unknown;
        };
        if now < pending.next {
            return AskedDevice::TooSoon(pending.interval);
        }
        pending.next = now.saturating_add(pending.interval).unwrap_or(now);
        AskedDevice::Now(pending.clone())
    }

    /// The provider wants to be asked more rarely from now on: how rarely.
    pub(super) fn slow_down(&self, word: &str) -> SignedDuration {
        let mut all = self.pending();
        let more = SignedDuration::from_secs(INTERVAL);
        let Some(pending) = all.get_mut(word) else { return more };
        pending.interval = pending.interval.saturating_add(more);
        pending.next = pending.next.saturating_add(more).unwrap_or(pending.next);
        pending.interval
    }

    pub(super) fn forget(&self, word: &str) {
        self.pending().remove(word);
    }

    fn pending(&self) -> MutexGuard<'_, HashMap<String, PendingDevice>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + seconds).unwrap()
    }

    fn pending() -> PendingDevice {
        let interval = SignedDuration::from_secs(5);
        PendingDevice::new(DeviceProvider::Oidc, "code".into(), "laptop", interval, at(600), at(0))
    }

    #[test]
    fn the_provider_is_asked_no_more_often_than_it_wants() {
        // REQ-WHO-02
        let table = DeviceTable::default();
        let word = table.keep(pending(), at(0)).unwrap();
        assert!(matches!(table.ask(&word, at(0)), AskedDevice::Now(_)));
        assert!(matches!(table.ask(&word, at(4)), AskedDevice::TooSoon(_)));
        assert!(matches!(table.ask(&word, at(5)), AskedDevice::Now(_)));
        assert_eq!(table.slow_down(&word), SignedDuration::from_secs(10));
        assert!(matches!(table.ask(&word, at(14)), AskedDevice::TooSoon(_)));
        assert!(matches!(table.ask(&word, at(15)), AskedDevice::Now(_)));
        assert!(matches!(table.ask(&word, at(24)), AskedDevice::TooSoon(_)));
        assert!(matches!(table.ask("another", at(30)), AskedDevice::Unknown));
        assert!(matches!(table.ask(&word, at(600)), AskedDevice::Unknown), "late");
        table.forget(&word);
        assert!(matches!(table.ask(&word, at(30)), AskedDevice::Unknown));
    }

    #[test]
    fn no_flood_of_them_grows_beyond_its_bound_or_pushes_others_out() {
        // REQ-HARD-04
        let table = DeviceTable::default();
        let first = table.keep(pending(), at(0)).unwrap();
        for _ in 1..KEPT {
            table.keep(pending(), at(0)).unwrap();
        }
        assert!(table.keep(pending(), at(1)).is_none());
        assert!(matches!(table.ask(&first, at(1)), AskedDevice::Now(_)));
        assert!(table.keep(pending(), at(600)).is_some(), "those that are over make room");
    }
}
