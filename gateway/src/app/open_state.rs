//! The first phase: the store, the sessions that live, and what people did that is not worked off.

use crate::clock::Clock;
use crate::config::Config;
use crate::sessions::tasks::SetAside;
use crate::store::{Attachments, OpenError, Recovered, Store, StoreConfig, StoredAction, TakeOver};
use crate::token;
use gateway_domain::SessionRecord;
use gateway_proof::keys::Purpose;
use gateway_proof::note::Signer;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// The name of the audit log begins with this.
const LOG_NAME: &str = "opencode-gateway/";

/// The state folder, open and locked, and what the last gateway left in it.
pub struct OpenState {
    pub(super) store: Store,
    pub(super) records: Vec<Arc<SessionRecord>>,
    pub(super) aside: Vec<SetAside>,
    pub(super) actions: Vec<StoredAction>,
}

/// Takes the lock and reads everything.
pub async fn open_state(
    config: &Config,
    take_over: TakeOver,
    clock: &Arc<dyn Clock>,
) -> Result<OpenState, OpenError> {
    let signer = Some(Arc::new(signer(config)?));
    let config = StoreConfig { take_over, signer, ..StoreConfig::at(&config.state) };
    let (store, recovered) = Store::open(config, Arc::clone(clock)).await?;
    log(&recovered);
    let Recovered { records, unrecoverable, actions, new_log_key, .. } = recovered;
    if let Some(new) = new_log_key {
        store.audit(new.entry(clock.now())).await.map_err(OpenError::LogKey)?;
    }
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
    Ok(OpenState { store, records, aside, actions })
}

/// Signs the audit log's checkpoints. The log is named after the key, so no setting changes its name.
fn signer(config: &Config) -> Result<Signer, OpenError> {
    let given = config.root_secret.as_deref();
    let path = given.map_or_else(|| token::own_root_secret_file(&config.state), Path::to_owned);
    let failed = |source| OpenError::File { doing: "use the root secret in", path: path.clone(), source };
    let root = token::root_secret(given, &config.state).map_err(failed)?;
    let signer = root.key(Purpose::LogHead).and_then(|seed| Signer::named_after_its_key(LOG_NAME, &seed));
    signer.ok_or_else(|| failed(io::Error::other("no key can be made of it")))
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
