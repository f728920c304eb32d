//! Looks whether the workers move, from a thread that is none of them. When all stand still for too long, whatever
//! holds them will not let go any more: the process says what it knows of that, and ends, so that it is started again.

mod marks;
mod process_threads;
mod workers;

pub use marks::mark;

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use workers::Workers;

/// How often the workers show that they move.
const BEAT: Duration = Duration::from_millis(250);

/// So long may they stand still.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How long the last words may take. A log that nobody reads any more may be what the workers wait for.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What others see of the workers' beats.
#[derive(Clone, Default)]
pub struct Pulse(Arc<Heartbeats>);

#[derive(Default)]
struct Heartbeats {
    beats: AtomicU64,
    /// For how long there was none, in milliseconds of the watchdog's own time.
    still_ms: AtomicU64,
}

impl Pulse {
    /// `None` while the workers move.
    pub fn stands_still_for(&self) -> Option<Duration> {
        let still = Duration::from_millis(self.0.still_ms.load(Ordering::Relaxed));
        (still >= PATIENCE / 2).then_some(still)
    }
}

/// Ends with this value.
pub struct Watchdog {
    beats: AbortHandle,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watchdog {
    /// Watches the runtime that this is called in, and ends the process when it hangs.
    pub fn of_this_process() -> std::io::Result<(Self, Pulse)> {
        Self::watch(PATIENCE, |trace| end(&trace))
    }

    /// `hangs` is told what is known once the workers have stood still for so long.
    pub fn watch(
        patience: Duration,
        hangs: impl FnOnce(String) + Send + 'static,
    ) -> std::io::Result<(Self, Pulse)> {
        let (pulse, runtime, stop) = (Pulse::default(), Handle::current(), Arc::new(AtomicBool::new(false)));
        let looks =
            Looks { pulse: pulse.clone(), workers: Workers::of(&runtime), patience, stop: Arc::clone(&stop) };
        let beats = runtime.spawn(beat(pulse.clone())).abort_handle();
        let thread = std::thread::Builder::new().name("watchdog".to_owned()).spawn(move || {
            if let Some(trace) = looks.until_it_hangs() {
                hangs(trace);
            }
        })?;
        Ok((Self { beats, stop, thread: Some(thread) }, pulse))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.beats.abort();
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

async fn beat(pulse: Pulse) {
    loop {
        pulse.0.beats.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(BEAT).await;
    }
}

struct Looks {
    pulse: Pulse,
    workers: Workers,
    patience: Duration,
    stop: Arc<AtomicBool>,
}

impl Looks {
    /// Counts its own looks, not the time: a machine that slept, or a process that was stopped, does not hang.
    fn until_it_hangs(mut self) -> Option<String> {
        let (mut last, mut still) = (0, Duration::ZERO);
        while !self.stop.load(Ordering::Relaxed) {
            std::thread::park_timeout(BEAT);
            let beats = self.pulse.0.beats.load(Ordering::Relaxed);
            still = if beats == last { still + BEAT } else { Duration::ZERO };
            last = beats;
            let ms = u64::try_from(still.as_millis()).unwrap_or(u64::MAX);
            self.pulse.0.still_ms.store(ms, Ordering::Relaxed);
            self.workers.look(BEAT);
            if still >= self.patience {
                return Some(self.trace(beats, still));
            }
            for worker in self.workers.newly_stuck(self.patience) {
                tracing::error!(
                    worker,
                    trace = self.trace(beats, still),
                    "worker stuck; the others continue"
                );
            }
        }
        None
    }

    fn trace(&self, beats: u64, still: Duration) -> String {
        let mut text = format!("no heartbeat after number {beats} for {} ms; ", still.as_millis());
        let _ = write!(text, "stuck workers: {:?} of {}", self.workers.stuck(), self.workers.count());
        for thread in process_threads::all() {
            let _ = write!(text, "; {thread}");
            if let Some(place) = marks::of(&thread.id) {
                let _ = write!(text, ", last started: {place}");
            }
        }
        text
    }
}

/// Says what hangs, and ends the process even if nobody can hear that.
fn end(trace: &str) {
    let words = format!("all workers are stuck; ending the process: {trace}");
    let said =
        std::thread::Builder::new().name("last-words".to_owned()).spawn(move || tracing::error!("{words}"));
    let mut left = LAST_WORDS;
    while said.as_ref().is_ok_and(|said| !said.is_finished()) && !left.is_zero() {
        std::thread::sleep(BEAT.min(left));
        left = left.saturating_sub(BEAT);
    }
    std::process::abort();
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

    const SOON: Duration = Duration::from_secs(2);

    fn workers(count: usize) -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_multi_thread().worker_threads(count).enable_all().build().unwrap()
    }

    /// Blocks so many workers, really, until the sender is dropped.
    fn block(runtime: &tokio::runtime::Runtime, count: usize) -> SyncSender<()> {
        let (go_on, wait) = sync_channel::<()>(1);
        let wait = Arc::new(std::sync::Mutex::new(wait));
        let (begun, all) = sync_channel(count);
        for _ in 0..count {
            let (wait, begun) = (Arc::clone(&wait), begun.clone());
            runtime.spawn(async move {
                mark("a test that blocks");
                begun.send(()).unwrap();
                let _ = wait.lock().map(|wait| wait.recv());
            });
        }
        (0..count).for_each(|_| all.recv_timeout(Duration::from_secs(20)).unwrap());
        go_on
    }

    fn watched(runtime: &tokio::runtime::Runtime) -> (Watchdog, Pulse, Receiver<String>) {
        let (tell, told) = sync_channel(1);
        let _inside = runtime.enter();
        let (dog, pulse) = Watchdog::watch(SOON, move |trace| tell.send(trace).unwrap()).unwrap();
        (dog, pulse, told)
    }

    #[test]
    fn workers_that_all_hang_are_told_of_with_what_they_were_doing() {
        // REQ-HARD-01, C1
        let runtime = workers(2);
        let (dog, _pulse, told) = watched(&runtime);
        let go_on = block(&runtime, 2);
        let trace = told.recv_timeout(Duration::from_secs(60)).unwrap();
        for part in ["no heartbeat after number", "stuck workers", "a test that blocks", "watchdog"] {
            assert!(trace.contains(part), "{part} in {trace}");
        }
        drop((go_on, dog));
    }

    #[test]
    fn workers_that_work_or_idle_are_left_alone() {
        // REQ-HARD-01
        let runtime = workers(2);
        let (dog, pulse, told) = watched(&runtime);
        let go_on = block(&runtime, 1);
        assert!(told.recv_timeout(SOON * 2).is_err(), "one of two goes on");
        assert_eq!(pulse.stands_still_for(), None);
        drop((go_on, dog));
    }
}
