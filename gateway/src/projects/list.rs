//! The project list on disk: read when it changed, written by rename, so that nobody ever reads half of it.

use crate::clock::Clock;
use crate::sessions::ports::ProjectFault;
use gateway_domain::{ListedProject, NewProject, ProjectList};
use jiff::{SignedDuration, Timestamp};
use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// How often the file is looked at; whoever edits it sees the change with the next form.
const LOOK_EVERY: SignedDuration = SignedDuration::from_secs(1);

/// A list longer than this is no list that people keep.
const MAX_BYTES: u64 = 1 << 20;

pub(super) struct ListFile {
    path: PathBuf,
    clock: Arc<dyn Clock>,
    known: Mutex<CachedList>,
}

#[derive(Default)]
struct CachedList {
    looked: Option<Timestamp>,
    stamp: Option<(SystemTime, u64)>,
    list: Arc<ProjectList>,
}

impl ListFile {
    pub(super) fn new(path: PathBuf, clock: Arc<dyn Clock>) -> Self {
        Self { path, clock, known: Mutex::default() }
    }

    /// A file that is not there is an empty list; one that cannot be read keeps the last that could.
    pub(super) fn read(&self) -> Arc<ProjectList> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        if known.looked.is_some_and(|looked| now.duration_since(looked).abs() < LOOK_EVERY) {
            return Arc::clone(&known.list);
        }
        known.looked = Some(now);
        let stamp =
            std::fs::metadata(&self.path).ok().and_then(|found| Some((found.modified().ok()?, found.len())));
        if stamp != known.stamp {
            self.take(&mut known, stamp);
        }
        Arc::clone(&known.list)
    }

    fn take(&self, known: &mut CachedList, stamp: Option<(SystemTime, u64)>) {
        known.stamp = stamp;
        let text = match stamp {
            None => String::new(),
            Some((_, bytes)) if bytes > MAX_BYTES => {
                tracing::warn!(file = %self.path.display(), bytes, "project list too long; not read");
                return;
            }
            Some(_) => match std::fs::read_to_string(&self.path) {
                Ok(text) => text,
                Err(error) => {
                    tracing::warn!(file = %self.path.display(), %error, "project list cannot be read");
                    return;
                }
            },
        };
        let list = ProjectList::parse(&text);
        for fault in &list.faults {
            tracing::warn!(file = %self.path.display(), %fault, "project list row skipped");
        }
        known.list = Arc::new(list);
    }

    /// Whoever adds at the same time waits, so no id is given twice.
    pub(super) fn add(&self, new: &NewProject) -> Result<ListedProject, ProjectFault> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = |error: std::io::Error| ProjectFault::NotWritten {
            path: self.path.clone(),
            why: error.to_string(),
        };
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(failed(error)),
        };
        let (grown, project) =
            ProjectList::add(&text, new).map_err(|fault| ProjectFault::Invalid(fault.why))?;
        self.write(&grown).map_err(failed)?;
        (known.looked, known.list) = (None, Arc::new(ProjectList::parse(&grown)));
        Ok(project)
    }

    fn write(&self, text: &str) -> std::io::Result<()> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        folder.map_or(Ok(()), std::fs::create_dir_all)?;
        // A list that is a link stays one: what it leads to is replaced.
        let path = self.path.canonicalize().unwrap_or_else(|_| self.path.clone());
        let draft = path.with_extension("md.new");
        let mut file = std::fs::File::create(&draft)?;
        if let Ok(found) = std::fs::metadata(&path) {
            file.set_permissions(found.permissions())?;
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&draft, &path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    struct FixedClock(Mutex<Timestamp>);

    impl Clock for FixedClock {
        fn now(&self) -> Timestamp {
            *self.0.lock().unwrap()
        }
    }

    fn list() -> (tempfile::TempDir, Arc<FixedClock>, ListFile) {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock(Mutex::new(Timestamp::UNIX_EPOCH)));
        let list = ListFile::new(folder.path().join(".ai/projectlist.md"), clock.clone());
        (folder, clock, list)
    }

    fn new(name: &str) -> NewProject {
        NewProject { name: name.to_owned(), ..NewProject::default() }
    }

    #[test]
    fn a_change_of_the_file_is_seen() {
        // REQ-START-12
        let (_folder, clock, list) = list();
        assert_eq!(list.read().projects.len(), 0);
        std::fs::create_dir_all(list.path.parent().unwrap()).unwrap();
        std::fs::write(&list.path, "| id | name |\n|--|--|\n| 1 | Shop |\n| 1 | Twin |\n").unwrap();
        assert_eq!(list.read().projects.len(), 0, "not looked at again within a second");
        *clock.0.lock().unwrap() += Duration::from_secs(2);
        let read = list.read();
        assert_eq!((read.projects.len(), read.faults[0].line), (1, 4));
    }

    #[test]
    fn new_projects_of_many_people_each_get_an_id_of_their_own() {
        // REQ-START-12
        let (_folder, _clock, list) = list();
        let list = Arc::new(list);
        let adding = (0..8).map(|n| {
            let list = Arc::clone(&list);
            std::thread::spawn(move || list.add(&new(&format!("Project {n}"))).unwrap().id.to_string())
        });
        let mut ids: Vec<_> = adding.collect::<Vec<_>>().into_iter().map(|one| one.join().unwrap()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 8);
        assert_eq!(list.read().projects.len(), 8);
        let left: Vec<_> = std::fs::read_dir(list.path.parent().unwrap()).unwrap().collect();
        assert_eq!(left.len(), 1, "no draft stays");
    }

    #[test]
    fn a_list_that_cannot_be_written_is_told() {
        let (folder, _clock, list) = list();
        std::fs::write(folder.path().join(".ai"), "a file in the way").unwrap();
        assert!(matches!(list.add(&new("Shop")), Err(ProjectFault::NotWritten { .. })));
        assert!(matches!(
            list.add(&new(" ")),
            Err(ProjectFault::NotWritten { .. } | ProjectFault::Invalid(_))
        ));
    }
}
