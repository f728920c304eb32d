//! Connections whose request is not there yet. There is room for so many; then the oldest goes, which is that of a
//! client that stalls. None goes in its first moment: when many come at once, those who come after them wait.

use std::collections::VecDeque;
use std::time::Duration;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;

/// So long has everybody, however many others come.
const GRACE: Duration = Duration::from_millis(250);

pub(super) struct WaitingConnections {
    room: usize,
    tasks: JoinSet<()>,
    /// The oldest first; among them some that are done.
    order: VecDeque<(Instant, AbortHandle)>,
}

impl WaitingConnections {
    pub(super) fn of(room: usize) -> Self {
        Self { room, tasks: JoinSet::new(), order: VecDeque::new() }
    }

    /// Returns when there is room for one more.
    pub(super) async fn has_room(&mut self) {
        loop {
            self.forget_what_is_done();
            if self.tasks.len() < self.room {
                return;
            }
            let Some((since, _)) = self.order.front() else { return };
            let due = *since + GRACE;
            tokio::select! {
                _ = self.tasks.join_next() => {}
                () = tokio::time::sleep_until(due) => {
                    self.give_up_the_oldest();
                    // One goes for one that comes: it is gone before it is looked again.
                    let _ = self.tasks.join_next().await;
                }
            }
        }
    }

    pub(super) fn add(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.order.push_back((Instant::now(), self.tasks.spawn(task)));
    }

    pub(super) fn give_up_the_oldest(&mut self) {
        while let Some((_, oldest)) = self.order.pop_front() {
            if !oldest.is_finished() {
                return oldest.abort();
            }
        }
    }

    fn forget_what_is_done(&mut self) {
        while self.tasks.try_join_next().is_some() {}
        while self.order.front().is_some_and(|(_, oldest)| oldest.is_finished()) {
            self.order.pop_front();
        }
        // Behind one that stalls many may have come and gone.
        if self.order.len() > 2 * self.tasks.len() + 16 {
            self.order.retain(|(_, task)| !task.is_finished());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    struct Ends(usize, Arc<AtomicUsize>);

    impl Drop for Ends {
        fn drop(&mut self) {
            self.1.fetch_add(self.0, Ordering::Relaxed);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_that_stalls_makes_room_after_its_first_moment() {
        // REQ-HARD-02, M3
        let (mut waiting, ended, began) =
            (WaitingConnections::of(3), Arc::new(AtomicUsize::new(0)), Instant::now());
        for number in [1, 10, 100, 1_000] {
            waiting.has_room().await;
            let ends = Ends(number, Arc::clone(&ended));
            waiting.add(async move {
                let _held = ends;
                std::future::pending::<()>().await;
            });
        }
        assert_eq!(ended.load(Ordering::Relaxed), 1, "the first one, and no other");
        assert!((GRACE..GRACE * 2).contains(&began.elapsed()), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_are_done_cost_nothing() {
        let (mut waiting, began) = (WaitingConnections::of(3), Instant::now());
        waiting.add(std::future::pending());
        for _ in 0..1_000 {
            waiting.has_room().await;
            waiting.add(async {});
        }
        assert_eq!(began.elapsed(), Duration::ZERO);
        assert!(waiting.order.len() < 50, "{}", waiting.order.len());
    }
}
