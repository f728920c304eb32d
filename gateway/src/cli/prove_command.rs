//! `gateway audit prove`: what a stranger needs to check one entry, and what a person's passkey signed of it.

use super::output;
use crate::store::Inspection;
use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use gateway_domain::{ChainedEntry, PasskeyNote, SignedAnswer};
use gateway_proof::checkpoint::LogProof;
use gateway_proof::webauthn::{Assertion, CoseKey, Site, statement};
use std::fs;
use std::path::Path;

const README: &str = include_str!("proof_readme.txt");

/// An answer that a passkey signed, and the entry that says whose the key is.
struct SignedEntry<'a> {
    signed: &'a SignedAnswer,
    note: &'a PasskeyNote,
    enrolment: u64,
}

struct SignedBytes {
    authenticator_data: Vec<u8>,
    client_data_json: Vec<u8>,
    signature: Vec<u8>,
}

/// Without a folder the proof goes to standard output, as it is kept, and a word about it to standard error.
pub(super) fn prove(inspection: &Inspection, number: u64, folder: Option<&Path>) -> anyhow::Result<()> {
    let proof = inspection.prove(number)?;
    let entries = inspection.audit_entries()?;
    let entry = entries
        .iter()
        .find(|entry| entry.number == number)
        .context("The entry has just moved; try again.")?;
    let signed = signed_entry(entry, &entries)?;
    let Some(folder) = folder else {
        output::piece(&proof.to_string())?;
        return output::aside(&said(entry, signed.as_ref(), None));
    };
    fs::create_dir_all(folder).with_context(|| format!("Can't create {}", folder.display()))?;
    put_proof(folder, "entry", &proof)?;
    if let Some(signed) = &signed {
        put_proof(folder, "enrolment", &inspection.prove(signed.enrolment)?)?;
        put_signed(folder, entry, signed, &proof)?;
    }
    Ok(output::line(&said(entry, signed.as_ref(), Some(folder)))?)
}

fn said(entry: &ChainedEntry, signed: Option<&SignedEntry<'_>>, folder: Option<&Path>) -> String {
    let (number, who) = (entry.number, &entry.entry.who);
    let how = match signed {
        Some(signed) => format!(
            "A passkey of {who} signed this answer; its signature fits. Entry {} says that the passkey is theirs.",
            signed.enrolment
        ),
        None => format!(
            "That it was {who} is the gateway's word: no passkey signed this entry. The proof shows that the entry wasn't \
                changed later."
        ),
    };
    let where_to = match (folder, signed) {
        (Some(folder), Some(_)) => format!(" README.txt in {} says how others check it.", folder.display()),
        (Some(folder), None) => format!(" The proof is in {}.", folder.display()),
        (None, Some(_)) => " `--to FOLDER` writes what others need to check that with OpenSSL.".to_owned(),
        (None, None) => String::new(),
    };
    format!("Entry {number}: {how}{where_to}")
}

/// Nothing is handed out as proof that isn't one.
fn signed_entry<'a>(
    entry: &'a ChainedEntry,
    entries: &'a [ChainedEntry],
) -> anyhow::Result<Option<SignedEntry<'a>>> {
    let Some(signed) = entry.entry.told.signed.as_deref() else { return Ok(None) };
    let added =
        entries.iter().rev().filter(|one| one.number < entry.number && one.entry.what == "added passkey");
    let mut theirs = added.filter(|one| one.entry.who == entry.entry.who);
    let found = theirs.find_map(|one| {
        let note = one.entry.told.passkey.as_deref().filter(|note| note.credential == signed.credential)?;
        Some(SignedEntry { signed, note, enrolment: one.number })
    });
    let Some(found) = found else {
        bail!(
            "Entry {} has a signature by a passkey, but no entry before it says whose that passkey is.",
            entry.number
        );
    };
    let fault = |error: String| format!("The signature in entry {} proves nothing: {error}.", entry.number);
    found.check().map_err(|error| anyhow::anyhow!(fault(error.to_string())))?;
    match found.is_about(entry) {
        true => Ok(Some(found)),
        false => bail!(fault("its statement is about another entry".to_owned())),
    }
}

