//! Signed notes (C2SP `signed-note`): lines of text, an empty line, and signatures that name their key. Ed25519 only.

use crate::tree::sha256;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use std::fmt;
use std::str::FromStr;

/// What the format calls signatures of this kind.
const ED25519_KIND: u8 = 1;
/// Bytes of a public key, of a signature, and of what names a key in a signature.
const PUBLIC: usize = 32;
const SIGNATURE: usize = 64;
const ID: usize = 4;
/// A signature line begins with an em dash.
const MARK: &str = "\u{2014} ";
/// More signatures than any witness network has; nobody makes us check a thousand.
const MOST_SIGNATURES: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    #[error("it is not a signed note: a text, an empty line and signatures are expected")]
    NotANote,
    #[error("it is not a key of a signed note: name+id+key is expected, with an Ed25519 key")]
    NotAKey,
    #[error("it isn't signed by {key}")]
    NotSigned { key: String },
    #[error("its signature by {key} doesn't fit its text")]
    Forged { key: String },
}

/// A key that signatures are checked with, and the name that it has in notes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteKey {
    name: String,
    public: [u8; PUBLIC],
}

impl NoteKey {
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key without its name, for programs that check plain Ed25519 signatures.
    pub fn public(&self) -> &[u8] {
        &self.public
    }

    /// Whether the note has a signature by this key, and it fits. Signatures by others say nothing here.
    pub fn check(&self, note: &SignedNote) -> Result<(), NoteError> {
        let ours = note.signed_by(self, ED25519_KIND).next();
        let ours = ours.ok_or_else(|| NoteError::NotSigned { key: self.to_string() })?;
        match self.fits(note.text.as_bytes(), ours) {
            true => Ok(()),
            false => Err(NoteError::Forged { key: self.to_string() }),
        }
    }

    pub(crate) fn fits(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.public).verify(message, signature).is_ok()
    }

    /// What names this key in signatures of one kind.
    fn id(&self, kind: u8) -> [u8; ID] {
        let hash = sha256(&[self.name.as_bytes(), b"\n", &[kind], &self.public]);
        let mut id = [0; ID];
        id.copy_from_slice(&hash[..ID]);
        id
    }

    /// As it is handed to others, for signatures of one kind: `name+id+key`.
    pub(crate) fn shown(&self, kind: u8) -> String {
        let key = [&[kind], &self.public[..]].concat();
        format!("{}+{}+{}", self.name, hex::encode(self.id(kind)), BASE64.encode(key))
    }

    /// What [`Self::shown`] wrote.
    pub(crate) fn read(text: &str, kind: u8) -> Option<Self> {
        let mut parts = text.trim().splitn(3, '+');
        let (name, id, key) = (parts.next()?, parts.next()?, parts.next()?);
        let key = BASE64.decode(key).ok()?;
        let (_, public) = key.split_first().filter(|(found, _)| **found == kind)?;
        let key = Self { name: name.to_owned(), public: public.try_into().ok()? };
        (is_name(name) && hex::encode(key.id(kind)) == id).then_some(key)
    }
}

/// As it is handed to others: `name+id+key`.
impl fmt::Display for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown(ED25519_KIND))
    }
}

impl FromStr for NoteKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        Self::read(text, ED25519_KIND).ok_or(NoteError::NotAKey)
    }
}

/// The key that signs notes. It is never shown.
pub struct Signer {
    key: NoteKey,
    pair: Ed25519KeyPair,
}

impl Signer {
    /// None for a name that the format does not allow.
    pub fn new(name: &str, seed: &[u8; PUBLIC]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok().filter(|_| is_name(name))?;
        let public = pair.public_key().as_ref().try_into().ok()?;
        Some(Self { key: NoteKey { name: name.to_owned(), public }, pair })
    }

    /// Named after the key itself: two logs never have one name, and no setting changes it.
    pub fn named_after_its_key(prefix: &str, seed: &[u8; PUBLIC]) -> Option<Self> {
        let public = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        let name = format!("{prefix}{}", hex::encode(&sha256(&[public.public_key().as_ref()])[..ID]));
        Self::new(&name, seed)
    }

    pub fn key(&self) -> &NoteKey {
        &self.key
    }

    /// The text ends with a line's end.
    pub fn sign(&self, text: &str) -> String {
        let signature = self.pair.sign(text.as_bytes());
        format!("{text}\n{}", self.line(ED25519_KIND, signature.as_ref()))
    }

    /// A line that adds a signature of one kind to a note.
    pub(crate) fn line(&self, kind: u8, signature: &[u8]) -> String {
        let signed = [&self.key.id(kind)[..], signature].concat();
        format!("{MARK}{} {}\n", self.key.name, BASE64.encode(signed))
    }

    pub(crate) fn plain_signature(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.key)
    }
}

/// A note as it was read; nothing of it is checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct NoteSignature {
    name: String,
    id: [u8; ID],
    signature: Vec<u8>,
}

