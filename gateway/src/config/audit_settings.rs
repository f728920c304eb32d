//! What the audit log is signed with, and where its checkpoints go.

use super::{File, Variables};
use crate::anchor;
use crate::token;
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::PathBuf;

/// `audit` in the file.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Section {
    /// A git repository, by address or path, that gets the log's signed checkpoints as commits, at most one a minute. Use one that
    /// refuses force pushes and deletions, on a server that the gateway's operators don't administer.
    /// `GATEWAY_GIT_CONFIG` says how git signs in there.
    anchor: Option<String>,
}

/// A file with the secret that keys are made of. None: the gateway makes one for itself.
pub(super) fn root_secret(variables: &Variables<'_>, faults: &mut Vec<String>) -> Option<PathBuf> {
    let path = PathBuf::from(variables("GATEWAY_ROOT_SECRET_FILE")?);
    if let Err(error) = token::read_root_secret(&path) {
        faults.push(format!("GATEWAY_ROOT_SECRET_FILE: {} can't be used: {error}.", path.display()));
    }
    Some(path)
}

pub(super) fn anchor(
    file: &File,
    git_settings: Option<PathBuf>,
    faults: &mut Vec<String>,
) -> Option<anchor::Config> {
    let remote = file.audit.anchor.clone()?;
    if remote.trim().is_empty() || remote.starts_with('-') {
        faults.push(format!("audit.anchor: {remote:?} is not the address or path of a git repository."));
    }
    Some(anchor::Config { remote, git_settings, every: anchor::EVERY })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_is_off_unless_it_is_named() {
        // REQ-PROOF-02
        let mut faults = vec![];
        let mut read = |anchor: Option<&str>| {
            let section = Section { anchor: anchor.map(str::to_owned) };
            super::anchor(&File { audit: section, ..File::default() }, None, &mut faults)
        };
        assert!(read(None).is_none());
        assert_eq!(read(Some("/srv/heads.git")).unwrap().remote, "/srv/heads.git");
        read(Some("--upload-pack=touch"));
        read(Some(""));
        assert_eq!(faults.len(), 2, "{faults:?}");
    }

    #[test]
    fn a_root_secret_that_cannot_be_used_is_named_and_not_shown() {
        // REQ-PROOF-02
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let mut faults = vec![];
        let named = path.display().to_string();
        let mut read = || root_secret(&|_| Some(named.clone()), &mut faults);
        read();
        std::fs::write(&path, "too short to be one").unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        assert_eq!(read(), Some(path));
        assert!(
            faults[0].contains("GATEWAY_ROOT_SECRET_FILE") && faults[0].contains("No such file"),
            "{faults:?}"
        );
        assert!(faults[1].contains("openssl rand -hex 32") && !faults[1].contains("too short"), "{faults:?}");
    }
}
