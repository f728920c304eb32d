//! The workers of a runtime one by one: one that neither waits for work nor gets any further is stuck.

use std::time::Duration;
use tokio::runtime::{Handle, RuntimeMetrics};

pub(super) struct Workers {
    metrics: RuntimeMetrics,
    seen: Vec<Worker>,
}

#[derive(Clone, Default)]
struct Worker {
    parks: u64,
    busy: Duration,
    still: Duration,
    told: bool,
}

impl Workers {
    pub(super) fn of(runtime: &Handle) -> Self {
        let metrics = runtime.metrics();
        let seen = vec![Worker::default(); metrics.num_workers()];
        Self { metrics, seen }
    }

    pub(super) fn count(&self) -> usize {
        self.seen.len()
    }

    /// So long after the last look.
    pub(super) fn look(&mut self, after: Duration) {
        for (number, worker) in self.seen.iter_mut().enumerate() {
            let parks = self.metrics.worker_park_unpark_count(number);
            let busy = self.metrics.worker_total_busy_duration(number);
            // An odd number: it sleeps until there is something to do.
            let moves = parks % 2 == 1 || parks != worker.parks || busy != worker.busy;
            *worker = match moves {
                true => Worker { parks, busy, ..Worker::default() },
                false => Worker { still: worker.still + after, ..worker.clone() },
            };
        }
    }

    /// Those that have not moved between the last two looks or longer.
    pub(super) fn stuck(&self) -> Vec<usize> {
        self.numbers(|worker| !worker.still.is_zero())
    }

    /// Those that have not moved for so long, each once.
    pub(super) fn newly_stuck(&mut self, patience: Duration) -> Vec<usize> {
        let stuck = self.numbers(|worker| worker.still >= patience && !worker.told);
        self.seen.iter_mut().filter(|worker| worker.still >= patience).for_each(|worker| worker.told = true);
        stuck
    }

    fn numbers(&self, is_meant: impl Fn(&Worker) -> bool) -> Vec<usize> {
        let meant = self.seen.iter().enumerate().filter(|(_, worker)| is_meant(worker));
        meant.map(|(number, _)| number).collect()
    }
}
