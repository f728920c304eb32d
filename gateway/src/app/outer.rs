//! The third phase: the desk gets what it works with, and who may do what is settled.

use super::Common;
use super::inner::Inner;
use super::open_store::{cosigner, passkey_key};
use crate::access::{Access, AccessMetrics, SignInLog};
use crate::anchor::{self, Anchor, AnchorMetrics, AskWitness, BucketAnchor, LogDoubt, WitnessedMetrics};
use crate::bridge::Bridge;
use crate::config::{Config, LogHeads};
use crate::models::Models;
use crate::passkeys::{PasskeyParts, PasskeySite, Passkeys};
use crate::sessions::Feed;
use crate::sessions::desk::{Desk, DeskParts};
use crate::sessions::live::LiveSessions;
use crate::sessions::pages::OpenCodePages;
use crate::sessions::presence::Presence;
use crate::store::{OpenError, Store, StoredAction};
use crate::token;
use crate::witness::{Witness, WitnessMetrics, WitnessParts};
use axum::Router;
use futures_util::future::BoxFuture;
use gateway_domain::AuditEntry;
use jiff::Timestamp;
use prometheus_client::registry::Registry;
use std::sync::Arc;

/// Everything that surfaces need.
pub(super) struct Outer {
    pub(super) store: Store,
    pub(super) actions: Vec<StoredAction>,
    pub(super) last_written: Option<Timestamp>,
    pub(super) registry: Registry,
    pub(super) bridge: Bridge,
    pub(super) pages: OpenCodePages,
    pub(super) live: Arc<LiveSessions>,
    pub(super) feed: Arc<Feed>,
    pub(super) access: Arc<Access>,
    pub(super) passkeys: Arc<Passkeys>,
    pub(super) presence: Arc<Presence>,
    pub(super) desk: Arc<Desk>,
    /// Where labs fetch their files.
    pub(super) lab_files: Router,
    /// Where the forge tells that something happened.
    pub(super) forge_hooks: Router,
    /// Of other gateways' audit logs.
    pub(super) witness: Option<Arc<Witness>>,
}

pub(super) fn connect_outer(config: &Config, inner: Inner, common: &Common) -> Result<Outer, OpenError> {
    let Inner {
        store,
        actions,
        last_written,
        mut registry,
        bridge,
        caller,
        pages,
        live,
        asks,
        threads,
        session_tasks,
        feed,
        projects,
        setup,
        lab_files,
        forge_hooks,
    } = inner;
    let clock = || Arc::clone(&common.clock);
    let access = access(config, &store, &mut registry, common)?;
    let passkeys = passkeys(config, &store, &access, common)?;
    let doubt = anchor_heads(config, &store, &mut registry, common);
    let witness = witness(config, &store, &mut registry, doubt, common)?;
    let presence = Arc::new(Presence::new(clock(), config.leaves_after));
    let desk = Arc::new(Desk::new(DeskParts {
        live: Arc::clone(&live),
        asks,
        threads,
        session_tasks,
        checks: caller.clone(),
        pods: caller,
        shelf: Arc::new(store.attachments()),
        archive: Arc::new(store.clone()),
        keeper: Arc::new(store.clone()),
        setup,
        models: Arc::new(Models::new(config.models.clone(), clock())),
        projects,
        clock: clock(),
    }));
    Ok(Outer {
        store,
        actions,
        last_written,
        registry,
        bridge,
        pages,
        live,
        feed,
        access,
        passkeys,
        presence,
        desk,
        lab_files,
        forge_hooks,
        witness,
    })
}

/// Brings the audit log's checkpoints elsewhere, where that is wanted; what comes of it says whether this state can be trusted.
fn anchor_heads(config: &Config, store: &Store, registry: &mut Registry, common: &Common) -> LogDoubt {
    let doubt = LogDoubt::default();
    let heads = &config.log_heads;
    if heads.anchor.is_some() || heads.bucket.is_some() {
        let metrics = AnchorMetrics::register(registry.sub_registry_with_prefix("gateway"));
        anchor_in(heads, store, &metrics, &doubt, common);
    }
    if !config.log_heads.witnesses.is_empty() {
        let metrics = WitnessedMetrics::register(registry.sub_registry_with_prefix("gateway"));
        for witness in &config.log_heads.witnesses {
            match AskWitness::new(witness, store.clone(), metrics.clone(), doubt.clone()) {
                Ok(asks) => {
                    drop(common.tasks.spawn(asks.run(anchor::EVERY, common.stopping.clone())));
                }
                Err(error) => {
                    tracing::error!(%error, "witnesses are not asked: this machine has no usable CA certificates")
                }
            }
        }
    }
    doubt
}

