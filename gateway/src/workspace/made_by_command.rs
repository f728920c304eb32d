//! Workspaces that the configured command makes, such as `task builder:init BUILDER_NAME={name} REPOS={repositories}`.

use super::command::Run;
use super::{Place, Workshop, beside, blocking, git};
use crate::sessions::ports::{Tell, WorkspaceFault, WorkspaceSpec};
use gateway_domain::Remark;
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
        place: &Place,
        spec: &WorkspaceSpec,
        command: &Command<'_>,
        tell: &Tell<'_>,
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
            directory: place.folder.path().parent().unwrap_or(place.folder.path()),
            environment: vec![],
            passed_on: command.environment,
            timeout: command.timeout,
        };
        let ended = run.go(&|line| tell(Remark::info(line))).await?;
        if !ended.status.success() {
            let said = ended.tail.join(" / ");
            if said.contains("No space left") {
                return Err(WorkspaceFault::DiskFull(said));
            }
            return Err(WorkspaceFault::CommandFailed(format!("{what} failed ({}): {said}", ended.status)));
        }
        let (place, name) = (place.clone(), spec.name.clone());
        blocking(move || {
            for repository in place.folder.repositories(&name)? {
                git::note_base(git::Spot { place: &place, workspace: &name, repository: &repository })?;
            }
            Ok(None)
        })
        .await
    }

    /// A workspace that a command made before is cleaned, if there is git in it.
    pub(super) async fn reset(
        &self,
        place: &Place,
        spec: &WorkspaceSpec,
        tell: &Tell<'_>,
    ) -> Result<Option<String>, WorkspaceFault> {
        let all = place.folder.repositories(&spec.name)?;
        if let Some(missing) = spec.repositories.iter().find(|source| !all.contains(&source.name)) {
            let by = format!("a workspace without {}", missing.name);
            return Err(WorkspaceFault::Taken { name: spec.name.clone(), by });
        }
        let (place, name, stamp) = (place.clone(), spec.name.clone(), git::stamp(self.clock.now()));
        let kept = blocking(move || {
            let mut told = vec![];
            for repository in &all {
                let spot = git::Spot { place: &place, workspace: &name, repository };
                told.extend(git::clean_in_place(spot, &stamp)?);
            }
            told.extend(beside::clear(&place, &name, &all, &stamp)?);
            Ok(told)
        });
        kept.await?.into_iter().for_each(|line| tell(Remark::warning(line)));
        Ok(None)
    }
}
