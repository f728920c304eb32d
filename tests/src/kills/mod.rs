//! Kill runs: seeded plans of who answers when and who is killed when, the killing, and what must hold after.

mod plan;
mod round;
mod strike;
mod verdict;

pub use plan::{Blow, Mortals, Plan, Rules, SEED_VARIABLE, Said, Seed, Strike, Victim};
pub use round::{Over, script, until_over};
pub use strike::{Mortal, answer_all, suffer};
pub use verdict::{judge_audit, judge_people, new_ask};
