//! Workspaces that the configured command makes, such as `task builder:init BUILDER_NAME={name} REPOS={repositories}`.

use super::command::Run;
use super::{Folders, Workshop, beside, blocking, git};
use crate::sessions::ports::{OnProgress, WorkspaceFault, WorkspaceSpec};
use gateway_domain::ProgressLine;
use std::time::Duration;

/// What is run.
pub(super) struct Command<'a> {
    pub(super) words: &'a [String],
    pub(super) timeout: Duration,
    /// Names of variables that it gets beyond the usual ones.
    pub(super) environment: &'a [String],
}

impl Workshop {
    pub(super) async fn by_command(
        &self,
        folders: &Folders,
        spec: &WorkspaceSpec,
        command: &Command<'_>,
        tell: &OnProgress<'_>,
    ) -> Result<Option<String>, WorkspaceFault> {
        let names: Vec<_> = spec.repositories.iter().map(|source| source.name.as_str()).collect();
        // Names are plain, so nothing in them can become an option or a second word.
        let filled = |word: &String| {
            word.replace("{name}", spec.name.as_str()).replace("{repositories}", &names.join(","))
        };
        let mut words = command.words.iter().map(filled);
        let program = words.next().unwrap_or_default();
        let what = format!("The command {program}");
        let run = Run {
            what: &what,
            program: &program,
            args: words.collect(),
            directory: folders.folder.path().parent().unwrap_or(folders.folder.path()),
            environment: vec![],
            passed_on: command.environment,
            timeout: command.timeout,
        };
        let ended = run.go(&|line| tell(ProgressLine::info(line))).await?;
        if !ended.status.success() {
            let said = ended.tail.join(" / ");
            if said.contains("No space left") {
                return Err(WorkspaceFault::DiskFull(said));
            }
            return Err(WorkspaceFault::CommandFailed(format!("{what} failed ({}): {said}", ended.status)));
        }
        let (folders, name) = (folders.clone(), spec.name.clone());
        blocking(move || {
            for repository in folders.folder.repositories(&name)? {
                git::note_base(git::Spot { folders: &folders, workspace: &name, repository: &repository })?;
            }
            Ok(None)
        })
        .await
    }

    /// A workspace that a command made before is cleaned, if there is git in it.
    pub(super) async fn reset(
        &self,
        folders: &Folders,
        spec: &WorkspaceSpec,
        tell: &OnProgress<'_>,
    ) -> Result<Option<String>, WorkspaceFault> {
        let all = folders.folder.repositories(&spec.name)?;
        if let Some(missing) = spec.repositories.iter().find(|source| !all.contains(&source.name)) {
            let by = format!("a workspace without {}", missing.name);
            return Err(WorkspaceFault::Taken { name: spec.name.clone(), by });
        }
        let (folders, name, stamp) = (folders.clone(), spec.name.clone(), git::stamp(self.clock.now()));
        let kept = blocking(move || {
            let mut told = vec![];
            for repository in &all {
                let spot = git::Spot { folders: &folders, workspace: &name, repository };
                told.extend(git::clean_in_place(spot, &stamp)?);
            }
            told.extend(beside::clear(&folders, &name, &all, &stamp)?);
            Ok(told)
        });
        kept.await?.into_iter().for_each(|line| tell(ProgressLine::warning(line)));
        Ok(None)
    }
}
