//! The handle on the running store that the rest of the gateway calls; it can be cloned.

use crate::clock::Clock;
use crate::sessions::ports::PostState;
use crate::store::attachments::Attachments;
use crate::store::audit_log;
use crate::store::checkpoint::pending_changes::{Content, KeptRecord, Next};
use crate::store::delivery_files::DeliveryFiles;
use crate::store::disk::{Disk, RealDisk};
use crate::store::errors::{StoreError, chain};
use crate::store::git::Size;
use crate::store::grant_file::GrantFile;
use crate::store::journal::entry::{ArchivedBody, Kind, RecordBody};
use crate::store::journal::{Change, Durable, Urgency};
use crate::store::layout::{Layout, is_id, record_path};
use crate::store::ledger::Post;
use crate::store::lock::LockLost;
use crate::store::locking::locked;
use crate::store::notice::Notice;
use crate::store::records::record::Record;
use crate::store::records::record_fault::Fault;
use crate::store::records::{record_signature, yaml};
use crate::store::running_store::StoreState;
use crate::store::startup::{self, OpenError, Recovered, StoreConfig};
use crate::store::state_keys::StateKeys;
use crate::store::store_health::Progress;
use gateway_domain::{AuditEntry, KeptGrant, SessionRecord};
use jiff::{SignedDuration, Timestamp};
use prometheus_client::metrics::histogram::Histogram;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_yaml::Mapping;
use std::sync::Arc;
use std::time::Instant;

/// No change has this number.
const NO_ACTION: u64 = 0;

/// How long a session that ended stays among the live ones: people still look at it and write to it.
const LIVE_AFTER_END: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How the store is doing.
#[derive(Clone, Debug, Default, Serialize)]
pub struct StoreHealth {
    /// Why checkpoints to git fail, while they do.
    pub failing: Option<String>,
    /// Every change up to this number is committed.
    pub committed: u64,
    /// Changes that are durable and not committed yet.
    pub waiting: u64,
    /// Sessions whose records cannot be written, a sentence for each.
    pub stuck: Vec<String>,
}

/// Ids become names of files.
fn check(session: &str) -> Result<(), StoreError> {
    match is_id(session) {
        true => Ok(()),
        false => Err(StoreError::NoId { session: session.to_owned() }),
    }
}

/// The running store. The last handle that is dropped ends it as a crash would; [`Store::close`] ends it well.
pub struct Store<R: Record = SessionRecord>(Arc<StoreState<R>>);

impl<R: Record> Clone for Store<R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<R: Record> Store<R> {
    /// Takes the lock, reads everything, and starts.
    pub async fn open(config: StoreConfig, clock: Arc<dyn Clock>) -> Result<(Self, Recovered<R>), OpenError> {
        let opened = tokio::task::spawn_blocking(move || Self::open_on(&config, clock, Arc::new(RealDisk)));
        opened.await.map_err(|_| OpenError::Interrupted)?
    }

    /// On a disk of the caller's choice. Blocks.
    pub(super) fn open_on(
        config: &StoreConfig,
        clock: Arc<dyn Clock>,
        disk: Arc<dyn Disk>,
    ) -> Result<(Self, Recovered<R>), OpenError> {
        let (running, recovered) = startup::open(config, clock, disk)?;
        Ok((Self(Arc::new(running)), recovered))
    }

    /// Returns the change's number when the record is on the disk.
    pub async fn keep(&self, record: Arc<R>) -> Result<u64, StoreError> {
        let begun = Instant::now();
        let kept = async { Ok(self.hand_over(record, Urgency::Promised).await?.await?) }.await;
        self.0.health.promised(&kept);
        self.0.confirmation.observe(begun.elapsed().as_secs_f64());
        kept
    }

    /// For what nobody was promised, such as a position: on the disk with the next promise or checkpoint.
    pub async fn keep_soon(&self, record: Arc<R>) -> Result<(), StoreError> {
        self.hand_over(record, Urgency::Soon).await.map(drop)
    }

    async fn hand_over(&self, record: Arc<R>, urgency: Urgency) -> Result<Durable, StoreError> {
        if let Some(aside) = locked(&self.0.aside).get(record.id()) {
            return Err(StoreError::SetAside(Box::new(aside.clone())));
        }
        let foreign = locked(&self.0.foreign).get(record.id()).cloned().unwrap_or_default();
        self.write_record(record, foreign, urgency).await
    }

