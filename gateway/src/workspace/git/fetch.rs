//! Brings a mirror up to date: from a directory within the process, from a server with the `git` program.

use super::{BASE, BRANCHES, failed};
use crate::sessions::workspaces::{RepositorySource, WorkspaceFault};
use crate::workspace::command::Run;
use git2::{AutotagOption, FetchOptions, FetchPrune, Repository};
use std::path::Path;
use std::time::Duration;

/// Settings that hold whatever a configuration says: no hooks, no helpers out of an address, no question to a terminal.
const SETTINGS: [&str; 4] =
    ["core.hooksPath=/dev/null", "core.fsmonitor=false", "protocol.ext.allow=never", "gc.auto=0"];

const SERVERS: [&str; 5] = ["https://", "http://", "ssh://", "git://", "git@"];

/// The address for the program, where it is needed: a server, or a part of the history only.
pub(super) fn by_program(source: &RepositorySource, from: &str) -> Option<String> {
    if SERVERS.iter().any(|start| from.starts_with(start)) {
        return Some(from.to_owned());
    }
    source.depth.map(|_| if from.starts_with("file://") { from.to_owned() } else { format!("file://{from}") })
}

fn refspecs() -> [String; 2] {
    [BRANCHES.to_owned(), format!("+HEAD:{BASE}")]
}

pub(super) fn with_libgit2(
    source: &RepositorySource,
    from: &str,
    mirror: &Path,
) -> Result<(), WorkspaceFault> {
    let place = from.strip_prefix("file://").unwrap_or(from);
    if !Path::new(place).is_absolute() || !Path::new(place).exists() {
        return Err(WorkspaceFault::NoSuchRepository(format!(
            "Repository {} is not found: there is no {place}.",
            source.name
        )));
    }
    let fetch = || -> Result<(), git2::Error> {
        let repository = Repository::open_bare(mirror)?;
        let mut remote = repository.remote_anonymous(from)?;
        let mut options = FetchOptions::new();
        options.download_tags(AutotagOption::Auto).prune(FetchPrune::On);
        remote.fetch(&refspecs(), Some(&mut options), None)
    };
    fetch().map_err(|error| failed("bring over the commits", &source.name, &error))?;
    has_commit(source, mirror)
}

fn has_commit(source: &RepositorySource, mirror: &Path) -> Result<(), WorkspaceFault> {
    let there = Repository::open_bare(mirror).and_then(|mirror| mirror.refname_to_id(BASE).map(drop));
    there.map_err(|_| {
        WorkspaceFault::NoSuchRepository(format!("Repository {} has no commit to begin at.", source.name))
    })
}

pub(super) async fn with_git(
    source: &RepositorySource,
    address: &str,
    mirror: &Path,
    timeout: Duration,
) -> Result<(), WorkspaceFault> {
    let mut args: Vec<String> =
        SETTINGS.iter().flat_map(|set| ["-c".to_owned(), (*set).to_owned()]).collect();
    args.extend(
        ["fetch", "--quiet", "--prune", "--no-write-fetch-head", "--no-recurse-submodules"]
            .map(str::to_owned),
    );
    args.extend(source.depth.map(|depth| format!("--depth={depth}")));
    args.extend(["--".to_owned(), address.to_owned()]);
    args.extend(refspecs());
    let what = format!("Fetching repository {}", source.name);
    let environment = vec![
        ("GIT_TERMINAL_PROMPT", "0".to_owned()),
        ("GIT_ASKPASS", "false".to_owned()),
        ("GIT_SSH_COMMAND", "ssh -oBatchMode=yes".to_owned()),
        ("LC_ALL", "C".to_owned()),
    ];
    let run = Run { what: &what, program: "git", args, directory: mirror, environment, timeout };
    let ended = run.go(&|_| {}).await?;
    if ended.status.success() {
        return Ok(());
    }
    let said = ended.tail.join(" / ");
    let missing =
        ["not found", "does not appear to be a git repository", "does not exist", "remote ref HEAD"];
    if missing.iter().any(|words| said.contains(words)) {
        return Err(WorkspaceFault::NoSuchRepository(format!(
            "Repository {} is not found, or this gateway may not read it: {said}",
            source.name
        )));
    }
    if said.contains("No space left") {
        return Err(WorkspaceFault::DiskFull(said));
    }
    Err(WorkspaceFault::CommandFailed(format!("{what} failed: {said}")))
}
