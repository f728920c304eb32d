//! What a pull request changes, file by file.

use super::Bare;
use git2::{Delta, DiffFindOptions, DiffOptions, Oid, Patch};

/// GitHub shows no patch beyond this.
const LONGEST_PATCH: usize = 1024 * 1024;

pub(crate) struct FileChange {
    pub(crate) path: String,
    pub(crate) previous: Option<String>,
    pub(crate) status: &'static str,
    pub(crate) additions: usize,
    pub(crate) deletions: usize,
    pub(crate) blob: String,
    pub(crate) patch: Option<String>,
}

impl Bare {
    pub(crate) fn changes(&self, base: &str, head: &str) -> Vec<FileChange> {
        self.try_changes(base, head).unwrap_or_default()
    }

    fn try_changes(&self, base: &str, head: &str) -> anyhow::Result<Vec<FileChange>> {
        let repository = self.open()?;
        let tree = |sha: &str| repository.find_commit(Oid::from_str(sha)?)?.tree();
        let (old, new) = (tree(base)?, tree(head)?);
        let mut diff = repository.diff_tree_to_tree(Some(&old), Some(&new), Some(&mut DiffOptions::new()))?;
        diff.find_similar(Some(DiffFindOptions::new().renames(true)))?;
        (0..diff.deltas().len()).filter_map(|index| change(&diff, index).transpose()).collect()
    }
}

fn change(diff: &git2::Diff<'_>, index: usize) -> anyhow::Result<Option<FileChange>> {
    let Some(delta) = diff.get_delta(index) else { return Ok(None) };
    let path = |file: git2::DiffFile<'_>| file.path().map(|path| path.to_string_lossy().into_owned());
    let (old, new) = (path(delta.old_file()), path(delta.new_file()));
    let mut patch = Patch::from_diff(diff, index)?;
    let (_, additions, deletions) = match &patch {
        Some(patch) => patch.line_stats()?,
        None => (0, 0, 0),
    };
    let text = match &mut patch {
        Some(patch) => Some(String::from_utf8_lossy(&patch.to_buf()?).into_owned()),
        None => None,
    };
    let status = status(delta.status());
    let blob = if status == "removed" { delta.old_file().id() } else { delta.new_file().id() };
    Ok(Some(FileChange {
        previous: (status == "renamed").then(|| old.clone()).flatten(),
        path: new.or(old).unwrap_or_default(),
        status,
        additions,
        deletions,
        blob: blob.to_string(),
        patch: text.as_deref().and_then(hunks),
    }))
}

fn status(delta: Delta) -> &'static str {
    match delta {
        Delta::Added => "added",
        Delta::Deleted => "removed",
        Delta::Renamed => "renamed",
        Delta::Copied => "copied",
        Delta::Typechange => "changed",
        _ => "modified",
    }
}

/// The API shows hunks only, without the lines above them; nothing for binary files.
fn hunks(patch: &str) -> Option<String> {
    let at = patch.find("\n@@ ")?;
    let hunks = patch[at + 1..].trim_end_matches('\n');
    (hunks.len() <= LONGEST_PATCH).then(|| hunks.to_owned())
}
