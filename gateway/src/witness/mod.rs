//! A witness for other gateways' audit logs (decision 0064): countersigns a checkpoint that has everything which the last one had,
//! and no other. C2SP's `tlog-witness`, so other programs' logs can be witnessed too.
//!
//! No person is asked who they are here: whoever brings a checkpoint that its log has signed may bring it. What was seen is on
//! the disk before the answer. A witness that can't be sure of what it has seen countersigns nothing.

mod metrics;
mod seen_heads;
#[cfg(test)]
mod tests;
mod witness_route;

pub use metrics::WitnessMetrics;
pub use witness_route::{PATH, router};

use crate::anchor::LogDoubt;
use crate::clock::Clock;
use crate::store::Store;
use gateway_domain::{AuditEntry, AuditSubject};
use gateway_proof::checkpoint::HeadLine;
use gateway_proof::cosignature::Cosigner;
use gateway_proof::note::NoteKey;
use gateway_proof::witnessing::{AddCheckpoint, SeenHead, SignedHead, WitnessRefusal};
use seen_heads::{SeenFault, SeenHeads};
use std::sync::{Arc, Mutex, PoisonError};

/// A log that this gateway witnesses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessedLog {
    /// What its gateway prints as `gateway audit key`; its name is the log's.
    pub key: NoteKey,
    /// Nothing before it is countersigned.
    pub from: Option<HeadLine>,
}

/// What an entry of the audit log calls the first checkpoint of a log.
const BEGAN: &str = "began to witness";

pub struct WitnessParts {
    pub logs: Vec<WitnessedLog>,
    pub cosigner: Cosigner,
    pub store: Store,
    /// Whether this gateway's own state may be an old copy.
    pub doubt: LogDoubt,
    pub metrics: WitnessMetrics,
    pub clock: Arc<dyn Clock>,
}

pub struct Witness {
    logs: Vec<WitnessedLog>,
    seen: Mutex<SeenHeads>,
    store: Store,
    doubt: LogDoubt,
    metrics: WitnessMetrics,
    clock: Arc<dyn Clock>,
}

/// What comes of a request.
#[derive(Debug, PartialEq, Eq)]
enum WitnessReply {
    /// The line to add to the note.
    Cosigned(String),
    Refused(WitnessRefusal),
    /// It is not known what was seen, and why.
    Unsure(String),
}

/// A reply, and the log whose first checkpoint has to be noted before it is given.
struct Decided {
    reply: WitnessReply,
    begins: Option<String>,
}

impl From<WitnessReply> for Decided {
    fn from(reply: WitnessReply) -> Self {
        Self { reply, begins: None }
    }
}

impl Witness {
    pub fn new(parts: WitnessParts) -> Self {
        let WitnessParts { logs, cosigner, store, doubt, metrics, clock } = parts;
        let key = cosigner.key();
        tracing::info!(logs = logs.len(), %key, "this gateway witnesses other audit logs");
        let seen = Mutex::new(SeenHeads::below(&store.directory(), cosigner));
        Self { logs, seen, store, doubt, metrics, clock }
    }

    async fn add(self: &Arc<Self>, request: AddCheckpoint) -> WitnessReply {
        let request = Arc::new(request);
        let (witness, asked) = (Arc::clone(self), Arc::clone(&request));
        // Files and signatures are not for the workers that serve people.
        let decided = tokio::task::spawn_blocking(move || witness.decide(&asked)).await;
        let decided = decided.unwrap_or_else(|error| WitnessReply::Unsure(error.to_string()).into());
        let reply = match decided.begins {
            None => decided.reply,
            Some(origin) => match self.note(origin).await {
                Ok(()) => decided.reply,
                Err(why) => WitnessReply::Unsure(why),
            },
        };
        self.counted(reply, &request)
    }

    /// One request after the other: what is compared with what was seen, and what is seen from then on, is one step.
    fn decide(&self, request: &AddCheckpoint) -> Decided {
        let keys: Vec<_> = self.logs.iter().map(|log| log.key.clone()).collect();
        let head = match request.signed_by(&keys) {
            Ok(head) => head,
            Err(refusal) => return WitnessReply::Refused(refusal).into(),
        };
        if let Some(why) = self.doubt.why() {
            return WitnessReply::Unsure(why).into();
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let compared = self.compare(request, &head, &mut seen);
        compared.unwrap_or_else(|fault| WitnessReply::Unsure(fault.to_string()).into())
    }

    fn compare(
        &self,
        request: &AddCheckpoint,
        head: &SignedHead,
        seen: &mut SeenHeads,
    ) -> Result<Decided, SeenFault> {
        let origin = &head.checkpoint.origin;
        let (on_disk, has_begun) = (seen.of(origin)?, seen.has_begun(origin)?);
        // The larger of what the disk and the configuration say.
        let known = on_disk.iter().cloned().chain(self.from(origin)).max_by_key(|head| head.size);
        let known = match known {
            // What was countersigned since is gone: to begin once more would be to countersign whatever is brought.
            None if has_begun => return Err(SeenFault::Gone { origin: origin.clone() }),
            known => known.unwrap_or_else(SeenHead::none),
        };
        if let Err(refusal) = request.extends(&known, &head.checkpoint) {
            return Ok(WitnessReply::Refused(refusal).into());
        }
        // One that is brought once more costs no write.
        if on_disk.as_ref() != Some(&SeenHead::from(&head.checkpoint)) {
            seen.keep(&request.checkpoint, head, self.seconds())?;
        }
        let reply = WitnessReply::Cosigned(seen.cosigned(head, self.seconds()));
        Ok(Decided { reply, begins: (!has_begun).then(|| origin.clone()) })
    }

    fn from(&self, origin: &str) -> Option<SeenHead> {
        let log = self.logs.iter().filter(|log| log.key.name() == origin);
        log.filter_map(|log| log.from.as_ref()).map(SeenHead::from).max_by_key(|head| head.size)
    }

    fn seconds(&self) -> u64 {
        u64::try_from(self.clock.now().as_second()).unwrap_or_default()
    }

    /// The log says that this gateway witnesses another one: a file that is gone later is missed.
    async fn note(&self, origin: String) -> Result<(), String> {
        let told = AuditSubject { subject: format!("The log {origin}"), ..AuditSubject::default() };
        let entry = AuditEntry::new(self.clock.now(), "gateway", BEGAN, "");
        let entry = AuditEntry { ask: origin.clone(), told, ..entry };
        self.store.audit(entry).await.map_err(|error| error.to_string())?;
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).is_noted(origin);
        Ok(())
    }

    fn counted(&self, reply: WitnessReply, request: &AddCheckpoint) -> WitnessReply {
        match &reply {
            // Once, however often strangers bring the same.
            WitnessReply::Unsure(why) if self.metrics.unsure.get() == 0 => {
                tracing::error!("This gateway countersigns nothing: {why}");
            }
            // Both are signed by the log: whoever has them can show it.
            WitnessReply::Refused(WitnessRefusal::Forked { size }) if self.metrics.forked.get() == 0 => {
                tracing::error!(
                    size,
                    brought = request.checkpoint,
                    "A LOG THAT THIS GATEWAY WITNESSES HAS TWO DIFFERENT CHECKPOINTS over the same entries, both signed. The other \
                        one is in private/witness. Tell the people who run that gateway."
                );
            }
            _ => {}
        }
        self.metrics.saw(&reply);
        reply
    }
}