    async fn write_record(
        &self,
        record: Arc<R>,
        foreign: Arc<Mapping>,
        urgency: Urgency,
    ) -> Result<Durable, StoreError> {
        check(record.id())?;
        let json = to_raw_value(record.as_ref())?;
        if json.get().len() > yaml::DOUBTFUL {
            yaml::render(record.as_ref(), 0, &foreign)?;
        }
        let others = if foreign.is_empty() { None } else { Some(to_raw_value(foreign.as_ref())?) };
        let body = RecordBody { schema: R::SCHEMA, record: &json, foreign: others.as_deref() };
        let (body, session) = (to_raw_value(&body)?, record.id().to_owned());
        let content = Content::Record(KeptRecord { record, foreign });
        let change = Change { kind: Kind::Record, session, at: self.0.clock.now(), body, urgency, content };
        Ok(self.0.journal.write(change).await?)
    }

    /// Returns when the entry is on the disk, behind all earlier ones. One from before the start is there already.
    pub async fn audit(&self, entry: AuditEntry) -> Result<(), StoreError> {
        if self.0.audited.contains(&audit_log::name(&entry)) {
            return Ok(());
        }
        let (body, session) = (to_raw_value(&entry)?, entry.session.clone());
        self.change(Kind::Audit, session, body, Content::Audit(Box::new(entry))).await.map(drop)
    }

    /// Notes the fate of one thread item: `Intended` before it is posted, then what became of it.
    pub async fn post(&self, session: &str, key: &str, state: PostState) -> Result<u64, StoreError> {
        let post = Post { key: key.to_owned(), at: self.0.clock.now(), state };
        let (body, session) = (to_raw_value(&post)?, session.to_owned());
        self.change(Kind::Post, session.clone(), body, Content::Post { session, post }).await
    }

    pub fn post_state(&self, session: &str, key: &str) -> Option<PostState> {
        self.0.pending.ledger.get(session, key)
    }

    /// What is known of the session's thread items.
    pub fn posts(&self, session: &str) -> Vec<Post> {
        self.0.pending.ledger.of(session)
    }

    /// Notes what a person did, before it is acknowledged; [`Store::done`] takes its number.
    pub async fn act(&self, session: &str, action: &impl Serialize) -> Result<u64, StoreError> {
        let (body, session) = (to_raw_value(action)?, session.to_owned());
        let content =
            Content::Action { session: session.clone(), at: self.0.clock.now(), body: body.clone() };
        self.change(Kind::Action, session, body, content).await
    }

    pub async fn done(&self, action: u64) -> Result<u64, StoreError> {
        let body = to_raw_value(&action)?;
        self.change(Kind::ActionDone, String::new(), body, Content::ActionDone { action }).await
    }

    /// Moves the session's record out of the live ones; its history stays.
    pub async fn archive(&self, session: &str, ended: Timestamp) -> Result<u64, StoreError> {
        check(session)?;
        let (body, id) = (to_raw_value(&ArchivedBody { ended })?, session.to_owned());
        locked(&self.0.foreign).remove(session);
        self.change(Kind::Archived, id.clone(), body, Content::Archived { id, ended }).await
    }

    /// Archives what ended long before `now`; returns the others.
    pub async fn archive_old(&self, records: Vec<Arc<R>>, now: Timestamp) -> Result<Vec<Arc<R>>, StoreError> {
        let mut live = Vec::with_capacity(records.len());
        for record in records {
            match record.ended_at().filter(|ended| now.duration_since(*ended) > LIVE_AFTER_END) {
                Some(ended) => drop(self.archive(record.id(), ended).await?),
                None => live.push(record),
            }
        }
        Ok(live)
    }

    /// Makes the record what it was at a commit; also takes back a session that was set aside.
    pub async fn restore(&self, session: &str, commit: &str) -> Result<u64, StoreError> {
        let snapshot = self.0.history.snapshot()?;
        let bytes = snapshot.file_at(snapshot.commit(Some(commit))?, &record_path(session))?;
        drop(snapshot);
        let refused = |fault| {
            let (session, commit) = (session.to_owned(), commit.to_owned());
            StoreError::NotRestorable { session, commit, fault }
        };
        let trust = &self.0.trust;
        if !trust.believes(record_signature::proof(&bytes, session, trust)) {
            return Err(refused(Fault::Unsigned));
        }
        let sheet = yaml::read::<R>(&bytes, session).map_err(refused)?;
        let (record, foreign) = (Arc::new(sheet.record), Arc::new(sheet.foreign));
        let number = self.write_record(record, foreign, Urgency::Promised).await?.await?;
        locked(&self.0.aside).remove(session);
        Ok(number)
    }

