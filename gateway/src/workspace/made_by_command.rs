//! Workspaces that the configured command makes, such as `task builder:init BUILDER_NAME={name} REPOS={repositories}`.

use super::command::Run;
use super::folder::Folder;
use super::{Workshop, blocking, git};
use crate::sessions::workspaces::{Tell, WorkspaceFault, WorkspaceOrder};
use gateway_domain::Remark;
use std::time::Duration;

impl Workshop {
    pub(super) async fn by_command(
        &self,
        folder: &Folder,
        order: &WorkspaceOrder,
        words: &[String],
        timeout: Duration,
        tell: &Tell<'_>,
    ) -> Result<Option<String>, WorkspaceFault> {
        let names: Vec<_> = order.repositories.iter().map(|source| source.name.as_str()).collect();
        // Names are plain, so nothing in them can become an option or a second word.
        let filled = |word: &String| {
            word.replace("{name}", order.name.as_str()).replace("{repositories}", &names.join(","))
        };
        let mut words = words.iter().map(filled);
        let program = words.next().unwrap_or_default();
        let what = format!("The command {program}");
        let run = Run {
            what: &what,
            program: &program,
            args: words.collect(),
            directory: folder.root().parent().unwrap_or(folder.root()),
            environment: vec![],
            timeout,
        };
        let ended = run.go(&|line| tell(Remark::info(line))).await?;
        if !ended.status.success() {
            let said = ended.tail.join(" / ");
            if said.contains("No space left") {
                return Err(WorkspaceFault::DiskFull(said));
            }
            return Err(WorkspaceFault::CommandFailed(format!("{what} failed ({}): {said}", ended.status)));
        }
        Ok(None)
    }

    /// A workspace that a command made before is cleaned, if there is git in it.
    pub(super) async fn reset(
        &self,
        folder: &Folder,
        order: &WorkspaceOrder,
        tell: &Tell<'_>,
    ) -> Result<Option<String>, WorkspaceFault> {
        for source in &order.repositories {
            if !folder.has_tree(&order.name, &source.name)? {
                return Err(WorkspaceFault::Taken {
                    name: order.name.clone(),
                    by: format!("a workspace without {}", source.name),
                });
            }
            let (tree, stamp) = (folder.tree(&order.name, &source.name), git::stamp(self.clock.now()));
            let (name, branch) = (source.name.clone(), git::rescue_branch(&order.name, &stamp));
            let kept = blocking(move || git::clean_in_place(&tree, &name, &branch)).await?;
            kept.into_iter().for_each(|line| tell(Remark::warning(line)));
        }
        Ok(None)
    }
}
