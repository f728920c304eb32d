//! Where workspaces are and how they are made.

use std::path::PathBuf;
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct Config {
    /// `.builders`: pods see it under the same path.
    pub folder: PathBuf,
    /// Mirrors of repositories and what was kept of cleaned workspaces: a folder that only the gateway has.
    pub mirrors: PathBuf,
    /// Further folders that no repository may lead into, such as the state.
    pub guarded: Vec<PathBuf>,
    /// Settings for the `git` program that fetches; those of the account are not read.
    pub git_settings: Option<PathBuf>,
    pub maker: Maker,
    /// How long a remote may take to hand over what is new.
    pub fetch_timeout: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Maker {
    /// Clones on a branch of the session's own.
    Clones,
    /// The words of a command; `{name}` and `{repositories}` are filled in. No shell reads it.
    Command {
        words: Vec<String>,
        timeout: Duration,
        /// Names of variables that it gets beyond the usual ones.
        environment: Vec<String>,
    },
}

impl Default for Config {
    fn default() -> Self {
        Self {
            folder: PathBuf::from(".builders"),
            mirrors: PathBuf::from(".session-state/mirrors"),
            guarded: vec![],
            git_settings: None,
            maker: Maker::Clones,
            fetch_timeout: Duration::from_secs(120),
        }
    }
}
