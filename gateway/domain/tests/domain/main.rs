//! The domain's tests from outside, one binary: each file is a part of what it decides.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test may panic and print"
)]

mod asks;
mod audit_kinds;
mod by_name;
mod checks;
mod choices;
mod closing;
mod cut_turns;
mod display;
mod exploring;
mod failing;
mod files;
mod gate;
mod labs;
mod labs_after_ready;
mod life;
mod masks;
mod own_words;
mod projects;
mod random;
mod record_edits;
mod room;
mod routing;
mod rules;
mod silence;
mod threads;
