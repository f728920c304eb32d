//! The directories that a session can work in as they are.

use super::Desk;
use crate::sessions::ports::Repository;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

/// Parts of a path that a name may have.
const MOST_PARTS: usize = 8;

impl Desk {
    /// Directories that a session can work in, those that were worked in last first. OpenCode's home is none of them, and
    /// neither is a workspace that was made for another session.
    pub async fn directories(&self) -> Vec<Repository> {
        self.offered(None, None).await;
        named(self.directory_paths())
    }

    /// The same by what was told last, nothing is asked: in the order of their paths, each with a name that no other has.
    pub fn directories_as_known(&self) -> Vec<Repository> {
        told_apart(self.directory_paths())
    }

    fn directory_paths(&self) -> Vec<String> {
        let cards = self.cards();
        let apart: HashSet<_> = cards
            .iter()
            .filter(|card| card.about.workspace.is_some())
            .map(|card| &card.about.directory)
            .collect();
        let homes = self.offers.homes();
        let is_place =
            |one: &String| !one.is_empty() && one != "/" && !homes.contains(one) && !apart.contains(one);
        let online = self.live.list().into_iter().filter(|view| view.online);
        let here: Vec<String> =
            self.pods.open_directories().into_iter().chain(online.map(|view| view.info.directory)).collect();
        // Where there was work lately stands first. What only a pod has that is away cannot be started in.
        let reachable: HashSet<_> = here.iter().cloned().collect();
        let worked_in = cards.iter().map(|card| card.about.directory.clone());
        let worked_in = worked_in.filter(|one| reachable.contains(one));
        let mut seen = HashSet::new();
        let all = worked_in.chain(here.iter().cloned()).filter(is_place);
        all.filter(|one| seen.insert(one.clone())).collect()
    }
}

/// Directories as repositories, each once, in the order of their paths. Those with the same last part are told apart by as
/// much of the path before it as that takes.
fn told_apart(open: impl IntoIterator<Item = String>) -> Vec<Repository> {
    let mut all = named(open.into_iter().collect::<BTreeSet<_>>());
    for parts in 2..=MOST_PARTS {
        let mut times: HashMap<String, usize> = HashMap::new();
        for one in &all {
            *times.entry(one.name.clone()).or_default() += 1;
        }
        let alike = all.iter_mut().filter(|one| times.get(&one.name).is_some_and(|times| *times > 1));
        alike.for_each(|one| one.name = end(&one.directory, parts));
    }
    all
}

/// The last parts of a path.
fn end(path: &str, parts: usize) -> String {
    let all: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    all[all.len().saturating_sub(parts)..].join("/")
}

/// Directories as repositories, named by their last part.
fn named(directories: impl IntoIterator<Item = String>) -> Vec<Repository> {
    let name = |directory: &str| {
        Path::new(directory).file_name().map_or("/".to_owned(), |name| name.to_string_lossy().into_owned())
    };
    directories.into_iter().map(|directory| Repository { name: name(&directory), directory }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_of_one_name_are_told_apart() {
        // REQ-START-02: two entries `web` of a form were the same to whoever chose one.
        let open = ["/srv/b/web", "/srv/a/web", "/srv/api", "/home/x/a/web", "/"].map(str::to_owned);
        let all = told_apart(open);
        let of = |directory: &str| all.iter().find(|one| one.directory == directory).unwrap().name.clone();
        assert_eq!((of("/srv/api"), of("/srv/b/web")), ("api".to_owned(), "b/web".to_owned()));
        assert_eq!((of("/srv/a/web"), of("/home/x/a/web")), ("srv/a/web".to_owned(), "x/a/web".to_owned()));
    }
}
