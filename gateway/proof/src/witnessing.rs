//! What a log asks of a witness (C2SP `tlog-witness`, `add-checkpoint`), and whether the witness countersigns.

use crate::checkpoint::{Checkpoint, HeadLine, LONGEST_PROOF};
use crate::note::{NoteKey, SignedNote};
use crate::tree::{self, Hash};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::fmt;
use std::str::FromStr;

/// A checkpoint, and the proof that the log only grew since the one that the witness has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// How many entries the witness is believed to have seen.
    pub old: u64,
    pub proof: Vec<Hash>,
    /// As it was signed.
    pub checkpoint: String,
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { old, proof, checkpoint } = self;
        writeln!(f, "old {old}")?;
        proof.iter().try_for_each(|hash| writeln!(f, "{}", BASE64.encode(hash)))?;
        write!(f, "\n{checkpoint}")
    }
}

impl FromStr for AddCheckpoint {
    type Err = WitnessRefusal;

    fn from_str(text: &str) -> Result<Self, WitnessRefusal> {
        request(text).ok_or(WitnessRefusal::NotARequest)
    }
}

fn request(text: &str) -> Option<AddCheckpoint> {
    let (head, checkpoint) = text.split_once("\n\n")?;
    let mut lines = head.split('\n');
    let old = lines.next()?.strip_prefix("old ")?;
    // One number has one way to be written.
    let number = old.parse().ok().filter(|number| u64::to_string(number) == old)?;
    let proof = lines.take(LONGEST_PROOF + 1).map(|hash| BASE64.decode(hash).ok()?.try_into().ok());
    let proof = proof.collect::<Option<Vec<Hash>>>().filter(|proof| proof.len() <= LONGEST_PROOF)?;
    Some(AddCheckpoint { old: number, proof, checkpoint: checkpoint.to_owned() })
}

/// The largest checkpoint of a log that a witness has countersigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenHead {
    pub size: u64,
    pub root: Hash,
}

impl SeenHead {
    /// Of a log that is new to the witness.
    pub fn none() -> Self {
        Self { size: 0, root: tree::root(&[]) }
    }
}

impl From<&Checkpoint> for SeenHead {
    fn from(checkpoint: &Checkpoint) -> Self {
        Self { size: checkpoint.size, root: checkpoint.root }
    }
}

impl From<&HeadLine> for SeenHead {
    fn from(line: &HeadLine) -> Self {
        Self { size: line.size, root: line.root }
    }
}

/// Why a witness does not countersign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WitnessRefusal {
    #[error(
        "Expected `old`, a size, up to 63 hashes, an empty line and a signed checkpoint (c2sp.org/tlog-witness)."
    )]
    NotARequest,
    #[error("This witness doesn't know the log. Its operator has to list the log's key.")]
    UnknownLog,
    #[error("The checkpoint isn't signed by a key of the log that this witness knows.")]
    NotSigned,
    #[error("The old size is larger than the checkpoint.")]
    OldIsLarger,
    #[error("The newest checkpoint that this witness has of the log covers {seen} entries.")]
    OtherSize { seen: u64 },
    #[error("The proof doesn't lead from the checkpoint that this witness has to this one.")]
    NotProven,
    /// Nobody but the log's key can make the two, so this one is evidence.
    #[error("This witness has another checkpoint of the log over the same {size} entries.")]
    Forked { size: u64 },
}

/// A checkpoint that its log has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHead {
    pub checkpoint: Checkpoint,
    /// What was signed, and is to be countersigned.
    pub text: String,
}

impl AddCheckpoint {
    /// The checkpoint, if one of these keys signed it. A key's name is that of its log.
    pub fn signed_by(&self, keys: &[NoteKey]) -> Result<SignedHead, WitnessRefusal> {
        let note: SignedNote = self.checkpoint.parse().map_err(|_| WitnessRefusal::NotARequest)?;
        let checkpoint = Checkpoint::of(&note).map_err(|_| WitnessRefusal::NotARequest)?;
        let mut of_log = keys.iter().filter(|key| key.name() == checkpoint.origin).peekable();
        of_log.peek().ok_or(WitnessRefusal::UnknownLog)?;
        match of_log.any(|key| key.check(&note).is_ok()) {
            true => Ok(SignedHead { checkpoint, text: note.text().to_owned() }),
            false => Err(WitnessRefusal::NotSigned),
        }
    }

