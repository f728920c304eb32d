//! Where the gateway's memory is kept.

mod budget;
mod disk;
mod entry;
mod foreign;
mod frame;
mod git;
mod journal;
mod layout;
mod lock;
mod migrate;
mod notice;
mod record;
#[cfg(test)]
mod sample;
mod segment;
mod segments;
mod writer;
mod yaml;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks that guard plain data: a panic elsewhere leaves it as it was.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
