//! Git LFS: a few lines stand for a large file that is kept elsewhere.

use git2::{Oid, Repository};
use sha2::{Digest, Sha256};

/// A pointer is never longer.
const LONGEST: usize = 1_024;

const FIRST_LINE: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";

pub(crate) fn is_pointer(content: &[u8]) -> bool {
    content.len() <= LONGEST && content.starts_with(FIRST_LINE)
}

/// Whether that file is what the pointer stands for: then it was only fetched, and not changed.
pub(crate) fn is_content_of(repository: &Repository, pointer: Oid, content: &[u8]) -> bool {
    let header = repository.odb().and_then(|odb| odb.read_header(pointer));
    if !header.is_ok_and(|(size, _)| size <= LONGEST) {
        return false;
    }
    let Ok(blob) = repository.find_blob(pointer) else { return false };
    let text = String::from_utf8_lossy(blob.content()).into_owned();
    let line = |start: &str| text.lines().find_map(|line| line.strip_prefix(start).map(str::to_owned));
    is_pointer(blob.content())
        && line("size ") == Some(content.len().to_string())
        && line("oid sha256:") == Some(hex::encode(Sha256::digest(content)))
}