    /// Returns when everything so far is durable and committed.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.0.journal.sync().await?;
        let (newest, mut progress) = (self.0.pending.newest(), self.0.progress.clone());
        let failures = progress.borrow().failures;
        self.0.pending.hurry();
        let settled = |progress: &Progress| progress.committed >= newest || progress.failures > failures;
        let progress = progress.wait_for(settled).await.map_err(|_| StoreError::Ended)?;
        match &progress.last_error {
            Some(error) if progress.committed < newest => Err(StoreError::NotCommitted(Arc::clone(error))),
            _ => Ok(()),
        }
    }

    /// Commits what waits, ends the threads and gives the lock up. Changes after this are refused.
    pub async fn close(&self) {
        let running = Arc::clone(&self.0);
        let ended = tokio::task::spawn_blocking(move || running.end(Next::Finish)).await;
        if ended.is_err() {
            tracing::warn!("store did not stop cleanly; the next start reads the journal");
        }
    }

    pub fn health(&self) -> StoreHealth {
        let committed = self.0.progress.borrow().committed;
        let waiting = self.0.pending.newest().saturating_sub(committed);
        StoreHealth { failing: self.0.health.failing(), committed, waiting, stuck: self.0.health.stuck_now() }
    }

    /// Why nothing can be promised now. A disk that refused is tried again with a change that changes nothing.
    pub async fn refusing(&self) -> Option<String> {
        self.0.health.refusing()?;
        match self.done(NO_ACTION).await {
            Ok(_) => None,
            Err(error) => Some(chain(&error)),
        }
    }

    /// Whether this gateway is still the one that writes. One that is not should end, and may come back as a standby.
    pub fn check_lock(&self) -> Result<(), LockLost> {
        self.0.lock.upgrade().map_or(Ok(()), |lock| lock.check())
    }

    /// Sessions that wait for a person to restore them.
    pub(super) fn set_aside(&self) -> u64 {
        locked(&self.0.aside).len() as u64
    }

    pub(super) fn confirmation_histogram(&self) -> Histogram {
        self.0.confirmation.clone()
    }

    /// What was found and put right lately, newest last.
    pub fn notices(&self) -> Vec<Notice> {
        self.0.health.notices()
    }

    /// Where everything lies.
    pub fn directory(&self) -> std::path::PathBuf {
        self.0.history.root().to_owned()
    }

    pub(super) fn keys(&self) -> Option<StateKeys> {
        self.0.trust.keys().cloned()
    }

    /// The files of messages that are not sent yet.
    pub fn attachments(&self) -> Attachments {
        Attachments::at(Layout::new(self.0.history.root()).files())
    }

    /// The grants that are on disk, and where they are written down. A list that is damaged is set aside, and counts
    /// for nothing.
    pub fn grants(&self) -> (Vec<KeptGrant>, GrantFile) {
        let layout = Layout::new(self.0.history.root());
        let file = GrantFile::new(&layout, Arc::new(RealDisk), self.0.lock.clone(), self.0.trust.clone());
        let all = file.read(self.0.clock.now()).unwrap_or_else(|notice| {
            self.0.health.notice(*notice);
            vec![]
        });
        (all, file)
    }

    /// The records of deliveries, and their evidence.
    pub fn deliveries(&self) -> DeliveryFiles {
        let layout = Layout::new(self.0.history.root());
        DeliveryFiles::new(&layout, Arc::new(RealDisk), self.0.lock.clone(), self.0.trust.clone())
    }

    /// The signed head of the audit log that is committed: behind it nothing goes back.
    pub fn committed_head(&self) -> Option<String> {
        startup::committed_head(self.0.history.snapshot().ok().as_ref())
    }

    /// How large the history is.
    pub fn size(&self) -> std::io::Result<Size> {
        self.0.history.size()
    }

    async fn change(
        &self,
        kind: Kind,
        session: String,
        body: Box<RawValue>,
        content: Content<R>,
    ) -> Result<u64, StoreError> {
        let (at, urgency) = (self.0.clock.now(), Urgency::Promised);
        let change = Change { kind, session, at, body, urgency, content };
        let begun = Instant::now();
        let written = async { Ok(self.0.journal.write(change).await?.await?) }.await;
        self.0.health.promised(&written);
        self.0.confirmation.observe(begun.elapsed().as_secs_f64());
        written
    }
}
