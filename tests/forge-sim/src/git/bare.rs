//! One bare repository.

use anyhow::Context;
use git2::{Commit, Oid, Repository, RepositoryInitOptions, Signature, Time, Tree};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Clone, Debug)]
pub(crate) struct Bare(pub(crate) PathBuf);

/// Who commits, and when.
pub(crate) struct Author<'a> {
    pub(crate) name: &'a str,
    pub(crate) mail: &'a str,
    pub(crate) at: Timestamp,
}

pub(crate) struct CommitSeen {
    pub(crate) sha: String,
    pub(crate) tree: String,
    pub(crate) parents: Vec<String>,
    pub(crate) message: String,
    pub(crate) author: (String, String, i64),
    pub(crate) committer: (String, String, i64),
}

impl Bare {
    pub(crate) fn init(path: &Path, branch: &str) -> anyhow::Result<Self> {
        let mut options = RepositoryInitOptions::new();
        options.bare(true).mkdir(true).mkpath(true).initial_head(branch);
        let made = Repository::init_opts(path, &options)?;
        let mut config = made.config()?;
        config.set_bool("http.receivepack", true)?;
        config.set_bool("uploadpack.allowFilter", true)?;
        config.set_bool("uploadpack.allowAnySHA1InWant", true)?;
        config.set_i32("gc.auto", 0)?;
        super::receive::install(path)?;
        Ok(Self(path.to_owned()))
    }

    pub(crate) fn open(&self) -> anyhow::Result<Repository> {
        Repository::open_bare(&self.0).with_context(|| format!("repository {}", self.0.display()))
    }

    /// All branches with their tips.
    pub(crate) fn branches(&self) -> BTreeMap<String, String> {
        let Ok(repository) = self.open() else { return BTreeMap::new() };
        let Ok(found) = repository.references_glob("refs/heads/*") else { return BTreeMap::new() };
        let found = found.flatten().filter_map(|reference| {
            let name = reference.name().ok()?.strip_prefix("refs/heads/")?.to_owned();
            Some((name, reference.target()?.to_string()))
        });
        found.collect()
    }

    pub(crate) fn tip(&self, branch: &str) -> Option<String> {
        let found = self.open().ok()?.find_reference(&format!("refs/heads/{branch}")).ok()?.target();
        found.map(|oid| oid.to_string())
    }

    /// A branch, tag, full name of a ref, or commit.
    pub(crate) fn resolve(&self, name: &str) -> Option<String> {
        let repository = self.open().ok()?;
        let names = [
            format!("refs/heads/{name}"),
            format!("refs/tags/{name}"),
            format!("refs/{name}"),
            name.to_owned(),
        ];
        let by_name =
            names.iter().find_map(|name| repository.find_reference(name).ok()?.peel_to_commit().ok());
        let by_hash =
            || (name.len() >= 7).then(|| repository.revparse_single(name).ok()?.peel_to_commit().ok())?;
        by_name.or_else(by_hash).map(|commit| commit.id().to_string())
    }

    /// Sets the text of files, or removes them (`None`), in one commit. A new branch begins at `from`.
    pub(crate) fn commit(
        &self,
        branch: &str,
        from: Option<&str>,
        files: &[(&str, Option<&str>)],
        message: &str,
        author: &Author<'_>,
    ) -> anyhow::Result<String> {
        let repository = self.open()?;
        let parent = self.tip(branch).or_else(|| from.map(str::to_owned));
        let parent = parent.map(|sha| repository.find_commit(Oid::from_str(&sha)?)).transpose()?;
        let tree = parent.as_ref().map(Commit::tree).transpose()?;
        let tree = changed_tree(&repository, tree.as_ref(), files)?;
        let parents: Vec<&Commit<'_>> = parent.iter().collect();
        let signature = author.signature()?;
        let sha = repository.commit(None, &signature, &signature, message, &tree, &parents)?;
        repository.reference(&format!("refs/heads/{branch}"), sha, true, "commit")?;
        Ok(sha.to_string())
    }

    /// A merge commit, or one that holds all (`squash`), on top of a branch.
    pub(crate) fn merge(
        &self,
        branch: &str,
        head: &str,
        squash: bool,
        message: &str,
        author: &Author<'_>,
    ) -> anyhow::Result<String> {
        let repository = self.open()?;
        let base = self.tip(branch).context("the base is gone")?;
        let ours = repository.find_commit(Oid::from_str(&base)?)?;
        let theirs = repository.find_commit(Oid::from_str(head)?)?;
        let mut index = repository.merge_commits(&ours, &theirs, None)?;
        anyhow::ensure!(!index.has_conflicts(), "conflicts");
        let tree = repository.find_tree(index.write_tree_to(&repository)?)?;
        let parents = if squash { vec![&ours] } else { vec![&ours, &theirs] };
        let signature = author.signature()?;
        let sha = repository.commit(None, &signature, &signature, message, &tree, &parents)?;
        repository.reference(&format!("refs/heads/{branch}"), sha, true, "merge")?;
        Ok(sha.to_string())
    }

