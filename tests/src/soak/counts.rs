//! What came of it, as numbers.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

#[derive(Clone, Debug, Default)]
pub struct Counts {
    pub sessions: usize,
    pub turns: usize,
    pub turns_lost_by_slack: usize,
    pub asked: usize,
    pub shown: usize,
    pub answered: usize,
    pub lost_asks: usize,
    pub ran: usize,
    /// Commands that ran twice, or without leave, or not at all although they were allowed.
    pub ran_wrong: usize,
    /// Commands that the shell itself wrote down.
    pub witnessed: usize,
    /// Of those, what no verdict of the gateway let run.
    pub without_verdict: usize,
    pub posts: usize,
    pub updates: usize,
    pub streams: usize,
    pub double_posts: usize,
    pub order_violations: usize,
    pub dead_letters: usize,
    pub taps: u64,
    pub repeated_taps: u64,
    pub given_again: u64,
    pub kills: usize,
    pub refreshes: usize,
    pub cuts: usize,
    pub calls: usize,
    pub limited_by_slack: usize,
    pub faults: BTreeMap<&'static str, u64>,
    pub ack_p50: Option<Duration>,
    pub ack_p99: Option<Duration>,
    /// Sentences about everything that is not as it must be.
    pub wrong: Vec<String>,
}

impl Counts {
    pub fn is_fine(&self) -> bool {
        self.wrong.is_empty()
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |time: Option<Duration>| {
            time.map_or("none".to_owned(), |time| format!("{} ms", time.as_millis()))
        };
        let lines: [(&str, String); 27] = [
            ("sessions", self.sessions.to_string()),
            ("turns", self.turns.to_string()),
            ("turns that Slack itself lost", self.turns_lost_by_slack.to_string()),
            ("asks asked by OpenCode", self.asked.to_string()),
            ("asks shown", self.shown.to_string()),
            ("asks answered", self.answered.to_string()),
            ("lost asks", self.lost_asks.to_string()),
            ("commands that ran", self.ran.to_string()),
            ("commands twice, unasked or missing", self.ran_wrong.to_string()),
            ("commands that the shell wrote down", self.witnessed.to_string()),
            ("posts", self.posts.to_string()),
            ("updates of posts", self.updates.to_string()),
            ("posts begun as streams", self.streams.to_string()),
            ("double posts", self.double_posts.to_string()),
            ("order violations", self.order_violations.to_string()),
            ("dead letters", self.dead_letters.to_string()),
            ("taps", self.taps.to_string()),
            ("taps repeated", self.repeated_taps.to_string()),
            ("forms and messages given again", self.given_again.to_string()),
            ("kills of the gateway (SIGKILL)", self.kills.to_string()),
            ("socket refreshes", self.refreshes.to_string()),
            ("sockets cut without a word", self.cuts.to_string()),
            ("calls of the Web API", self.calls.to_string()),
            ("calls over Slack's limits", self.limited_by_slack.to_string()),
            ("faults injected", self.faults.values().sum::<u64>().to_string()),
            ("acknowledged, p50", ms(self.ack_p50)),
            ("acknowledged, p99", ms(self.ack_p99)),
        ];
        for (name, value) in lines {
            writeln!(f, "{name:<36} {value:>8}")?;
        }
        for (kind, count) in &self.faults {
            writeln!(f, "  {kind:<34} {count:>8}")?;
        }
        for wrong in &self.wrong {
            writeln!(f, "WRONG: {wrong}")?;
        }
        writeln!(f, "ran without a verdict: {}", self.without_verdict)
    }
}
