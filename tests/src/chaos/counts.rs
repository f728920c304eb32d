//! What came of it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

#[derive(Debug, Default)]
pub struct Counts {
    pub lasted: Duration,
    /// Rounds by their trouble.
    pub rounds: BTreeMap<&'static str, usize>,
    /// Answers that were decided, and those of them that OpenCode has.
    pub decided: usize,
    pub applied: usize,
    /// Commands that ran, and cards that said that the same may have run before.
    pub ran: usize,
    pub asked_anew: usize,
    /// Sessions whose damaged record was told and restored.
    pub restored: usize,
    /// Commands that ran more often than they were allowed.
    pub doubled: usize,
    /// Answers that were confirmed or decided, and never took effect.
    pub lost: usize,
    /// Whatever else was not as it should be.
    pub wrong: Vec<String>,
}

impl Counts {
    pub fn is_fine(&self) -> bool {
        self.doubled == 0 && self.lost == 0 && self.wrong.is_empty()
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<_> = self.rounds.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        writeln!(
            f,
            "{} rounds in {:.0?}: {}",
            self.rounds.values().sum::<usize>(),
            self.lasted,
            kinds.join(", ")
        )?;
        writeln!(
            f,
            "decided {}, applied {}, doubled {}, lost {}",
            self.decided, self.applied, self.doubled, self.lost
        )?;
        write!(
            f,
            "commands run {}, asked anew with a warning {}, damaged records restored {}",
            self.ran, self.asked_anew, self.restored
        )?;
        self.wrong.iter().try_for_each(|wrong| write!(f, "\nWRONG: {wrong}"))
    }
}
