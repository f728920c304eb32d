//! Bare repositories: the truth of every repository here. Read and written with libgit2, served by git itself.

mod bare;
pub(crate) mod diff;
pub(crate) mod receive;
pub(crate) mod serve;

pub(crate) use bare::{Author, Bare, CommitSeen};
