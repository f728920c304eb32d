//! The history over a long time: packed, bounded, archived, exported.

use super::*;

/// Rounds, each with a commit of its own; one takes some milliseconds, most of them in syncs.
const ROUNDS: u64 = 500;
/// What a round may take in git, for a blob, trees and a commit. Two thousand rounds measured 703 bytes each.
const BYTES_A_ROUND: u64 = 1_024;
/// Packs at any time: up to 32 of a size class before they are merged, and those of the rounds meanwhile.
const PACKS: usize = 80;

#[tokio::test]
async fn hundreds_of_rounds_keep_the_repository_small() {
    // REQ-STATE-06
    let folder = Folder::new();
    let (store, _) = folder.open();
    for round in 0..ROUNDS {
        store.keep(at_position(usize::try_from(round % 20).unwrap(), round)).await.unwrap();
        store.flush().await.unwrap();
    }
    store.close().await;
    let size = store.size().unwrap();
    assert!(size.bytes < ROUNDS * BYTES_A_ROUND, "{size:?}");
    assert!(size.packs < PACKS, "{size:?}");
    drop(store);
    assert_eq!(folder.findings(), [""; 0]);
    assert_eq!(folder.inspect().log(&id(3), 1_000).unwrap().len(), 25, "no version is lost");
}

#[tokio::test]
async fn an_archived_session_leaves_the_live_ones_and_stays_in_the_history() {
    // REQ-STATE-06
    let ended: Timestamp = "2026-03-09T23:00:00Z".parse().unwrap();
    for crash in [true, false] {
        let folder = Folder::new();
        let (store, _) = folder.open();
        store.keep(at_position(1, 1)).await.unwrap();
        store.keep(at_position(2, 1)).await.unwrap();
        store.flush().await.unwrap();
        store.archive(&id(1), ended).await.unwrap();
        if !crash {
            store.close().await;
        }
        drop(store);
        let (store, recovered) = folder.open();
        assert_eq!((position(&recovered, 1), position(&recovered, 2)), (None, Some(1)), "crash: {crash}");
        store.flush().await.unwrap();
        assert!(folder.at("archive/2026-03/ses_00000001.session-state.yaml").exists());
        assert!(!folder.record(1).exists());
        assert!(!folder.inspect().log(&id(1), 10).unwrap().is_empty());
        store.keep(at_position(1, 2)).await.unwrap();
        store.close().await;
        drop(store);
        assert_eq!(position(&folder.open().1, 1), Some(2), "it may come back");
        assert_eq!(folder.findings(), [""; 0]);
    }
}

#[tokio::test]
async fn what_ended_a_month_ago_is_archived_at_the_start() {
    // REQ-STATE-06
    let folder = Folder::new();
    let (store, _) = folder.open();
    let ended = Some(folder.clock.now());
    store.keep(Arc::new(Sample { ended, ..sample(1) })).await.unwrap();
    store.keep(at_position(2, 1)).await.unwrap();
    store.close().await;
    drop(store);
    for (days, live) in [(29, 2), (2, 1)] {
        folder.clock.jump(SignedDuration::from_hours(24 * days));
        let (store, recovered) = folder.open();
        let left = store.archive_old(recovered.records, folder.clock.now()).await.unwrap();
        assert_eq!(left.len(), live);
        store.close().await;
    }
    assert!(folder.at("archive/2026-03/ses_00000001.session-state.yaml").exists());
}

#[tokio::test]
async fn the_state_is_shown_and_exported_beside_a_running_gateway() {
    // REQ-STATE-01
    let folder = Folder::new();
    let config = StoreConfig { window: Duration::from_secs(600), ..folder.config() };
    let clock = Arc::clone(&folder.clock) as Arc<dyn Clock>;
    let (store, _) = Store::<Sample>::open(config, clock).await.unwrap();
    store.keep(at_position(1, 1)).await.unwrap();
    store.flush().await.unwrap();
    store.keep(at_position(1, 2)).await.unwrap();
    let inspection = folder.inspect();
    assert!(inspection.show::<Sample>(&id(1)).unwrap().contains("position: 2"), "the journal knows better");
    let exported = inspection.export::<Sample>().unwrap();
    assert_eq!((exported.len(), exported[0].record.position), (1, 2));
    let missing = inspection.show::<Sample>(&id(9)).unwrap_err().to_string();
    assert!(missing.contains("There is no session ses_00000009"), "{missing}");
    assert_eq!(folder.findings(), [""; 0]);
}
