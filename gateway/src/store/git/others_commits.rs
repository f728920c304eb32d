//! Commits on the state branch that are not ours: a person's, or a second gateway's.
//!
//! They are never undone. A commit on top of ours is built upon, and the records it changed are named. If the
//! branch was moved back or elsewhere, the next commit continues both lines, with our records.

use super::commit::{Committed, Round};
use crate::store::layout::id_of;
use crate::store::notice::Notice;
use git2::{ErrorCode, Oid, Tree};

/// Directories in which the gateway's word counts.
const OURS: [&str; 3] = ["archive", "audit", "sessions"];

pub(super) fn look(
    round: &mut Round<'_>,
    tip: Oid,
    ours: Oid,
    committed: &mut Committed,
) -> Result<(), git2::Error> {
    if tip == ours {
        return Ok(());
    }
    let last = match round.repository.find_commit(ours) {
        Err(error) if error.code() == ErrorCode::NotFound => {
            committed.notices.push(Notice::HistoryLost { was: ours.to_string() });
            committed.disk_doubtful = true;
            return Ok(());
        }
        other => other?,
    };
    let last_tree = last.tree()?;
    if round.repository.graph_descendant_of(tip, ours)? {
        let sessions = changed_sessions(round, &last_tree)?;
        committed.notices.push(Notice::ForeignCommit { commit: tip.to_string(), sessions });
        return Ok(());
    }
    let tree = with_ours(round, &last_tree)?;
    round.join(ours);
    round.commit(tree, &format!("chore: Session state continued from {ours} and {tip}\n"))?;
    committed.notices.push(Notice::BranchMoved { was: ours.to_string(), to: tip.to_string() });
    committed.disk_doubtful = true;
    Ok(())
}

fn changed_sessions(round: &Round<'_>, before: &Tree<'_>) -> Result<Vec<String>, git2::Error> {
    let diff = round.repository.diff_tree_to_tree(Some(before), Some(&round.tree), None)?;
    let paths = diff.deltas().filter_map(|delta| delta.new_file().path().map(|path| path.to_owned()));
    let names = paths.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()));
    Ok(names.filter_map(|name| id_of(&name).map(str::to_owned)).collect())
}

/// The branch's tree, with our directories as we left them.
fn with_ours<'a>(round: &Round<'a>, last: &Tree<'_>) -> Result<Tree<'a>, git2::Error> {
    let mut builder = round.repository.treebuilder(Some(&round.tree))?;
    for name in OURS {
        match last.get_name(name) {
            Some(entry) => {
                builder.insert(name, entry.id(), entry.filemode())?;
            }
            None if builder.get(name)?.is_some() => builder.remove(name)?,
            None => {}
        }
    }
    round.repository.find_tree(builder.write()?)
}
