//! Wrong tokens by address: after a few, wrong ones are not even looked at from there. A right one always is: whoever
//! shares an address with a guesser, behind a proxy for instance, is not locked out. And by name: of pods that somebody says
//! to be, of people that somebody tries to come in as.

use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Wrong tokens that an address may try in a window.
const ALLOWED: u32 = 5;
const WINDOW: SignedDuration = SignedDuration::from_secs(60);

/// Addresses and names that are told apart; beyond it all others count as one, which keeps a flood from making a limit forgotten.
const KEPT: usize = 10_000;
const OTHERS: &str = "others";

/// How often those are looked for whose window is over.
const SWEEP_EVERY: SignedDuration = SignedDuration::from_secs(1);

#[derive(Default)]
pub(crate) struct Attempts(Mutex<Known>);

#[derive(Default)]
struct Known {
    of: HashMap<String, (Timestamp, u32)>,
    swept: Option<Timestamp>,
}

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

    /// Counts a sign-in that failed under that name, wherever it came from. In capitals or not it is one name.
    pub(crate) fn wrong_as(&self, person: &str, now: Timestamp) -> WrongTokenReply {
        self.count(format!("person {}", person.to_lowercase()), now)
    }

    fn count(&self, of: String, now: Timestamp) -> WrongTokenReply {
        let mut known = self.known();
        let of = known.told_apart(of, now);
        let entry = known.of.entry(of).or_insert((now, 0));
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

    /// For so many seconds nobody looks at wrong tokens from there.
    pub(crate) fn is_limited(&self, from: IpAddr, now: Timestamp) -> Option<i64> {
        let known = self.known();
        let (since, tries) = *known.of.get(&network(from).to_string())?;
        let left = WINDOW - now.duration_since(since);
        (tries > ALLOWED && left.is_positive()).then(|| left.as_secs().max(1))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// As what it counts: itself, while there is room.
    fn told_apart(&mut self, of: String, now: Timestamp) -> String {
        let rested = self.swept.is_none_or(|swept| now.duration_since(swept) >= SWEEP_EVERY);
        if self.of.len() >= KEPT && rested {
            self.swept = Some(now);
            self.of.retain(|_, (since, _)| now.duration_since(*since) < WINDOW);
        }
        let has_room = self.of.len() < KEPT || self.of.contains_key(&of);
        if has_room { of } else { OTHERS.to_owned() }
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

    #[test]
    fn a_name_is_limited_wherever_the_attempts_come_from() {
        // REQ-WHO-02
        let (attempts, now) = (Attempts::default(), Timestamp::from_second(1_795_000_000).unwrap());
        for n in 0..5 {
            assert_eq!(attempts.wrong_as(["Anna", "anna"][n % 2], now), WrongTokenReply::Wrong(n as u32 + 1));
        }
        assert!(matches!(attempts.wrong_as("ANNA", now), WrongTokenReply::TooOften(_)));
        assert_eq!(attempts.wrong_as("Ben", now), WrongTokenReply::Wrong(1));
    }

    #[test]
    fn a_flood_makes_no_limit_forgotten_and_needs_no_more_memory() {
        // REQ-WHO-02, REQ-HARD-04
        let (attempts, now) = (Attempts::default(), Timestamp::from_second(1_795_000_000).unwrap());
        for _ in 0..6 {
            attempts.wrong_as("anna", now);
        }
        for n in 0..2 * KEPT {
            attempts.wrong_as(&format!("name {n}"), now);
        }
        assert!(matches!(attempts.wrong_as("anna", now), WrongTokenReply::TooOften(_)), "still");
        assert!(
            matches!(attempts.wrong_as("a new one", now), WrongTokenReply::TooOften(_)),
            "as one of many"
        );
        assert!(attempts.known().of.len() <= KEPT + 1);
        assert_eq!(attempts.wrong_as("a new one", now + WINDOW), WrongTokenReply::Wrong(1));
        assert!(attempts.known().of.len() <= 2, "what is over is forgotten");
    }
}
