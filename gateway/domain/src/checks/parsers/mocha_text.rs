//! What Mocha prints for people.

use super::super::report::{Tally, TestReport};
use super::lines::milliseconds;

pub(super) fn read(text: &str) -> Option<TestReport> {
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().rposition(|line| counted(line, "passing").is_some())?;
    let mut tally = Tally { passed: counted(lines[at], "passing")?, ..Tally::default() };
    tally.took_ms = lines[at].rsplit_once('(').and_then(|(_, took)| milliseconds(took));
    let behind = &lines[at + 1..];
    let sum = |word: &str| behind.iter().take(4).find_map(|line| counted(line, word)).unwrap_or(0);
    (tally.skipped, tally.failed) = (sum("pending"), sum("failing"));
    // `  1) math` and below it `       divides:`.
    for pair in behind.windows(2) {
        let titled = pair[0].strip_prefix("  ").and_then(|line| line.split_once(") "));
        if let Some((_, suite)) = titled.filter(|(number, _)| number.parse::<u64>().is_ok()) {
            tally.name(&format!("{} › {}", suite, pair[1].trim().trim_end_matches(':')));
        }
    }
    Some(tally.report("Mocha"))
}

/// `  1 passing (9ms)`.
fn counted(line: &str, word: &str) -> Option<u64> {
    let mut words = line.strip_prefix("  ")?.split(' ');
    let number = words.next()?.parse().ok()?;
    (words.next() == Some(word)).then_some(number)
}
