//! The gate: what is said of a call before it runs, and what becomes of it, whoever dies.

mod calls;
mod commands;
mod grants;
pub(crate) mod story;
mod verdicts;
