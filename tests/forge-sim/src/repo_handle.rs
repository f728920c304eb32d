//! A repository in the hands of a test: what people do in it, and what is in it.

use crate::core::Sim;
use crate::git::Author;
use crate::repository::{Repository, Rule};
use crate::rights::{Level, Who};
use anyhow::Context;
use std::sync::Arc;

/// A repository. Cheap to clone.
#[derive(Clone)]
pub struct ForgeRepo {
    pub(crate) sim: Arc<Sim>,
    pub(crate) id: u64,
}

impl ForgeRepo {
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Repository) -> T) -> Option<T> {
        self.sim.quietly(|world| world.repositories.get(&self.id).map(look))
    }

    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Repository) -> T) -> Option<T> {
        self.sim.enter(|world| world.repositories.get_mut(&self.id).map(change))
    }

    pub fn id(&self) -> u64 {
        self.id
    }

    /// `owner/name` as it is now.
    pub fn full_name(&self) -> String {
        self.look(Repository::full_name).unwrap_or_default()
    }

    /// Where git clones it from.
    pub fn git_url(&self) -> String {
        let base = self.sim.quietly(|world| world.base.clone());
        format!("{base}/{}.git", self.full_name())
    }

    /// The bare repository on this machine.
    pub fn path(&self) -> std::path::PathBuf {
        self.look(|found| found.bare.0.clone()).unwrap_or_default()
    }

    /// The commit of a branch.
    pub fn tip(&self, branch: &str) -> Option<String> {
        self.look(|found| found.bare.tip(branch)).flatten()
    }

    /// The text of a file of a branch or commit.
    pub fn text(&self, at: &str, path: &str) -> Option<String> {
        let found = self.look(|found| found.bare.read(&found.bare.resolve(at)?, path)).flatten()?;
        String::from_utf8(found).ok()
    }

    /// A person who may `Read`, `Write` or `Admin` here. Only those can be asked for a review.
    pub fn collaborator(&self, login: &str, level: Level) {
        self.sim.enter(|world| {
            world.account(login, "User");
            if let Some(found) = world.repositories.get_mut(&self.id) {
                found.collaborators.insert(login.to_owned(), level);
            }
        });
    }

    /// Somebody pushes a commit that sets files (`None` removes one). A new branch begins at the default branch.
    pub fn push(
        &self,
        who: &str,
        branch: &str,
        files: &[(&str, Option<&str>)],
        message: &str,
    ) -> anyhow::Result<String> {
        self.sim.enter(|world| {
            world.account(who, "User");
            let before = world.branches(self.id);
            let found = world.repositories.get(&self.id).context("the repository is gone")?;
            let from = before.get(&found.default_branch).map(String::as_str);
            let author = Author { name: who, mail: &format!("{who}@example.com"), at: world.now };
            let sha = found.bare.commit(branch, from, files, message, &author)?;
            world.pushed(self.id, &Who::Person(who.to_owned()), &before);
            Ok(sha)
        })
    }

    /// Somebody sets a branch to a commit, whatever it was: a force push.
    pub fn force(&self, who: &str, branch: &str, sha: &str) -> anyhow::Result<()> {
        self.sim.enter(|world| {
            let before = world.branches(self.id);
            world
                .repositories
                .get(&self.id)
                .context("the repository is gone")?
                .bare
                .set_branch(branch, sha)?;
            world.pushed(self.id, &Who::Person(who.to_owned()), &before);
            Ok(())
        })
    }

    pub fn delete_branch(&self, who: &str, branch: &str) {
        self.sim.enter(|world| {
            let before = world.branches(self.id);
            if let Some(found) = world.repositories.get(&self.id) {
                found.bare.delete_branch(branch);
            }
            world.pushed(self.id, &Who::Person(who.to_owned()), &before);
        });
    }

    /// The old name answers 301 from now on.
    pub fn rename(&self, name: &str) {
        self.sim.enter(|world| {
            let Some(found) = world.repositories.get_mut(&self.id) else { return };
            let old = found.full_name().to_lowercase();
            name.clone_into(&mut found.name);
            world.renamed.insert(old, self.id);
        });
    }

    pub fn make_public(&self) {
        self.change(|found| found.private = false);
    }

    /// An active rule for branches that fit; `*` stands for any text.
    pub fn rule(&self, branch: &str, rule: Rule) {
        self.change(|found| found.rules.push((branch.to_owned(), rule)));
    }

    pub fn clear_rules(&self) {
        self.change(|found| found.rules.clear());
    }

    pub fn allow_auto_merge(&self, allowed: bool) {
        self.change(|found| found.auto_merge = allowed);
    }

    /// Private repositories of a free plan have none: 422.
    pub fn allow_drafts(&self, allowed: bool) {
        self.change(|found| found.drafts = allowed);
    }

    /// Branches of merged pull requests go by themselves.
    pub fn delete_merged_branches(&self, deletes: bool) {
        self.change(|found| found.deletes_merged = deletes);
    }
}
