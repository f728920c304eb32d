//! Brings a mirror up to date from a server, with the `git` program. Directories are read in `source.rs`.

use super::{BASE, BRANCHES};
use crate::sessions::ports::{RepositorySource, WorkspaceFault};
use crate::workspace::command::{CommandEnd, Run};
use std::path::Path;
use std::time::Duration;

/// Settings that hold whatever a configuration says: no hooks, no helpers out of an address, no question to a terminal.
/// What came over stays one pack, which is copied at once.
const SETTINGS: [&str; 6] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.alternateRefsCommand=false",
    "protocol.ext.allow=never",
    "gc.auto=0",
    "fetch.unpackLimit=1",
];

/// Packs of a mirror, from which on they are put together: each is looked at and copied for every workspace.
const MANY_PACKS: usize = 20;

const SERVERS: [&str; 5] = ["https://", "http://", "ssh://", "git://", "git@"];

/// Whether the program is needed. A directory is read within the process: an agent may be able to write there.
pub(super) fn is_server(from: &str) -> bool {
    SERVERS.iter().any(|start| from.starts_with(start))
}

/// How the program is run.
pub(crate) struct GitProgram<'a> {
    pub(crate) timeout: Duration,
    /// Settings of the operator's, such as who signs in how; none otherwise.
    pub(crate) settings: Option<&'a Path>,
}

fn refspecs() -> [String; 2] {
    [BRANCHES.to_owned(), format!("+HEAD:{BASE}")]
}

pub(super) async fn with_git(
    source: &RepositorySource,
    address: &str,
    mirror: &Path,
    how: &GitProgram<'_>,
) -> Result<(), WorkspaceFault> {
    let mut args: Vec<String> =
        ["fetch", "--quiet", "--prune", "--no-write-fetch-head", "--no-recurse-submodules"]
            .map(str::to_owned)
            .into();
    args.extend(source.depth.map(|depth| format!("--depth={depth}")));
    args.extend(["--".to_owned(), address.to_owned()]);
    args.extend(refspecs());
    let what = format!("Fetching repository {}", source.name);
    let ended = run_git(&what, args, mirror, how).await?;
    if ended.status.success() {
        return put_together(source, mirror, how).await;
    }
    let said = ended.tail.join(" / ");
    let missing =
        ["not found", "does not appear to be a git repository", "does not exist", "remote ref HEAD"];
    if missing.iter().any(|words| said.contains(words)) {
        return Err(WorkspaceFault::NoSuchRepository(format!(
            "Repository {} was not found, or this gateway has no access to it: {said}",
            source.name
        )));
    }
    if said.contains("No space left") {
        return Err(WorkspaceFault::DiskFull(said));
    }
    Err(WorkspaceFault::CommandFailed(format!("{what} failed: {said}")))
}

/// In a repository that only the gateway has.
pub(crate) async fn run_git(
    what: &str,
    args: Vec<String>,
    mirror: &Path,
    how: &GitProgram<'_>,
) -> Result<CommandEnd, WorkspaceFault> {
    let settings = SETTINGS.iter().flat_map(|set| ["-c".to_owned(), (*set).to_owned()]);
    let own = how.settings.unwrap_or(Path::new("/dev/null")).display().to_string();
    let environment = vec![
        // The folder is named, not looked for, and nobody else's settings count.
        ("GIT_DIR", mirror.display().to_string()),
        ("GIT_CONFIG_GLOBAL", own),
        ("GIT_CONFIG_SYSTEM", "/dev/null".to_owned()),
        ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
        ("GIT_TERMINAL_PROMPT", "0".to_owned()),
        ("GIT_ASKPASS", "false".to_owned()),
        ("GIT_SSH_COMMAND", "ssh -oBatchMode=yes".to_owned()),
        ("LC_ALL", "C".to_owned()),
    ];
    let args = settings.chain(args).collect();
    let passed_on = &[];
    Run { what, program: "git", args, directory: mirror, environment, passed_on, timeout: how.timeout }
        .go(&|_| {})
        .await
}

/// Many packs make every workspace slow. Without it all works too, so a failure is only told to the operator.
async fn put_together(
    source: &RepositorySource,
    mirror: &Path,
    how: &GitProgram<'_>,
) -> Result<(), WorkspaceFault> {
    let packs = std::fs::read_dir(mirror.join("objects/pack")).into_iter().flatten().flatten();
    if packs.filter(|entry| entry.path().extension().is_some_and(|kind| kind == "pack")).count() < MANY_PACKS
    {
        return Ok(());
    }
    let args = ["repack", "--geometric=2", "-d", "-q"].map(str::to_owned).into();
    match run_git("Merging packs", args, mirror, how).await {
        Ok(ended) if ended.status.success() => {}
        Ok(ended) => {
            tracing::warn!(repository = %source.name, said = ended.tail.join(" / "), "packs not merged")
        }
        Err(error) => tracing::warn!(repository = %source.name, %error, "packs not merged"),
    }
    Ok(())
}
