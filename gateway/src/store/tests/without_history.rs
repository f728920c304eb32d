//! A history that is gone or damaged: the gateway starts, loses nothing that was promised, and says so.

use super::*;
use std::fs;
use std::path::Path;

/// Two committed records with an audit entry, and a third that only the journal has.
async fn used() -> Folder {
    let folder = Folder::new();
    let (store, _) = folder.open();
    for n in 1..3 {
        store.keep(at_position(n, 7)).await.unwrap();
        store.audit(audit_entry(&format!("per_{n}"))).await.unwrap();
        store.flush().await.unwrap();
    }
    store.close().await;
    drop(store);
    assert_eq!(folder.findings(), [""; 0]);
    folder
}

fn audit_faults(folder: &Folder) -> String {
    let report = folder.inspect().audit().unwrap();
    report.faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_removed_history_is_found_and_told_at_the_start() {
    // CHAOS F6
    let folder = used().await;
    fs::remove_dir_all(folder.at(".git")).unwrap();
    let found = folder.findings().join("\n");
    assert!(found.contains("the history is missing although there are records"), "{found}");
    assert!(
        audit_faults(&folder).contains("it can't be checked whether some of the log's 2 entries were cut")
    );
    let (store, recovered) = folder.open();
    let said = told(&recovered.notices);
    assert!(
        said.contains("THE HISTORY IS MISSING") && said.contains("restore `.git` from a backup"),
        "{said}"
    );
    assert_eq!((position(&recovered, 1), position(&recovered, 2)), (Some(7), Some(7)));
    store.keep(at_position(1, 8)).await.unwrap();
    store.flush().await.unwrap();
    assert_eq!(folder.findings(), [""; 0], "a new history has begun");
}

#[tokio::test]
async fn a_history_that_is_removed_under_a_running_gateway_is_found() {
    // CHAOS F6
    let folder = Folder::new();
    let (store, _) = folder.open();
    store.keep(at_position(1, 1)).await.unwrap();
    store.flush().await.unwrap();
    // The gateway may be writing there.
    while folder.at(".git").exists() {
        let _ = fs::remove_dir_all(folder.at(".git"));
    }
    let found = folder.findings().join("\n");
    assert!(found.contains("the history is missing"), "{found}");
    drop(store);
    assert!(told(&folder.open().1.notices).contains("THE HISTORY IS MISSING"));
}

#[tokio::test]
async fn a_branch_that_is_removed_is_a_history_that_is_gone() {
    // CHAOS F6
    let folder = used().await;
    fs::remove_file(folder.at(".git/refs/heads/state")).unwrap();
    assert!(folder.findings().join("\n").contains("the history is missing"));
    assert!(told(&folder.open().1.notices).contains("THE HISTORY IS MISSING"));
}

#[tokio::test]
async fn a_state_that_was_just_begun_misses_no_history() {
    // CHAOS F6
    let folder = Folder::new();
    let (store, recovered) = folder.open();
    assert_eq!(told(&recovered.notices), "");
    assert_eq!(folder.findings(), [""; 0]);
    store.keep(at_position(1, 1)).await.unwrap();
    drop(store);
    assert!(!told(&folder.open().1.notices).contains("HISTORY"), "it crashed before its first commit");
}

type Damage = fn(&Path);

/// Changes bytes all over each file with that ending, so that whatever is read of it is hit: which object lies in its middle
/// differs from run to run, with the times that are in them.
fn flip(directory: &Path, ending: &str) {
    for path in with_ending(directory, ending) {
        let mut bytes = fs::read(&path).unwrap();
        bytes.iter_mut().skip(16).step_by(8).for_each(|byte| *byte ^= 0x55);
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        fs::write(&path, bytes).unwrap();
    }
}

fn with_ending(directory: &Path, ending: &str) -> Vec<PathBuf> {
    let all = fs::read_dir(directory.join("objects/pack")).unwrap().map(|entry| entry.unwrap().path());
    all.filter(|path| path.to_string_lossy().ends_with(ending)).collect()
}

fn remove(directory: &Path, ending: &str) {
    with_ending(directory, ending).into_iter().for_each(|path| fs::remove_file(path).unwrap());
}

#[tokio::test]
async fn a_damaged_history_keeps_no_gateway_from_starting_and_is_set_aside() {
    // CHAOS F10 n
    let damages: [(&str, Damage, bool); 8] = [
        ("packs flipped", |git| flip(git, ".pack"), true),
        ("packs removed", |git| remove(git, ".pack"), true),
        ("indexes removed", |git| remove(git, ".idx"), true),
        ("branch of garbage", |git| fs::write(git.join("refs/heads/state"), "garbage\n").unwrap(), true),
        ("branch to nowhere", |git| fs::write(git.join("refs/heads/state"), "1".repeat(40)).unwrap(), true),
        ("config of garbage", |git| fs::write(git.join("config"), "[core\nx").unwrap(), true),
        ("HEAD of garbage", |git| fs::write(git.join("HEAD"), "\u{1}\u{2}garbage").unwrap(), false),
        ("HEAD removed", |git| fs::remove_file(git.join("HEAD")).unwrap(), false),
    ];
    for (what, damage, set_aside) in damages {
        let folder = used().await;
        let (store, _) = folder.open();
        store.keep(at_position(3, 9)).await.unwrap();
        drop(store);
        damage(&folder.at(".git"));
        let (store, recovered) = folder.try_open().unwrap_or_else(|error| panic!("{what}: {error:?}"));
        let positions = [1, 2, 3].map(|n| position(&recovered, n));
        assert_eq!(positions, [Some(7), Some(7), Some(9)], "{what}");
        let said = told(&recovered.notices);
        assert_eq!(said.contains("THE HISTORY WAS DAMAGED"), set_aside, "{what}: {said}");
        let kept = fs::read_dir(folder.at("damaged")).into_iter().flatten().count();
        assert_eq!(kept, usize::from(set_aside), "{what}: it is not thrown away");
        store.keep(at_position(1, 8)).await.unwrap();
        store.flush().await.unwrap();
        store.close().await;
        drop(store);
        assert_eq!(folder.findings(), [""; 0], "{what}");
        assert_eq!(position(&folder.open().1, 1), Some(8), "{what}");
    }
}

#[tokio::test]
async fn a_history_that_is_only_locked_is_not_set_aside() {
    // CHAOS F10 n: nor one of another owner; these are mended by whoever runs the gateway.
    let folder = used().await;
    fs::write(folder.at(".git/refs/heads/state.lock"), "").unwrap();
    let (_store, recovered) = folder.open();
    assert!(!told(&recovered.notices).contains("DAMAGED"), "{}", told(&recovered.notices));
    assert!(!folder.at("damaged").exists());
}

#[tokio::test]
async fn a_damaged_last_entry_is_not_called_unconfirmed() {
    // CHAOS F10 m
    let folder = Folder::new();
    let (store, _) = folder.open_without_rounds();
    store.keep(at_position(1, 1)).await.unwrap();
    store.keep(at_position(1, 2)).await.unwrap();
    drop(store);
    let journal = folder.journal();
    let whole = fs::read(&journal).unwrap();
    let last = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let mut flipped = whole.clone();
    flipped[last + 60] ^= 0x11;
    fs::write(&journal, &flipped).unwrap();
    let found = folder.findings().join("\n");
    assert!(found.contains("may have been confirmed"), "{found}");
    let said = told(&folder.open().1.notices);
    assert!(said.contains("may have been confirmed") && !said.contains("never confirmed"), "{said}");
    let copies: Vec<_> =
        fs::read_dir(folder.at("damaged")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(copies.iter().map(|copy| fs::read(copy).unwrap()).collect::<Vec<_>>(), [&flipped[last..]]);
}

#[tokio::test]
async fn a_half_written_last_entry_was_never_confirmed() {
    // CHAOS F10 m
    let folder = Folder::new();
    let (store, _) = folder.open_without_rounds();
    store.keep(at_position(1, 1)).await.unwrap();
    drop(store);
    let journal = folder.journal();
    let whole = fs::read(&journal).unwrap();
    fs::write(&journal, [&whole[..], &whole[..whole.len() / 2]].concat()).unwrap();
    assert!(told(&folder.open().1.notices).contains("never confirmed"));
}
