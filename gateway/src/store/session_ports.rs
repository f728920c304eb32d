//! The domain's record as one that the store keeps, and the store as the sessions' keeper.

use crate::sessions::ports::{
    ActionLog, Archive, AuditPage, Keeper, KeptHealth, NotKept, PendingAction, PostBook, PostState,
};
use crate::store::errors::{StoreError, chain};
use crate::store::inspect::Inspection;
use crate::store::ledger::{Post, StoredAction};
use crate::store::records::migrate::Step;
use crate::store::records::record::Record;
use crate::store::store::{Store, StoreHealth};
use futures_util::future::BoxFuture;
use gateway_domain::{AuditEntry, ChainedEntry, Decided, Ending, HandEdit, SessionRecord};
use jiff::Timestamp;
use serde_json::Value;
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

    fn edited_by_hand(kept: &Self, edited: Self) -> (Self, Vec<String>) {
        let HandEdit { record, refused } = gateway_domain::edited_by_hand(kept, &edited);
        (record, refused)
    }

    fn without_typed_secrets(&self) -> Option<Self> {
        Self::without_typed_secrets(self)
    }

    fn with_typed_of(self, whole: &Self) -> Self {
        Self::with_typed_of(self, whole)
    }

    fn void_unlogged(&self, is_logged: &dyn Fn(Decided<'_>) -> bool) -> Option<(Self, Vec<String>)> {
        gateway_domain::void_unlogged(self, is_logged)
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

impl Archive for Store {
    fn audit_page<'a>(&'a self, wanted: AuditPage) -> BoxFuture<'a, Result<Vec<ChainedEntry>, NotKept>> {
        let (directory, keys) = (self.directory(), self.keys());
        let read = move || {
            let entries =
                Inspection::of(&directory).and_then(|inspection| inspection.with_keys(keys).audit_entries());
            let entries = entries.map_err(|error| NotKept(chain(&error)))?;
            Ok(entries.into_iter().rev().filter(|link| wanted.wants(link)).take(wanted.limit).collect())
        };
        Box::pin(async move {
            let read = tokio::task::spawn_blocking(read).await;
            read.unwrap_or_else(|error| Err(NotKept(error.to_string())))
        })
    }

    fn audit_head(&self) -> BoxFuture<'_, Result<String, NotKept>> {
        let directory = self.directory();
        let read = move || {
            let line = Inspection::of(&directory).and_then(|inspection| inspection.audit_line());
            line.map(|line| line.to_string()).map_err(|error| NotKept(chain(&error)))
        };
        Box::pin(async move {
            let read = tokio::task::spawn_blocking(read).await;
            read.unwrap_or_else(|error| Err(NotKept(error.to_string())))
        })
    }

    fn refusing(&self) -> BoxFuture<'_, Option<String>> {
        Box::pin(Store::refusing(self))
    }

    fn health(&self) -> KeptHealth {
        let StoreHealth { failing, waiting, stuck, .. } = Store::health(self);
        let notices = self.notices().iter().map(ToString::to_string).collect();
        KeptHealth { failing, waiting, stuck, notices }
    }
}

impl PostBook for Store {
    fn note<'a>(
        &'a self,
        session: &'a str,
        key: &'a str,
        state: PostState,
    ) -> BoxFuture<'a, Result<(), NotKept>> {
        Box::pin(async move { Store::post(self, session, key, state).await.map(drop).map_err(not_kept) })
    }

    fn state(&self, session: &str, key: &str) -> Option<PostState> {
        self.post_state(session, key)
    }

    fn of(&self, session: &str) -> Vec<(String, PostState)> {
        self.posts(session).into_iter().map(|Post { key, state, .. }| (key, state)).collect()
    }
}

impl ActionLog for Store {
    fn add<'a>(&'a self, session: &'a str, action: &'a Value) -> BoxFuture<'a, Result<u64, NotKept>> {
        Box::pin(async move { Store::act(self, session, action).await.map_err(not_kept) })
    }

    fn done(&self, number: u64) -> BoxFuture<'_, Result<(), NotKept>> {
        Box::pin(async move { Store::done(self, number).await.map(drop).map_err(not_kept) })
    }
}

impl From<StoredAction> for PendingAction {
    fn from(StoredAction { number, session, at, body }: StoredAction) -> Self {
        // The store wrote it as JSON, so it can be read; a value that cannot is one that nobody understands.
        let body = serde_json::from_str(body.get()).unwrap_or_default();
        Self { number, session, at, body }
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
