//! What runs below a lab's keeper, and how much it uses: an app that starts ever more processes, or takes all memory, would take the
//! gateway's machine with it. Looked at several times a second, and from the keeper down only, so that it costs next to nothing. A bomb
//! that forks as fast as it can is faster than this.

use std::fs;

/// What a lab of this machine may use, all its processes together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabLimits {
    pub processes: usize,
    /// That are its own: memory with programs and shared files in it counts for nobody.
    pub memory_mib: u64,
}

impl Default for LabLimits {
    fn default() -> Self {
        Self { processes: 512, memory_mib: 4_096 }
    }
}

/// What is too much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Excess {
    Processes,
    Memory,
}

/// How often the keeper looks.
pub(super) const LOOKS_EVERY: std::time::Duration = std::time::Duration::from_millis(200);

const KIB_IN_MIB: u64 = 1_024;

#[derive(Debug, Default)]
struct Census {
    processes: usize,
    kib: u64,
}

pub(super) fn excess(keeper: i32, limits: LabLimits) -> Option<Excess> {
    let Census { processes, kib } = census(keeper, limits.processes);
    match () {
        () if processes > limits.processes => Some(Excess::Processes),
        () if kib > limits.memory_mib.saturating_mul(KIB_IN_MIB) => Some(Excess::Memory),
        () => None,
    }
}

/// Counts no further than one more than `most`.
fn census(keeper: i32, most: usize) -> Census {
    let (mut waiting, mut census) = (children(keeper), Census::default());
    while let Some(pid) = waiting.pop() {
        census.processes += 1;
        if census.processes > most {
            break;
        }
        census.kib = census.kib.saturating_add(own_kib(pid));
        waiting.extend(children(pid));
    }
    census
}

/// A child belongs to the thread that made it. One that ended meanwhile has none.
fn children(pid: i32) -> Vec<i32> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect()
}

/// Memory and what of it was swapped out.
fn own_kib(pid: i32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let lines = status.lines().filter_map(|line| line.split_once(':'));
    let own = lines.filter(|(name, _)| ["RssAnon", "VmSwap"].contains(name));
    own.filter_map(|(_, value)| value.trim().trim_end_matches("kB").trim().parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::{Excess, LabLimits, excess};
    use rustix::process::{Pid, Signal, kill_process_group};
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command, Stdio};

    fn shell(script: &str) -> Child {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped());
        shell.process_group(0).spawn().unwrap()
    }

    /// Says `ready` when all of it runs.
    fn until_ready(child: &mut Child) {
        let mut line = [0; 6];
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut line).unwrap();
    }

    #[test]
    fn what_is_below_is_counted_however_deep_and_nothing_else_is() {
        // REQ-LAB-08
        let mut tree = shell("(sleep 60 & sleep 60 & (sleep 60 & wait) & wait) & echo ready; cat");
        until_ready(&mut tree);
        let me = i32::try_from(std::process::id()).unwrap();
        let few = LabLimits { processes: 2, memory_mib: 4_096 };
        // Its children begin after it said that it is ready.
        let grown = (0..500).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            excess(me, few) == Some(Excess::Processes)
        });
        assert!(grown);
        assert_eq!(excess(me, LabLimits { processes: 100, memory_mib: 4_096 }), None);
        assert_eq!(excess(me, LabLimits { processes: 100, memory_mib: 0 }), Some(Excess::Memory));
        kill_process_group(Pid::from_child(&tree), Signal::KILL).unwrap();
        tree.wait().unwrap();
    }
}
