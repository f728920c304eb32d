//! Git for workspaces: mirrors, worktrees, and keeping what would be lost. In the process with libgit2; only what
//! comes over a network is fetched by the `git` program, which can be stopped, and knows how to sign in
//! (docs/decisions/0009).

mod check_out;
mod clean;
mod fetch;
mod mirror;
mod tree;

pub(super) use clean::{clean_in_place, keep_before_removal, losses};
pub(super) use tree::{Tree, forget};

use crate::sessions::workspaces::WorkspaceFault;
use gateway_domain::{PlaceName, mask};
use jiff::Timestamp;

/// The remote's own branches, out of the way of the sessions' branches.
const BRANCHES: &str = "+refs/heads/*:refs/remotes/origin/*";

/// The commit that the remote would check out.
const BASE: &str = "refs/gateway/base";

/// The session's branch in each of its repositories.
pub(super) fn session_branch(workspace: &PlaceName) -> String {
    format!("gateway/{workspace}")
}

/// Where what would be lost is kept.
pub(super) fn rescue_branch(workspace: &PlaceName, stamp: &str) -> String {
    format!("rescue/{workspace}-{stamp}")
}

pub(super) fn stamp(now: Timestamp) -> String {
    now.strftime("%Y%m%d-%H%M%S").to_string()
}

/// What git refused, as a sentence.
fn failed(doing: &str, repository: &PlaceName, error: &git2::Error) -> WorkspaceFault {
    let told = format!("Could not {doing} of repository {repository}: {}", mask(error.message()));
    let full = error.message().contains("No space left") || error.message().contains("quota exceeded");
    let missing = error.message().contains("could not find repository");
    match () {
        () if full => WorkspaceFault::DiskFull(told),
        () if missing => WorkspaceFault::NoSuchRepository(format!("{told}.")),
        () => WorkspaceFault::Failed(format!("{told}.")),
    }
}
