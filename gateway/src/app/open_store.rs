//! The store with the keys that it signs with: they are made of the root secret.

use crate::clock::Clock;
use crate::store::{OpenError, Recovered, StateKeys, Store, StoreConfig, TakeOver};
use crate::token::{FirstUse, own_root_secret_file, read_root_secret, root_secret};
use gateway_domain::SessionRecord;
use gateway_proof::cosignature::Cosigner;
use gateway_proof::keys::{BYTES, Purpose, RootSecret};
use gateway_proof::note::{NoteKey, Signer};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// The name of the audit log begins with this.
const LOG_NAME: &str = "opencode-gateway/";

/// The name of a gateway as a witness begins with this.
const WITNESS_NAME: &str = "opencode-gateway/witness-";

/// What becomes of state that is not signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsigned {
    /// It counts as edited by hand, unless the gateway makes its secret in this very start.
    Refused,
    /// It is signed as it is: a person looked at it.
    TakenOver,
}

/// As [`open_store`], where the log's key of an older secret hands over to that of the present one.
pub async fn open_store_after(
    folder: &Path,
    secret: Option<&Path>,
    older: &Path,
    clock: &Arc<dyn Clock>,
) -> Result<(Store, Recovered<SessionRecord>), OpenError> {
    let old = signer_of(older)?;
    open(folder, secret, TakeOver::WhenFree, Unsigned::TakenOver, Some(&old), clock).await
}

/// Takes the lock and reads everything. `secret`: the file with the root secret; without one the gateway makes its own.
pub async fn open_store(
    folder: &Path,
    secret: Option<&Path>,
    take_over: TakeOver,
    unsigned: Unsigned,
    clock: &Arc<dyn Clock>,
) -> Result<(Store, Recovered<SessionRecord>), OpenError> {
    open(folder, secret, take_over, unsigned, None, clock).await
}

async fn open(
    folder: &Path,
    secret: Option<&Path>,
    take_over: TakeOver,
    unsigned: Unsigned,
    old: Option<&Signer>,
    clock: &Arc<dyn Clock>,
) -> Result<(Store, Recovered<SessionRecord>), OpenError> {
    let unusable = |source| secret_unusable(folder, secret, source);
    let first_use = FirstUse::begin(secret, folder).map_err(unusable)?;
    let root = root_secret(secret, folder).map_err(unusable)?;
    let keys = StateKeys::of(&root).ok_or_else(|| unusable(io::Error::other("no key can be made of it")))?;
    let signer = signer(&root).ok_or_else(|| unusable(io::Error::other("no key can be made of it")))?;
    let adopts = first_use.is_some() || unsigned == Unsigned::TakenOver;
    let signer = Arc::new(signer);
    let (keys, head) = (Some(keys), Some(Arc::clone(&signer)));
    let config = StoreConfig { take_over, keys, signer: head, first_use: adopts, ..StoreConfig::at(folder) };
    let (store, mut recovered) = Store::open(config, Arc::clone(clock)).await?;
    if let Some(new) = recovered.new_log_key.take() {
        let by_both = old.and_then(|old| new.entry_by_both(clock.now(), old, &signer));
        let entry = by_both.unwrap_or_else(|| new.entry(clock.now()));
        store.audit(entry).await.map_err(OpenError::LogKey)?;
    }
    for entry in std::mem::take(&mut recovered.to_log) {
        store.audit(entry).await.map_err(OpenError::LogKey)?;
    }
    if let Some(Err(error)) = first_use.map(FirstUse::end) {
        tracing::warn!(%error, "unsigned state will be accepted once more at the next start");
    }
    Ok((store, recovered))
}

/// Signs the audit log's checkpoints. The log is named after the key, so no setting changes its name.
fn signer(root: &RootSecret) -> Option<Signer> {
    Signer::named_after_its_key(LOG_NAME, &root.key(Purpose::LogHead)?)
}

/// The log's name, and the key that tells what a hand has changed among the passkeys.
pub(super) fn passkey_key(folder: &Path, secret: Option<&Path>) -> Result<(String, [u8; BYTES]), OpenError> {
    let unusable = |source| secret_unusable(folder, secret, source);
    let root = root_secret(secret, folder).map_err(unusable)?;
    let parts = signer(&root).zip(root.key(Purpose::Passkeys));
    let (signer, key) = parts.ok_or_else(|| unusable(io::Error::other("no key can be made of it")))?;
    Ok((signer.key().name().to_owned(), key))
}

/// What this gateway countersigns other logs with.
pub fn cosigner(folder: &Path, secret: Option<&Path>) -> Result<Cosigner, OpenError> {
    let unusable = |source| secret_unusable(folder, secret, source);
    let root = root_secret(secret, folder).map_err(unusable)?;
    let seed = root.key(Purpose::Witness);
    let cosigner = seed.and_then(|seed| Cosigner::named_after_its_key(WITNESS_NAME, &seed));
    cosigner.ok_or_else(|| unusable(io::Error::other("no key can be made of it")))
}

/// The key that signs the audit log with the secret in this file.
pub fn log_key(secret: &Path) -> Result<NoteKey, OpenError> {
    Ok(signer_of(secret)?.key().clone())
}

fn signer_of(secret: &Path) -> Result<Signer, OpenError> {
    let unusable = |source| OpenError::Secret { path: secret.to_owned(), source };
    let root = read_root_secret(secret).map_err(unusable)?;
    signer(&root).ok_or_else(|| unusable(io::Error::other("no key can be made of it")))
}

/// The keys, to look with: nothing is made. None while there is no secret.
pub fn state_keys(folder: &Path, secret: Option<&Path>) -> Result<Option<StateKeys>, OpenError> {
    let own = own_root_secret_file(folder);
    match read_root_secret(secret.unwrap_or(&own)) {
        Err(error) if secret.is_none() && error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(secret_unusable(folder, secret, error)),
        Ok(root) => Ok(StateKeys::of(&root)),
    }
}

fn secret_unusable(folder: &Path, secret: Option<&Path>, source: io::Error) -> OpenError {
    let path = secret.map_or_else(|| own_root_secret_file(folder), Path::to_owned);
    OpenError::Secret { path, source }
}
