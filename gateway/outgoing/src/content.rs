//! The contents of files in the gateway's own repository, within limits.

use git2::{Oid, Repository};

/// How far one looks for a sign that no text has, as git does.
const LOOKED_AT: usize = 8_000;

pub(crate) enum Content {
    /// There is none, or it is no file.
    None,
    TooLarge(usize),
    Bytes(Vec<u8>),
}

pub(crate) fn of(repository: &Repository, id: Oid, most: usize) -> Result<Content, git2::Error> {
    if id.is_zero() {
        return Ok(Content::None);
    }
    let (size, kind) = repository.odb()?.read_header(id)?;
    match () {
        () if kind != git2::ObjectType::Blob => Ok(Content::None),
        () if size > most => Ok(Content::TooLarge(size)),
        () => Ok(Content::Bytes(repository.find_blob(id)?.content().to_vec())),
    }
}

pub(crate) fn is_binary(bytes: &[u8]) -> bool {
    memchr::memchr(0, &bytes[..bytes.len().min(LOOKED_AT)]).is_some()
}

/// A path for people and rules; says whether some of it could not be written.
pub(crate) fn readable(path: &[u8]) -> (String, bool) {
    match std::str::from_utf8(path) {
        Ok(path) => (path.to_owned(), false),
        Err(_) => (String::from_utf8_lossy(path).into_owned(), true),
    }
}
