//! Ids that the gateway makes: from one seedable source, so that a test's run can be repeated.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::sync::{Arc, Mutex, PoisonError};

const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A clonable source of random ids.
#[derive(Clone)]
pub struct IdSource(Arc<Mutex<StdRng>>);

impl IdSource {
    pub fn from_entropy() -> Self {
        Self::seeded(rand::random())
    }

    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// `prefix` and 20 letters or digits: 100 bits.
    pub fn next(&self, prefix: &str) -> String {
        let mut rng = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut id = String::with_capacity(prefix.len() + 20);
        id.push_str(prefix);
        let mut bits: u128 = rng.random();
        for _ in 0..20 {
            id.push(char::from(ALPHABET[(bits & 31) as usize]));
            bits >>= 5;
        }
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_ids_and_another_does_not() {
        let (a, b, c) = (IdSource::seeded(7), IdSource::seeded(7), IdSource::seeded(8));
        let first = a.next("req_");
        assert_eq!(first, b.next("req_"));
        assert_ne!(first, a.next("req_"));
        assert_ne!(first, c.next("req_"));
        assert_eq!(first.len(), 24);
    }
}
