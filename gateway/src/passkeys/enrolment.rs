//! How a person gets a passkey, and loses one. Each is an entry in the audit log before it counts.

use super::challenges::{Pending, Purpose};
use super::passkey::{About, Passkey};
use super::{GivenAssertion, PasskeyRefusal, PasskeySite, PasskeyView, Passkeys, TouchWanted};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use gateway_domain::{AuditEntry, Person, Proof, Proven, SignedAnswer};
use gateway_proof::webauthn::cose_key::ALGORITHMS;
use gateway_proof::webauthn::{PasskeyFault, Registration, client_data};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Characters of a passkey's name.
const LONGEST_NAME: usize = 64;

/// What the browser makes a passkey with. Bytes are in base64url.
#[derive(Debug, JsonSchema, Serialize)]
pub struct NewPasskey {
    challenge: String,
    rp_id: String,
    /// The only page that can do it, as the browser writes it.
    origin: String,
    /// Stands for the person, and tells nothing of them.
    user: String,
    /// Kinds of keys, by their numbers in COSE, the best first.
    algorithms: Vec<i64>,
    /// Those that the person has already.
    exclude: Vec<String>,
    ends: Timestamp,
}

/// What the browser brings back. Bytes are in base64url, without padding.
#[derive(Debug, JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenRegistration {
    /// What the person calls it.
    #[schemars(length(min = 1, max = 64))]
    name: String,
    attestation_object: String,
    client_data_json: String,
}

/// What came of it: a passkey, or what one of the older ones must sign first.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Enrolled {
    #[serde(skip_serializing_if = "Option::is_none")]
    passkey: Option<PasskeyView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirm: Option<TouchWanted>,
}

#[cfg(test)]
impl Enrolled {
    pub(super) fn wanted(&self) -> Option<TouchWanted> {
        self.confirm.clone()
    }
}

impl Passkeys {
    pub(crate) fn begin(&self, person: &Person, proven: &Proven) -> Result<NewPasskey, PasskeyRefusal> {
        let PasskeySite { rp_id, origin } = self.may_add(person, proven)?.clone();
        let now = self.clock.now();
        let (statement, ends) = self.stated(person, now, |frame| frame.adding());
        let pending = Pending { person: person.id.clone(), purpose: Purpose::Add, statement, ends };
        let challenge = BASE64.encode(self.challenges.keep(pending, now));
        let user =
            BASE64.encode(Sha256::digest([b"opencode-gateway user v1\0", person.id.as_bytes()].concat()));
        let exclude = self.table.credentials(&person.id);
        Ok(NewPasskey { challenge, rp_id, origin, user, algorithms: ALGORITHMS.to_vec(), exclude, ends })
    }

    /// The first passkey of a person counts at once; each further one when an older one has signed that it is theirs.
    pub(crate) async fn enrol(
        &self,
        person: &Person,
        proven: &Proven,
        given: GivenRegistration,
    ) -> Result<Enrolled, PasskeyRefusal> {
        self.may_add(person, proven)?;
        let passkey = self.read_new(person, &given)?;
        if self.table.of(&person.id).is_empty() {
            let passkey = Some(self.add(passkey, None).await?);
            return Ok(Enrolled { passkey, confirm: None });
        }
        let note = passkey.note()?;
        let purpose = Purpose::Confirm(Box::new(passkey));
        let confirm = self.want_touch(person, purpose, |frame| frame.confirmation(&note))?;
        Ok(Enrolled { passkey: None, confirm: Some(confirm) })
    }

    /// An older passkey signed that the new one is the same person's.
    pub(crate) async fn confirm(
        &self,
        person: &Person,
        proven: &Proven,
        given: &GivenAssertion,
    ) -> Result<PasskeyView, PasskeyRefusal> {
        self.may_add(person, proven)?;
        let (pending, signed) = self.check_touch(person, given).await?;
        match pending.purpose {
            Purpose::Confirm(passkey) => self.add(*passkey, Some(signed)).await,
            _ => Err(PasskeyFault::Challenge.into()),
        }
    }

    /// What is to be signed to remove this one.
    pub(crate) fn removal(&self, person: &Person, id: &str) -> Result<TouchWanted, PasskeyRefusal> {
        let passkey = self.own(person, id)?;
        let purpose = Purpose::Remove { credential: passkey.credential.clone() };
        self.want_touch(person, purpose, |frame| frame.removal(&passkey))
    }

