//! What a witness says of another log's checkpoint (C2SP `tlog-cosignature`, with Ed25519): at that time it was the largest one
//! that the witness had seen of this log, and it has everything that was in those before.

use crate::note::{NoteError, NoteKey, SignedNote, Signer};
use std::fmt;
use std::str::FromStr;

/// What the format calls signatures of this kind.
const COSIGNATURE_KIND: u8 = 4;
/// Bytes of the time in front of the signature.
const TIME: usize = 8;

/// The key that a witness's cosignatures are checked with, and the witness's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessKey(NoteKey);

impl WitnessKey {
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// When the witness says that it saw this checkpoint, in seconds since 1970. Of several cosignatures the latest counts, and
    /// one that does not fit spoils all.
    pub fn check(&self, note: &SignedNote) -> Result<u64, NoteError> {
        let times = note.signed_by(&self.0, COSIGNATURE_KIND).map(|bytes| self.time(note.text(), bytes));
        let forged = || NoteError::Forged { key: self.to_string() };
        let times = times.collect::<Option<Vec<_>>>().ok_or_else(forged)?;
        times.into_iter().max().ok_or_else(|| NoteError::NotSigned { key: self.to_string() })
    }

    fn time(&self, text: &str, bytes: &[u8]) -> Option<u64> {
        let (time, signature) = bytes.split_first_chunk::<TIME>()?;
        let seconds = u64::from_be_bytes(*time);
        let fits =
            i64::try_from(seconds).is_ok() && self.0.fits(message(text, seconds).as_bytes(), signature);
        fits.then_some(seconds)
    }
}

/// As it is handed to others: `name+id+key`.
impl fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.shown(COSIGNATURE_KIND))
    }
}

impl FromStr for WitnessKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        NoteKey::read(text, COSIGNATURE_KIND).map(Self).ok_or(NoteError::NotAKey)
    }
}

/// The key that countersigns. It is never shown.
pub struct Cosigner(Signer);

impl Cosigner {
    /// Named after the key itself, as [`Signer::named_after_its_key`].
    pub fn named_after_its_key(prefix: &str, seed: &[u8; 32]) -> Option<Self> {
        Signer::named_after_its_key(prefix, seed).map(Self)
    }

    pub fn key(&self) -> WitnessKey {
        WitnessKey(self.0.key().clone())
    }

    /// The line that this adds to a note with that text, which ends with a line's end.
    pub fn cosign(&self, text: &str, seconds: u64) -> String {
        let signature = self.0.plain_signature(message(text, seconds).as_bytes());
        self.0.line(COSIGNATURE_KIND, &[&seconds.to_be_bytes(), &signature[..]].concat())
    }
}

impl fmt::Debug for Cosigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cosigner({})", self.key())
    }
}

fn message(text: &str, seconds: u64) -> String {
    format!("cosignature/v1\ntime {seconds}\n{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECONDS: u64 = 1_679_315_147;

    fn log() -> Signer {
        Signer::new("example.com/audit", &[7; 32]).unwrap()
    }

    fn witness(seed: u8) -> Cosigner {
        Cosigner::named_after_its_key("witness/", &[seed; 32]).unwrap()
    }

    fn signed() -> String {
        log().sign("example.com/audit\n12\nAAAA\n")
    }

    fn cosigned() -> String {
        let note: SignedNote = signed().parse().unwrap();
        format!("{}{}", signed(), witness(1).cosign(note.text(), SECONDS))
    }

    fn checked(note: &str, by: &Cosigner) -> Result<u64, NoteError> {
        by.key().check(&note.parse()?)
    }

    #[test]
    fn a_cosignature_says_who_saw_it_and_when_and_the_logs_own_stays() {
        // REQ-PROOF-02
        assert_eq!(checked(&cosigned(), &witness(1)), Ok(SECONDS));
        assert_eq!(log().key().check(&cosigned().parse().unwrap()), Ok(()));
        let by_nobody = checked(&signed(), &witness(1));
        assert!(matches!(by_nobody, Err(NoteError::NotSigned { .. })), "{by_nobody:?}");
        assert!(matches!(checked(&cosigned(), &witness(2)), Err(NoteError::NotSigned { .. })));
        let later = witness(1).cosign("example.com/audit\n12\nAAAA\n", SECONDS + 60);
        assert_eq!(checked(&format!("{}{later}", cosigned()), &witness(1)), Ok(SECONDS + 60));
    }

    #[test]
    fn a_changed_byte_anywhere_in_it_is_found() {
        // REQ-PROOF-02
        let note = cosigned();
        let ours = note.rfind("\u{2014}").unwrap();
        for at in (0..signed().find("\n\n").unwrap()).chain(ours..note.len()) {
            let mut bytes = note.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            assert!(checked(&changed, &witness(1)).is_err(), "byte {at}: {changed:?}");
        }
        let forged = witness(2).cosign("example.com/audit\n12\nAAAA\n", SECONDS);
        let forged = forged.replace(witness(2).key().name(), witness(1).key().name());
        assert_eq!(checked(&format!("{note}{forged}"), &witness(1)), Ok(SECONDS), "another key's id");
        let other = witness(1).cosign("example.com/audit\n13\nAAAA\n", SECONDS);
        let both = checked(&format!("{note}{other}"), &witness(1));
        assert!(matches!(both, Err(NoteError::Forged { .. })), "one that doesn't fit spoils all: {both:?}");
    }

    #[test]
    fn a_key_for_cosignatures_is_no_key_of_a_log() {
        // REQ-PROOF-02
        let key = witness(1).key();
        assert_eq!(key.to_string().parse(), Ok(key.clone()));
        assert_eq!(key.to_string().parse::<NoteKey>(), Err(NoteError::NotAKey));
        assert_eq!(log().key().to_string().parse::<WitnessKey>(), Err(NoteError::NotAKey));
        assert!(!format!("{:?}", witness(1)).contains("pair"));
    }

    #[test]
    fn times_that_the_format_does_not_have_are_refused() {
        // REQ-PROOF-02
        let late = witness(1).cosign("example.com/audit\n12\nAAAA\n", u64::MAX);
        let checked = checked(&format!("{}{late}", signed()), &witness(1));
        assert!(matches!(checked, Err(NoteError::Forged { .. })), "{checked:?}");
    }
}
