//! Random changes, a power cut at a random point, a new start: everything that was confirmed is there.

use super::fake_disk::FakeDisk;
use super::*;
use crate::sessions::ports::PostState;
use crate::store::audit_head::KeptCheckpoint;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeMap;
use std::io::Write;

const SEEDS: u64 = 10;
const LIVES: usize = 4;
const SESSIONS: usize = 6;

/// What was confirmed, and what was at least tried.
#[derive(Default)]
struct Promises {
    confirmed: BTreeMap<usize, u64>,
    tried: u64,
    audit: Vec<String>,
    /// Checkpoints that somebody kept outside.
    heads: Vec<KeptCheckpoint>,
    posted: BTreeMap<String, PostState>,
    open_actions: Vec<u64>,
}

impl Promises {
    async fn make(&mut self, store: &Store<Sample>, random: &mut StdRng) {
        let n = random.random_range(0..SESSIONS);
        self.tried += 1;
        let record = at_position(n, self.tried);
        match random.random_range(0..10) {
            0..5 => {
                store.keep(record).await.unwrap();
                self.confirmed.insert(n, self.tried);
            }
            5 => store.keep_soon(record).await.unwrap(),
            6 => {
                let ask = format!("per_{}", self.tried);
                store.audit(audit_entry(&ask)).await.unwrap();
                self.audit.push(ask);
            }
            7 => {
                let (key, state) =
                    (format!("card-{n}"), PostState::Posted { ts: self.tried.to_string(), drawn: None });
                store.post(&id(n), &key, state.clone()).await.unwrap();
                self.posted.insert(key, state);
            }
            8 => match self.open_actions.pop() {
                Some(action) if random.random_bool(0.5) => drop(store.done(action).await.unwrap()),
                other => {
                    self.open_actions.extend(other);
                    self.open_actions.push(store.act(&id(n), &self.tried).await.unwrap());
                }
            },
            _ => {
                store.flush().await.unwrap();
                let head = store.committed_head();
                self.heads.extend(head.map(|text| KeptCheckpoint { name: "kept".into(), text }));
            }
        }
    }

    fn check(&self, folder: &Folder, store: &Store<Sample>, recovered: &Recovered<Sample>, seed: u64) {
        assert_eq!(recovered.unrecoverable, [], "seed {seed}");
        for (n, confirmed) in &self.confirmed {
            let found = position(recovered, *n).unwrap_or(0);
            assert!(
                (*confirmed..=self.tried).contains(&found),
                "seed {seed}: {n} has {found}, not {confirmed}"
            );
        }
        for (key, state) in &self.posted {
            let n: usize = key.strip_prefix("card-").unwrap().parse().unwrap();
            assert_eq!(store.post_state(&id(n), key).as_ref(), Some(state), "seed {seed}");
        }
        let mut actions: Vec<_> = recovered.actions.iter().map(|action| action.number).collect();
        let mut open = self.open_actions.clone();
        actions.sort_unstable();
        open.sort_unstable();
        assert_eq!(actions, open, "seed {seed}");
        let audit = folder.inspect().audit_entries().unwrap();
        let asks: Vec<_> = audit.into_iter().map(|link| link.entry.ask).collect();
        assert_eq!(asks, self.audit, "seed {seed}");
        let held = folder.inspect().audit_against(&self.heads, None).unwrap();
        assert_eq!(held.against.len(), self.heads.len(), "seed {seed}, REQ-PROOF-02: {:?}", held.faults);
    }
}

#[tokio::test]
async fn everything_that_was_confirmed_outlives_any_power_cut() {
    // REQ-STATE-03, REQ-ASK-04
    for seed in 0..SEEDS {
        let mut random = StdRng::seed_from_u64(seed);
        let disk = FakeDisk::new();
        let folder = Folder::on(Arc::new(disk.clone()));
        let mut promises = Promises::default();
        for life in 0..LIVES {
            let (store, recovered) = folder.open();
            promises.check(&folder, &store, &recovered, seed);
            for _ in 0..random.random_range(0..40) {
                promises.make(&store, &mut random).await;
            }
            if random.random_bool(0.2) {
                store.close().await;
            }
            drop(store);
            disk.power_cut(seed * 100 + life as u64);
        }
        let (store, recovered) = folder.open();
        promises.check(&folder, &store, &recovered, seed);
        store.flush().await.unwrap();
        assert_eq!(folder.findings(), [""; 0], "seed {seed}");
    }
}

#[tokio::test]
async fn a_journal_cut_in_the_middle_of_an_entry_loses_that_entry_only() {
    // REQ-STATE-03
    let folder = Folder::new();
    let (store, _) = folder.open();
    store.flush().await.unwrap();
    store.keep(at_position(1, 1)).await.unwrap();
    drop(store);
    let mut file = std::fs::OpenOptions::new().append(true).open(folder.journal()).unwrap();
    file.write_all(b"0000004a 5d1f23ab 00000000000000000002 {\"fence\":1,\"at\":\"20").unwrap();
    let report = folder.inspect().verify::<Sample>().unwrap();
    assert_eq!(report.findings, [""; 0]);
    assert!(report.notes[0].contains("line 2: the last entry was being written"), "{:?}", report.notes);
    let (store, recovered) = folder.open();
    assert_eq!(position(&recovered, 1), Some(1));
    let said = told(&recovered.notices);
    assert!(said.contains(".journal, line 2") && said.contains("nothing needs to be done"), "{said}");
    store.keep(at_position(1, 2)).await.unwrap();
    drop(store);
    assert_eq!(position(&folder.open().1, 1), Some(2));
}
