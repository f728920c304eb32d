//! The shell around the deciding crate: one task a session, each with a bounded mailbox.
//!
//! A task takes a letter, lets `gateway_domain::Session` decide, and runs the effects in their order: nothing
//! after a `Persist` happens before the record is on disk. If the disk refuses, everything behind it waits.
//! Messages are not sent by letter: the feed marks those that changed, and the task looks at them in the live
//! picture, a few times a second at most.

mod aside;
mod dirty;
mod held_calls;
mod mailbox;
mod metrics;
mod open_asks;
mod order_dispatch;
mod pod_return;
mod read_messages;
mod room;
mod running;
mod session_rules;
mod session_tasks;
mod task;
mod task_context;
mod threads;
mod unstored;

pub use aside::SetAside;
pub use metrics::TaskMetrics;
pub use open_asks::OpenAsks;
pub use running::{ReservedRoom, RunningSessions};
pub use session_tasks::{SessionTasks, TaskParts};
pub use threads::{CardsWatch, News, ThreadUpdate, ThreadWatch, Threads};
