//! Names under which versions of one thing are packed beside each other, so that they are stored as differences.
//!
//! Git sorts by the end of a file's name, and all records end alike; so the session's id, or a directory's
//! first entry, is taken instead.

use git2::{ObjectType, Repository, Tree};

/// As far as a record's `session` line is looked for: it comes fourth.
const HEAD: usize = 512;

pub(super) fn of_object(repository: &Repository, object: git2::Oid) -> Option<String> {
    let odb = repository.odb().ok()?;
    let content = odb.read(object).ok()?;
    match content.kind() {
        ObjectType::Blob => of_blob(content.data()),
        ObjectType::Tree => of_tree(&repository.find_tree(object).ok()?),
        _ => None,
    }
}

pub(super) fn of_tree(tree: &Tree<'_>) -> Option<String> {
    let first = tree.iter().next()?;
    Some(format!("{}/", first.name().ok()?))
}

pub(super) fn of_blob(content: &[u8]) -> Option<String> {
    let head = &content[..content.len().min(HEAD)];
    let mut lines = head.split(|byte| *byte == b'\n');
    let id = lines.find_map(|line| line.strip_prefix(b"session: "))?;
    String::from_utf8(id.to_vec()).ok()
}
