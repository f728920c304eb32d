//! The guarded shell on a real kernel: hostile commands, each also without the guard, and ordinary work.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod attacks;
mod keepers;
mod ordinary;
mod python;
mod refused;
mod stage;
mod victim;
