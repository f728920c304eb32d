//! What the gateway decides. Pure: no I/O, no clock, no randomness.
//!
//! A [`Session`] takes an [`Input`] and the time, and returns [`Effect`]s in the order in which they must happen.
//! What it has promised to people is in its [`SessionRecord`]; `Effect::Persist` stands before everything that
//! may only happen once that record is on disk.

mod approval;
mod ask;
mod audit;
mod begin;
mod card;
mod channels;
mod choice;
mod commands;
mod danger;
mod drawing;
mod effect;
mod failure;
mod files;
mod gates;
mod hours;
mod ids;
mod input;
mod life;
mod limits;
mod mask;
mod moving;
mod news;
mod outcomes;
mod places;
mod policy;
mod projects;
mod record;
mod restart;
mod room;
mod routing;
mod session;
mod silence;
mod subject;
pub mod thread;
mod visible;
mod words;
mod workspace;

pub use ask::{
    Answer, Aside, Ask, AskBody, AskState, AskTool, Asked, Backup, Decision, Field, HeldCall, OnSilence,
    Person, Question, Rules,
};
pub use audit::{AuditEntry, AuditFault, ChainedEntry, GENESIS, Told, chain, verify};
pub use begin::{KEPT_REMARKS, Remark};
pub use card::{Doing, SessionCard};
pub use channels::{WHICH_CHANNEL, channel_of};
pub use choice::{Choice, ModelEntry};
pub use danger::{Danger, DangerKind};
pub use effect::{AskCommand, Effect, Verdict};
pub use failure::Failed;
pub use files::{FILES, FILES_BYTES, FileNote, FilesRefused, check_files};
pub use hours::WorkingHours;
pub use ids::{InvalidId, SessionId};
pub use input::{AnswerGiven, CommandOutcome, FileSeen, Input, Reconnected, Said, Steer, Turn};
pub use life::{QUEUE, QUEUE_BYTES};
pub use limits::{LimitReached, Limits, RUNNING, Runner, Running};
pub use mask::{MASK, mask};
pub use moving::{Moving, Placed};
pub use places::{BadPlaceName, MAX_PLACE_NAME, PLACE_NAME, PlaceName, slug, workspace_name};
pub use policy::{Approvers, AskPolicy, BackupRule, PolicyBook, Risk, ThreadPolicy};
pub use projects::{
    CATEGORIES, Inference, ListedProject, ListedRepository, NewProject, ProjectList, ProjectStatus, RowFault,
    infer,
};
pub use record::{
    About, Author, Ended, Ending, ModelChoice, Note, Paused, PendingCommand, Place, Priority, Queued,
    SessionRecord, Sort,
};
pub use routing::{AgentRule, Clue, ModelHint, Routing, RoutingDecision, Suggestion};
pub use session::Session;
pub use subject::RanBefore;
pub use visible::{is_blank, visible};
pub use words::introduced;
pub use workspace::Workspace;
