//! A directory that repositories are brought over from. Agents may be able to write there, so it is read as their
//! workspaces are: plain files, reached by names from folders that are held open, and never in a folder that only the
//! gateway may read. Neither git nor libgit2 opens it, so nothing in it can mean one thing to us and another to them.

use super::borrowed::{self, Borrowed};
use super::data::{DOT_GIT, GitData, MAX_POINTER};
use super::refs::Refs;
use super::{failed, taken};
use crate::sessions::ports::{RepositorySource, WorkspaceFault};
use crate::workspace::beneath::Beneath;
use crate::workspace::private::Scratch;
use gateway_domain::SafeName;
use rustix::fs::FileType;
use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Repositories that lean on each other for objects, one behind the other and all together.
const ALTERNATES: usize = 5;
const MAX_ALTERNATES: usize = 64;

/// Brings the mirror up to date.
pub(super) fn bring(
    source: &RepositorySource,
    place: &Path,
    mirror: &Path,
    guarded: &[PathBuf],
    scratch: &Scratch,
) -> Result<(), WorkspaceFault> {
    let name = &source.name;
    if !place.is_absolute() || !place.exists() {
        return Err(WorkspaceFault::NoSuchRepository(format!(
            "Repository {name} was not found: there is no {}.",
            place.display()
        )));
    }
    let ways = Ways { guarded: guarded.iter().filter_map(|path| path.canonicalize().ok()).collect() };
    let (data, objects) = ways.repository(place).map_err(|error| not_read(name, place, &error))?;
    let refs = Refs::read(&data).map_err(|error| borrowed::odd(name, &error))?;
    let mut borrowed = Borrowed::new(scratch, &[mirror], objects, refs.shallow.clone(), name)?;
    let wanted = taken::WantedRefs::of(&refs);
    for id in wanted.all() {
        borrowed.bring(id)?;
    }
    wanted.put(&borrowed, mirror).map_err(|error| failed("copy the commits", name, &error))?;
    match wanted.has_base(mirror) {
        true => Ok(()),
        false => {
            Err(WorkspaceFault::NoSuchRepository(format!("Repository {name} has no commit to start from.")))
        }
    }
}

fn not_read(name: &SafeName, place: &Path, error: &io::Error) -> WorkspaceFault {
    if error.kind() == ErrorKind::NotFound {
        return WorkspaceFault::NoSuchRepository(format!(
            "Repository {name} was not found: {} has no git data.",
            place.display()
        ));
    }
    WorkspaceFault::Unsafe(format!(
        "Could not copy the commits of repository {name}: {error}. Nothing is read from there."
    ))
}

struct Ways {
    /// Without links.
    guarded: Vec<PathBuf>,
}

impl Ways {
    /// The folder at a path. Links on the way are resolved first; what is opened then is exactly what was looked at,
    /// whatever is swapped meanwhile.
    fn folder(&self, path: &Path) -> io::Result<(PathBuf, Beneath)> {
        let real = path.canonicalize()?;
        if self.guarded.iter().any(|guarded| real.starts_with(guarded)) {
            return Err(io::Error::other(format!(
                "{} points into the gateway's private folders",
                path.display()
            )));
        }
        let below = real.strip_prefix("/").map_err(io::Error::other)?;
        let folder = Beneath::open(Path::new("/"))?.below(below)?;
        Ok((real, folder))
    }

    fn repository(&self, place: &Path) -> io::Result<(GitData, Vec<Beneath>)> {
        let (place, tree) = self.folder(place)?;
        let own = match tree.kind(DOT_GIT)? {
            None => place.clone(),
            Some(FileType::RegularFile) => place.join(pointed(&tree)?),
            Some(_) => place.join(DOT_GIT),
        };
        let (own_at, own) = self.folder(&own)?;
        let common = match own.kind("commondir")? {
            None => own_at,
            Some(_) => own_at.join(path(&own.read("commondir", MAX_POINTER)?)),
        };
        let (common_at, common) = self.folder(&common)?;
        for name in ["refs", "refs/heads", "refs/tags"] {
            let at = common_at.join(name);
            if at.is_symlink() {
                return Err(io::Error::other(format!("{} is a link", at.display())));
            }
        }
        let mut objects = vec![];
        self.objects(&common_at.join("objects"), ALTERNATES, &mut objects)?;
        Ok((GitData { own, common, shared: None }, objects))
    }

    /// The objects in a folder, and those that it leans on.
    fn objects(&self, at: &Path, deeper: usize, all: &mut Vec<Beneath>) -> io::Result<()> {
        let (at, objects) = self.folder(at)?;
        let others = match objects.folder("info").and_then(|info| info.read("alternates", MAX_POINTER)) {
            Err(error) if error.kind() == ErrorKind::NotFound => vec![],
            others => others?,
        };
        all.push(objects);
        for other in others.split(|byte| *byte == b'\n').filter(|line| is_path(line)) {
            if deeper == 0 || all.len() >= MAX_ALTERNATES {
                return Err(io::Error::other("its repositories borrow from each other in a circle"));
            }
            match self.objects(&at.join(path(other)), deeper - 1, all) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                done => done?,
            }
        }
        Ok(())
    }
}

/// `gitdir: ../.git/worktrees/web`
fn pointed(tree: &Beneath) -> io::Result<PathBuf> {
    let text = tree.read(DOT_GIT, MAX_POINTER)?;
    let to = text.strip_prefix(b"gitdir: ").ok_or_else(|| io::Error::other("its `.git` names no folder"))?;
    Ok(path(to))
}

fn path(text: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(text.trim_ascii_end()))
}

fn is_path(line: &[u8]) -> bool {
    !line.trim_ascii_end().is_empty() && !line.starts_with(b"#")
}
