//! Judges what a delivery would send out, by rules in Rego that run in this process (REQ-DELIVER-05).
//!
//! A [`Pack`] is the built-in rules and numbers, perhaps with a project's own beside them. It takes measured facts and
//! answers with a [`Decision`](gateway_delivery::Decision), or says why it couldn't ([`Unjudged`]); nothing leaves then.
//! A project's rules run apart from the built-in ones: they add to the answer and never take anything away.
//! [`Judge`] does so from async code, on a thread that may block. [`test_pack`] and [`judge_recorded`] are for those who
//! write packs.

mod answer;
mod built_in;
mod canonical;
mod engine;
mod globs;
mod judge;
mod numbers;
mod pack;
mod pack_fault;
mod pack_folder;
mod paths;
mod recorded;
mod recursion;
mod rego_error;
mod report;
mod tables;
mod test_pack;
#[cfg(test)]
mod tests;

pub use canonical::facts_as_judged;
pub use judge::{Judge, Unjudged};
pub use pack::{Limits, Pack};
pub use pack_fault::PackFault;
pub use recorded::{Recorded, judge_recorded};
pub use report::{Failure, Report, Uncovered};
pub use test_pack::test_pack;
