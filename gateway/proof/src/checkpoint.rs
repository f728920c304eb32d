//! What a log says of itself at one moment (C2SP `tlog-checkpoint`): its name, its size, and the root over all its entries;
//! signed. And the proof that one entry is in it (C2SP `tlog-proof`), which needs no log to be checked.

use crate::note::{NoteError, NoteKey, SignedNote, Signer};
use crate::tree::{self, Hash};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::str::FromStr;

const PROOF_HEAD: &str = "c2sp.org/tlog-proof@v1";
/// A tree of 2^63 entries has no longer proof.
pub(crate) const LONGEST_PROOF: usize = 63;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    pub size: u64,
    pub root: Hash,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    #[error(transparent)]
    Note(#[from] NoteError),
    #[error("it is not a checkpoint: the log's name, its size and its root are expected, a line each")]
    NotACheckpoint,
    #[error("it is not a tlog-proof: `{PROOF_HEAD}`, an index, hashes and a checkpoint are expected")]
    NotAProof,
    #[error("it doesn't prove that this entry is in the log of its checkpoint")]
    NotIncluded,
}

impl Checkpoint {
    pub fn signed(&self, signer: &Signer) -> String {
        signer.sign(&self.text())
    }

    fn text(&self) -> String {
        let Self { origin, size, root } = self;
        format!("{origin}\n{size}\n{}\n", BASE64.encode(root))
    }

    /// Of a signed note, by whomever it is signed.
    pub fn of(note: &SignedNote) -> Result<Self, ProofError> {
        let mut lines = note.text().lines();
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(ProofError::NotACheckpoint);
        };
        let root = BASE64.decode(root).ok().and_then(|root| root.try_into().ok());
        match (size.parse(), root) {
            // One number has one way to be written.
            (Ok(number), Some(root)) if u64::to_string(&number) == size && !origin.is_empty() => {
                Ok(Self { origin: origin.to_owned(), size: number, root })
            }
            _ => Err(ProofError::NotACheckpoint),
        }
    }

    /// Reads one, and checks that the log of that key signed it.
    pub fn checked(note: &str, key: &NoteKey) -> Result<Self, ProofError> {
        let note: SignedNote = note.parse()?;
        key.check(&note)?;
        let checkpoint = Self::of(&note)?;
        match checkpoint.origin == key.name() {
            true => Ok(checkpoint),
            false => Err(ProofError::NotACheckpoint),
        }
    }

    /// Whether these entries, or the first of them, are the ones that this was signed over.
    pub fn begins(&self, leaves: &[Hash]) -> bool {
        let first = usize::try_from(self.size).ok().and_then(|size| leaves.get(..size));
        first.is_some_and(|first| tree::root(first) == self.root)
    }
}

/// A head as a line that people keep, in a chat or on paper: `audit 4999 nIAM1alw…`. Nothing signs it: whoever kept it knows where it
/// is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadLine {
    pub size: u64,
    pub root: Hash,
}

const HEAD_LINE: &str = "audit";

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a line such as `audit 4999 nIAM1alw…`: the word, the number of entries and the root")]
pub struct NotAHeadLine;

impl HeadLine {
    /// Whether these entries, or the first of them, are the ones that it was made over.
    pub fn begins(&self, leaves: &[Hash]) -> bool {
        let first = usize::try_from(self.size).ok().and_then(|size| leaves.get(..size));
        first.is_some_and(|first| tree::root(first) == self.root)
    }
}

impl From<&Checkpoint> for HeadLine {
    fn from(checkpoint: &Checkpoint) -> Self {
        Self { size: checkpoint.size, root: checkpoint.root }
    }
}

impl std::fmt::Display for HeadLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{HEAD_LINE} {} {}", self.size, BASE64.encode(self.root))
    }
}

impl FromStr for HeadLine {
    type Err = NotAHeadLine;

    /// As people copy it, with the marks of a chat around it.
    fn from_str(line: &str) -> Result<Self, NotAHeadLine> {
        let words: Vec<&str> =
            line.trim_matches(|c: char| c == '`' || c.is_whitespace()).split_whitespace().collect();
        let [HEAD_LINE, size, root] = words[..] else { return Err(NotAHeadLine) };
        let root = BASE64.decode(root).ok().and_then(|root| root.try_into().ok());
        let size = size.parse().ok().filter(|size| *size > 0);
        size.zip(root).map(|(size, root)| Self { size, root }).ok_or(NotAHeadLine)
    }
}

impl FromStr for Checkpoint {
    type Err = ProofError;

    fn from_str(note: &str) -> Result<Self, ProofError> {
        Self::of(&note.parse()?)
    }
}

/// An entry, the way from it to the root, and the signed checkpoint with that root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogProof {
    pub line: Vec<u8>,
    /// Counted from 0.
    pub index: u64,
    pub hashes: Vec<Hash>,
    /// As it was signed.
    pub checkpoint: String,
}

impl LogProof {
    pub fn check(&self, key: &NoteKey) -> Result<Checkpoint, ProofError> {
        let checkpoint = Checkpoint::checked(&self.checkpoint, key)?;
        let (leaf, Checkpoint { size, root, .. }) = (tree::leaf_hash(&self.line), &checkpoint);
        match tree::is_included(&leaf, self.index, *size, &self.hashes, root) {
            true => Ok(checkpoint),
            false => Err(ProofError::NotIncluded),
        }
    }
}

