//! The shell around the deciding crate: one task a session, each with a bounded mailbox.
//!
//! A task takes a letter, lets `gateway_domain::Session` decide, and runs the effects in their order: nothing
//! after a `Persist` happens before the record is on disk. If the disk refuses, everything behind it waits.
//! Messages are not sent by letter: the feed marks those that changed, and the task looks at them in the live
//! picture, a few times a second at most.

mod aside;
mod cards;
mod cores;
mod dirty;
mod mailbox;
mod metrics;
mod order_dispatch;
mod room;
mod running;
mod seen;
mod task;
mod threads;
mod unstored;

pub use aside::SetAside;
pub use cards::Cards;
pub use cores::{Cores, Parts};
pub use metrics::CoreMetrics;
pub use running::{Reserved, RunningSessions};
pub use threads::{CardsWatch, News, ThreadWatch, Threads, Told};
