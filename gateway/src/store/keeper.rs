//! The domain's record as one that the store keeps, and the store as the sessions' keeper.

use super::handle::{Store, StoreError};
use super::health::chain;
use super::migrate::Step;
use super::record::Record;
use crate::sessions::ports::{Keeper, NotKept};
use futures_util::future::BoxFuture;
use gateway_domain::{AuditEntry, Ending, SessionRecord};
use jiff::Timestamp;
use std::sync::Arc;

impl Record for SessionRecord {
    const SCHEMA: u32 = 1;
    /// Nothing older was ever released.
    const STEPS: &'static [Step] = &[];

    fn id(&self) -> &str {
        &self.session
    }

    fn ending(&self) -> Option<String> {
        let how = match self.ended.as_ref()?.how {
            Ending::Completed => "completed",
            Ending::Deleted => "deleted",
        };
        Some(format!("{how}: {}", self.about.title))
    }

    fn ended_at(&self) -> Option<Timestamp> {
        self.ended.as_ref().map(|ended| ended.at)
    }
}

impl Keeper for Store {
    fn keep<'a>(&'a self, record: &'a SessionRecord) -> BoxFuture<'a, Result<(), NotKept>> {
        let record = Arc::new(record.clone());
        Box::pin(async move { Store::keep(self, record).await.map(drop).map_err(not_kept) })
    }

    fn audit<'a>(&'a self, entry: &'a AuditEntry) -> BoxFuture<'a, Result<(), NotKept>> {
        Box::pin(async move { Store::audit(self, entry.clone()).await.map_err(not_kept) })
    }
}

fn not_kept(error: StoreError) -> NotKept {
    NotKept(chain(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_one_that_the_domain_writes() {
        // REQ-STATE-01
        assert_eq!(SessionRecord::new("ses_12345678", "pod-a").schema, SessionRecord::SCHEMA);
    }
}
