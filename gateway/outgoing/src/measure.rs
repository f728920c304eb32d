//! Measures what would leave, from the objects themselves, against where the work left the base branch.

use crate::attributes::Attributes;
use crate::bring_over::Brought;
use crate::commits_between::{MadeFile, commits, merge_base};
use crate::content::{self, Content, readable};
use crate::limits::Budget;
use crate::secret_scan::Scan;
use crate::tree_files::{EXECUTABLE, LINK, MODULE};
use crate::{Limits, OutgoingFault, Store, dependencies, is_generated, is_test, large_files, steering_words};
use gateway_delivery::{ChangedFile, FileStatus, MeasuredChange, SpecialFile, SteeringMessage};
use git2::{Delta, Diff, DiffDelta, DiffFile, DiffFindOptions, DiffOptions, Oid, Patch, Repository, Tree};

/// A longer text is compared as a whole: nobody reads it line by line.
const MAX_LINES_OF: usize = 16 * 1024 * 1024;

/// With more files that came and went, only those that are exactly alike count as moved.
const MAX_MOVED: usize = 1_000;

/// `base_head` is the newest commit of the base branch, as it was fetched. Reads much: for a thread that may block.
pub fn measure(
    store: &Store,
    brought: &Brought,
    base_head: &str,
    limits: &Limits,
) -> Result<MeasuredChange, OutgoingFault> {
    let told = |error: git2::Error| OutgoingFault::git("measure the work", &error);
    let repository = store.open()?;
    let scratch = store.scratch()?;
    let id = |text: &str| Oid::from_str(text).map_err(told);
    let (tree, base_head) = (id(&brought.tree)?, id(base_head)?);
    let head = brought.commit.as_deref().map(id).transpose()?;
    let base = merge_base(&repository, head, base_head)?;
    let own = commits(&repository, head, base_head, limits)?;
    let base_tree = repository.find_commit(base).and_then(|commit| commit.tree()).map_err(told)?;
    let budget = Budget::of(limits);
    let attributes = Attributes::new(scratch.path()).map_err(told)?;
    let mut measuring =
        Measuring { repository: &repository, base: &base_tree, attributes, unmeasured: vec![] };
    let changes = measuring.changes(tree, limits, &budget)?;
    let made: Vec<MadeFile> = changes.iter().filter_map(Change::made).collect();
    let scanned = Scan::new(&repository, &budget).over(&made, &own)?;
    let (dependencies, unread) = dependencies::changed(&repository, &changes).map_err(told)?;
    let Measuring { mut unmeasured, .. } = measuring;
    unmeasured.extend(scanned.unmeasured.into_iter().chain(unread));
    Ok(MeasuredChange {
        tree: tree.to_string(),
        merge_base: base.to_string(),
        base_head: base_head.to_string(),
        files: changes.into_iter().map(|change| change.file).collect(),
        commits: own.len(),
        dependencies,
        secrets: scanned.secrets,
        steering: steering(&repository, &own).map_err(told)?,
        unmeasured,
    })
}

/// A changed file, with what is needed to look into it.
pub(crate) struct Change {
    pub(crate) file: ChangedFile,
    path: Vec<u8>,
    pub(crate) old: Oid,
    pub(crate) new: Oid,
}

impl Change {
    fn made(&self) -> Option<MadeFile> {
        let has_content =
            self.file.status != FileStatus::Deleted && self.file.special != Some(SpecialFile::Submodule);
        let before = Some(self.old).filter(|id| !id.is_zero());
        has_content.then(|| MadeFile { path: self.path.clone(), id: self.new, before })
    }
}

struct Measuring<'a> {
    repository: &'a Repository,
    base: &'a Tree<'a>,
    attributes: Attributes,
    unmeasured: Vec<String>,
}

impl<'a> Measuring<'a> {
    fn changes(&mut self, tree: Oid, limits: &Limits, budget: &Budget) -> Result<Vec<Change>, OutgoingFault> {
        let told = |error: git2::Error| OutgoingFault::git("compare the files", &error);
        let diff = self.diff(tree, limits)?;
        let mut changes = vec![];
        for n in 0..diff.deltas().len() {
            changes.extend(self.change(&diff, n).map_err(told)?);
            budget.in_time()?;
        }
        changes.sort_by(|a, b| a.file.path.cmp(&b.file.path));
        Ok(changes)
    }

