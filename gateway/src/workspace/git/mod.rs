//! Git for workspaces: mirrors that only the gateway has, clones of them for agents, and keeping what would be lost.
//! Neither the `git` program nor libgit2 ever opens a folder that an agent can write (docs/decisions/0031).

#[cfg(test)]
pub(super) mod bombs;
mod borrowed;
mod commit_files;
mod copy_out;
mod data;
mod diff;
mod examined;
mod fetch;
mod ignored;
mod index;
mod keep;
mod laid;
mod lay;
mod look;
mod measured;
mod mirror;
mod packs;
mod plant;
mod refs;
mod rescue;
mod source;
mod stamps;
mod sweep;
mod taken;
mod tree;

pub(super) use copy_out::copy_out;
pub(super) use diff::diff;
pub(super) use examined::Spot;
pub(crate) use fetch::{GitProgram, run_git};
pub(super) use tree::{
    clean_in_place, is_repository, keep_before_removal, losses, note_base, renew, take_away,
};

use crate::sessions::ports::WorkspaceFault;
use gateway_domain::{SafeName, mask};
use jiff::Timestamp;

/// The remote's own branches, out of the way of the sessions' branches.
const BRANCHES: &str = "+refs/heads/*:refs/remotes/origin/*";

/// The commit that the remote would check out.
const BASE: &str = "refs/gateway/base";

/// The session's branch in each of its repositories.
pub(super) fn session_branch(workspace: &SafeName) -> String {
    format!("gateway/{workspace}")
}

/// Where what would be lost is kept.
pub(super) fn rescue_branch(workspace: &SafeName, stamp: &str) -> String {
    format!("rescue/{workspace}-{stamp}")
}

pub(super) fn stamp(now: Timestamp) -> String {
    now.strftime("%Y%m%d-%H%M%S").to_string()
}

/// What git refused, as a sentence.
fn failed(doing: &str, repository: &SafeName, error: &git2::Error) -> WorkspaceFault {
    let told = format!("Could not {doing} of repository {repository}: {}", mask(error.message()));
    let full = error.message().contains("No space left") || error.message().contains("quota exceeded");
    let missing = error.message().contains("could not find repository");
    match () {
        () if full => WorkspaceFault::DiskFull(told),
        () if missing => WorkspaceFault::NoSuchRepository(format!("{told}.")),
        () => WorkspaceFault::Failed(format!("{told}.")),
    }
}
