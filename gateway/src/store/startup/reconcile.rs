//! Three places know a session: its file on the disk, the newest commit, and the journal. Which one counts?
//!
//! The one with the highest revision; among equals the file, because a person may have edited it. A file that
//! cannot be read is only replaced when the journal knows better; otherwise a person decides. Pure.

/// The record file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnDisk {
    Missing,
    /// `sealed`: exactly as a gateway wrote it.
    Whole {
        revision: u64,
        sealed: bool,
    },
    Unreadable,
}

/// The newest commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InGit {
    Missing,
    /// The same bytes as on the disk.
    Same,
    /// `revision` is that of the committed version, if it can be told.
    Other {
        revision: Option<u64>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// The file counts and is committed.
    Disk,
    /// The file counts, is not committed yet, and goes into the history as it is.
    DiskNew,
    /// The journal's version counts. `keep`: the file's bytes go into the history first.
    Journal { keep: bool },
    /// The committed version counts.
    Git { keep: bool },
    /// Nothing whole is known to be the latest: a person decides.
    Unrecoverable,
}

pub(super) fn decide(disk: OnDisk, git: InGit, journal: Option<u64>) -> Decision {
    let committed = match (git, disk) {
        (InGit::Other { revision }, _) => revision,
        (InGit::Same, OnDisk::Whole { revision, .. }) => Some(revision),
        (InGit::Same | InGit::Missing, _) => None,
    };
    let journal_is_latest = journal.is_some() && journal >= committed;
    match disk {
        OnDisk::Whole { revision, sealed } => {
            let latest = Some(revision) >= journal && Some(revision) >= committed;
            let keep = !sealed && git != InGit::Same;
            match (latest, git) {
                (true, InGit::Same) => Decision::Disk,
                (true, _) => Decision::DiskNew,
                (false, _) if journal_is_latest => Decision::Journal { keep },
                (false, _) => Decision::Git { keep },
            }
        }
        OnDisk::Missing if journal_is_latest => Decision::Journal { keep: false },
        OnDisk::Missing => Decision::Git { keep: false },
        OnDisk::Unreadable if journal_is_latest => Decision::Journal { keep: git != InGit::Same },
        OnDisk::Unreadable => Decision::Unrecoverable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: OnDisk = OnDisk::Whole { revision: 5, sealed: true };
    const EDITED: OnDisk = OnDisk::Whole { revision: 5, sealed: false };

    fn other(revision: u64) -> InGit {
        InGit::Other { revision: Some(revision) }
    }

    #[test]
    fn the_highest_revision_counts() {
        // REQ-STATE-03
        assert_eq!(decide(OURS, InGit::Same, None), Decision::Disk);
        assert_eq!(decide(OURS, InGit::Same, Some(5)), Decision::Disk);
        assert_eq!(decide(OURS, InGit::Missing, None), Decision::DiskNew);
        assert_eq!(decide(OURS, other(4), Some(3)), Decision::DiskNew);
        assert_eq!(decide(OURS, other(4), Some(6)), Decision::Journal { keep: false });
        assert_eq!(decide(OURS, InGit::Same, Some(6)), Decision::Journal { keep: false });
        assert_eq!(decide(OURS, other(7), Some(6)), Decision::Git { keep: false });
        assert_eq!(decide(OnDisk::Missing, other(7), None), Decision::Git { keep: false });
        assert_eq!(decide(OnDisk::Missing, other(7), Some(8)), Decision::Journal { keep: false });
        assert_eq!(decide(OnDisk::Missing, InGit::Missing, Some(1)), Decision::Journal { keep: false });
    }

    #[test]
    fn what_a_person_edited_is_taken_or_at_least_kept() {
        // REQ-STATE-05
        assert_eq!(decide(EDITED, InGit::Same, None), Decision::Disk);
        assert_eq!(decide(EDITED, other(5), Some(5)), Decision::DiskNew);
        assert_eq!(decide(EDITED, other(5), Some(6)), Decision::Journal { keep: true });
        assert_eq!(decide(EDITED, other(6), None), Decision::Git { keep: true });
    }

    #[test]
    fn a_file_that_cannot_be_read_waits_for_a_person_unless_the_journal_knows_better() {
        // REQ-STATE-04
        let bad = OnDisk::Unreadable;
        assert_eq!(decide(bad, other(5), None), Decision::Unrecoverable);
        assert_eq!(decide(bad, InGit::Same, None), Decision::Unrecoverable);
        assert_eq!(decide(bad, InGit::Missing, None), Decision::Unrecoverable);
        assert_eq!(decide(bad, other(5), Some(4)), Decision::Unrecoverable);
        assert_eq!(decide(bad, other(5), Some(5)), Decision::Journal { keep: true });
        assert_eq!(decide(bad, InGit::Same, Some(5)), Decision::Journal { keep: false });
    }
}
