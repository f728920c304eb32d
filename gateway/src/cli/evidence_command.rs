//! `gateway evidence`: whether what was kept of a delivery is still what its digests say (REQ-DELIVER-14).

use super::{Folder, output};
use clap::Subcommand;
use gateway_delivery::{RunId, digest_of};
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum EvidenceCommand {
    /// Hold every file of a run's evidence against its name. Exits with 1 where one differs
    Verify {
        /// The run, such as HB-20261128-k3f9
        run: String,
    },
}

pub(super) fn run(folder: &Folder, command: &EvidenceCommand) -> anyhow::Result<ExitCode> {
    let EvidenceCommand::Verify { run } = command;
    let run = RunId::parse(run)?;
    let path = folder.state.join("deliveries").join(run.as_str());
    anyhow::ensure!(path.is_dir(), "{}: there is no evidence of {run}.", path.display());
    let (good, odd) = held(&path)?;
    if folder.json {
        output::json(&json!({ "run": run.as_str(), "good": good, "odd": odd }))?;
    } else {
        odd.iter()
            .try_for_each(|name| output::line(&format!("{name}: its content is not what its name says.")))?;
        output::line(&format!("{run}: {good} files are as they were written, {} are not.", odd.len()))?;
    }
    Ok(if odd.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// How many are good, and the names of the others.
fn held(folder: &Path) -> anyhow::Result<(usize, Vec<String>)> {
    let (mut good, mut odd) = (0, vec![]);
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_good = entry.file_type()?.is_file()
            && digest_of(&std::fs::read(entry.path())?) == format!("sha256:{name}");
        if is_good { good += 1 } else { odd.push(name) }
    }
    odd.sort();
    Ok((good, odd))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn a_changed_file_is_named() {
        // REQ-DELIVER-14
        let folder = tempfile::tempdir().unwrap();
        let name = digest_of(b"patch").replace("sha256:", "");
        std::fs::write(folder.path().join(&name), b"patch").unwrap();
        assert_eq!(held(folder.path()).unwrap(), (1, vec![]));
        std::fs::write(folder.path().join(&name), b"another patch").unwrap();
        std::fs::create_dir(folder.path().join("a-folder")).unwrap();
        let (good, odd) = held(folder.path()).unwrap();
        assert_eq!((good, odd.len()), (0, 2), "{odd:?}");
    }
}
