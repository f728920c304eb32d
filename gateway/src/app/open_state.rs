//! The first phase: the store, the sessions that live, and what people did that is not worked off.

use super::open_store::{Unsigned, open_store};
use crate::clock::Clock;
use crate::config::Config;
use crate::sessions::tasks::SetAside;
use crate::store::{Attachments, OpenError, Recovered, Store, StoredAction, TakeOver};
use gateway_domain::SessionRecord;
use jiff::Timestamp;
use std::sync::Arc;

/// The state folder, open and locked, and what the last gateway left in it.
pub struct OpenState {
    pub(super) store: Store,
    pub(super) records: Vec<Arc<SessionRecord>>,
    pub(super) aside: Vec<SetAside>,
    pub(super) actions: Vec<StoredAction>,
    /// When something was last written here before.
    pub(super) last_written: Option<Timestamp>,
}

/// Takes the lock and reads everything.
pub async fn open_state(
    config: &Config,
    take_over: TakeOver,
    clock: &Arc<dyn Clock>,
) -> Result<OpenState, OpenError> {
    let secret = config.root_secret.as_deref();
    let (store, recovered) = open_store(&config.state, secret, take_over, Unsigned::Refused, clock).await?;
    log(&recovered);
    let Recovered { records, unrecoverable, actions, last_written, .. } = recovered;
    let records = store.archive_old(records, clock.now()).await?;
    clear_attachments(&store.attachments(), &records);
    let aside = unrecoverable.iter().map(|aside| SetAside {
        session: aside.session.clone(),
        why: format!(
            "The record of this session is damaged, so nothing can be decided in it until an \
            operator restores it. {aside}"
        ),
    });
    let aside = aside.collect();
    Ok(OpenState { store, records, aside, actions, last_written })
}

/// Files whose messages have arrived, or that were stored for a message which was never confirmed.
fn clear_attachments(attachments: &Attachments, records: &[Arc<SessionRecord>]) {
    let needed = records.iter().flat_map(|record| record.messages_with_files()).collect();
    if let Err(error) = attachments.clear_all_but(&needed) {
        tracing::warn!(%error, "attachments of old messages not removed");
    }
}

/// A session that was set aside costs nobody else anything, so it is logged and the start goes on.
fn log(recovered: &Recovered<SessionRecord>) {
    for aside in &recovered.unrecoverable {
        tracing::error!(session_id = aside.session, file = %aside.path.display(), "{aside}");
    }
    let (sessions, journal_entries) = (recovered.records.len(), recovered.journal_entries);
    tracing::info!(sessions, journal_entries, "state read");
}