impl SignedEntry<'_> {
    fn check(&self) -> anyhow::Result<()> {
        let bytes = self.bytes()?;
        let assertion = Assertion {
            authenticator_data: &bytes.authenticator_data,
            client_data_json: &bytes.client_data_json,
            signature: &bytes.signature,
        };
        let site = Site { rp_id: &self.note.rp_id, origin: &self.note.origin };
        let challenge = statement::challenge(&self.signed.statement);
        assertion.check(&challenge, &site, &self.key()?, 0)?;
        Ok(())
    }

    /// An approval is about its own ask; what adds or removes a passkey is about no ask.
    fn is_about(&self, entry: &ChainedEntry) -> bool {
        let said: serde_json::Value = serde_json::from_str(&self.signed.statement).unwrap_or_default();
        let is = |name: &str, wanted: &str| said.get(name).and_then(|value| value.as_str()) == Some(wanted);
        let entry = &entry.entry;
        let about_ask = is("ask", &entry.ask) && is("digest", &entry.digest) && is("session", &entry.session);
        is("person", &entry.who) && (about_ask || entry.ask.is_empty() && said.get("ask").is_none())
    }

    fn key(&self) -> anyhow::Result<CoseKey> {
        Ok(CoseKey::read(&BASE64.decode(&self.note.cose_key)?)?)
    }

    fn bytes(&self) -> anyhow::Result<SignedBytes> {
        let SignedAnswer { authenticator_data, client_data_json, signature, .. } = self.signed;
        Ok(SignedBytes {
            authenticator_data: BASE64.decode(authenticator_data)?,
            client_data_json: BASE64.decode(client_data_json)?,
            signature: BASE64.decode(signature)?,
        })
    }
}

fn put_proof(folder: &Path, name: &str, proof: &LogProof) -> anyhow::Result<()> {
    put(folder, &format!("{name}.json"), &proof.line)?;
    put(folder, &format!("{name}.tlog-proof"), proof.to_string().as_bytes())
}

fn put_signed(
    folder: &Path,
    entry: &ChainedEntry,
    signed: &SignedEntry<'_>,
    proof: &LogProof,
) -> anyhow::Result<()> {
    let SignedBytes { authenticator_data, client_data_json, signature } = signed.bytes()?;
    put(folder, "statement.json", signed.signed.statement.as_bytes())?;
    put(folder, "authenticator-data.bin", &authenticator_data)?;
    put(folder, "client-data.json", &client_data_json)?;
    put(folder, "signature.bin", &signature)?;
    let key = signed.key()?;
    put(folder, "key.pem", key.pem().as_bytes())?;
    put(folder, "README.txt", readme(entry, signed, proof, &key).as_bytes())
}

fn readme(entry: &ChainedEntry, signed: &SignedEntry<'_>, proof: &LogProof, key: &CoseKey) -> String {
    let (verify, verified) = match key {
        CoseKey::EdDsa(_) => (
            "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in signed.bin -sigfile signature.bin",
            "Signature Verified Successfully",
        ),
        CoseKey::Es256(_) | CoseKey::Rs256 { .. } => {
            ("openssl dgst -sha256 -verify key.pem -signature signature.bin signed.bin", "Verified OK")
        }
    };
    let log = proof.checkpoint.lines().next().unwrap_or_default();
    let title = format!("Proof of entry {} of the audit log {log}", entry.number);
    README
        .replace("{number}", &entry.number.to_string())
        .replace("{log}", log)
        .replace("{line}", &"=".repeat(title.len()))
        .replace("{person}", &entry.entry.who)
        .replace("{origin}", &signed.note.origin)
        .replace("{rp_id}", &signed.note.rp_id)
        .replace("{verified}", verified)
        .replace("{verify}", verify)
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let path = folder.join(name);
    fs::write(&path, bytes).with_context(|| format!("Can't write {}", path.display()))
}
