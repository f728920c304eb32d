//! The gateway's book of grants: given by sessions, lent to them for each call, listed and revoked by people.
//!
//! It is in memory, and what is given or revoked counts from that moment. On disk is the same list, written as a whole before
//! anybody hears that a grant was given or revoked; uses are written a little later, since the audit log has each of them.
//! That a session was closed is in its own record, so the list may learn it late.

use crate::clock::Clock;
use crate::sessions::ports::{GrantShelf, Keeper, NotKept};
use gateway_domain::{
    Grant, GrantBook, GrantEnding, GrantOrder, GrantOutcome, GrantView, KeptGrant, MOST_IN_FORCE, NotRevoked,
    Person, PolicyBook, SessionRecord,
};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Uses gather so long before they are written; also the pause before a disk that refused is tried again.
const GATHER: Duration = Duration::from_secs(5);

pub struct Grants {
    state: Mutex<State>,
    /// The fingerprints of the rules: of each project that has its own, and of all others.
    rules: HashMap<String, String>,
    standard: String,
    shelf: Arc<dyn GrantShelf>,
    keeper: Arc<dyn Keeper>,
    clock: Arc<dyn Clock>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    book: GrantBook,
    /// Counts changes; the disk has those up to `saved`.
    changes: u64,
    saved: u64,
    /// Revoked, and not on disk and in the audit log yet: nobody has heard that they are.
    unconfirmed: HashSet<String>,
}

/// Why a grant is not revoked, or not for good.
#[derive(Debug)]
pub enum RevokeFault {
    Unknown,
    Ended,
    NotKept(NotKept),
}

impl Grants {
    /// With the list as it was on disk.
    pub fn new(
        all: Vec<KeptGrant>,
        policies: &PolicyBook,
        shelf: Arc<dyn GrantShelf>,
        keeper: Arc<dyn Keeper>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let of_project =
            |(name, policy): (&String, &gateway_domain::AskPolicy)| (name.clone(), policy.fingerprint());
        let rules = policies.projects.iter().map(of_project).collect();
        let state = Mutex::new(State { book: GrantBook::of(all), ..State::default() });
        let (standard, changed) = (policies.standard.fingerprint(), Notify::new());
        Self { state, rules, standard, shelf, keeper, clock, changed }
    }

    /// After a start: what the sessions' records and the rules of today say of the list.
    pub fn take_up(&self, records: &[SessionRecord]) {
        let known: HashMap<&str, &SessionRecord> =
            records.iter().map(|record| (record.session.as_str(), record)).collect();
        self.end_where(|grant| {
            let own = known.get(grant.session.as_str());
            let under = match (&grant.project, own) {
                (None, None) => return Some(GrantEnding::Over),
                (None, Some(record)) if grant.number <= record.grants_over => return Some(GrantEnding::Over),
                (None, Some(record)) => record.about.project.as_deref(),
                (Some(project), _) => Some(project.as_str()),
            };
            (self.rules_of(under) != grant.rules).then_some(GrantEnding::RulesChanged)
        });
    }

    fn rules_of(&self, project: Option<&str>) -> &str {
        project.and_then(|project| self.rules.get(project)).unwrap_or(&self.standard)
    }

    // --- for sessions ---

    /// Those that could count for the session's next call.
    pub(super) fn lent_to(&self, record: &SessionRecord) -> Vec<Arc<Grant>> {
        let now = self.clock.now();
        record.lent_by(&self.state().book, now)
    }

    pub(super) async fn carry_out(&self, order: GrantOrder) -> GrantOutcome {
        let GrantOrder::Give { grant } = order;
        let (id, now) = (grant.id.clone(), self.clock.now());
        if !self.change(|book| book.give(*grant, now)) {
            let why = format!("{MOST_IN_FORCE} grants are in force. Revoke some, then allow it again.");
            return GrantOutcome::Refused { why };
        }
        // The rules may be others since it was given, when a gateway was killed in between.
        self.end_where(|grant| {
            let is_old = grant.id == id && grant.rules != self.rules_of(grant.under.as_deref());
            is_old.then_some(GrantEnding::RulesChanged)
        });
        match self.save().await {
            Ok(()) => GrantOutcome::Given,
            Err(error) => {
                tracing::error!(grant = id, %error, "grant not saved; retrying");
                GrantOutcome::Unknown
            }
        }
    }

