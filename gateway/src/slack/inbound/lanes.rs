//! Work in lanes: what belongs together is done one after the other, everything else beside it. A lane has a task
//! only while it has work.

use futures_util::future::BoxFuture;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;

/// Work that waits or is being done, in all lanes. Beyond it nothing is acknowledged: people see Slack's own error
/// at once, and Slack brings events again.
const MAX_WAITING: usize = 4096;

/// In one lane: a person or a thread has no more than that.
const MAX_IN_A_LANE: usize = 1024;

type Work = BoxFuture<'static, ()>;

#[derive(Clone)]
pub(in crate::slack) struct Lanes {
    room: Arc<Semaphore>,
    waiting: Arc<Mutex<HashMap<String, VecDeque<Load>>>>,
    tasks: TaskTracker,
}

struct Load {
    work: Work,
    _slot: LaneSlot,
}

/// A place that is held until the work in it is done.
pub(in crate::slack) struct LaneSlot {
    _permit: OwnedSemaphorePermit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many actions are queued")]
pub(in crate::slack) struct LaneFull;

impl Lanes {
    pub(in crate::slack) fn new(tasks: TaskTracker) -> Self {
        Self { room: Arc::new(Semaphore::new(MAX_WAITING)), waiting: Arc::default(), tasks }
    }

    /// A place for what is going to be put on disk first.
    pub(in crate::slack) fn reserve(&self, lane: &str) -> Result<LaneSlot, LaneFull> {
        let waits =
            self.waiting.lock().unwrap_or_else(PoisonError::into_inner).get(lane).map_or(0, VecDeque::len);
        if waits >= MAX_IN_A_LANE {
            return Err(LaneFull);
        }
        let permit = Arc::clone(&self.room).try_acquire_owned().map_err(|_| LaneFull)?;
        Ok(LaneSlot { _permit: permit })
    }

    pub(in crate::slack) fn is_busy(&self, lane: &str) -> bool {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).contains_key(lane)
    }

    pub(in crate::slack) fn push(&self, slot: LaneSlot, lane: &str, work: Work) {
        let load = Load { work, _slot: slot };
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = waiting.get_mut(lane) {
            queue.push_back(load);
            return;
        }
        waiting.insert(lane.to_owned(), VecDeque::from([load]));
        drop(waiting);
        self.tasks.spawn(self.clone().drain(lane.to_owned()));
    }

    /// Work that was promised before the restart waits for a place however much of it there is.
    pub(in crate::slack) async fn push_when_there_is_room(&self, lane: &str, work: Work) {
        if let Ok(permit) = Arc::clone(&self.room).acquire_owned().await {
            self.push(LaneSlot { _permit: permit }, lane, work);
        }
    }

    async fn drain(self, lane: String) {
        while let Some(load) = self.next(&lane) {
            load.work.await;
        }
    }

    /// The lane goes with its last piece of work, under the same lock under which new work looks for it.
    fn next(&self, lane: &str) -> Option<Load> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let next = waiting.get_mut(lane)?.pop_front();
        if next.is_none() {
            waiting.remove(lane);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::sync::{mpsc, oneshot};

    #[tokio::test]
    async fn a_lane_keeps_its_order_and_does_not_hold_up_another() {
        let (lanes, tasks) = lanes();
        let (tell, mut told) = mpsc::channel(200);
        let (open, opened) = oneshot::channel::<()>();
        push(&lanes, "slow", async move { opened.await.unwrap() });
        for n in 0..100 {
            let tell = tell.clone();
            push(&lanes, "slow", async move { tell.send(n).await.unwrap() });
        }
        let other = tell.clone();
        push(&lanes, "other", async move { other.send(1000).await.unwrap() });
        assert_eq!(told.recv().await, Some(1000));
        open.send(()).unwrap();
        for n in 0..100 {
            assert_eq!(told.recv().await, Some(n));
        }
        tasks.close();
        tokio::time::timeout(Duration::from_secs(5), tasks.wait()).await.unwrap();
        assert!(lanes.waiting.lock().unwrap().is_empty(), "no lane is left");
    }

    #[tokio::test]
    async fn a_full_lane_and_a_full_house_say_so() {
        let (lanes, _tasks) = lanes();
        let (_open, opened) = oneshot::channel::<()>();
        push(&lanes, "slow", async move { drop(opened.await) });
        tokio::task::yield_now().await;
        for _ in 0..MAX_IN_A_LANE {
            push(&lanes, "slow", async {});
        }
        assert!(lanes.reserve("slow").is_err(), "a full lane");
        let held: Vec<_> = std::iter::from_fn(|| lanes.reserve("other").ok()).collect();
        assert_eq!(held.len(), MAX_WAITING - MAX_IN_A_LANE - 1);
        drop(held);
        assert!(lanes.reserve("other").is_ok(), "a place that was not used is free again");
    }

    fn lanes() -> (Lanes, TaskTracker) {
        let tasks = TaskTracker::new();
        (Lanes::new(tasks.clone()), tasks)
    }

    fn push(lanes: &Lanes, lane: &str, work: impl Future<Output = ()> + Send + 'static) {
        lanes.push(lanes.reserve(lane).unwrap(), lane, Box::pin(work));
    }
}
