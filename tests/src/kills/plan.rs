//! Seeded plans of who answers when, and who is killed when.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::time::Duration;

/// Set to the number that a failing test prints, the tests draw the same plans again.
pub const SEED_VARIABLE: &str = "KILL_SEED";

/// One set of tests draws from one seed, each test from a branch of it.
pub struct Seed {
    base: u64,
    branch: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Victim {
    Gateway,
    Agent,
}

/// A kill, some time after the ask was seen (or after the restart before).
#[derive(Clone, Debug)]
pub struct Blow {
    pub after: Duration,
    pub victim: Victim,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    Allow,
    Deny,
    Answer,
}

/// Which of them may die in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mortals {
    Gateway,
    Agent,
    Both,
    /// One of the three above.
    Any,
}

/// What a kind of round allows.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub mortals: Mortals,
    pub said: &'static [Said],
    pub people: usize,
    /// How often they are killed and started again before there is peace.
    pub strikes: usize,
    /// Answers fall into half of this time after the ask was seen, kills into all of it, most of them soon after
    /// an answer.
    pub window: Duration,
}

#[derive(Clone, Debug)]
pub struct Plan {
    pub said: Said,
    /// When each person answers, after the ask was seen.
    pub answers: Vec<Duration>,
    pub strikes: Vec<Strike>,
}

/// A kill or two, and the order in which the dead are started again.
#[derive(Clone, Debug)]
pub struct Strike {
    pub blows: Vec<Blow>,
    pub first_up: Victim,
    /// Between the two starts.
    pub pause: Duration,
}

impl Seed {
    pub fn of_branch(branch: u64) -> Self {
        let given = std::env::var(SEED_VARIABLE).ok().and_then(|seed| seed.parse().ok());
        // Short enough to be typed.
        Self { base: given.unwrap_or_else(|| u64::from(rand::random::<u32>())), branch }
    }

    pub fn rng(&self) -> StdRng {
        StdRng::seed_from_u64(self.base.wrapping_add(self.branch))
    }

    pub fn number(&self) -> u64 {
        self.base.wrapping_add(self.branch)
    }

    /// How to see it again. The plan repeats exactly; what a machine does between two milliseconds does not.
    pub fn hint(&self) -> String {
        format!("repeat this plan with {SEED_VARIABLE}={}", self.base)
    }
}

impl Said {
    /// The body of the answer that this person sends.
    pub fn body(self, by: &str) -> Value {
        match self {
            Self::Allow => json!({ "answer": "once" }),
            Self::Deny => json!({ "answer": "deny", "reason": self.words(by) }),
            Self::Answer => json!({ "answer": "answers", "answers": [[self.words(by)]] }),
        }
    }

    /// What of it the agent must read.
    pub fn words(self, by: &str) -> String {
        match self {
            Self::Allow => "it ran".to_owned(),
            Self::Deny => format!("Not like that, says {by}."),
            Self::Answer => format!("Whatever {by} likes"),
        }
    }
}

impl Plan {
    pub fn draw(rules: &Rules, rng: &mut StdRng) -> Self {
        let said = rules.said.choose(rng).copied().unwrap_or(Said::Allow);
        let answers: Vec<_> = (0..rules.people).map(|_| within(rng, rules.window / 2)).collect();
        let first = answers.iter().min().copied().unwrap_or_default();
        let mut strikes = vec![Strike::draw(rules, first, rng)];
        strikes.extend((1..rules.strikes).map(|_| Strike::draw(rules, Duration::ZERO, rng)));
        Self { said, answers, strikes }
    }
}

impl Strike {
    fn draw(rules: &Rules, answered: Duration, rng: &mut StdRng) -> Self {
        let any = [Mortals::Gateway, Mortals::Agent, Mortals::Both];
        let mortals = match rules.mortals {
            Mortals::Any => any.choose(rng).copied().unwrap_or(Mortals::Both),
            chosen => chosen,
        };
        let victims: &[Victim] = match mortals {
            Mortals::Gateway => &[Victim::Gateway],
            Mortals::Agent => &[Victim::Agent],
            Mortals::Both | Mortals::Any => &[Victim::Gateway, Victim::Agent],
        };
        let blow = |&victim: &Victim| Blow { after: around(rng, answered, rules.window), victim };
        let mut blows: Vec<_> = victims.iter().map(blow).collect();
        blows.sort_by_key(|blow| blow.after);
        let first_up = if rng.random_bool(0.5) { Victim::Gateway } else { Victim::Agent };
        Self { blows, first_up, pause: within(rng, rules.window / 2) }
    }
}

/// Before the answer in one case of four, otherwise after it.
fn around(rng: &mut StdRng, answered: Duration, window: Duration) -> Duration {
    if rng.random_bool(0.25) { within(rng, answered) } else { answered + within(rng, window / 2) }
}

fn within(rng: &mut StdRng, longest: Duration) -> Duration {
    longest.mul_f64(rng.random())
}
