//! One key of a log hands over to the next: a note that both have signed, so that whoever trusts the one can trust the other.

use crate::note::{NoteError, NoteKey, SignedNote, Signer};

/// The first line of such a note. No checkpoint begins so: a log is named after its key.
const TITLE: &str = "opencode-gateway/key-handover";

/// Which key signed until when, and which one signs from then on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    pub from: NoteKey,
    pub to: NoteKey,
    /// Entries that the log had then.
    pub entries: u64,
}

impl Handover {
    /// The note, signed by both.
    pub fn signed(from: &Signer, to: &Signer, entries: u64) -> String {
        let text = format!("{TITLE}\nfrom {}\nto {}\nafter {entries}\n", from.key(), to.key());
        let second = to.sign(&text);
        let second = second.strip_prefix(&format!("{text}\n")).unwrap_or_default();
        format!("{}{second}", from.sign(&text))
    }

    /// What it says, if both have signed it.
    pub fn checked(note: &str) -> Result<Self, NoteError> {
        let note: SignedNote = note.parse()?;
        let handover = Self::read(note.text()).ok_or(NoteError::NotANote)?;
        handover.from.check(&note)?;
        handover.to.check(&note)?;
        Ok(handover)
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let title = lines.next()? == TITLE;
        let mut value = |name: &str| lines.next()?.strip_prefix(name);
        let (from, to) = (value("from ")?.parse().ok()?, value("to ")?.parse().ok()?);
        let entries = value("after ")?.parse().ok()?;
        (title && lines.next().is_none()).then_some(Self { from, to, entries })
    }
}

/// The key that is trusted and those that it leads to, one handing over to the next.
pub fn trusted_with(key: &NoteKey, handovers: &[Handover]) -> Vec<NoteKey> {
    let mut trusted = vec![key.clone()];
    let mut at = 0;
    while let Some(from) = trusted.get(at).cloned() {
        let next = handovers.iter().filter(|handover| handover.from == from).map(|handover| &handover.to);
        let new: Vec<_> = next.filter(|to| !trusted.contains(to)).cloned().collect();
        trusted.extend(new);
        at += 1;
    }
    trusted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(seed: u8) -> Signer {
        Signer::named_after_its_key("test/", &[seed; 32]).unwrap()
    }

    #[test]
    fn a_key_hands_over_only_if_both_have_signed() {
        // REQ-PROOF-02
        let (old, new, other) = (signer(1), signer(2), signer(3));
        let note = Handover::signed(&old, &new, 7);
        let handover = Handover::checked(&note).unwrap();
        assert_eq!((&handover.from, &handover.to, handover.entries), (old.key(), new.key(), 7));
        let forged =
            Handover::signed(&other, &new, 7).replace(&other.key().to_string(), &old.key().to_string());
        assert!(Handover::checked(&forged).is_err(), "the old key did not sign");
        let forged =
            Handover::signed(&old, &other, 7).replace(&other.key().to_string(), &new.key().to_string());
        assert!(Handover::checked(&forged).is_err(), "the new key did not sign");
        assert!(Handover::checked(&note.replace("after 7", "after 8")).is_err());
        let one_signature = note.rsplit_once('\u{2014}').unwrap().0;
        assert!(Handover::checked(one_signature).is_err());
        assert!(Handover::checked("From here on the log is signed by another key").is_err());
    }

    #[test]
    fn trust_follows_handovers_and_never_goes_back() {
        // REQ-PROOF-02
        let [first, second, third] = [signer(1), signer(2), signer(3)];
        let handovers: Vec<_> = [(&first, &second), (&second, &third)]
            .map(|(from, to)| Handover::checked(&Handover::signed(from, to, 1)).unwrap())
            .into();
        assert_eq!(trusted_with(first.key(), &handovers).len(), 3);
        assert_eq!(trusted_with(third.key(), &handovers), [third.key().clone()]);
        assert_eq!(trusted_with(first.key(), &handovers[1..]), [first.key().clone()]);
    }
}
