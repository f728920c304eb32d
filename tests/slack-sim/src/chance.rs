//! Chance that can be had again: the seed is printed, and `SLACK_SEED` sets it.

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

pub struct Chance {
    pub seed: u64,
    draws: SmallRng,
}

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, draws: SmallRng::seed_from_u64(seed) }
    }

    pub fn number(&mut self) -> u64 {
        self.draws.random()
    }

    pub fn happens(&mut self, probability: f64) -> bool {
        probability >= 1.0 || self.draws.random::<f64>() < probability
    }

    pub fn pick(&mut self, count: usize) -> usize {
        self.draws.random_range(0..count.max(1))
    }
}
