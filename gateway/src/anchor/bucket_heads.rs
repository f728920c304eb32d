//! Checkpoints in a bucket: what they are called there, and which of all that is there is the newest one of a log.
//!
//! Names count backwards, so the newest is the first of every list. All versions are looked at: where a bucket locks what it gets,
//! a deletion or a replacement hides an object and leaves it there. What isn't a signed checkpoint under its own name proves nothing,
//! whoever put it there, and is told.

use gateway_bucket::{Bucket, BucketFault, BucketSettings, Page, Put, StoredVersion};
use gateway_proof::checkpoint::{Checkpoint, ProofError};
use gateway_proof::note::NoteKey;
use jiff::Timestamp;
use std::io;

/// A log with more entries has no names left; at ten a second that is in three thousand years.
const MOST_ENTRIES: u64 = 999_999_999_999;

/// How much of what isn't a checkpoint is looked through before that is given up.
const MOST_PAGES: usize = 20;
const MOST_READS: usize = 40;

/// How many odd objects are named.
const MOST_NAMED: usize = 3;

const END: &str = ".checkpoint";

/// A checkpoint, and the object that it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketHead {
    pub key: String,
    pub checkpoint: Checkpoint,
    pub text: String,
}

/// What is in the bucket of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BucketLook {
    pub newest: Option<BucketHead>,
    /// What is there, newer than that, and isn't from a gateway; for people.
    pub strange: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum LookFault {
    #[error(transparent)]
    Bucket(#[from] BucketFault),
    #[error("there is too much in {folder} that isn't a checkpoint of this log, such as {example}")]
    TooMuch { folder: String, example: String },
}

/// The bucket of `audit.bucket`.
#[derive(Clone)]
pub struct BucketHeads {
    bucket: Bucket,
}

impl BucketHead {
    pub(super) fn new(prefix: &str, text: String) -> Result<Self, ProofError> {
        let checkpoint: Checkpoint = text.parse()?;
        let key = format!("{}{}", folder(prefix, &checkpoint.origin), name(&checkpoint));
        Ok(Self { key, checkpoint, text })
    }
}

/// A log with another key is another log.
fn folder(prefix: &str, origin: &str) -> String {
    format!("{prefix}{origin}/")
}

fn name(checkpoint: &Checkpoint) -> String {
    let Checkpoint { size, root, .. } = checkpoint;
    format!("{:012}-{size}-{}{END}", MOST_ENTRIES.saturating_sub(*size), hex::encode(root))
}

impl BucketHeads {
    pub fn new(settings: BucketSettings) -> io::Result<Self> {
        Ok(Self { bucket: Bucket::new(settings)? })
    }

    #[cfg(test)]
    pub(super) fn with_patience(self, patience: std::time::Duration) -> Self {
        Self { bucket: self.bucket.with_patience(patience) }
    }

    pub fn bucket(&self) -> &Bucket {
        &self.bucket
    }

    /// For people.
    pub fn place(&self) -> String {
        self.bucket.settings().to_string()
    }

    pub(super) fn head(&self, text: String) -> Result<BucketHead, ProofError> {
        BucketHead::new(&self.bucket.settings().prefix, text)
    }

    pub(super) async fn put(&self, head: &BucketHead, now: Timestamp) -> Result<Put, BucketFault> {
        self.bucket.put_once(&head.key, head.text.as_bytes(), now).await
    }

    /// The newest checkpoint that this key has signed.
    pub async fn look(&self, key: &NoteKey, now: Timestamp) -> Result<BucketLook, LookFault> {
        let folder = folder(&self.bucket.settings().prefix, key.name());
        let mut search = Search { heads: self, key, now, reads: 0, strange: Strange::default() };
        let mut after: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let Page { versions, has_more } = self.bucket.versions(&folder, after.as_deref(), now).await?;
            for versions in versions.chunk_by(|one, other| one.key == other.key) {
                if let Some(newest) = search.signed(versions).await? {
                    return Ok(BucketLook { newest: Some(newest), strange: search.strange.told() });
                }
                if search.reads >= MOST_READS {
                    return Err(search.too_much(folder));
                }
            }
            after = versions.last().map(|last| last.key.clone()).filter(|_| has_more);
            if after.is_none() {
                return Ok(BucketLook { newest: None, strange: search.strange.told() });
            }
        }
        Err(search.too_much(folder))
    }
}

