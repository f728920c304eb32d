//! Wrong tokens by address: after a few, wrong ones are not even looked at from there. A right one always is: whoever
//! shares an address with a guesser, behind a proxy for instance, is not locked out. And by name: of pods that somebody says
//! to be.

use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

/// Wrong tokens that an address may try in a window.
const ALLOWED: u32 = 5;
const WINDOW: SignedDuration = SignedDuration::from_secs(60);

/// Addresses and names that are remembered; beyond it all are forgotten, which lets nobody in.
const KEPT: usize = 10_000;

#[derive(Default)]
pub(crate) struct Attempts(Mutex<HashMap<String, (Timestamp, u32)>>);

/// What a wrong token brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WrongTokenReply {
    /// Told that it is wrong. So many were tried in this minute.
    Wrong(u32),
    /// Told to wait for so many seconds.
    TooOften(i64),
}

impl Attempts {
    /// Counts a wrong token.
    pub(crate) fn wrong(&self, from: IpAddr, now: Timestamp) -> WrongTokenReply {
        self.count(network(from).to_string(), now)
    }

    /// Counts a token that is not that pod's.
    pub(crate) fn wrong_for(&self, pod: &str, now: Timestamp) -> WrongTokenReply {
        self.count(format!("pod {pod}"), now)
    }

    fn count(&self, of: String, now: Timestamp) -> WrongTokenReply {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KEPT {
            known.clear();
        }
        let entry = known.entry(of).or_insert((now, 0));
        if now.duration_since(entry.0) >= WINDOW {
            *entry = (now, 0);
        }
        entry.1 = entry.1.saturating_add(1);
        let left = WINDOW - now.duration_since(entry.0);
        if entry.1 > ALLOWED {
            WrongTokenReply::TooOften(left.as_secs().max(1))
        } else {
            WrongTokenReply::Wrong(entry.1)
        }
    }
}

impl Attempts {
    /// For so many seconds nobody looks at wrong tokens from there.
    pub(crate) fn is_limited(&self, from: IpAddr, now: Timestamp) -> Option<i64> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, tries) = *known.get(&network(from).to_string())?;
        let left = WINDOW - now.duration_since(since);
        (tries > ALLOWED && left.is_positive()).then(|| left.as_secs().max(1))
    }
}

/// Whoever has one address of IPv6 has a network full of them.
fn network(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_few_wrong_tokens_an_address_waits_a_minute() {
        // REQ-CONSOLE-03, M9
        let (attempts, here) = (Attempts::default(), IpAddr::from([10, 0, 0, 1]));
        let at = |seconds: i64| Timestamp::from_second(1_795_000_000 + seconds).unwrap();
        for n in 0..5u32 {
            assert_eq!(attempts.wrong(here, at(n.into())), WrongTokenReply::Wrong(n + 1));
        }
        assert_eq!(attempts.wrong(here, at(10)), WrongTokenReply::TooOften(50));
        assert_eq!(attempts.wrong(IpAddr::from([10, 0, 0, 2]), at(10)), WrongTokenReply::Wrong(1));
        assert_eq!(attempts.is_limited(here, at(20)), Some(40));
        assert_eq!(attempts.is_limited(here, at(60)), None);
        assert_eq!(attempts.wrong(here, at(60)), WrongTokenReply::Wrong(1));
        assert_eq!(attempts.is_limited(here, at(60)), None);
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one_address() {
        // M9
        let (attempts, now) = (Attempts::default(), Timestamp::from_second(1_795_000_000).unwrap());
        for n in 0..5u16 {
            let from = IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, n]);
            assert_eq!(attempts.wrong(from, now), WrongTokenReply::Wrong(u32::from(n) + 1));
        }
        let from = IpAddr::from([0x2001, 0xdb8, 0, 1, 9, 9, 9, 9]);
        assert!(matches!(attempts.wrong(from, now), WrongTokenReply::TooOften(_)));
    }
}
