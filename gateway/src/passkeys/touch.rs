//! The touch itself: what is asked for, and what counts of what comes back.

use super::challenges::{HOLDS, Pending, Purpose};
use super::passkey::Passkey;
use super::statements::Frame;
use super::{PasskeyRefusal, PasskeySite, Passkeys};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use gateway_domain::{Answer, Ask, AuditEntry, Person, SignedAnswer};
use gateway_proof::webauthn::{Assertion, PasskeyFault, client_data};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the browser is to have signed. Bytes are in base64url.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct TouchWanted {
    challenge: String,
    /// What is signed: the challenge is `SHA-256("opencode-gateway approval v1\0" ‖ statement)`.
    statement: String,
    rp_id: String,
    /// The only page that can do it, as the browser writes it.
    origin: String,
    /// The person's passkeys.
    credentials: Vec<String>,
    ends: Timestamp,
}

/// What the browser brings back. Bytes are in base64url, without padding.
#[derive(Clone, Debug, JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenAssertion {
    credential: String,
    authenticator_data: String,
    client_data_json: String,
    signature: String,
}

/// An answer that is to be signed, with all that it says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AnswerWanted {
    pub(crate) answer: Answer,
    /// Why, in the person's own words.
    pub(crate) because: Option<String>,
    /// It overrides the rules.
    pub(crate) break_glass: bool,
}

/// An answer that a passkey signed, with the digest of what it is about.
pub(crate) struct AnswerSigned {
    pub(crate) digest: String,
    pub(crate) signed: SignedAnswer,
}

impl Passkeys {
    /// For this person, this answer, and the request as it is now.
    pub(crate) fn answer_challenge(
        &self,
        person: &Person,
        ask: &Ask,
        wanted: AnswerWanted,
    ) -> Result<TouchWanted, PasskeyRefusal> {
        let statement = |frame: &Frame<'_>| frame.approval(ask, &wanted);
        let (ask_id, digest) = (ask.id.clone(), ask.digest.clone());
        let purpose = Purpose::Answer { ask: ask_id, digest, wanted: wanted.clone() };
        self.want_touch(person, purpose, statement)
    }

    /// Whether the person's passkey signed this very answer to this very request.
    pub(crate) async fn check_answer(
        &self,
        person: &Person,
        ask: &str,
        wanted: &AnswerWanted,
        given: &GivenAssertion,
    ) -> Result<AnswerSigned, PasskeyRefusal> {
        let (pending, signed) = self.check_touch(person, given).await?;
        match pending.purpose {
            Purpose::Answer { ask: asked, digest, wanted: signed_for }
                if asked == ask && signed_for == *wanted =>
            {
                Ok(AnswerSigned { digest, signed })
            }
            _ => Err(PasskeyFault::Challenge.into()),
        }
    }

    pub(super) fn want_touch(
        &self,
        person: &Person,
        purpose: Purpose,
        statement: impl FnOnce(&Frame<'_>) -> String,
    ) -> Result<TouchWanted, PasskeyRefusal> {
        let PasskeySite { rp_id, origin } = self.site()?.clone();
        let credentials = self.table.credentials(&person.id);
        if credentials.is_empty() {
            return Err(PasskeyRefusal::NoneYet);
        }
        let now = self.clock.now();
        let (statement, ends) = self.stated(person, now, statement);
        let pending = Pending { person: person.id.clone(), purpose, statement: statement.clone(), ends };
        let challenge = BASE64.encode(self.challenges.keep(pending, now));
        Ok(TouchWanted { challenge, statement, rp_id, origin, credentials, ends })
    }

    /// A statement, and until when it can be signed.
    pub(super) fn stated(
        &self,
        person: &Person,
        now: Timestamp,
        statement: impl FnOnce(&Frame<'_>) -> String,
    ) -> (String, Timestamp) {
        let ends = now.saturating_add(HOLDS).unwrap_or(Timestamp::MAX);
        let frame = Frame { log: &self.log, person: &person.id, ends };
        (statement(&frame), ends)
    }

    /// What was to be signed, once it is. A challenge is used up by the first try, whatever comes of it.
    pub(super) async fn check_touch(
        &self,
        person: &Person,
        given: &GivenAssertion,
    ) -> Result<(Pending, SignedAnswer), PasskeyRefusal> {
        let Decoded { authenticator_data, client_data_json, signature } = given.decoded()?;
        let (challenge, now) = (client_data::challenge_in(&client_data_json)?, self.clock.now());
        let pending = self.challenges.take(&challenge, &person.id, now).ok_or(PasskeyRefusal::Over)?;
        let passkey = self.table.find(&person.id, &given.credential).ok_or(PasskeyRefusal::NotYours)?;
        let assertion = Assertion {
            authenticator_data: &authenticator_data,
            client_data_json: &client_data_json,
            signature: &signature,
        };
        let site = self.site()?.site();
        let checked = assertion.check(&challenge, &site, &passkey.key()?, passkey.counter);
        let counter = match checked {
            Ok(data) if self.table.used(&passkey.credential, data.counter, now) => data.counter,
            Ok(data) => {
                let fault = PasskeyFault::Counter { before: passkey.counter, now: data.counter };
                return Err(self.alarmed(person, &passkey, fault).await);
            }
            Err(fault) => return Err(self.alarmed(person, &passkey, fault).await),
        };
        if let Err(error) = self.table.saved().await {
            tracing::error!(%error, counter, "a passkey's counter not saved");
        }
        let signed = SignedAnswer {
            statement: pending.statement.clone(),
            credential: passkey.credential,
            authenticator_data: BASE64.encode(&authenticator_data),
            client_data_json: BASE64.encode(&client_data_json),
            signature: BASE64.encode(&signature),
        };
        Ok((pending, signed))
    }

    /// A copy of a key may show by its counter: the log tells of it, whatever else happens.
    async fn alarmed(&self, person: &Person, passkey: &Passkey, fault: PasskeyFault) -> PasskeyRefusal {
        tracing::warn!(person = person.id, %fault, "a passkey was refused");
        if matches!(fault, PasskeyFault::Counter { .. }) {
            let now = self.clock.now();
            let entry = AuditEntry::of_act(now, &person.id, "passkey_alarm", "", "", &passkey.name);
            let entry = AuditEntry { answer: fault.to_string(), ..entry };
            if self.keeper.audit(&entry).await.is_err() {
                tracing::error!(person = person.id, "the alarm about a passkey is not in the audit log");
            }
        }
        fault.into()
    }
}

struct Decoded {
    authenticator_data: Vec<u8>,
    client_data_json: Vec<u8>,
    signature: Vec<u8>,
}

impl GivenAssertion {
    fn decoded(&self) -> Result<Decoded, PasskeyFault> {
        let bytes = |text: &str| BASE64.decode(text).map_err(|_| PasskeyFault::Malformed("base64url"));
        Ok(Decoded {
            authenticator_data: bytes(&self.authenticator_data)?,
            client_data_json: bytes(&self.client_data_json)?,
            signature: bytes(&self.signature)?,
        })
    }
}
