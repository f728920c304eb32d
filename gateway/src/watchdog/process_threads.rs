//! This process's threads as the system sees them.

use std::fmt;
use std::fs;
use std::path::Path;

pub(super) struct Thread {
    pub(super) id: String,
    name: String,
    /// `R` runs or wants to, `S` waits, `D` waits for a device.
    state: String,
    /// Time on a processor, in the system's ticks.
    ticks: u64,
    /// What it waits for in the kernel, where that is told.
    waits: String,
}

/// All that can be seen; what cannot is left out.
pub(super) fn all() -> Vec<Thread> {
    let Ok(folder) = fs::read_dir("/proc/self/task") else { return vec![] };
    folder.flatten().filter_map(|entry| Thread::read(&entry.path())).collect()
}

impl Thread {
    fn read(folder: &Path) -> Option<Self> {
        let stat = fs::read_to_string(folder.join("stat")).ok()?;
        let id = folder.file_name()?.to_string_lossy().into_owned();
        let waits = fs::read_to_string(folder.join("wchan")).unwrap_or_default();
        Self::parse(id, &stat, waits)
    }

    /// The name stands in brackets and may hold anything, brackets too.
    fn parse(id: String, stat: &str, waits: String) -> Option<Self> {
        let (before, after) = stat.rsplit_once(')')?;
        let name = before.split_once('(')?.1.to_owned();
        let fields: Vec<_> = after.split_whitespace().collect();
        let ticks =
            [fields.get(11)?, fields.get(12)?].into_iter().filter_map(|ticks| ticks.parse::<u64>().ok());
        let state = (*fields.first()?).to_owned();
        Some(Self { id, name, state, ticks: ticks.sum(), waits })
    }
}

impl fmt::Display for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, name, state, ticks, waits } = self;
        write!(f, "thread {id} {name}: {state}, {ticks} ticks")?;
        if matches!(waits.trim(), "" | "0") { Ok(()) } else { write!(f, ", waiting in {}", waits.trim_end()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_read_whatever_its_name() {
        let stat = "17 (a ) (b) S 1 2 3 4 5 6 7 8 9 10 30 12 13 14";
        let thread = Thread::parse("17".to_owned(), stat, "futex_wait\n".to_owned()).unwrap();
        assert_eq!(thread.to_string().trim(), "thread 17 a ) (b: S, 42 ticks, waiting in futex_wait");
        assert!(all().iter().any(|thread| !thread.name.is_empty()));
    }
}