impl SignedNote {
    /// What was signed, with the end of its last line.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures of one kind that name this key; whether they fit is not checked.
    pub(crate) fn signed_by(&self, key: &NoteKey, kind: u8) -> impl Iterator<Item = &[u8]> {
        let (id, name) = (key.id(kind), key.name.clone());
        let ours = self.signatures.iter().filter(move |one| one.name == name && one.id == id);
        ours.map(|one| one.signature.as_slice())
    }
}

impl FromStr for SignedNote {
    type Err = NoteError;

    fn from_str(note: &str) -> Result<Self, NoteError> {
        let (text, signatures) = note.rsplit_once("\n\n").ok_or(NoteError::NotANote)?;
        let signatures = signatures.strip_suffix('\n').ok_or(NoteError::NotANote)?;
        let signatures: Option<Vec<_>> =
            signatures.split('\n').take(MOST_SIGNATURES).map(signature).collect();
        let signatures = signatures.ok_or(NoteError::NotANote)?;
        Ok(Self { text: format!("{text}\n"), signatures })
    }
}

fn signature(line: &str) -> Option<NoteSignature> {
    let (name, encoded) = line.strip_prefix(MARK)?.split_once(' ')?;
    let bytes = BASE64.decode(encoded).ok()?;
    let (id, signature) = bytes.split_first_chunk::<ID>()?;
    // Witnesses sign in other ways too, with signatures of other lengths.
    let fits = is_name(name) && !signature.is_empty() && signature.len() <= SIGNATURE * SIGNATURE;
    fits.then(|| NoteSignature { name: name.to_owned(), id: *id, signature: signature.to_vec() })
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|letter: char| letter.is_whitespace() || letter == '+')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the documentation of Go's `golang.org/x/mod/sumdb/note`, which is where the format comes from.
    const GO_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const GO_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    fn signer() -> Signer {
        Signer::new("example.com/audit", &[7; 32]).unwrap()
    }

    #[test]
    fn a_note_of_another_program_is_read_and_checked() {
        // REQ-PROOF-02
        let key: NoteKey = GO_KEY.parse().unwrap();
        assert_eq!(key.to_string(), GO_KEY);
        let note: SignedNote = GO_NOTE.parse().unwrap();
        assert_eq!(key.check(&note), Ok(()));
        let changed: SignedNote = GO_NOTE.replace("answer", "problem").parse().unwrap();
        assert_eq!(key.check(&changed), Err(NoteError::Forged { key: GO_KEY.to_owned() }));
    }

    #[test]
    fn what_was_signed_is_known_as_ours_and_as_nobody_elses() {
        // REQ-PROOF-02
        let text = "one\n\ntwo\n";
        let note: SignedNote = signer().sign(text).parse().unwrap();
        assert_eq!(note.text(), text);
        assert_eq!(signer().key().check(&note), Ok(()));
        let stranger = Signer::new("example.com/audit", &[8; 32]).unwrap();
        assert!(matches!(stranger.key().check(&note), Err(NoteError::NotSigned { .. })));
        let both = signer().sign(text) + stranger.sign(text).rsplit_once("\n\n").unwrap().1;
        let both: SignedNote = both.parse().unwrap();
        assert_eq!((signer().key().check(&both), stranger.key().check(&both)), (Ok(()), Ok(())));
    }

    #[test]
    fn a_changed_byte_anywhere_is_found() {
        // REQ-PROOF-02
        let note = signer().sign("example.com/audit\n12\nAAAA\n");
        for at in 0..note.len() {
            let mut bytes = note.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            let checked = changed.parse().and_then(|note: SignedNote| signer().key().check(&note));
            assert!(checked.is_err(), "byte {at}: {changed:?}");
        }
    }

    #[test]
    fn what_is_no_note_and_no_key_is_refused() {
        // REQ-PROOF-02
        for bad in ["", "text\n", "text\n\n", "text\n\n- name AAAA\n", "text\n\n\u{2014} name\n"] {
            assert_eq!(bad.parse::<SignedNote>(), Err(NoteError::NotANote), "{bad:?}");
        }
        let other_kind = GO_KEY.replace("+ARpc", "+BBpc");
        for bad in ["", "name", "name+12345678+AAAA", "name+c74f20a3+ARpc2QcUPDhM", &other_kind] {
            assert_eq!(bad.parse::<NoteKey>(), Err(NoteError::NotAKey), "{bad:?}");
        }
        assert!(Signer::new("two words", &[7; 32]).is_none() && Signer::new("", &[7; 32]).is_none());
    }

    #[test]
    fn a_name_made_of_the_key_is_that_keys_alone() {
        // REQ-PROOF-02
        let named =
            |seed| Signer::named_after_its_key("gateway/", &[seed; 32]).unwrap().key().name().to_owned();
        assert!(named(1).starts_with("gateway/") && named(1).len() == 16);
        assert_ne!(named(1), named(2));
        assert_eq!(named(1), named(1));
        assert!(!format!("{:?}", signer()).contains("pair"));
    }
}
