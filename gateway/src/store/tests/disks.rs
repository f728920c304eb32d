//! Full and failing disks: nothing is confirmed that is not there, and all is well again afterwards.

use super::fake_disk::FakeDisk;
use super::*;

#[tokio::test]
async fn a_full_disk_refuses_with_a_remedy_and_heals_by_itself() {
    // REQ-STATE-03, REQ-ASK-04
    let disk = FakeDisk::new();
    let folder = Folder::on(Arc::new(disk.clone()));
    let (store, _) = folder.open();
    store.keep(at_position(1, 1)).await.unwrap();
    for room in [0, 10, 100] {
        disk.set_room(room);
        let refused = store.keep(at_position(1, 2)).await.unwrap_err().to_string();
        assert!(refused.contains("journal") && refused.contains("Free up space on the volume"), "{refused}");
    }
    disk.set_room(u64::MAX);
    store.keep(at_position(2, 3)).await.unwrap();
    store.flush().await.unwrap();
    drop(store);
    let (_store, recovered) = folder.open();
    assert_eq!((position(&recovered, 1), position(&recovered, 2)), (Some(1), Some(3)));
}

#[tokio::test]
async fn records_that_do_not_fit_stay_in_the_journal() {
    // REQ-STATE-03
    let disk = FakeDisk::new();
    let folder = Folder::on(Arc::new(disk.clone()));
    let (store, _) = folder.open();
    store.keep(at_position(1, 1)).await.unwrap();
    store.flush().await.unwrap();
    store.keep(at_position(1, 2)).await.unwrap();
    disk.set_room(0);
    let said = format!("{:#}", anyhow::Error::new(flush_fails(&store).await));
    assert!(said.contains("Could not write") && said.contains("Free up space"), "{said}");
    drop(store);
    disk.set_room(u64::MAX);
    let (store, recovered) = folder.open();
    assert_eq!(position(&recovered, 1), Some(2));
    store.flush().await.unwrap();
}

/// The round that ran before the disk was full may have done its work.
async fn flush_fails(store: &Store<Sample>) -> crate::store::StoreError {
    for n in 0.. {
        match store.flush().await {
            Err(error) => return error,
            Ok(()) => assert!(n < 1 || store.keep(at_position(1, 2)).await.is_err()),
        }
    }
    unreachable!()
}

#[tokio::test]
async fn a_sync_that_fails_confirms_nothing_and_the_next_change_starts_afresh() {
    // REQ-STATE-03
    let disk = FakeDisk::new();
    let folder = Folder::on(Arc::new(disk.clone()));
    let (store, _) = folder.open();
    store.keep(at_position(1, 1)).await.unwrap();
    disk.fail_syncs(1);
    assert!(store.keep(at_position(1, 2)).await.is_err());
    store.keep(at_position(2, 1)).await.unwrap();
    drop(store);
    disk.power_cut(1);
    let (_store, recovered) = folder.open();
    assert_eq!((position(&recovered, 1), position(&recovered, 2)), (Some(1), Some(1)));
}
