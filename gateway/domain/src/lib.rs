//! What the gateway decides. Pure: no I/O, no clock, no randomness.
//!
//! A [`Session`] takes an [`Input`] and the time, and returns [`Effect`]s in the order in which they must happen.
//! What it has promised to people is in its [`SessionRecord`]; `Effect::Persist` stands before everything that
//! may only happen once that record is on disk.

mod ask;
mod audit;
mod effect;
mod ids;
mod input;
mod mask;
mod policy;
mod record;
mod restart;
mod session;
mod words;

pub use ask::{Answer, Ask, AskBody, AskState, AskTool, Asked, Decision, Person, Question};
pub use audit::{AuditEntry, AuditFault, ChainedEntry, GENESIS, chain, verify};
pub use effect::{AskCommand, Effect, Verdict};
pub use ids::{InvalidId, SessionId};
pub use input::{AnswerGiven, CommandOutcome, Input, Reconnected, Turn};
pub use mask::{MASK, mask};
pub use policy::{Approvers, AskPolicy};
pub use record::{PendingCommand, SessionRecord};
pub use session::Session;
