//! Other hands in the folder: git commands, editors, a second gateway.

use super::*;
use git2::{Repository, Signature};
use std::fs::{File, FileTimes};

/// A commit as a person makes it with `git commit`.
pub(super) fn commit(repository: &Repository, reference: Option<&str>, path: &str, text: &str) -> git2::Oid {
    let who = Signature::now("Ann", "ann@example.com").unwrap();
    let parent = repository.head().unwrap().peel_to_commit().unwrap();
    let mut updates = git2::build::TreeUpdateBuilder::new();
    updates.upsert(path, repository.blob(text.as_bytes()).unwrap(), git2::FileMode::Blob);
    let tree = updates.create_updated(repository, &parent.tree().unwrap()).unwrap();
    let tree = repository.find_tree(tree).unwrap();
    repository.commit(reference, &who, &who, "notes", &tree, &[&parent]).unwrap()
}

#[tokio::test]
async fn somebodys_own_commit_on_top_is_kept_and_built_upon() {
    // REQ-STATE-05
    let folder = Folder::new();
    let (store, _) = folder.open();
    store.keep(at_position(1, 1)).await.unwrap();
    store.flush().await.unwrap();
    let theirs = commit(&folder.repository(), Some("HEAD"), "NOTES.md", "call Ann");
    store.keep(at_position(1, 2)).await.unwrap();
    store.flush().await.unwrap();
    let said = told(&store.notices());
    assert!(said.contains(&theirs.to_string()) && said.contains("the history continues from it"), "{said}");
    let repository = folder.repository();
    let tip = repository.head().unwrap().peel_to_commit().unwrap();
    assert!(tip.tree().unwrap().get_name("NOTES.md").is_some());
    assert!(repository.graph_descendant_of(tip.id(), theirs).unwrap());
}

#[tokio::test]
async fn a_detached_head_is_put_back_and_what_was_committed_there_is_kept() {
    // REQ-STATE-05
    for while_running in [true, false] {
        let folder = Folder::new();
        let mut store = Some(folder.open().0);
        let running = store.as_ref().unwrap();
        running.keep(at_position(1, 1)).await.unwrap();
        running.flush().await.unwrap();
        store = store.filter(|_| while_running);
        let repository = folder.repository();
        let first = repository.head().unwrap().peel_to_commit().unwrap().id();
        repository.set_head_detached(first).unwrap();
        let theirs = commit(&repository, Some("HEAD"), "NOTES.md", "looked around");
        let store = store.unwrap_or_else(|| folder.open().0);
        store.keep(at_position(1, 2)).await.unwrap();
        store.flush().await.unwrap();
        let said = told(&store.notices());
        assert!(said.contains(".git/HEAD: HEAD was detached at"), "{said}");
        let repository = folder.repository();
        assert_eq!(repository.head().unwrap().name().unwrap(), "refs/heads/state");
        let tip = repository.head().unwrap().peel_to_commit().unwrap().id();
        assert!(
            repository.graph_descendant_of(tip, theirs).unwrap(),
            "it built on ours, so it is part of it"
        );
        drop(store);
        assert_eq!(position(&folder.open().1, 1), Some(2));
    }
}

#[tokio::test]
async fn a_branch_that_was_set_back_continues_both_lines() {
    // REQ-STATE-05
    let folder = Folder::new();
    let (store, _) = folder.open();
    store.keep(at_position(1, 1)).await.unwrap();
    store.flush().await.unwrap();
    let repository = folder.repository();
    let early = repository.head().unwrap().peel_to_commit().unwrap().id();
    store.keep(at_position(1, 2)).await.unwrap();
    store.flush().await.unwrap();
    repository.reference("refs/heads/state", early, true, "reset").unwrap();
    store.keep(at_position(2, 1)).await.unwrap();
    store.flush().await.unwrap();
    assert!(told(&store.notices()).contains("The state branch was moved from"), "{}", told(&store.notices()));
    store.close().await;
    drop(store);
    let (_store, recovered) = folder.open();
    assert_eq!((position(&recovered, 1), position(&recovered, 2)), (Some(2), Some(1)));
}

#[tokio::test]
async fn a_lock_that_was_left_over_is_removed_and_one_in_use_is_waited_for() {
    // REQ-STATE-05
    let folder = Folder::new();
    let (store, _) = folder.open();
    store.keep(at_position(1, 1)).await.unwrap();
    store.flush().await.unwrap();
    let lock = folder.at(".git/refs/heads/state.lock");
    File::create(&lock).unwrap();
    store.keep(at_position(1, 2)).await.unwrap();
    let error = anyhow::Error::new(store.flush().await.unwrap_err());
    let said = format!("{error:#}");
    assert!(said.contains("durable in the journal") && said.contains("remove the `.lock` file"), "{said}");
    assert!(store.health().failing.is_some());
    let old = lock.metadata().unwrap().modified().unwrap() - Duration::from_secs(60);
    File::options().write(true).open(&lock).unwrap().set_times(FileTimes::new().set_modified(old)).unwrap();
    store.flush().await.unwrap();
    let said = told(&store.notices());
    assert!(said.contains("state.lock: this lock is too old"), "{said}");
    assert_eq!(store.health().failing, None);
}

#[tokio::test]
async fn a_record_edited_under_a_running_gateway_is_kept_in_the_history() {
    // REQ-STATE-05
    let folder = Folder::new();
    let (store, _) = folder.open();
    store.keep(at_position(1, 1)).await.unwrap();
    store.flush().await.unwrap();
    folder.edit(1, |text| text.replace("title: Implement", "title: Forget"));
    store.keep(at_position(1, 2)).await.unwrap();
    store.flush().await.unwrap();
    assert!(told(&store.notices()).contains("the record of running session ses_00000001 was edited"));
    let log = folder.inspect().log(&id(1), 10).unwrap();
    assert!(folder.inspect().show_at(&id(1), &log[1].commit).unwrap().contains("title: Forget"));
    assert!(folder.inspect().show::<Sample>(&id(1)).unwrap().contains("title: Implement"));
}

#[tokio::test]
async fn a_second_gateway_is_refused_and_one_that_was_taken_over_stops_writing() {
    // REQ-STATE-05
    use crate::store::{OpenError, TakeOver};
    let folder = Folder::new();
    let (old, _) = folder.open();
    old.keep(at_position(1, 1)).await.unwrap();
    old.flush().await.unwrap();
    let mut config = StoreConfig { window: Duration::from_millis(5), ..folder.config() };
    let clock = || Arc::clone(&folder.clock) as Arc<dyn Clock>;
    let refused = Store::<Sample>::open(config.clone(), clock()).await.err().unwrap();
    assert!(matches!(refused, OpenError::Lock(_)), "{refused}");
    config.take_over = TakeOver::Always;
    let (new, recovered) = Store::<Sample>::open(config, clock()).await.unwrap();
    assert_eq!(position(&recovered, 1), Some(1));
    let stopped = old.keep(at_position(1, 2)).await.unwrap_err().to_string();
    assert!(stopped.contains("Another gateway took over"), "{stopped}");
    new.keep(at_position(1, 3)).await.unwrap();
    new.flush().await.unwrap();
    drop((old, new));
    assert_eq!(position(&folder.open().1, 1), Some(3));
}
