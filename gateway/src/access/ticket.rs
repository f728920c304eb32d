//! A signed word that carries a sign-in from the console's host to another host of the gateway, where the console's
//! cookie does not reach. It holds for one host, for a moment, and once.

use super::plain_name;
use gateway_domain::Person;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256, Sha512};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// A browser follows a redirect at once; a slow phone needs a few seconds.
const HOLDS: SignedDuration = SignedDuration::from_secs(30);

/// Somebody reads a link in a terminal when they have the time.
const INVITED: SignedDuration = SignedDuration::from_hours(12);

/// What stands in place of a host in a link that signs in at the console: no host is called so.
const CONSOLE: &str = "/console";

/// Used tickets that are remembered until they end by themselves. With so many in half a minute no more are taken.
const KEPT: usize = 10_000;

/// Issues tickets and remembers which were used. A ticket of an earlier process is worth nothing, since that one's
/// memory is gone.
pub(super) struct Tickets {
    key: [u8; 64],
    /// When this process began, in nanoseconds.
    process: i128,
    next: AtomicU64,
    used: Mutex<HashMap<u64, Timestamp>>,
}

impl Tickets {
    pub(super) fn new(token: &str, now: Timestamp) -> Self {
        let mut hash = Sha512::new();
        hash.update(b"opencode-gateway ticket\0");
        hash.update(token.as_bytes());
        let (process, key) = (now.as_nanosecond(), hash.finalize().into());
        Self { key, process, next: AtomicU64::new(1), used: Mutex::default() }
    }

    /// Only people who signed in with a cookie need one: programs bring their token, a trusted proxy its header.
    pub(super) fn issue(&self, person: &Person, host: &str, now: Timestamp) -> Option<String> {
        let name = person.id.strip_prefix("web:")?;
        self.sign(name, host, now.checked_add(HOLDS).ok()?)
    }

    /// A word for a link that signs this person in at the console, once.
    pub(super) fn invite(&self, name: &str, now: Timestamp) -> Option<String> {
        self.sign(name, CONSOLE, now.checked_add(INVITED).ok()?)
    }

    pub(super) fn accept(&self, invitation: &str, now: Timestamp) -> Option<String> {
        self.redeem(invitation, CONSOLE, now)
    }

    fn sign(&self, name: &str, host: &str, ends: Timestamp) -> Option<String> {
        let ends = ends.as_second();
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let payload = format!("{}.{}.{ends}.{}.{number}", hex::encode(name), hex::encode(host), self.process);
        let signature = hex::encode(self.mac(&payload).finalize().into_bytes());
        Some(format!("{payload}.{signature}"))
    }

    /// The name of the person who brings it for the first time.
    pub(super) fn redeem(&self, ticket: &str, host: &str, now: Timestamp) -> Option<String> {
        let (payload, signature) = ticket.rsplit_once('.')?;
        self.mac(payload).verify_slice(&hex::decode(signature).ok()?).ok()?;
        let fields: Vec<_> = payload.split('.').collect();
        let [name, for_host, ends, process, number] = fields[..] else { return None };
        let ends = Timestamp::from_second(ends.parse().ok()?).ok()?;
        let ours = for_host == hex::encode(host) && process == self.process.to_string() && ends > now;
        if !ours || !self.first_use(number.parse().ok()?, ends, now) {
            return None;
        }
        let name = String::from_utf8(hex::decode(name).ok()?).ok()?;
        plain_name(&name).map(str::to_owned)
    }

    fn first_use(&self, number: u64, ends: Timestamp, now: Timestamp) -> bool {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|_, ends| *ends > now);
        used.len() < KEPT && used.insert(number, ends).is_none()
    }

    fn mac(&self, payload: &str) -> Hmac<Sha256> {
        let mut mac: Hmac<Sha256> = KeyInit::new(&self.key.into());
        mac.update(payload.as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "pod-a.example.test";

    fn now() -> Timestamp {
        Timestamp::from_second(1_795_000_000).unwrap()
    }

    fn anna() -> Person {
        Person { id: "web:Anna K.".to_owned(), name: "Anna K.".to_owned() }
    }

    #[test]
    fn a_ticket_lets_one_person_in_at_one_host_once() {
        // REQ-CONSOLE-03
        let tickets = Tickets::new("a token", now());
        let ticket = tickets.issue(&anna(), HOST, now()).unwrap();
        assert_eq!(tickets.redeem(&ticket, "other.example.test", now()), None);
        assert_eq!(tickets.redeem(&ticket, HOST, now()).as_deref(), Some("Anna K."));
        assert_eq!(tickets.redeem(&ticket, HOST, now()), None, "only once");
        assert_ne!(ticket, tickets.issue(&anna(), HOST, now()).unwrap());
    }

    #[test]
    fn a_link_to_the_console_signs_in_once_and_opens_no_other_door() {
        // REQ-WHO-01, C3a
        let tickets = Tickets::new("a token", now());
        let link = tickets.invite("Anna K.", now()).unwrap();
        assert_eq!(tickets.redeem(&link, HOST, now()), None);
        assert_eq!(tickets.accept(&link, now() + SignedDuration::from_hours(11)).as_deref(), Some("Anna K."));
        assert_eq!(tickets.accept(&link, now()), None, "only once");
        assert_eq!(tickets.accept(&tickets.invite("a", now()).unwrap(), now() + INVITED), None, "late");
        assert_eq!(tickets.accept(&tickets.issue(&anna(), HOST, now()).unwrap(), now()), None);
    }

    #[test]
    fn late_forged_and_earlier_processes_tickets_are_worth_nothing() {
        // REQ-CONSOLE-03
        let tickets = Tickets::new("a token", now());
        let ticket = tickets.issue(&anna(), HOST, now()).unwrap();
        assert_eq!(tickets.redeem(&ticket, HOST, now() + HOLDS), None);
        let forged = ticket.replace(&hex::encode("Anna K."), &hex::encode("boss"));
        assert_eq!(tickets.redeem(&forged, HOST, now()), None);
        let restarted = Tickets::new("a token", now() + SignedDuration::from_secs(1));
        assert_eq!(restarted.redeem(&ticket, HOST, now()), None);
        let program = Person { id: "api:anna".to_owned(), name: "anna".to_owned() };
        assert_eq!(tickets.issue(&program, HOST, now()), None);
    }
}
