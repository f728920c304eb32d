//! A repository for an agent: a clone of the gateway's mirror with data of its own, so that nothing the agent does to it
//! reaches the mirror (docs/decisions/0031).

use super::data::DOT_GIT;
use super::examined::Spot;

use super::laid::Laid;
use super::lay::lay;
use super::rescue::{head, rescued};
use super::{failed, session_branch};
use crate::sessions::ports::{RepositorySource, WorkspaceFault};
use crate::workspace::beneath::Beneath;
use crate::workspace::disk;
use crate::workspace::private::Scratch;
use git2::{Oid, Repository};
use std::fs::File;
use std::io;
use std::path::Path;

/// A mirror, and what is to be made of it.
pub(super) struct Seed<'a> {
    pub(super) spot: Spot<'a>,
    pub(super) source: &'a RepositorySource,
    pub(super) label: &'a str,
    pub(super) base: Oid,
}

impl Seed<'_> {
    /// Into a folder that has nothing of the commit's in it.
    pub(super) fn plant(&self, tree: &Beneath) -> Result<(), WorkspaceFault> {
        let Spot { folders, workspace, repository } = self.spot;
        let mirror = folders.private.mirror(self.label);
        // The note comes first: what is laid is known to be, whatever happens then.
        Laid::new(self.label, self.base, &self.source.sparse).write(
            &folders.private,
            workspace,
            repository,
        )?;
        let scratch = folders.private.scratch()?;
        let told = |error: git2::Error| failed("write the files", repository, &error);
        let data = tree
            .make_folder(DOT_GIT)
            .map_err(|error| disk("create the git data of", &self.spot.path(), &error))?;
        let refs = self.refs(&mirror, &scratch, &data).map_err(told)?;
        let place_of_index = folders.private.index(workspace, repository);
        let index = lay(tree, &mirror, self.base, &self.source.sparse, &place_of_index).map_err(told)?;
        self.data(&data, &mirror, &refs, &index)
            .map_err(|error| disk("write the git data of", &self.spot.path(), &error))
    }

    fn data(&self, data: &Beneath, mirror: &Path, refs: &str, index: &[u8]) -> io::Result<()> {
        let objects = data.make_folder("objects")?;
        copied(&mirror.join("objects"), &objects)?;
        data.make_folder("refs")?.make_folder("heads")?;
        data.make_folder("info")?;
        data.write("packed-refs", refs.as_bytes())?;
        data.write("config", self.config().as_bytes())?;
        if let Some(shallow) = self.shallow(mirror)? {
            data.write("shallow", shallow.as_bytes())?;
        }
        data.write("index", index)?;
        data.write("HEAD", format!("ref: {}\n", head(&session_branch(self.spot.workspace))).as_bytes())
    }

    /// The remote's branches and tags, the session's own, and what was kept of earlier ones.
    fn refs(&self, mirror: &Path, scratch: &Scratch, data: &Beneath) -> Result<String, git2::Error> {
        let repository = Repository::open_bare(mirror)?;
        let mut lines = vec![format!("{} {}\n", self.base, head(&session_branch(self.spot.workspace)))];
        for kind in ["refs/remotes/origin/*", "refs/tags/*"] {
            for reference in repository.references_glob(kind)? {
                let reference = reference?;
                lines.extend(
                    reference.target().zip(reference.name().ok()).map(|(id, name)| format!("{id} {name}\n")),
                );
            }
        }
        let kept = rescued(&self.spot.folders.private, self.label, &self.spot)?;
        lines.extend(kept.iter().map(|(branch, id)| format!("{id} {}\n", head(branch))));
        if !kept.is_empty() {
            self.rescues(&repository, &kept, scratch, data)?;
        }
        Ok(lines.concat())
    }

    /// The commits of rescue branches, as far as the mirror does not have them.
    fn rescues(
        &self,
        mirror: &Repository,
        kept: &[(String, Oid)],
        scratch: &Scratch,
        data: &Beneath,
    ) -> Result<(), git2::Error> {
        let repository = Repository::open_bare(self.spot.folders.private.kept(self.label))?;
        let mut walk = repository.revwalk()?;
        for (_, id) in kept {
            walk.push(*id)?;
        }
        for reference in mirror.references()? {
            if let Ok(commit) = reference?.peel_to_commit() {
                walk.hide(commit.id())?;
            }
        }
        let mut pack = repository.packbuilder()?;
        pack.insert_walk(&mut walk)?;
        if pack.object_count() == 0 {
            return Ok(());
        }
        pack.write(scratch.path(), 0o444)?;
        let laid = data.make_folder("objects").and_then(|objects| objects.make_folder("pack"));
        let laid = laid.and_then(|packs| copied(scratch.path(), &packs));
        laid.map_err(|error| git2::Error::from_str(&error.to_string()))
    }

    fn config(&self) -> String {
        // The address was checked when it was configured; a sign that ends the line or the text is written as git does.
        let from = self.source.from.as_deref().unwrap_or_default().replace('\\', "\\\\").replace('"', "\\\"");
        let from = from.replace('\n', "\\n").replace(char::is_control, "");
        format!(
            "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tlogallrefupdates = true\n\
             [remote \"origin\"]\n\turl = \"{from}\"\n\tfetch = {}\n",
            super::BRANCHES
        )
    }

    /// Where the history is cut: as the mirror's is, or at the wanted depth where the whole was at hand.
    fn shallow(&self, mirror: &Path) -> io::Result<Option<String>> {
        match std::fs::read_to_string(mirror.join("shallow")) {
            Ok(text) => return Ok(Some(text)),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Err(_) => {}
        }
        let Some(depth) = self.source.depth else { return Ok(None) };
        let cut = || -> Result<String, git2::Error> {
            let repository = Repository::open_bare(mirror)?;
            let (mut level, mut text) = (vec![repository.find_commit(self.base)?], String::new());
            for _ in 1..depth.max(1) {
                level = level.iter().flat_map(git2::Commit::parents).collect();
                level.sort_by_key(git2::Commit::id);
                level.dedup_by_key(|commit| commit.id());
            }
            for commit in level.iter().filter(|commit| commit.parent_count() > 0) {
                text += &format!("{}\n", commit.id());
            }
            Ok(text)
        };
        let text = cut().map_err(io::Error::other)?;
        Ok((!text.is_empty()).then_some(text))
    }
}

/// Copies what a folder of ours holds, as data of its own: where the file system can, the blocks are shared until one side
/// writes. Hard links would be one file, which an agent could write to.
fn copied(from: &Path, into: &Beneath) -> io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let (entry, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        if entry.is_dir() {
            // Which other repositories the mirror leans on is none of the agent's business; it leans on none.
            if name != *"info" {
                copied(&entry, &into.make_folder(&name)?)?;
            }
        } else if is_wanted(&entry) {
            io::copy(&mut File::open(&entry)?, &mut into.create(&name, false)?)?;
        }
    }
    Ok(())
}

/// Not what a fetch that broke off left, and nothing that one of our own programs made for itself.
fn is_wanted(path: &Path) -> bool {
    let kind = path.extension().and_then(|kind| kind.to_str());
    matches!(kind, Some("pack" | "idx" | "rev"))
        || kind.is_none() && path.file_name().is_some_and(|name| name.len() == 38)
}