/// The entry itself stands in the line that the format leaves to applications.
impl std::fmt::Display for LogProof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { line, index, hashes, checkpoint } = self;
        write!(f, "{PROOF_HEAD}\nextra {}\nindex {index}\n", BASE64.encode(line))?;
        hashes.iter().try_for_each(|hash| writeln!(f, "{}", BASE64.encode(hash)))?;
        write!(f, "\n{checkpoint}")
    }
}

impl FromStr for LogProof {
    type Err = ProofError;

    fn from_str(text: &str) -> Result<Self, ProofError> {
        proof(text).ok_or(ProofError::NotAProof)
    }
}

fn proof(text: &str) -> Option<LogProof> {
    let (head, checkpoint) = text.split_once("\n\n")?;
    let mut lines = head.split('\n');
    lines.next().filter(|first| *first == PROOF_HEAD)?;
    let line = BASE64.decode(lines.next()?.strip_prefix("extra ")?).ok()?;
    let index = lines.next()?.strip_prefix("index ")?.parse().ok()?;
    let hashes =
        lines.map(|hash| BASE64.decode(hash).ok()?.try_into().ok()).collect::<Option<Vec<Hash>>>()?;
    let checkpoint = checkpoint.to_owned();
    (hashes.len() <= LONGEST_PROOF).then_some(LogProof { line, index, hashes, checkpoint })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{inclusion, leaf_hash};

    fn signer() -> Signer {
        Signer::new("gateway.example.com/audit", &[7; 32]).unwrap()
    }

    fn lines() -> Vec<String> {
        (1..=11).map(|n| format!("{{\"number\":{n}}}")).collect()
    }

    fn leaves() -> Vec<Hash> {
        lines().iter().map(|line| leaf_hash(line.as_bytes())).collect()
    }

    fn checkpoint(size: usize) -> Checkpoint {
        let root = tree::root(&leaves()[..size]);
        Checkpoint { origin: signer().key().name().to_owned(), size: size as u64, root }
    }

    #[test]
    fn a_head_is_a_line_that_people_copy() {
        // REQ-PROOF-02
        let line = HeadLine::from(&checkpoint(9));
        for copied in [line.to_string(), format!(" `{line}`\n"), line.to_string().replace(' ', "  ")] {
            assert_eq!(copied.parse(), Ok(line.clone()), "{copied}");
        }
        assert!(line.begins(&leaves()) && !line.begins(&leaves()[1..]) && !line.begins(&leaves()[..8]));
        let text = line.to_string();
        for odd in
            ["", "audit", "audit 9", "audit 0 x", &text.replace("audit", "log"), &text[..text.len() - 4]]
        {
            assert_eq!(odd.parse::<HeadLine>(), Err(NotAHeadLine), "{odd}");
        }
    }

    #[test]
    fn a_checkpoint_is_read_as_it_was_signed() {
        // REQ-PROOF-02
        let signed = checkpoint(11).signed(&signer());
        assert!(signed.starts_with("gateway.example.com/audit\n11\n"), "{signed}");
        assert_eq!(Checkpoint::checked(&signed, signer().key()), Ok(checkpoint(11)));
        let stranger = Signer::new("gateway.example.com/audit", &[8; 32]).unwrap();
        assert!(Checkpoint::checked(&signed, stranger.key()).is_err());
        let of_another_log = Checkpoint { origin: "other".into(), ..checkpoint(11) }.signed(&signer());
        assert!(Checkpoint::checked(&of_another_log, signer().key()).is_err(), "signed, and of another log");
        for bad in ["name\n011\nAAAA\n", "name\n11\nAAAA\n", "name\n-1\n\n", "name\n", "\n11\n\n"] {
            assert!(signer().sign(bad).parse::<Checkpoint>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_checkpoint_begins_only_logs_that_go_on_from_its_own() {
        // REQ-PROOF-02
        let mut all = leaves();
        for size in 0..=11 {
            assert!(checkpoint(size).begins(&all), "{size}");
        }
        assert!(!checkpoint(11).begins(&all[..10]), "cut");
        all.swap(3, 4);
        assert!(checkpoint(3).begins(&all) && !checkpoint(4).begins(&all), "moved");
    }

    #[test]
    fn a_proof_in_one_file_shows_that_an_entry_is_in_the_log() {
        // REQ-PROOF-02
        let hashes = inclusion(&leaves(), 4).unwrap();
        let checkpoint = checkpoint(11).signed(&signer());
        let proof = LogProof { line: lines()[4].clone().into_bytes(), index: 4, hashes, checkpoint };
        let read: LogProof = proof.to_string().parse().unwrap();
        assert_eq!(read, proof);
        assert!(read.check(signer().key()).is_ok());
        let other = LogProof { line: lines()[5].clone().into_bytes(), ..read.clone() };
        assert_eq!(other.check(signer().key()), Err(ProofError::NotIncluded));
        assert!(LogProof { index: 5, ..read.clone() }.check(signer().key()).is_err());
        let forged = LogProof { checkpoint: read.checkpoint.replace("\n11\n", "\n12\n"), ..read };
        assert!(matches!(forged.check(signer().key()), Err(ProofError::Note(NoteError::Forged { .. }))));
        assert!("c2sp.org/tlog-proof@v1\nindex 4\n\nx".parse::<LogProof>().is_err());
    }
}
