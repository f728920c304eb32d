//! What will happen from outside in one run: work, people and faults, at fixed times.
//!
//! The plan is drawn before the run, so that a failing one can be shrunk: steps are taken out one by one, and
//! what is left is run again under the same seed.

use crate::chance::Chance;

/// A token as people paste it into commands. Nobody may ever see it (I8).
pub const SECRET: &str = "ghp_planted0123456789abcdefghijklmn";

/// Faults and people come within this time; after it everything is online and the clock just runs.
pub const HORIZON: u64 = 200_000;

/// Sessions of one run.
const SESSIONS: (u64, u64) = (2, 9);

/// Rarely a session asks more often than settled asks are remembered.
const MANY_ASKS: usize = 60;

#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    pub sessions: usize,
    pub pods: usize,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub struct Step {
    pub at: u64,
    pub what: Do,
}

#[derive(Clone, Debug)]
pub enum Do {
    /// Somebody gives the agent work: in waves, each a set of calls at the same time.
    Prompt {
        session: usize,
        waves: Vec<Vec<Want>>,
    },
    Answer {
        session: usize,
        pick: usize,
        click: Click,
        digest: Digest,
        also: Option<Click>,
    },
    /// In OpenCode's own UI.
    Elsewhere {
        session: usize,
        pick: usize,
        allow: bool,
    },
    Abort {
        session: usize,
    },
    Delete {
        session: usize,
    },
    CutLink {
        pod: usize,
    },
    SlowLink {
        pod: usize,
        until: u64,
    },
    OpenCodeDies {
        pod: usize,
        down: u64,
    },
    /// At the next effect but so many, whatever it is.
    GatewayDies {
        after_effects: u64,
        down: u64,
    },
    DiskRefuses {
        until: u64,
    },
}

/// One call that the agent wants to make.
#[derive(Clone, Debug, PartialEq)]
pub struct Want {
    pub what: What,
    /// Through a sub-agent, which is a session of its own.
    pub by_child: bool,
    /// It ran to its end under a sub-agent that died before it could say so.
    pub again: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum What {
    Run(String),
    Question { text: String, recommended: bool },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Click {
    pub who: &'static str,
    pub means: Means,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Means {
    Once,
    Always,
    Deny,
    /// An answer of the other kind than the ask takes.
    WrongKind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Digest {
    Current,
    Stale,
    Absent,
}

/// May answer; `mallory` may not.
pub const APPROVERS: [&str; 3] = ["web:anna", "web:ben", "web:cleo"];
const STRANGER: &str = "web:mallory";

impl Plan {
    pub fn draw(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let sessions = usize::try_from(chance.within(SESSIONS.0, SESSIONS.1)).unwrap_or(2);
        let pods = 1 + chance.index(2);
        let mut steps = vec![];
        for session in 0..sessions {
            work(&mut chance, session, &mut steps);
        }
        for _ in 0..chance.within(0, 9) {
            let at = chance.within(0, HORIZON * 3 / 4);
            steps.push(Step { at, what: fault(&mut chance, sessions, pods, at) });
        }
        steps.sort_by_key(|step| step.at);
        Self { seed, sessions, pods, steps }
    }
}

/// What a session is asked to do, and how people answer it.
fn work(chance: &mut Chance, session: usize, steps: &mut Vec<Step>) {
    for _ in 0..chance.within(1, 4) {
        let at = chance.within(0, HORIZON / 2);
        let waves = waves(chance);
        for _ in 0..waves.len() * 2 {
            let latest = if chance.percent(70) { 30_000 } else { HORIZON / 2 };
            let at = at + chance.within(100, latest);
            steps.push(Step { at, what: answer(chance, session) });
        }
        steps.push(Step { at, what: Do::Prompt { session, waves } });
    }
}

fn waves(chance: &mut Chance) -> Vec<Vec<Want>> {
    let count = if chance.percent(1) { MANY_ASKS } else { chance.index(3) + 1 };
    (0..count).map(|_| (0..=chance.index(3)).map(|_| want(chance)).collect()).collect()
}

fn want(chance: &mut Chance) -> Want {
    let by_child = chance.percent(12);
    if chance.percent(25) {
        let text = format!("Which of {}?", chance.index(4));
        return Want {
            what: What::Question { text, recommended: chance.percent(60) },
            by_child,
            again: false,
        };
    }
    // Few different ones, so that the same is often asked twice.
    let command = match chance.index(6) {
        0 => format!("curl -H 'Authorization: Bearer {SECRET}' https://example.test"),
        n => format!("make step-{n}"),
    };
    Want { what: What::Run(command), by_child, again: false }
}

fn answer(chance: &mut Chance, session: usize) -> Do {
    if chance.percent(8) {
        return Do::Elsewhere { session, pick: chance.index(4), allow: chance.percent(70) };
    }
    let digest = match chance.index(10) {
        0 => Digest::Stale,
        1..=3 => Digest::Absent,
        _ => Digest::Current,
    };
    let also = chance.percent(25).then(|| click(chance));
    Do::Answer { session, pick: chance.index(8), click: click(chance), digest, also }
}

fn click(chance: &mut Chance) -> Click {
    let who = if chance.percent(6) { STRANGER } else { APPROVERS[chance.index(APPROVERS.len())] };
    let means = match chance.index(20) {
        0 => Means::WrongKind,
        1..=2 => Means::Always,
        3..=8 => Means::Deny,
        _ => Means::Once,
    };
    Click { who, means }
}

fn fault(chance: &mut Chance, sessions: usize, pods: usize, at: u64) -> Do {
    let (session, pod) = (chance.index(sessions), chance.index(pods));
    match chance.index(20) {
        0 => Do::Abort { session },
        1 => Do::Delete { session },
        2..=5 => Do::CutLink { pod },
        6..=7 => Do::SlowLink { pod, until: at + chance.within(500, 40_000) },
        8..=11 => Do::OpenCodeDies { pod, down: chance.within(10, 30_000) },
        12..=13 => Do::DiskRefuses { until: at + chance.within(100, 20_000) },
        _ => Do::GatewayDies { after_effects: chance.within(0, 12), down: chance.within(10, 30_000) },
    }
}
