//! Which commits a checkpoint makes, and what goes into each.

use super::commit_messages;
use super::pending_changes::{FoundFile, Work};
use crate::store::audit_log::Head;
use crate::store::git::{Draft, Put};
use crate::store::records::record::Record;
use std::collections::HashSet;

/// What a checkpoint has written.
pub(super) struct Changes {
    /// What somebody else wrote.
    pub(super) found: Vec<FoundFile>,
    /// Records with their session, and other files.
    pub(super) puts: Vec<(Option<String>, Put)>,
    pub(super) archived: Vec<Put>,
    pub(super) audit: Head,
    /// There is no commit yet.
    pub(super) first: bool,
}

impl Changes {
    /// In this order: what was found, one commit for all that changed, one for each session that ended now, and
    /// the archive.
    pub(super) fn drafts<R: Record>(self, work: &Work<R>, ended: &HashSet<String>) -> Vec<Draft> {
        let Self { found, puts, archived, audit, first } = self;
        let ending = |id: &Option<String>| {
            let id = id.as_ref().filter(|id| !ended.contains(*id))?;
            work.records.get(id)?.1.record.ending()
        };
        let (mut sessions, mut together, mut endings) = (vec![], vec![], vec![]);
        for (id, put) in puts {
            match (ending(&id), id) {
                (Some(ending), Some(id)) => {
                    let message = commit_messages::ended(&id, &ending, work.upto, &audit);
                    endings.push(Draft { message, puts: vec![put] });
                }
                (_, id) => {
                    sessions.extend(id);
                    together.push(put);
                }
            }
        }
        let sessions = sessions.iter().map(String::as_str).collect();
        let message = commit_messages::checkpoint(sessions, work.upto, &audit);
        let mut drafts = vec![as_found(found, first), Draft { message, puts: together }];
        drafts.extend(endings);
        let message = commit_messages::archived(work.archived.len(), work.upto, &audit);
        drafts.push(Draft { message, puts: archived });
        drafts
    }
}

fn as_found(found: Vec<FoundFile>, first: bool) -> Draft {
    let message = if first { commit_messages::FIRST } else { commit_messages::FOUND };
    let puts = found.into_iter().map(|found| Put { path: found.path, content: Some(found.bytes) });
    Draft { message: message.to_owned(), puts: puts.collect() }
}
