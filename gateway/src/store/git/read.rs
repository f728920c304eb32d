//! Reading the history: what the branch holds, what a file was at a commit, which commits changed it.

use super::{GitError, History, Size, pack};
use git2::{ErrorCode, ObjectType, Oid, Repository, Tree};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Commits that are looked through for one file: about a minute's work.
const MAX_WALK: usize = 200_000;

#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error(transparent)]
    Git(#[from] GitError),
    #[error("There is no history in {} yet; a running gateway creates it with its first checkpoint.", path.display())]
    Empty { path: PathBuf },
    #[error("{name:?} is not a commit in the state's history; `gateway state log <session>` lists them.")]
    NoCommit { name: String },
    #[error(
        "There is no {file} at commit {commit}; `gateway state log <session>` lists the commits that have it."
    )]
    NoFile { file: String, commit: String },
}

/// One commit that changed a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogEntry {
    pub commit: String,
    pub at: Timestamp,
    pub author: String,
    pub subject: String,
    /// Whether the file is gone after this commit.
    pub removed: bool,
}

/// The history as it was when this was made.
pub(crate) struct Snapshot {
    history: History,
    repository: Repository,
    tip: Oid,
}

impl History {
    pub(crate) fn snapshot(&self) -> Result<Snapshot, ReadError> {
        let empty = || ReadError::Empty { path: self.root.clone() };
        if !self.git_dir().exists() {
            return Err(empty());
        }
        let repository = self.open()?;
        let tip = self.tip(&repository)?.ok_or_else(empty)?;
        Ok(Snapshot { history: self.clone(), repository, tip })
    }

    pub(crate) fn size(&self) -> std::io::Result<Size> {
        pack::size(&self.git_dir())
    }
}

impl Snapshot {
    /// The history up to a commit, whatever the branch says.
    pub(super) fn at(history: &History, tip: Oid) -> Result<Self, GitError> {
        Ok(Self { history: history.clone(), repository: history.open()?, tip })
    }

    pub(crate) fn tip(&self) -> Oid {
        self.tip
    }

    /// The commits and what they say, the newest first.
    pub(crate) fn messages(&self) -> Result<Vec<(String, String)>, ReadError> {
        let failed = self.history.failed("walk the commits");
        let mut walk = self.repository.revwalk().map_err(&failed)?;
        walk.push(self.tip).map_err(&failed)?;
        let said = |commit: Oid| {
            let commit = self.repository.find_commit(commit)?;
            Ok((commit.id().to_string(), String::from_utf8_lossy(commit.message_bytes()).into_owned()))
        };
        let read: Result<_, git2::Error> = walk.take(MAX_WALK).map(|commit| commit.and_then(said)).collect();
        Ok(read.map_err(&failed)?)
    }

    /// Every file below `directory` in the newest commit.
    pub(crate) fn files(&self, directory: &str) -> Result<HashMap<String, Oid>, ReadError> {
        let failed = self.history.failed("list the files");
        let mut files = HashMap::new();
        let root = self.tree(self.tip).map_err(&failed)?;
        if let Some(entry) = root.get_name(directory) {
            let tree = self.repository.find_tree(entry.id()).map_err(&failed)?;
            self.collect(&tree, directory, &mut files).map_err(&failed)?;
        }
        Ok(files)
    }

    fn collect(
        &self,
        tree: &Tree<'_>,
        path: &str,
        files: &mut HashMap<String, Oid>,
    ) -> Result<(), git2::Error> {
        for entry in tree {
            let path = format!("{path}/{}", String::from_utf8_lossy(entry.name_bytes()));
            match entry.kind() {
                Some(ObjectType::Tree) => {
                    self.collect(&self.repository.find_tree(entry.id())?, &path, files)?;
                }
                _ => {
                    files.insert(path, entry.id());
                }
            }
        }
        Ok(())
    }

    pub(crate) fn content(&self, blob: Oid) -> Result<Vec<u8>, ReadError> {
        let blob = self.repository.find_blob(blob).map_err(self.history.failed("read a file"))?;
        Ok(blob.content().to_vec())
    }

    /// A commit by its name, or the first letters of it, or the newest.
    pub(crate) fn commit(&self, name: Option<&str>) -> Result<Oid, ReadError> {
        let Some(name) = name else { return Ok(self.tip) };
        let object = self.repository.revparse_single(name);
        let commit = object.and_then(|object| object.peel_to_commit());
        commit.map(|commit| commit.id()).map_err(|_| ReadError::NoCommit { name: name.to_owned() })
    }

