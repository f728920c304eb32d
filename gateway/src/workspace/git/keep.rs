//! Keeps what only a workspace has: on a branch `rescue/…` of a repository that only the gateway writes to.

use super::examined::Examined;
use super::{failed, rescue, session_branch};
use crate::sessions::ports::WorkspaceFault;
use crate::workspace::beside;
use crate::workspace::readable::{count, plain};
use git2::{Oid, Repository, Signature};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Commits that are counted; a rescue needs only to know that there are some.
const COUNTED: usize = 1_000;

/// A commit that only the workspace has, and how people know it.
struct Tip {
    /// None when nothing is committed yet.
    id: Option<Oid>,
    /// `main`, or nothing for what is checked out.
    branch: Option<String>,
}

impl Tip {
    fn is_checked_out(&self) -> bool {
        self.branch.is_none()
    }
}

impl Examined<'_> {
    /// Puts what is nowhere else on rescue branches. Returns what was kept, as sentences.
    pub(super) fn keep(&mut self, wanted: &str) -> Result<Vec<String>, WorkspaceFault> {
        let (name, mut told) = (self.spot.repository, vec![]);
        let kept = self.spot.folders.private.kept(&self.label);
        let mut names =
            rescue::free_names(&kept, wanted).map_err(|error| failed("save the work", name, &error))?;
        let (mut known, mut branches) = (self.known()?, vec![]);
        for tip in self.tips()? {
            let uncommitted = if tip.is_checked_out() { self.found.changed.len() } else { 0 };
            let own = self.beyond(tip.id, &known)?;
            let commit = match uncommitted {
                0 if own == 0 => continue,
                0 => tip.id,
                _ => Some(self.committed()?),
            };
            let (Some(branch), Some(commit)) = (names.next(), commit) else { continue };
            told.push(format!("{name}: {} saved on branch {branch}.", what(uncommitted, own, &tip)));
            branches.push((branch, commit));
            known.push(commit);
        }
        if !branches.is_empty() {
            rescue::settle(self, &kept, &branches).map_err(|error| failed("save the work", name, &error))?;
            told.push(format!(
                "{name}: the next workspace with that name will have it too; until then it is in {}.",
                kept.display()
            ));
        }
        told.extend(self.keep_nested(wanted)?);
        Ok(told)
    }

    /// What would be gone with the workspace, as sentences. What the agent says that it pushed is believed here; it is
    /// kept all the same before it goes.
    pub(super) fn losses(&mut self) -> Result<Vec<String>, WorkspaceFault> {
        let (name, mut losses) = (self.spot.repository, vec![]);
        let mut known = self.known()?;
        let pushed: Vec<Oid> = self
            .refs
            .all
            .iter()
            .filter(|(name, _)| name.starts_with("refs/remotes/"))
            .map(|(_, id)| *id)
            .collect();
        for id in pushed {
            if self.borrowed.bring(id).is_ok() {
                known.push(id);
            }
        }
        if !self.found.changed.is_empty() {
            losses.push(format!("{name}: {}", count(self.found.changed.len(), "uncommitted file")));
        }
        for tip in self.tips()? {
            let own = self.beyond(tip.id, &known)?;
            if own > 0 {
                let on =
                    tip.branch.or_else(|| self.refs.branch.clone()).unwrap_or_else(|| "no branch".to_owned());
                losses.push(format!("{name}: {} on {} not pushed", count(own, "commit"), plain(&on)));
                known.extend(tip.id);
            }
        }
        let nested = self.found.nested.iter().map(|path| plain(&String::from_utf8_lossy(path)));
        losses.extend(nested.map(|path| format!("{name}: the repository {path} inside it")));
        Ok(losses)
    }

    /// Commits that the gateway has.
    fn known(&self) -> Result<Vec<Oid>, WorkspaceFault> {
        let private = &self.spot.folders.private;
        let read = || -> Result<Vec<Oid>, git2::Error> {
            let mut known: Vec<Oid> = self.base.into_iter().collect();
            for path in [private.mirror(&self.label), private.kept(&self.label)] {
                if path.is_dir() {
                    for reference in Repository::open_bare(&path)?.references()? {
                        known.extend(reference?.peel_to_commit().map(|commit| commit.id()));
                    }
                }
            }
            Ok(known)
        };
        read().map_err(|error| failed("read the commits", self.spot.repository, &error))
    }

    /// What is checked out, then whatever else has a name. Where references are shared with others, only the session's
    /// own branch is its work.
    fn tips(&mut self) -> Result<Vec<Tip>, WorkspaceFault> {
        let own = format!("refs/heads/{}", session_branch(self.spot.workspace));
        let shared = self.data.as_ref().is_some_and(|data| data.shared.is_some());
        let named = self.refs.all.iter().filter(|(name, _)| match shared {
            true => **name == own,
            false => ["refs/heads/", "refs/tags/", "refs/stash"].iter().any(|start| name.starts_with(start)),
        });
        let named = named.map(|(name, id)| (*id, short(name)));
        let stashed = self.refs.stashed.iter().map(|id| (*id, "stash".to_owned()));
        let all: BTreeMap<Oid, String> = stashed.chain(named).collect();
        let mut tips = vec![Tip { id: self.head, branch: None }];
        for (id, branch) in all {
            self.borrowed.bring(id)?;
            // A tag may be one of a file.
            let commit = self.repository().find_object(id, None).and_then(|object| object.peel_to_commit());
            tips.extend(commit.map(|commit| Tip { id: Some(commit.id()), branch: Some(branch) }));
        }
        Ok(tips)
    }

    fn beyond(&self, tip: Option<Oid>, known: &[Oid]) -> Result<usize, WorkspaceFault> {
        let Some(tip) = tip else { return Ok(0) };
        let walk = || -> Result<usize, git2::Error> {
            let mut walk = self.repository().revwalk()?;
            walk.push(tip)?;
            for known in known {
                walk.hide(*known)?;
            }
            Ok(walk.take(COUNTED).collect::<Result<Vec<_>, _>>()?.len())
        };
        walk().map_err(|error| failed("read the commits", self.spot.repository, &error))
    }

    /// What is not committed, as a commit.
    fn committed(&mut self) -> Result<Oid, WorkspaceFault> {
        let make = |at: &Self| -> Result<Oid, git2::Error> {
            let repository = at.repository();
            let files = repository.find_tree(at.snapshot()?)?;
            let parent = at.head.map(|head| repository.find_commit(head)).transpose()?;
            let who = signature()?;
            let text = "Uncommitted changes when a new session started";
            repository.commit(None, &who, &who, text, &files, &parent.iter().collect::<Vec<_>>())
        };
        let made = make(self).map_err(|error| failed("save the files", self.spot.repository, &error))?;
        self.borrowed.made(made)?;
        Ok(made)
    }

    /// Repositories in the repository are kept as files, with their own git data.
    fn keep_nested(&self, rescue: &str) -> Result<Vec<String>, WorkspaceFault> {
        let (mut told, spot) = (vec![], &self.spot);
        for path in &self.found.nested {
            let from = Path::new(OsStr::from_bytes(path));
            let into =
                spot.folders.private.kept_files(&format!("{}-{}", rescue.replace('/', "-"), spot.repository));
            beside::keep(&self.tree, from, &into)?;
            told.push(format!(
                "{}: the repository {} inside it was saved in {}.",
                spot.repository,
                plain(&from.to_string_lossy()),
                into.display()
            ));
        }
        Ok(told)
    }
}

fn short(name: &str) -> String {
    let shorter = ["refs/heads/", "refs/"].iter().find_map(|start| name.strip_prefix(start));
    shorter.unwrap_or(name).to_owned()
}

fn what(uncommitted: usize, own: usize, tip: &Tip) -> String {
    let commits = format!("{} not pushed", count(own, "commit"));
    let commits = match &tip.branch {
        Some(branch) => format!("{commits} (branch {})", plain(branch)),
        None => commits,
    };
    match (uncommitted, own) {
        (n, 0) => count(n, "uncommitted file"),
        (0, _) => commits,
        (n, _) => format!("{} and {commits}", count(n, "uncommitted file")),
    }
}

/// Who commits what the gateway itself keeps.
fn signature() -> Result<Signature<'static>, git2::Error> {
    Signature::now("opencode-gateway", "gateway@localhost")
}
