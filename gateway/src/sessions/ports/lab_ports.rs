//! Labs: where a session's work runs for people to look at. One who runs them is an engine; the gateway has one.

use futures_util::future::BoxFuture;
use gateway_domain::{LabOrder, LabOutcome, LabSeen};
use jiff::Timestamp;

/// What an engine sees of an attempt, with the session that it belongs to.
pub type LabNews = (String, LabSeen);

pub trait Labs: Send + Sync + 'static {
    /// Given again for the same attempt, it is the same. How an attempt goes on is told as [`LabNews`].
    fn carry_out(&self, order: LabOrder) -> BoxFuture<'_, LabOutcome>;

    /// The last lines that an attempt wrote, masked. None when nothing is known of it.
    fn log<'a>(&'a self, attempt: &'a str) -> BoxFuture<'a, Option<String>>;

    /// All that is there of attempts, also of sessions that forgot them.
    fn list(&self) -> BoxFuture<'_, Vec<LabView>>;

    /// Where labs are, for figures.
    fn namespace(&self) -> &'static str;
}

/// What is there of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabView {
    pub attempt: String,
    pub session: String,
    /// On disk.
    pub bytes: u64,
    pub made_at: Option<Timestamp>,
    pub runs: bool,
}
