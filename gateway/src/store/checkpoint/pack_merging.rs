//! Merging packs beside the rounds: at most one merge at a time, on a thread of its own.

use crate::store::git::{History, Merged, TidyError, tidy};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

#[derive(Default)]
pub(super) struct PackMerging(Option<Merge>);

struct Merge {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<Merged, TidyError>>,
}

impl PackMerging {
    /// Takes in a merge that is done, and begins another one if none runs.
    pub(super) fn go_on(&mut self, history: &History) {
        if let Some(done) = self.0.take_if(|merge| merge.thread.is_finished()) {
            done.finish();
        }
        if self.0.is_none() {
            self.0 = begin(history);
        }
    }

    pub(super) fn stop(&mut self) {
        if let Some(merge) = self.0.take() {
            merge.stop.store(true, Ordering::Relaxed);
            merge.finish();
        }
    }
}

fn begin(history: &History) -> Option<Merge> {
    let (history, stop) = (history.clone(), Arc::new(AtomicBool::new(false)));
    let stopped = Arc::clone(&stop);
    let thread = std::thread::Builder::new().name("store-tidy".to_owned());
    match thread.spawn(move || tidy(&history, &stopped)) {
        Ok(thread) => Some(Merge { stop, thread }),
        Err(error) => {
            tracing::warn!(error = %error, "merging of packs not started; retrying");
            None
        }
    }
}

impl Merge {
    /// Waits for the merge, and takes away the files that it replaced.
    fn finish(self) {
        match self.thread.join() {
            Ok(Ok(merged)) => merged.remove_old(),
            Ok(Err(_)) if self.stop.load(Ordering::Relaxed) => {}
            Ok(Err(error)) => {
                let error = anyhow::Error::new(error);
                tracing::warn!(error = format!("{error:#}"), "packs not merged; retrying");
            }
            Err(_) => tracing::warn!("merging of packs ended unexpectedly; retrying"),
        }
    }
}