    pub(crate) fn file_at(&self, commit: Oid, path: &str) -> Result<Vec<u8>, ReadError> {
        match self.blob(commit, path).map_err(self.history.failed("read a commit"))? {
            Some(blob) => self.content(blob),
            None => Err(ReadError::NoFile { file: path.to_owned(), commit: commit.to_string() }),
        }
    }

    /// The commits that changed any of `paths`, newest first, until `wanted` says that it has enough.
    pub(crate) fn log(
        &self,
        paths: &[String],
        mut wanted: impl FnMut(&LogEntry) -> bool,
    ) -> Result<Vec<LogEntry>, ReadError> {
        let failed = self.history.failed("walk the commits");
        let mut walk = self.repository.revwalk().map_err(&failed)?;
        walk.push(self.tip).map_err(&failed)?;
        let mut entries = vec![];
        for commit in walk.take(MAX_WALK) {
            let commit = commit.map_err(&failed)?;
            let Some(entry) = self.change(commit, paths).map_err(&failed)? else { continue };
            let enough = !wanted(&entry);
            entries.push(entry);
            if enough {
                break;
            }
        }
        Ok(entries)
    }

    /// What the commit did to the paths, unless it left them as one of its parents had them.
    fn change(&self, commit: Oid, paths: &[String]) -> Result<Option<LogEntry>, git2::Error> {
        let now = self.blobs(commit, paths)?;
        let object = self.repository.find_commit(commit)?;
        let mut before = object.parent_ids().map(|parent| self.blobs(parent, paths)).peekable();
        if before.peek().is_none() && now.iter().all(Option::is_none) {
            return Ok(None);
        }
        for blobs in before {
            if blobs? == now {
                return Ok(None);
            }
        }
        Ok(Some(LogEntry {
            commit: commit.to_string(),
            at: Timestamp::from_second(object.time().seconds()).unwrap_or_default(),
            author: String::from_utf8_lossy(object.author().name_bytes()).into_owned(),
            subject: first_line(object.message_bytes()),
            removed: now.iter().all(Option::is_none),
        }))
    }

    fn blobs(&self, commit: Oid, paths: &[String]) -> Result<Vec<Option<Oid>>, git2::Error> {
        paths.iter().map(|path| self.blob(commit, path)).collect()
    }

    fn blob(&self, commit: Oid, path: &str) -> Result<Option<Oid>, git2::Error> {
        match self.tree(commit)?.get_path(Path::new(path)) {
            Ok(entry) => Ok(Some(entry.id())),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn tree(&self, commit: Oid) -> Result<Tree<'_>, git2::Error> {
        self.repository.find_commit(commit)?.tree()
    }

    /// Reads every object that the branch reaches: how many, and which cannot be read and why.
    pub(crate) fn check_objects(&self) -> Result<(usize, Vec<(String, String)>), ReadError> {
        let odb = self.repository.odb().map_err(self.history.failed("read the objects"))?;
        let (mut seen, mut next, mut unreadable) = (HashSet::from([self.tip]), vec![self.tip], vec![]);
        while let Some(object) = next.pop() {
            let read = odb.read(object).and_then(|read| named_in(&self.repository, object, read.kind()));
            match read {
                Ok(named) => next.extend(named.into_iter().filter(|object| seen.insert(*object))),
                Err(error) => unreadable.push((object.to_string(), error.message().to_owned())),
            }
        }
        Ok((seen.len(), unreadable))
    }
}

/// The objects that an object refers to.
pub(super) fn named_in(
    repository: &Repository,
    object: Oid,
    kind: ObjectType,
) -> Result<Vec<Oid>, git2::Error> {
    match kind {
        ObjectType::Commit => {
            let commit = repository.find_commit(object)?;
            Ok(std::iter::once(commit.tree_id()).chain(commit.parent_ids()).collect())
        }
        ObjectType::Tree => Ok(repository.find_tree(object)?.iter().map(|entry| entry.id()).collect()),
        _ => Ok(vec![]),
    }
}

fn first_line(message: &[u8]) -> String {
    let line = message.split(|byte| *byte == b'\n').next().unwrap_or_default();
    String::from_utf8_lossy(line).into_owned()
}
