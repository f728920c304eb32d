//! The parts of a delivery one by one, and its straight way from done to merged.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test may panic")]

mod bodies;
mod ci;
mod made;
mod messages;
mod names;
mod records;
mod reviewed;
mod straight_way;
mod texts_for_people;