struct Search<'a> {
    heads: &'a BucketHeads,
    key: &'a NoteKey,
    now: Timestamp,
    reads: usize,
    strange: Strange,
}

impl Search<'_> {
    /// The checkpoint in an object, if one of its versions is one.
    async fn signed(&mut self, versions: &[StoredVersion]) -> Result<Option<BucketHead>, LookFault> {
        let Some(first) = versions.first() else { return Ok(None) };
        let shown = shown(&first.key);
        if versions.iter().any(|one| one.is_deletion) {
            self.strange.add(|| format!("someone deleted {shown}"));
        } else if versions.len() > 1 {
            self.strange.add(|| format!("someone replaced {shown}"));
        }
        if !first.key.ends_with(END) {
            self.strange.add(|| format!("{shown} isn't from a gateway"));
            return Ok(None);
        }
        // The gateway wrote first, so its own is the oldest, which comes last.
        for version in versions.iter().rev().filter(|one| !one.is_deletion) {
            if self.reads >= MOST_READS {
                return Ok(None);
            }
            self.reads += 1;
            match self.read(version).await? {
                Some(head) => return Ok(Some(head)),
                None => self.strange.add(|| format!("{shown} isn't a checkpoint that this log's key signed")),
            }
        }
        Ok(None)
    }

    async fn read(&self, version: &StoredVersion) -> Result<Option<BucketHead>, BucketFault> {
        let read = self.heads.bucket.read(&version.key, version.version.as_deref(), self.now).await;
        let body = match read {
            // What can't be read as an object is none; what can't be asked is another matter.
            Err(BucketFault::NotThere { .. } | BucketFault::TooLarge { .. }) => return Ok(None),
            read => read?,
        };
        let text = String::from_utf8(body.to_vec()).ok();
        let signed = text.filter(|text| Checkpoint::checked(text, self.key).is_ok());
        let head = signed.and_then(|text| self.heads.head(text).ok());
        Ok(head.filter(|head| head.key == version.key))
    }

    fn too_much(&self, folder: String) -> LookFault {
        LookFault::TooMuch { folder, example: self.strange.named.first().cloned().unwrap_or_default() }
    }
}

/// What is told of what doesn't belong there.
#[derive(Default)]
struct Strange {
    named: Vec<String>,
    more: usize,
}

impl Strange {
    fn add(&mut self, sentence: impl FnOnce() -> String) {
        match self.named.len() < MOST_NAMED {
            true => self.named.push(sentence()),
            false => self.more += 1,
        }
    }

    fn told(self) -> Vec<String> {
        let more = (self.more > 0).then(|| format!("{} more such things", self.more));
        self.named.into_iter().chain(more).collect()
    }
}

/// Names there may be somebody else's.
fn shown(key: &str) -> String {
    let short: String = key.chars().take(160).collect();
    short.escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_checkpoint_is_the_first_of_a_list() {
        // REQ-PROOF-02
        let named = |size| name(&Checkpoint { origin: "log/1".into(), size, root: [7; 32] });
        let sizes = [1, 9, 10, 4_999, 1_000_000, 999_999_999_999];
        let names: Vec<_> = sizes.into_iter().rev().map(named).collect();
        assert!(names.is_sorted(), "{names:#?}");
        assert_eq!(named(4_999), format!("999999995000-4999-{}.checkpoint", "07".repeat(32)));
    }

    #[test]
    fn names_of_others_are_shown_without_what_moves_a_terminal() {
        let told = shown(&format!("\u{1b}[2J\n{}", "x".repeat(1000)));
        assert!(told.starts_with("\\u{1b}[2J\\n") && told.len() < 200, "{told}");
    }
}
