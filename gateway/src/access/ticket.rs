//! A random word that signs a browser in once: at another host of the gateway, where the console's cookie does not reach,
//! or by a link. What it stands for is kept in memory, so a restart ends all of them.

use super::sign_in_table::random_word;
use gateway_domain::Person;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// A browser follows a redirect at once; a slow phone needs a few seconds.
const HOLDS: SignedDuration = SignedDuration::from_secs(30);

/// Somebody reads a link in a terminal when they have the time.
const INVITED: SignedDuration = SignedDuration::from_hours(12);

/// What stands in place of a host in a link that signs in at the console: no host is called so.
const CONSOLE: &str = "/console";

/// Tickets that wait to be used. With more of them the one that ends first goes.
const KEPT: usize = 10_000;

/// Whom a ticket signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Bearer {
    /// Somebody with a sign-in already: this one ends with that.
    From(String),
    /// Whoever has the gateway's token named them.
    Named(Person),
}

struct Ticket {
    host: String,
    bearer: Bearer,
    ends: Timestamp,
}

#[derive(Default)]
pub(super) struct Tickets(Mutex<HashMap<String, Ticket>>);

impl Tickets {
    /// For one host, for a moment.
    pub(super) fn issue(&self, bearer: Bearer, host: &str, now: Timestamp) -> String {
        self.keep(bearer, host, now, HOLDS)
    }

    /// A word for a link that signs this person in at the console, once.
    pub(super) fn invite(&self, bearer: Bearer, now: Timestamp) -> String {
        self.keep(bearer, CONSOLE, now, INVITED)
    }

    pub(super) fn accept(&self, invitation: &str, now: Timestamp) -> Option<Bearer> {
        self.redeem(invitation, CONSOLE, now)
    }

    /// Whom it signs in, the first time that somebody brings it.
    pub(super) fn redeem(&self, word: &str, host: &str, now: Timestamp) -> Option<Bearer> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // At another host it stays whole: it was not meant for whoever asked.
        let fits = all.get(word).is_some_and(|ticket| ticket.host == host && ticket.ends > now);
        fits.then(|| all.remove(word)).flatten().map(|ticket| ticket.bearer)
    }

    fn keep(&self, bearer: Bearer, host: &str, now: Timestamp, holds: SignedDuration) -> String {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, ticket| ticket.ends > now);
        if all.len() >= KEPT {
            let first = all.iter().min_by_key(|(_, ticket)| ticket.ends).map(|(word, _)| word.clone());
            first.map(|word| all.remove(&word));
        }
        let (word, ends) = (random_word(), now.saturating_add(holds).unwrap_or(now));
        all.insert(word.clone(), Ticket { host: host.to_owned(), bearer, ends });
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "pod-a.example.test";

    fn now() -> Timestamp {
        Timestamp::from_second(1_795_000_000).unwrap()
    }

    fn anna() -> Bearer {
        Bearer::Named(Person { id: "web:Anna K.".to_owned(), name: "Anna K.".to_owned() })
    }

    #[test]
    fn a_ticket_lets_one_person_in_at_one_host_once() {
        // REQ-CONSOLE-03
        let tickets = Tickets::default();
        let ticket = tickets.issue(anna(), HOST, now());
        assert_eq!(tickets.redeem(&ticket, "other.example.test", now()), None);
        assert_eq!(tickets.redeem(&ticket, HOST, now()), Some(anna()));
        assert_eq!(tickets.redeem(&ticket, HOST, now()), None, "only once");
        assert_ne!(ticket, tickets.issue(anna(), HOST, now()));
    }

    #[test]
    fn a_link_to_the_console_signs_in_once_and_opens_no_other_door() {
        // REQ-WHO-01, C3a
        let tickets = Tickets::default();
        let link = tickets.invite(anna(), now());
        assert_eq!(tickets.redeem(&link, HOST, now()), None);
        assert_eq!(tickets.accept(&link, now() + SignedDuration::from_hours(11)), Some(anna()));
        assert_eq!(tickets.accept(&link, now()), None, "only once");
        assert_eq!(tickets.accept(&tickets.invite(anna(), now()), now() + INVITED), None, "late");
        assert_eq!(tickets.accept(&tickets.issue(anna(), HOST, now()), now()), None);
    }

    #[test]
    fn late_tickets_and_those_of_earlier_processes_are_worth_nothing() {
        // REQ-CONSOLE-03
        let tickets = Tickets::default();
        let ticket = tickets.issue(anna(), HOST, now());
        assert_eq!(tickets.redeem(&ticket, HOST, now() + HOLDS), None);
        assert_eq!(Tickets::default().redeem(&ticket, HOST, now()), None);
    }

    #[test]
    fn with_too_many_of_them_the_first_to_end_goes() {
        let tickets = Tickets::default();
        let first = tickets.issue(anna(), HOST, now());
        let links: Vec<_> = (0..KEPT).map(|_| tickets.invite(anna(), now())).collect();
        assert_eq!(tickets.redeem(&first, HOST, now()), None);
        assert!(tickets.accept(&links[0], now()).is_some());
    }
}