    pub(crate) fn merges_cleanly(&self, base: &str, head: &str) -> bool {
        let merged = || -> anyhow::Result<bool> {
            let repository = self.open()?;
            let ours = repository.find_commit(Oid::from_str(base)?)?;
            let theirs = repository.find_commit(Oid::from_str(head)?)?;
            Ok(!repository.merge_commits(&ours, &theirs, None)?.has_conflicts())
        };
        merged().unwrap_or(false)
    }

    pub(crate) fn set_branch(&self, branch: &str, sha: &str) -> anyhow::Result<()> {
        let repository = self.open()?;
        let commit = repository.find_commit(Oid::from_str(sha)?)?.id();
        repository.reference(&format!("refs/heads/{branch}"), commit, true, "set")?;
        Ok(())
    }

    pub(crate) fn delete_branch(&self, branch: &str) -> bool {
        let deleted = || -> anyhow::Result<()> {
            Ok(self.open()?.find_reference(&format!("refs/heads/{branch}"))?.delete()?)
        };
        deleted().is_ok()
    }

    pub(crate) fn merge_base(&self, one: &str, other: &str) -> Option<String> {
        let found = self.open().ok()?.merge_base(Oid::from_str(one).ok()?, Oid::from_str(other).ok()?);
        found.ok().map(|oid| oid.to_string())
    }

    /// Commits that `head` has and `base` has not, oldest first.
    pub(crate) fn commits_between(&self, base: &str, head: &str) -> Vec<CommitSeen> {
        let walked = || -> anyhow::Result<Vec<CommitSeen>> {
            let repository = self.open()?;
            let mut walk = repository.revwalk()?;
            walk.set_sorting(git2::Sort::TOPOLOGICAL | git2::Sort::REVERSE)?;
            walk.push(Oid::from_str(head)?)?;
            walk.hide(Oid::from_str(base)?)?;
            let commits = walk.map(|oid| Ok(CommitSeen::of(&repository.find_commit(oid?)?)));
            commits.collect()
        };
        walked().unwrap_or_default()
    }

    pub(crate) fn find_commit(&self, sha: &str) -> Option<CommitSeen> {
        let repository = self.open().ok()?;
        let found = repository.find_commit(Oid::from_str(sha).ok()?).ok()?;
        Some(CommitSeen::of(&found))
    }

    /// Paths of all files of a commit.
    pub(crate) fn files(&self, sha: &str) -> Vec<String> {
        let walked = || -> anyhow::Result<Vec<String>> {
            let repository = self.open()?;
            let tree = repository.find_commit(Oid::from_str(sha)?)?.tree()?;
            let mut paths = Vec::new();
            tree.walk(git2::TreeWalkMode::PreOrder, |folder, entry| {
                if entry.kind() != Some(git2::ObjectType::Tree) {
                    paths.push(format!("{folder}{}", String::from_utf8_lossy(entry.name_bytes())));
                }
                git2::TreeWalkResult::Ok
            })?;
            Ok(paths)
        };
        walked().unwrap_or_default()
    }

    pub(crate) fn read(&self, sha: &str, path: &str) -> Option<Vec<u8>> {
        let repository = self.open().ok()?;
        let tree = repository.find_commit(Oid::from_str(sha).ok()?).ok()?.tree().ok()?;
        let entry = tree.get_path(Path::new(path)).ok()?;
        let blob = repository.find_blob(entry.id()).ok()?;
        Some(blob.content().to_vec())
    }
}

fn changed_tree<'a>(
    repository: &'a Repository,
    tree: Option<&Tree<'_>>,
    files: &[(&str, Option<&str>)],
) -> anyhow::Result<Tree<'a>> {
    let empty = repository.find_tree(repository.treebuilder(None)?.write()?)?;
    let mut update = git2::build::TreeUpdateBuilder::new();
    for (path, text) in files {
        match text {
            Some(text) => {
                update.upsert(*path, repository.blob(text.as_bytes())?, git2::FileMode::Blob);
            }
            None => {
                update.remove(*path);
            }
        }
    }
    let changed = update.create_updated(repository, tree.unwrap_or(&empty))?;
    Ok(repository.find_tree(changed)?)
}

impl Author<'_> {
    fn signature(&self) -> anyhow::Result<Signature<'static>> {
        Ok(Signature::new(self.name, self.mail, &Time::new(self.at.as_second(), 0))?)
    }
}

impl CommitSeen {
    fn of(commit: &Commit<'_>) -> Self {
        let person = |signature: &Signature<'_>| {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            (text(signature.name_bytes()), text(signature.email_bytes()), signature.when().seconds())
        };
        Self {
            sha: commit.id().to_string(),
            tree: commit.tree_id().to_string(),
            parents: commit.parent_ids().map(|oid| oid.to_string()).collect(),
            message: String::from_utf8_lossy(commit.message_bytes()).into_owned(),
            author: person(&commit.author()),
            committer: person(&commit.committer()),
        }
    }
}
