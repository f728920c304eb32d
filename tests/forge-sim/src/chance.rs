//! Chance that can be had again: the seed is printed, and `FORGE_SEED` sets it.

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

pub(crate) struct Chance {
    pub(crate) seed: u64,
    draws: SmallRng,
}

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, draws: SmallRng::seed_from_u64(seed) }
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.draws.random()
    }

    /// Letters as base64url has them.
    pub(crate) fn letters(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(LETTERS[self.draws.random_range(0..LETTERS.len())])).collect()
    }

    pub(crate) fn guid(&mut self) -> String {
        let (high, low) = (self.number(), self.number());
        let hex = format!("{high:016x}{low:016x}");
        format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
    }
}