/// The repository and the bucket, a task for each.
fn anchor_in(heads: &LogHeads, store: &Store, metrics: &AnchorMetrics, doubt: &LogDoubt, common: &Common) {
    let clock = || Arc::clone(&common.clock);
    if let Some(config) = heads.anchor.clone() {
        let anchor = Anchor::new(config, store.clone(), clock(), metrics, doubt.clone());
        common.tasks.spawn(anchor.run(common.stopping.clone()));
    }
    let Some(settings) = heads.bucket.clone() else { return };
    match BucketAnchor::new(settings, store.clone(), clock(), metrics, doubt.clone()) {
        Ok(anchor) => {
            drop(common.tasks.spawn(anchor.run(anchor::EVERY, common.stopping.clone())));
        }
        Err(error) => {
            tracing::error!(%error, "the bucket for checkpoints is not used: this machine has no usable CA certificates")
        }
    }
}

/// Countersigns other gateways' audit logs, where that is wanted.
fn witness(
    config: &Config,
    store: &Store,
    registry: &mut Registry,
    doubt: LogDoubt,
    common: &Common,
) -> Result<Option<Arc<Witness>>, OpenError> {
    if config.log_heads.witness_for.is_empty() {
        return Ok(None);
    }
    let parts = WitnessParts {
        logs: config.log_heads.witness_for.clone(),
        cosigner: cosigner(&config.state, config.root_secret.as_deref())?,
        store: store.clone(),
        doubt,
        metrics: WitnessMetrics::register(registry.sub_registry_with_prefix("gateway")),
        clock: Arc::clone(&common.clock),
    };
    Ok(Some(Arc::new(Witness::new(parts))))
}

/// Who has which passkey. They are for the address where people open the console, and for no other.
fn passkeys(
    config: &Config,
    store: &Store,
    access: &Access,
    common: &Common,
) -> Result<Arc<Passkeys>, OpenError> {
    let (log, key) = passkey_key(&config.state, config.root_secret.as_deref())?;
    let parts = PasskeyParts {
        site: PasskeySite::of(&config.opencode_ui.console),
        log,
        file: token::private_folder(&config.state).join("passkeys.json"),
        key,
        own_machine: access.is_for_this_machine_only(),
        keeper: Arc::new(store.clone()),
        clock: Arc::clone(&common.clock),
    };
    Ok(Arc::new(Passkeys::new(parts)))
}

/// The rules of access; a task ends sign-ins that are over. Logs the file of a token that the gateway made itself, never the token.
fn access(
    config: &Config,
    store: &Store,
    registry: &mut Registry,
    common: &Common,
) -> Result<Arc<Access>, OpenError> {
    let path = token::own_token_file(&config.state);
    let ready = config.access.clone().made_ready(&config.state).map_err(|source| {
        let doing = "keep the API's token in";
        OpenError::File { doing, path: path.clone(), source }
    })?;
    if ready.own_token {
        tracing::info!(file = %path.display(), "GATEWAY_API_TOKEN is not set: the gateway's own token is in this file");
    }
    let metrics = AccessMetrics::register(registry.sub_registry_with_prefix("gateway"));
    let log = Arc::new(StoredLog(store.clone()));
    let access = Arc::new(Access::new(ready, log, metrics, Arc::clone(&common.clock)));
    common.tasks.spawn(Arc::clone(&access).keep_up(common.stopping.clone()));
    Ok(access)
}

/// Who came in and went out, in the store's audit log.
struct StoredLog(Store);

impl SignInLog for StoredLog {
    fn write<'a>(&'a self, entry: &'a AuditEntry) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move { self.0.audit(entry.clone()).await.map_err(|error| error.to_string()) })
    }
}
