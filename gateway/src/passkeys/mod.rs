//! Passkeys: a person's own key, in their device, signs one answer to one request (REQ-WHO-03).
//!
//! What it signs is a statement, which is kept with the decision and in the audit log: a stranger can check it later with
//! OpenSSL alone (decision 0048). The gateway holds no secret that could make such a signature.

mod challenges;
mod enrolment;
mod passkey;
mod passkey_file;
mod passkey_refusal;
mod passkey_site;
mod passkey_table;
mod statements;
mod touch;

pub use enrolment::{Enrolled, GivenRegistration, NewPasskey};
pub use passkey::PasskeyView;
pub use passkey_refusal::PasskeyRefusal;
pub use passkey_site::{NoSite, PasskeySite};
pub(crate) use touch::{AnswerSigned, AnswerWanted};
pub use touch::{GivenAssertion, TouchWanted};

use crate::clock::Clock;
use crate::sessions::ports::Keeper;
use challenges::Challenges;
use gateway_domain::{Person, Proof, Proven};
use gateway_proof::keys::BYTES;
use passkey_table::PasskeyTable;
use schemars::JsonSchema;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;

/// What passkeys need to know of this gateway.
pub struct PasskeyParts {
    /// Where people open the console, or why passkeys can't be used there.
    pub site: Result<PasskeySite, NoSite>,
    /// The audit log's name: a statement counts in this log only.
    pub log: String,
    /// Where they are kept, and the key that tells what a hand has changed there.
    pub file: PathBuf,
    pub key: [u8; BYTES],
    /// Nobody but this machine's own person comes in.
    pub own_machine: bool,
    pub keeper: Arc<dyn Keeper>,
    pub clock: Arc<dyn Clock>,
}

/// Who has which passkey, and what they are asked to sign.
pub struct Passkeys {
    site: Result<PasskeySite, NoSite>,
    log: String,
    own_machine: bool,
    table: Arc<PasskeyTable>,
    challenges: Challenges,
    keeper: Arc<dyn Keeper>,
    clock: Arc<dyn Clock>,
}

/// A person's passkeys, and whether they can add one here.
#[derive(Debug, JsonSchema, Serialize)]
pub struct OwnPasskeys {
    /// Oldest first.
    passkeys: Vec<PasskeyView>,
    /// The only address where they can be used, as the browser writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    /// Why this person can't add one, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    why_not: Option<String>,
}

impl Passkeys {
    pub fn new(parts: PasskeyParts) -> Self {
        let PasskeyParts { site, log, file, key, own_machine, keeper, clock } = parts;
        let (table, challenges) = (Arc::new(PasskeyTable::read(file, key)), Challenges::default());
        Self { site, log, own_machine, table, challenges, keeper, clock }
    }

    pub fn of(&self, person: &Person, proven: &Proven) -> OwnPasskeys {
        OwnPasskeys {
            passkeys: self.table.of(&person.id).iter().map(PasskeyView::of).collect(),
            origin: self.site.as_ref().ok().map(|site| site.origin.clone()),
            why_not: self.may_add(person, proven).err().map(|refusal| refusal.to_string()),
        }
    }

    fn site(&self) -> Result<&PasskeySite, PasskeyRefusal> {
        self.site.as_ref().map_err(|no| PasskeyRefusal::NoSite(*no))
    }

    /// A name from a token is a name: a passkey under it would prove nothing. On a machine of one's own there is nobody else,
    /// and whoever came in by the link is that person; programs (`api:`) never are.
    fn may_add(&self, person: &Person, proven: &Proven) -> Result<&PasskeySite, PasskeyRefusal> {
        let site = self.site()?;
        let own = self.own_machine && person.id.starts_with("web:");
        if proven.proof >= Proof::Account || own { Ok(site) } else { Err(PasskeyRefusal::NotProven) }
    }
}

#[cfg(test)]
mod passkey_stage;
#[cfg(test)]
mod tests;
