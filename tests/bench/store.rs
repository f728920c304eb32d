//! The durable store under 1,000 sessions that each change once a second. The reference is what a simple gateway
//! does: write the file and run one `git commit` process per change. And the start on 10,000 records.

use crate::report::{Report, median, percentile};
use anyhow::{Context, bail};
use gateway::clock;
use gateway::store::{Store, StoreConfig};
use gateway_domain::SessionRecord;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

const SESSIONS: usize = 1_000;
const SECONDS: usize = 10;
/// How long the reference is measured.
const REFERENCE_TIME: Duration = Duration::from_secs(4);
const RECOVERED: usize = 10_000;
const STARTS: usize = 3;
/// How often the watcher looks how far git has come.
const LOOK: Duration = Duration::from_millis(5);
/// The kernel counts processor time in hundredths of a second.
const TICKS_PER_SECOND: f64 = 100.0;

pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let reference = tokio::task::spawn_blocking(one_commit_per_change).await??;
    let ours = changes().await?;
    report.add("store_durable_p99", ours.durable, "ms", reference.durable);
    report.add("store_commit_p99", ours.commit, "ms", reference.commit);
    report.add("store_cpu_cores", ours.cores, "", reference.cores);
    recovery(report).await
}

struct Costs {
    durable: f64,
    commit: f64,
    /// Processor cores at 1,000 changes a second; ours with everything that makes the changes.
    cores: f64,
}

/// A record as it is in the middle of a session: one ask that was answered, one that is open.
fn record(n: usize) -> anyhow::Result<SessionRecord> {
    let ask = |id: &str, state: &str| {
        serde_json::json!({
            "id": id, "opencode_id": format!("per_{n:020}"), "session": name(n), "directory": "/workspace/shop",
            "tool": {"message_id": "msg_e0441ef4affecyhAco2zz4wCtY", "call_id": "call_1"}, "kind": "permission",
            "permission": "bash", "patterns": ["cargo test --workspace"], "always": ["cargo test *"],
            "metadata": {"command": "cargo test --workspace"}, "digest": "5f".repeat(32),
            "asked_at": "2026-03-09T10:00:00Z", "state": state,
        })
    };
    Ok(serde_json::from_value(serde_json::json!({
        "schema": 1, "session": name(n), "pod": format!("codev-{}", n % 50), "counter": 0, "outbox": [],
        "asks": [ask("ask_1", "applied"), ask("ask_2", "open")],
    }))?)
}

fn name(n: usize) -> String {
    format!("ses_{n:026}")
}

async fn changes() -> anyhow::Result<Costs> {
    let folder = tempfile::tempdir()?;
    let (store, _) = Store::open(StoreConfig::at(folder.path()), clock::system()).await?;
    keep_all(&store, SESSIONS).await?;
    let (began, before) = (Instant::now(), processor_time(Whose::Own)?);
    let stop = CancellationToken::new();
    let watcher = tokio::spawn(watch(store.clone(), stop.clone()));
    let mut sessions = JoinSet::new();
    for n in 0..SESSIONS {
        sessions.spawn(session(store.clone(), n));
    }
    let mut changes = vec![];
    while let Some(done) = sessions.join_next().await {
        changes.extend(done??);
    }
    let cores = (processor_time(Whose::Own)? - before) / began.elapsed().as_secs_f64();
    store.flush().await?;
    tokio::time::sleep(4 * LOOK).await;
    stop.cancel();
    let looks = watcher.await?;
    store.close().await;
    let mut durable: Vec<_> = changes.iter().map(|change| milliseconds(change.durable)).collect();
    let commit: Option<Vec<_>> = changes.iter().map(|change| change.until_committed(&looks)).collect();
    let mut commit = commit.context("not every change was committed")?;
    Ok(Costs { durable: percentile(&mut durable, 0.99), commit: percentile(&mut commit, 0.99), cores })
}

struct Change {
    number: u64,
    began: Instant,
    durable: Duration,
}

impl Change {
    fn until_committed(&self, looks: &[(u64, Instant)]) -> Option<f64> {
        let index = looks.partition_point(|(committed, _)| *committed < self.number);
        Some(milliseconds(looks.get(index)?.1.saturating_duration_since(self.began)))
    }
}

