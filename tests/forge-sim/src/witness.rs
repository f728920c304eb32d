//! What came in, for tests to count. Tokens are never kept.

use jiff::Timestamp;
use serde_json::Value;

/// Requests that are kept; the oldest go first.
const KEPT: usize = 100_000;

#[derive(Clone, Debug)]
pub struct Seen {
    /// `GET /repos/acme/shop/pulls/1`, `graphql markPullRequestReadyForReview`, `git receive-pack acme/shop/…`.
    pub operation: String,
    pub query: String,
    /// What was sent, if JSON.
    pub body: Value,
    pub status: u16,
    /// It counted against the primary limit: a 304 doesn't.
    pub counted: bool,
    /// `installation 1000`, `app 1001`, `person ann`.
    pub who: String,
    pub at: Timestamp,
}

impl Seen {
    pub(crate) fn of(operation: &str, status: u16) -> Self {
        Self {
            operation: operation.to_owned(),
            query: String::new(),
            body: Value::Null,
            status,
            counted: false,
            who: "nobody".to_owned(),
            at: Timestamp::UNIX_EPOCH,
        }
    }

    /// `*` in the pattern stands for any text.
    pub fn fits(&self, pattern: &str) -> bool {
        crate::faults::fits(pattern, &self.operation)
    }
}

pub(crate) fn keep<T>(list: &mut Vec<T>, item: T) {
    if list.len() >= KEPT {
        list.drain(..KEPT / 10);
    }
    list.push(item);
}
