//! Where workspaces are and how they are made.

use std::path::PathBuf;
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct Config {
    /// `.builders`: pods see it under the same path.
    pub folder: PathBuf,
    pub maker: Maker,
    /// How long a remote may take to hand over what is new.
    pub fetch_timeout: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Maker {
    /// Git worktrees on a branch of the session's own.
    Worktrees,
    /// The words of a command; `{name}` and `{repositories}` are filled in. No shell reads it.
    Command { words: Vec<String>, timeout: Duration },
}

impl Default for Config {
    fn default() -> Self {
        let folder = PathBuf::from(".builders");
        Self { folder, maker: Maker::Worktrees, fetch_timeout: Duration::from_secs(120) }
    }
}
