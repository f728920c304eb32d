//! What people are asked to sign, until they do: each once, for a few minutes, for one person and one purpose.

use super::AnswerWanted;
use super::passkey::Passkey;
use gateway_proof::tree::Hash;
use gateway_proof::webauthn::statement;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Long enough to look for a key, and short enough that nobody touches it for something they have forgotten.
pub(super) const HOLDS: SignedDuration = SignedDuration::from_mins(5);

/// Of one person, and in all. With more of them the one that ends first goes: of that person, or of all.
const OF_ONE: usize = 16;
const OF_ALL: usize = 4_096;

/// What a signature will be used for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Purpose {
    Answer {
        ask: String,
        digest: String,
        wanted: AnswerWanted,
    },
    /// To make a new passkey.
    Add,
    /// An older passkey says that this new one is the same person's.
    Confirm(Box<Passkey>),
    /// `credential` is the one that goes.
    Remove {
        credential: String,
    },
}

#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) person: String,
    pub(super) purpose: Purpose,
    pub(super) statement: String,
    pub(super) ends: Timestamp,
}

#[derive(Default)]
pub(super) struct Challenges(Mutex<HashMap<Hash, Pending>>);

impl Challenges {
    pub(super) fn keep(&self, pending: Pending, now: Timestamp) -> Hash {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, pending| pending.ends > now);
        let theirs = all.values().filter(|known| known.person == pending.person).count();
        if theirs >= OF_ONE || all.len() >= OF_ALL {
            let of_one = theirs >= OF_ONE;
            let candidates = all.iter().filter(|(_, known)| !of_one || known.person == pending.person);
            let first = candidates.min_by_key(|(_, known)| known.ends).map(|(challenge, _)| *challenge);
            first.map(|first| all.remove(&first));
        }
        let challenge = statement::challenge(&pending.statement);
        all.insert(challenge, pending);
        challenge
    }

    /// The first time that its person brings it.
    pub(super) fn take(&self, challenge: &Hash, person: &str, now: Timestamp) -> Option<Pending> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = all.get(challenge).is_some_and(|pending| pending.person == person && pending.ends > now);
        fits.then(|| all.remove(challenge)).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_second(1_795_000_000).unwrap()
    }

    fn pending(person: &str, statement: &str) -> Pending {
        let (person, statement, ends) = (person.to_owned(), statement.to_owned(), now() + HOLDS);
        Pending { person, purpose: Purpose::Add, statement, ends }
    }

    #[test]
    fn a_challenge_is_one_persons_once_and_for_a_while() {
        // REQ-WHO-03
        let challenges = Challenges::default();
        let anna = challenges.keep(pending("anna", "{}"), now());
        assert!(challenges.take(&anna, "mallory", now()).is_none());
        assert!(challenges.take(&anna, "anna", now() + HOLDS).is_none(), "late");
        assert!(challenges.take(&anna, "anna", now()).is_some(), "others' tries cost nothing");
        assert!(challenges.take(&anna, "anna", now()).is_none(), "once");
    }

    #[test]
    fn a_flood_of_one_person_costs_nobody_else() {
        // REQ-WHO-03
        let challenges = Challenges::default();
        let bens = challenges.keep(pending("ben", "ben's"), now());
        let annas: Vec<_> =
            (0..=OF_ONE).map(|n| challenges.keep(pending("anna", &n.to_string()), now())).collect();
        let left = annas.iter().filter(|one| challenges.take(one, "anna", now()).is_some()).count();
        assert_eq!(left, OF_ONE);
        assert!(challenges.take(&bens, "ben", now()).is_some());
    }
}