    /// Whether everything that the witness has seen is in the new checkpoint too.
    pub fn extends(&self, seen: &SeenHead, head: &Checkpoint) -> Result<(), WitnessRefusal> {
        match self.old {
            old if old > head.size => Err(WitnessRefusal::OldIsLarger),
            old if old != seen.size => Err(WitnessRefusal::OtherSize { seen: seen.size }),
            size if size == head.size && seen.root != head.root => Err(WitnessRefusal::Forked { size }),
            _ if tree::is_consistent((seen.size, &seen.root), (head.size, &head.root), &self.proof) => Ok(()),
            _ => Err(WitnessRefusal::NotProven),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::Signer;
    use crate::tree::{consistency, leaf_hash};

    fn signer(seed: u8) -> Signer {
        Signer::new("example.com/audit", &[seed; 32]).unwrap()
    }

    fn leaves(branch: &str, size: usize) -> Vec<Hash> {
        let line = |n: usize| if n < 5 { format!("line {n}") } else { format!("{branch} {n}") };
        (0..size).map(|n| leaf_hash(line(n).as_bytes())).collect()
    }

    fn head(leaves: &[Hash]) -> Checkpoint {
        Checkpoint { origin: "example.com/audit".into(), size: leaves.len() as u64, root: tree::root(leaves) }
    }

    fn asked(leaves: &[Hash], old: usize) -> AddCheckpoint {
        let checkpoint = head(leaves).signed(&signer(7));
        AddCheckpoint { old: old as u64, proof: consistency(leaves, old).unwrap_or_default(), checkpoint }
    }

    #[test]
    fn the_request_is_the_one_of_the_specification() {
        // REQ-PROOF-02
        let example = "old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n\
            jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n\
            /6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\nexample.com/behind-the-sofa\n20852163\n\
            CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u{2014} example.com/behind-the-sofa \
            Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
        let read: AddCheckpoint = example.parse().unwrap();
        assert_eq!((read.old, read.proof.len(), read.to_string().as_str()), (20_852_014, 4, example));
        let of_size = read.checkpoint.parse::<Checkpoint>().unwrap().size;
        assert_eq!(of_size, 20_852_163);
        let first = asked(&leaves("a", 3), 0);
        assert!(first.to_string().starts_with("old 0\n\nexample.com/audit\n3\n"));
        assert_eq!(first.to_string().parse(), Ok(first));
        let hashes = |count: usize| {
            format!("old 1\n{}\nx\n1\n\n", format!("{}\n", BASE64.encode([0; 32])).repeat(count))
        };
        assert!(hashes(63).parse::<AddCheckpoint>().is_ok());
        for bad in ["", "old 1", "old 01\n\nx", "old -1\n\nx", "old 1\nAAAA\n\nx", "1\n\nx", &hashes(64)] {
            assert_eq!(bad.parse::<AddCheckpoint>(), Err(WitnessRefusal::NotARequest), "{bad:?}");
        }
    }

    #[test]
    fn only_the_logs_own_key_brings_a_checkpoint() {
        // REQ-PROOF-02
        let asked = asked(&leaves("a", 3), 0);
        let keys = |seeds: &[u8]| seeds.iter().map(|seed| signer(*seed).key().clone()).collect::<Vec<_>>();
        assert_eq!(asked.signed_by(&keys(&[6, 7])).unwrap().checkpoint, head(&leaves("a", 3)));
        assert_eq!(asked.signed_by(&keys(&[6])), Err(WitnessRefusal::NotSigned));
        assert_eq!(asked.signed_by(&[]), Err(WitnessRefusal::UnknownLog));
        let stranger = Signer::new("example.com/other", &[7; 32]).unwrap();
        assert_eq!(asked.signed_by(&[stranger.key().clone()]), Err(WitnessRefusal::UnknownLog));
        let odd = AddCheckpoint { checkpoint: "no note".into(), ..asked };
        assert_eq!(odd.signed_by(&keys(&[7])), Err(WitnessRefusal::NotARequest));
    }

    #[test]
    fn a_log_that_grew_is_countersigned_at_every_size_and_a_fork_at_none() {
        // REQ-PROOF-02
        let (straight, forked) = (leaves("a", 12), leaves("b", 12));
        for seen in 0..=12 {
            let known = if seen == 0 { SeenHead::none() } else { SeenHead::from(&head(&straight[..seen])) };
            for size in seen..=12 {
                let new = &straight[..size];
                assert_eq!(asked(new, seen).extends(&known, &head(new)), Ok(()), "{seen} to {size}");
                let other = &forked[..size];
                let extended = asked(other, seen).extends(&known, &head(other));
                let expected = match (seen, size) {
                    // Up to there the two are the same.
                    (0..=5, _) => Ok(()),
                    (seen, size) if seen == size => Err(WitnessRefusal::Forked { size: size as u64 }),
                    _ => Err(WitnessRefusal::NotProven),
                };
                assert_eq!(extended, expected, "a fork, {seen} to {size}");
            }
        }
    }

    #[test]
    fn whoever_does_not_know_what_the_witness_has_is_told() {
        // REQ-PROOF-02
        let log = leaves("a", 12);
        let seen = SeenHead::from(&head(&log[..8]));
        let new = head(&log);
        for old in [0, 7, 9] {
            let told = asked(&log, old).extends(&seen, &new);
            assert_eq!(told, Err(WitnessRefusal::OtherSize { seen: 8 }), "{old}");
        }
        let cut = head(&log[..6]);
        assert_eq!(asked(&log[..6], 8).extends(&seen, &cut), Err(WitnessRefusal::OldIsLarger));
        assert_eq!(asked(&log[..6], 6).extends(&seen, &cut), Err(WitnessRefusal::OtherSize { seen: 8 }));
        let padded = AddCheckpoint { proof: vec![seen.root], ..asked(&log, 8) };
        assert_eq!(padded.extends(&seen, &new), Err(WitnessRefusal::NotProven));
        let wrong_empty = Checkpoint { size: 0, root: [1; 32], ..new };
        let empty = AddCheckpoint { old: 0, proof: vec![], checkpoint: String::new() };
        assert_eq!(empty.extends(&SeenHead::none(), &wrong_empty), Err(WitnessRefusal::Forked { size: 0 }));
    }
}