    /// A call ran by it.
    pub(super) fn used(&self, id: &str) {
        let now = self.clock.now();
        self.change(|book| book.used(id, now));
        self.changed.notify_one();
    }

    /// The session was closed.
    pub(super) fn session_over(&self, session: &str, up_to: u64) {
        let now = self.clock.now();
        self.end(|book| book.session_over(session, up_to, now));
    }

    /// The session is about another project now, whose rules may be others.
    pub(super) fn session_moved(&self, record: &SessionRecord) {
        let rules = self.rules_of(record.about.project.as_deref());
        self.end_where(|grant| {
            let is_own = grant.project.is_none() && grant.session == record.session;
            (is_own && grant.rules != rules).then_some(GrantEnding::RulesChanged)
        });
    }

    // --- for people ---

    /// Newest first, those in force before the others.
    pub fn list(&self) -> Vec<GrantView> {
        let now = self.clock.now();
        self.state().book.listed(now).iter().map(|kept| GrantView::of(kept, now)).collect()
    }

    /// It counts no more from now on. Returns when that is on disk and in the audit log.
    pub async fn revoke(&self, id: &str, by: &Person) -> Result<GrantView, RevokeFault> {
        let now = self.clock.now();
        let kept = self.revoke_now(id, by)?;
        if let Err(error) = self.save().await {
            self.changed.notify_one();
            return Err(RevokeFault::NotKept(error));
        }
        let entry = kept.revocation(by);
        self.keeper.audit(&entry).await.map_err(RevokeFault::NotKept)?;
        self.state().unconfirmed.remove(id);
        Ok(GrantView::of(&kept, now))
    }

    /// One that was revoked before, when the disk did not take it, is taken once more.
    fn revoke_now(&self, id: &str, by: &Person) -> Result<KeptGrant, RevokeFault> {
        let now = self.clock.now();
        let mut state = self.state();
        match state.book.revoke(id, by, now) {
            Ok(()) => {
                state.changes += 1;
                state.unconfirmed.insert(id.to_owned());
            }
            Err(NotRevoked::Ended) if state.unconfirmed.contains(id) => {}
            Err(NotRevoked::Ended) => return Err(RevokeFault::Ended),
            Err(NotRevoked::Unknown) => return Err(RevokeFault::Unknown),
        }
        state.book.get(id).cloned().ok_or(RevokeFault::Unknown)
    }

    // --- the disk ---

    /// Writes what nobody waits for, until the gateway stops, and once more then.
    pub async fn keep_up(self: Arc<Self>, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = self.changed.notified() => {}
                () = stop.cancelled() => break,
            }
            tokio::select! {
                () = tokio::time::sleep(GATHER) => {}
                () = stop.cancelled() => break,
            }
            self.save_quietly().await;
        }
        self.save_quietly().await;
    }

    async fn save_quietly(&self) {
        if self.is_saved() {
            return;
        }
        if let Err(error) = self.save().await {
            tracing::warn!(%error, "list of grants not saved; retrying");
            self.changed.notify_one();
        }
    }

    fn is_saved(&self) -> bool {
        let state = self.state();
        state.saved == state.changes
    }

    async fn save(&self) -> Result<(), NotKept> {
        let (number, all) = self.to_write();
        self.shelf.write(number, all).await?;
        let mut state = self.state();
        state.saved = state.saved.max(number);
        Ok(())
    }

    fn to_write(&self) -> (u64, Vec<KeptGrant>) {
        let now = self.clock.now();
        let mut state = self.state();
        state.book.forget_old(now);
        (state.changes, state.book.all().cloned().collect())
    }

    fn end_where(&self, why: impl Fn(&Grant) -> Option<GrantEnding>) {
        let now = self.clock.now();
        self.end(|book| book.end_where(why, now));
    }

    /// Whether any ended is said by the book; then the disk hears of it soon.
    fn end(&self, how: impl FnOnce(&mut GrantBook) -> bool) {
        let mut state = self.state();
        if how(&mut state.book) {
            state.changes += 1;
            self.changed.notify_one();
        }
    }

    fn change<T>(&self, how: impl FnOnce(&mut GrantBook) -> T) -> T {
        let mut state = self.state();
        state.changes += 1;
        how(&mut state.book)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