/// Changes once a second, each session at its own millisecond.
async fn session(store: Store, n: usize) -> anyhow::Result<Vec<Change>> {
    let (mut record, mut changes) = (record(n)?, vec![]);
    let second = Duration::from_secs(1);
    let first = tokio::time::Instant::now() + second * u32::try_from(n)? / u32::try_from(SESSIONS)?;
    let mut seconds = tokio::time::interval_at(first, second);
    for _ in 0..SECONDS {
        seconds.tick().await;
        record.counter += 1;
        let began = Instant::now();
        let number = store.keep(Arc::new(record.clone())).await?;
        changes.push(Change { number, began, durable: began.elapsed() });
    }
    Ok(changes)
}

async fn watch(store: Store, stop: CancellationToken) -> Vec<(u64, Instant)> {
    let mut looks = vec![];
    while !stop.is_cancelled() {
        looks.push((store.health().committed, Instant::now()));
        tokio::time::sleep(LOOK).await;
    }
    looks
}

async fn keep_all(store: &Store, count: usize) -> anyhow::Result<()> {
    let mut keeping = JoinSet::new();
    for n in 0..count {
        let (store, record) = (store.clone(), Arc::new(record(n)?));
        keeping.spawn(async move { store.keep(record).await });
    }
    while let Some(kept) = keeping.join_next().await {
        kept??;
    }
    Ok(store.flush().await?)
}

/// Beside it: reading and parsing the same files, one after the other, and nothing else.
async fn recovery(report: &mut Report) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (store, _) = Store::open(StoreConfig::at(folder.path()), clock::system()).await?;
    keep_all(&store, RECOVERED).await?;
    store.close().await;
    drop(store);
    let (mut ours, mut bare) = (vec![], vec![]);
    for _ in 0..STARTS {
        let began = Instant::now();
        let (store, recovered) =
            Store::<SessionRecord>::open(StoreConfig::at(folder.path()), clock::system()).await?;
        ours.push(milliseconds(began.elapsed()));
        anyhow::ensure!(recovered.records.len() == RECOVERED, "records are missing");
        store.close().await;
        drop(store);
        let began = Instant::now();
        read_all(&folder.path().join("sessions"))?;
        bare.push(milliseconds(began.elapsed()));
    }
    report.add("store_recovery_10k", median(ours), "ms", median(bare));
    Ok(())
}

fn read_all(sessions: &Path) -> anyhow::Result<()> {
    for shard in std::fs::read_dir(sessions)? {
        for file in std::fs::read_dir(shard?.path())? {
            let _: SessionRecord = serde_yaml::from_str(&std::fs::read_to_string(file?.path())?)?;
        }
    }
    Ok(())
}

/// The simple gateway: a change is durable and committed when its `git commit` process has ended.
fn one_commit_per_change() -> anyhow::Result<Costs> {
    let folder = tempfile::tempdir()?;
    git(folder.path(), &["init", "-q"])?;
    let (began, before, mut times) = (Instant::now(), processor_time(Whose::Children)?, vec![]);
    while began.elapsed() < REFERENCE_TIME {
        let mut record = record(times.len() % SESSIONS)?;
        record.counter = times.len() as u64;
        let change = Instant::now();
        let file = format!("{}.yaml", record.session);
        std::fs::write(folder.path().join(&file), serde_yaml::to_string(&record)?)?;
        git(folder.path(), &["add", &file])?;
        git(
            folder.path(),
            &["-c", "user.name=b", "-c", "user.email=b@localhost", "commit", "-qm", "change"],
        )?;
        times.push(milliseconds(change.elapsed()));
    }
    #[allow(clippy::cast_precision_loss, reason = "a count of hundreds")]
    let cores = (processor_time(Whose::Children)? - before) / times.len() as f64 * 1_000.0;
    let latency = percentile(&mut times, 0.99);
    Ok(Costs { durable: latency, commit: latency, cores })
}

fn git(folder: &Path, args: &[&str]) -> anyhow::Result<()> {
    let done = Command::new("git").arg("-C").arg(folder).args(args).status()?;
    if done.success() { Ok(()) } else { bail!("git {args:?} failed") }
}

#[derive(Clone, Copy)]
enum Whose {
    Own,
    Children,
}

/// Seconds of processor time so far.
fn processor_time(whose: Whose) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit_once(')').context("no process name")?.1.split_whitespace();
    let first = match whose {
        Whose::Own => 11,
        Whose::Children => 13,
    };
    let ticks = fields.skip(first).take(2).map(str::parse::<f64>).sum::<Result<f64, _>>()?;
    Ok(ticks / TICKS_PER_SECOND)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
