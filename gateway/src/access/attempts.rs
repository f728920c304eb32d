//! Wrong sign-ins by address: after a few, the address waits.

use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Wrong tokens that an address may try in a window.
const ALLOWED: u32 = 5;
const WINDOW: SignedDuration = SignedDuration::from_secs(60);

/// Addresses that are remembered; beyond it all are forgotten, which lets nobody in.
const KEPT: usize = 10_000;

#[derive(Default)]
pub(super) struct Attempts(Mutex<HashMap<IpAddr, (Timestamp, u32)>>);

impl Attempts {
    /// How many seconds this address must wait, if it must.
    pub(super) fn must_wait(&self, from: IpAddr, now: Timestamp) -> Option<i64> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, wrong) = known.get(&from)?;
        let left = WINDOW - now.duration_since(*since);
        (*wrong >= ALLOWED && left > SignedDuration::ZERO).then(|| left.as_secs().max(1))
    }

    pub(super) fn wrong(&self, from: IpAddr, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KEPT {
            known.clear();
        }
        let entry = known.entry(from).or_insert((now, 0));
        if now.duration_since(entry.0) >= WINDOW {
            *entry = (now, 0);
        }
        entry.1 += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_few_wrong_tokens_an_address_waits_a_minute() {
        // REQ-CONSOLE-03
        let (attempts, here) = (Attempts::default(), IpAddr::from([10, 0, 0, 1]));
        let at = |seconds: i64| Timestamp::from_second(1_795_000_000 + seconds).unwrap();
        for n in 0..5i64 {
            assert_eq!(attempts.must_wait(here, at(n)), None);
            attempts.wrong(here, at(n));
        }
        assert_eq!(attempts.must_wait(here, at(10)), Some(50));
        assert_eq!(attempts.must_wait(IpAddr::from([10, 0, 0, 2]), at(10)), None);
        assert_eq!(attempts.must_wait(here, at(60)), None);
    }
}