    /// With a touch, or after the person has just shown their provider that it is them: whoever lost the key has no touch.
    pub(crate) async fn remove(
        &self,
        person: &Person,
        proven: &Proven,
        id: &str,
        given: Option<&GivenAssertion>,
    ) -> Result<(), PasskeyRefusal> {
        let passkey = self.own(person, id)?;
        let signed = match given {
            Some(given) => Some(self.removal_signed(person, &passkey, given).await?),
            None if proven.proof >= Proof::Fresh => None,
            None => return Err(PasskeyRefusal::NotConfirmed),
        };
        self.log(&passkey, "removed passkey", signed).await?;
        self.table.remove(&passkey.credential);
        self.table.saved().await.map_err(|error| {
            tracing::error!(%error, "the removal of a passkey not saved: a restart brings it back");
            PasskeyRefusal::NotSaved
        })
    }

    async fn removal_signed(
        &self,
        person: &Person,
        passkey: &Passkey,
        given: &GivenAssertion,
    ) -> Result<SignedAnswer, PasskeyRefusal> {
        let (pending, signed) = self.check_touch(person, given).await?;
        let wanted = Purpose::Remove { credential: passkey.credential.clone() };
        if pending.purpose == wanted { Ok(signed) } else { Err(PasskeyFault::Challenge.into()) }
    }

    fn own(&self, person: &Person, id: &str) -> Result<Passkey, PasskeyRefusal> {
        let theirs = self.table.of(&person.id);
        theirs.into_iter().find(|passkey| passkey.id() == id).ok_or(PasskeyRefusal::Unknown)
    }

    fn read_new(&self, person: &Person, given: &GivenRegistration) -> Result<Passkey, PasskeyRefusal> {
        let name = checked_name(&given.name)?;
        let bytes = |text: &str| BASE64.decode(text).map_err(|_| PasskeyFault::Malformed("base64url"));
        let (object, client) = (bytes(&given.attestation_object)?, bytes(&given.client_data_json)?);
        let (challenge, now) = (client_data::challenge_in(&client)?, self.clock.now());
        let pending = self.challenges.take(&challenge, &person.id, now).ok_or(PasskeyRefusal::Over)?;
        if pending.purpose != Purpose::Add {
            return Err(PasskeyFault::Challenge.into());
        }
        let site = self.site()?;
        let registration = Registration { attestation_object: &object, client_data_json: &client };
        let credential = registration.check(&challenge, &site.site())?;
        let (attestation_object, client_data_json) = (&object[..], &client[..]);
        let about =
            About { person: &person.id, name, site, attestation_object, client_data_json, created: now };
        Ok(Passkey::new(credential, about))
    }

    /// It is in the log before it is on disk, and on disk before anybody hears that it counts.
    async fn add(
        &self,
        passkey: Passkey,
        confirmed: Option<SignedAnswer>,
    ) -> Result<PasskeyView, PasskeyRefusal> {
        let credential = passkey.credential.clone();
        self.table.add(passkey.clone(), confirmed.is_none())?;
        let kept = match self.log(&passkey, "added passkey", confirmed).await {
            Ok(()) => self.table.saved().await.map_err(|error| {
                tracing::error!(%error, "a new passkey not saved");
                PasskeyRefusal::NotSaved
            }),
            Err(refusal) => Err(refusal),
        };
        if kept.is_err() {
            self.table.remove(&credential);
        }
        kept.map(|()| PasskeyView::of(&passkey))
    }

    async fn log(
        &self,
        passkey: &Passkey,
        what: &str,
        signed: Option<SignedAnswer>,
    ) -> Result<(), PasskeyRefusal> {
        let note = passkey.note()?;
        let subject = format!("{} ({})", passkey.name, passkey.key()?.algorithm());
        let mut entry = AuditEntry::of_act(self.clock.now(), &passkey.person, what, "", "", &subject);
        entry.digest = passkey.attestation_digest();
        (entry.told.passkey, entry.told.signed) = (Some(Box::new(note)), signed.map(Box::new));
        self.keeper.audit(&entry).await.map_err(|_| PasskeyRefusal::NotSaved)
    }
}

fn checked_name(name: &str) -> Result<String, PasskeyRefusal> {
    let name = name.trim();
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | ' ' | '(' | ')');
    let fits = !name.is_empty() && name.chars().count() <= LONGEST_NAME && name.chars().all(is_plain);
    fits.then(|| name.to_owned()).ok_or(PasskeyRefusal::Name)
}