    fn diff(&self, tree: Oid, limits: &Limits) -> Result<Diff<'a>, OutgoingFault> {
        let told = |error: git2::Error| OutgoingFault::git("compare the files", &error);
        let tree = self.repository.find_tree(tree).map_err(told)?;
        let mut options = DiffOptions::new();
        options
            .include_typechange(true)
            .context_lines(0)
            .max_size(i64::try_from(MAX_LINES_OF).unwrap_or(i64::MAX));
        let diff = self.repository.diff_tree_to_tree(Some(self.base), Some(&tree), Some(&mut options));
        let mut diff = diff.map_err(told)?;
        let number = diff.deltas().len();
        if number > limits.changed_files {
            return Err(OutgoingFault::TooMuch(format!(
                "The work changes {number} files, and {} are the most that can be delivered at once.",
                limits.changed_files
            )));
        }
        let mut moved = DiffFindOptions::new();
        moved.renames(true).rename_limit(MAX_MOVED);
        moved.exact_match_only(number > MAX_MOVED);
        diff.find_similar(Some(&mut moved)).map_err(told)?;
        Ok(diff)
    }

    fn change(&mut self, diff: &Diff<'_>, n: usize) -> Result<Option<Change>, git2::Error> {
        let Some(delta) = diff.get_delta(n) else { return Ok(None) };
        let Some(status) = status(delta.status()) else { return Ok(None) };
        let (old, new) = (delta.old_file(), delta.new_file());
        let is_gone = status == FileStatus::Deleted;
        let named = if is_gone { &old } else { &new };
        let path = named.path_bytes().unwrap_or_default().to_vec();
        let (text, is_lossy) = readable(&path);
        if is_lossy {
            self.unmeasured.push(format!("{text:?} stands for a file's name that is not text (UTF-8)."));
        }
        let counted = self.counted(diff, n, &text, &delta)?;
        let generated =
            is_generated(&text) || self.attributes.says_generated(self.repository, self.base, &path);
        let file = ChangedFile {
            test: is_test(&text),
            path: text,
            old_path: (status == FileStatus::Moved).then(|| readable(old.path_bytes().unwrap_or_default()).0),
            status,
            added: counted.added,
            deleted: counted.deleted,
            binary: counted.binary,
            mode_changed: !is_gone && is_executable(&old) != is_executable(&new),
            special: if is_gone { None } else { special(self.repository, &new)? },
            generated,
        };
        let (old, new) = (id_of(&old), id_of(&new));
        Ok(Some(Change { file, path, old, new }))
    }

    fn counted(
        &mut self,
        diff: &Diff<'_>,
        n: usize,
        path: &str,
        delta: &DiffDelta<'_>,
    ) -> Result<Counted, git2::Error> {
        if [delta.old_file(), delta.new_file()].iter().any(|file| mode(file) == MODULE) {
            return Ok(Counted { added: 0, deleted: 0, binary: false });
        }
        let mut has_long_text = false;
        for id in [id_of(&delta.old_file()), id_of(&delta.new_file())] {
            if let Content::TooLarge(_) = content::of(self.repository, id, MAX_LINES_OF)? {
                has_long_text |= !content::is_binary(self.repository.find_blob(id)?.content());
            }
        }
        if has_long_text {
            self.unmeasured.push(format!("{path} is too long to count its changed lines."));
        }
        let Some(patch) = Patch::from_diff(diff, n)? else {
            return Ok(Counted { added: 0, deleted: 0, binary: true });
        };
        let binary = patch.delta().flags().is_binary();
        let (_, added, deleted) = patch.line_stats()?;
        Ok(Counted { added: added as u64, deleted: deleted as u64, binary })
    }
}

struct Counted {
    added: u64,
    deleted: u64,
    binary: bool,
}

fn status(delta: Delta) -> Option<FileStatus> {
    match delta {
        Delta::Added | Delta::Copied => Some(FileStatus::Added),
        Delta::Deleted => Some(FileStatus::Deleted),
        Delta::Renamed => Some(FileStatus::Moved),
        Delta::Modified | Delta::Typechange => Some(FileStatus::Modified),
        _ => None,
    }
}

fn mode(file: &DiffFile<'_>) -> u32 {
    u32::from(file.mode())
}

fn is_executable(file: &DiffFile<'_>) -> bool {
    mode(file) == EXECUTABLE
}

fn id_of(file: &DiffFile<'_>) -> Oid {
    if mode(file) == MODULE { Oid::ZERO_SHA1 } else { file.id() }
}

fn special(repository: &Repository, file: &DiffFile<'_>) -> Result<Option<SpecialFile>, git2::Error> {
    match mode(file) {
        LINK => return Ok(Some(SpecialFile::Link)),
        MODULE => return Ok(Some(SpecialFile::Submodule)),
        _ => {}
    }
    let is_pointer = match content::of(repository, file.id(), 1_024)? {
        Content::Bytes(bytes) => large_files::is_pointer(&bytes),
        _ => false,
    };
    Ok(is_pointer.then_some(SpecialFile::LfsPointer))
}

fn steering(repository: &Repository, commits: &[Oid]) -> Result<Vec<SteeringMessage>, git2::Error> {
    let mut all = vec![];
    for (n, commit) in commits.iter().enumerate() {
        let commit = repository.find_commit(*commit)?;
        let message = String::from_utf8_lossy(commit.message_bytes()).into_owned();
        all.extend(steering_words(&message).into_iter().map(|says| SteeringMessage { commit: n + 1, says }));
    }
    Ok(all)
}
