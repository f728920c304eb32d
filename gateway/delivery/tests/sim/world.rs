//! One run: an agent, people and faults around one delivery, drawn from a seed.

use crate::chance::Chance;
use crate::planted::Planted;
use crate::promises::{REQUESTER, Witness};
use crate::shell::Shell;
use crate::truth::Truth;
use gateway_delivery::*;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Steps with faults, and after them without.
const WILD: usize = 160;
const CALM: usize = 600;

pub(crate) struct Run {
    pub(crate) broken: Vec<String>,
    pub(crate) reached: BTreeSet<DeliveryStage>,
    pub(crate) ended: DeliveryStage,
    pub(crate) trace: Vec<String>,
}

pub(crate) fn run(seed: u64, planted: Option<Planted>, traces: bool) -> Run {
    let mut shell = begin(seed, planted, traces);
    for _ in 0..WILD {
        step(&mut shell);
        if shell.delivery.record().stage.is_over() || !shell.witness.broken.is_empty() {
            break;
        }
    }
    calm_down(&mut shell);
    for _ in 0..CALM {
        if is_done(&shell) || !shell.witness.broken.is_empty() {
            break;
        }
        step(&mut shell);
    }
    let record = shell.delivery.record();
    if !is_done(&shell) && planted.is_none() {
        shell
            .witness
            .broken
            .push(format!("it never ends: {} {:?} {:?}", record.stage, record.ask, record.outbox));
    }
    Run {
        ended: record.stage,
        broken: shell.witness.broken,
        reached: shell.witness.reached,
        trace: shell.trace,
    }
}

/// Over, and nothing of it is in doubt.
fn is_done(shell: &Shell) -> bool {
    shell.delivery.record().stage.is_over() && shell.delivery.record().outbox.is_empty()
}

fn begin(seed: u64, planted: Option<Planted>, traces: bool) -> Shell {
    let mut chance = Chance::new(seed);
    let now = Timestamp::from_second(1_795_000_000).unwrap();
    let mut truth = Truth::default();
    if chance.percent(15) {
        truth.base_red = vec!["lint".to_owned()];
    }
    if chance.percent(40) {
        truth.required = vec!["unit".to_owned(), crate::truth::OWN_CHECK.to_owned()];
    }
    truth.workspace = truth.new_tree(&mut chance, false);
    let merging = [(Tier::Low, Merging::Forge), (Tier::Medium, Merging::Forge), (Tier::High, Merging::Forge)];
    let settings = Settings {
        mode: *chance.pick(&[Mode::Full, Mode::Full, Mode::Full, Mode::Draft, Mode::Shadow]),
        fixes: chance.below(4) as u32,
        high_people: 1 + chance.below(2) as u32,
        merging: BTreeMap::from(merging),
        ..Settings::default()
    };
    let starts = match chance.below(3) {
        0 => Starts::Plan { paths: vec!["src/".to_owned()], text: "Fix it".to_owned() },
        1 => Starts::Work,
        _ => Starts::Done { says: AgentSays::default() },
    };
    let limits = Limits { tokens: 1_000 + chance.below(5_000), ..Limits::default() };
    let (delivery, effects) = Delivery::begin(begun(starts, limits), settings.clone(), now);
    let witness = Witness::new(settings.fixes.min(3));
    let mut shell = Shell {
        seed,
        chance,
        now,
        delivery,
        disk: None,
        truth,
        told_switch: settings.clone(),
        switch: settings,
        outcomes: vec![],
        armed: None,
        watch: None,
        held: false,
        usage: Usage::default(),
        has_right: true,
        pictures: vec![],
        asks: BTreeMap::new(),
        prompted: BTreeSet::new(),
        is_calm: false,
        crash_in: None,
        witness,
        planted,
        traces,
        trace: vec![],
    };
    shell.run(effects);
    shell
}

fn begun(starts: Starts, limits: Limits) -> Begun {
    Begun {
        run: RunId::next_free("HB", date(2026, 11, 28), 7, |_| false).unwrap(),
        session: "ses_12345678".to_owned(),
        title: "Fix the login redirect".to_owned(),
        kind: "small_bugfix".to_owned(),
        permits: vec![],
        requester: Requester {
            name: "Anna Berg".to_owned(),
            accounts: vec![format!("web:{REQUESTER}")],
            logins: vec![REQUESTER.to_owned()],
            co_author: None,
        },
        repository: RepositoryAbout {
            name: "acme/shop".to_owned(),
            base: "main".to_owned(),
            default_branch: "main".to_owned(),
            private: true,
        },
        budget: Budget::new(limits, Usage::default()),
        wish: None,
        starts,
        thread_url: None,
        workspace: "shop-12".to_owned(),
        project: None,
    }
}

/// No more faults: everything is on, everybody answers, and people merge what can be merged.
fn calm_down(shell: &mut Shell) {
    shell.is_calm = true;
    shell.crash_in = None;
    shell.has_right = true;
    shell.switch.mode = Mode::Full;
    shell.truth.base_red.clear();
    shell.truth.required.retain(|name| name == "unit");
    if let Some(pull) = shell.truth.pulls.first_mut() {
        pull.conflict = false;
    }
    tell_switch(shell);
    shell.handle(Input::Rights(Rights::Back));
    shell.handle(steer("ben", Wish::Resume));
}

fn tell_switch(shell: &mut Shell) {
    shell.told_switch = shell.switch.clone();
    let settings = Box::new(shell.switch.clone());
    shell.handle(Input::Switched(settings));
}

fn step(shell: &mut Shell) {
    if !shell.is_calm && shell.crash_in.is_none() && shell.chance.percent(12) {
        shell.crash_in = Some(shell.chance.below(9));
    }
    match (next_due(shell), shell.chance.percent(if shell.is_calm { 30 } else { 55 })) {
        (Some((at, due)), false) => {
            shell.now = shell.now.max(at);
            happen(shell, due);
        }
        _ => by_chance(shell),
    }
    shell.witness.after(shell.delivery.record(), shell.held);
}

enum Due {
    Outcome(usize),
    Look,
    Tick,
}

fn next_due(shell: &Shell) -> Option<(Timestamp, Due)> {
    let outcomes = shell.outcomes.iter().enumerate().map(|(n, (at, ..))| (*at, Due::Outcome(n)));
    let looks = shell.watch.map(|at| (at, Due::Look));
    let ticks = shell.armed.map(|at| (at, Due::Tick));
    outcomes.chain(looks).chain(ticks).min_by_key(|(at, _)| *at)
}

fn happen(shell: &mut Shell, due: Due) {
    match due {
        Due::Outcome(at) => {
            let (_, id, outcome) = shell.outcomes.remove(at);
            shell.handle(Input::Outcome { id, outcome });
        }
        Due::Look => {
            shell.watch = None;
            look(shell);
        }
        Due::Tick => {
            shell.armed = None;
            shell.handle(Input::Tick);
        }
    }
}

fn look(shell: &mut Shell) {
    if shell.truth.pulls.is_empty() {
        return;
    }
    if !shell.is_calm && shell.chance.percent(8) {
        // The forge doesn't answer; it is read again later.
        shell.watch = Some(shell.now + SignedDuration::from_secs(30));
        return;
    }
    let picture = shell.truth.picture(0, shell.now);
    shell.pictures.push(picture.clone());
    // A slow read comes late.
    let old = shell.pictures.len() - 1 - (shell.chance.below(3) as usize).min(shell.pictures.len() - 1);
    let shown =
        if !shell.is_calm && shell.chance.percent(15) { shell.pictures[old].clone() } else { picture };
    shell.handle(Input::Seen(Box::new(shown)));
}

fn by_chance(shell: &mut Shell) {
    shell.now += SignedDuration::from_secs(1 + shell.chance.below(40) as i64);
    match shell.chance.below(20) {
        0..7 => agent(shell),
        7..12 => answer(shell),
        12..14 => review(shell),
        14 => look(shell),
        _ if shell.is_calm => merge(shell),
        15 => steering(shell),
        16 => switch(shell),
        17 => rights(shell),
        18 => on_the_branch(shell),
        _ => at_the_forge(shell),
    }
}

fn agent(shell: &mut Shell) {
    if !shell.delivery.record().stage.is_work() || shell.held {
        return;
    }
    if shell.chance.percent(40) {
        shell.usage.tokens += if shell.is_calm { 10 } else { 100 + shell.chance.below(900) };
        return shell.handle(Input::Agent(AgentInput::Used(shell.usage)));
    }
    if shell.is_calm || shell.chance.percent(85) {
        shell.truth.workspace = shell.truth.new_tree(&mut shell.chance, shell.is_calm);
    }
    shell.handle(Input::Agent(AgentInput::Done { says: AgentSays::default() }));
}

fn who(login: &str) -> Who {
    Who { id: format!("web:{login}"), name: login.to_owned() }
}

fn steer(login: &str, wish: Wish) -> Input {
    Input::Person(PersonInput::Steered { by: who(login), wish })
}

fn answer(shell: &mut Shell) {
    let Some(ask) = shell.asks.values().next_back().cloned() else { return };
    let by = *shell.chance.pick(&["anna", "ben", "cleo", "dora"]);
    let mut choice = *shell.chance.pick(&ask.choices);
    // Stopping at once would end most runs before they were interesting.
    if choice == Choice::Stop && shell.chance.percent(80) {
        choice = ask.choices[0];
    }
    let word = shell.chance.percent(30).then(|| "look at the tests".to_owned());
    shell.handle(Input::Person(PersonInput::Answered { ask: ask.id, by: who(by), choice, word }));
}

fn review(shell: &mut Shell) {
    let (by, head) =
        (*shell.chance.pick(&["anna", "ben", "cleo", "Anna", "botty"]), shell.truth.remote.clone());
    let Some(pull) = shell.truth.pulls.first_mut() else { return };
    let verdict = match shell.chance.below(10) {
        0 if !shell.is_calm => ReviewVerdict::ChangesRequested,
        1 => ReviewVerdict::Commented,
        _ => ReviewVerdict::Approved,
    };
    pull.reviews.push(ReviewSeen {
        id: 1_000 + pull.reviews.len() as u64,
        by: by.to_owned(),
        may_write: true,
        bot: by == "botty",
        verdict,
        commit: head.unwrap_or_default(),
        text: "Looks like it".to_owned(),
        at: shell.now,
    });
}

fn merge(shell: &mut Shell) {
    // What was refused before all was well is told late.
    if shell.delivery.record().rights_lost.is_some() {
        return shell.handle(Input::Rights(Rights::Back));
    }
    let head = shell.truth.remote.clone();
    let record = shell.delivery.record();
    let can = matches!(record.stage, DeliveryStage::Approved | DeliveryStage::InReview);
    let since = shell.now.duration_since(record.since);
    let Some(pull) = shell.truth.pulls.first_mut().filter(|pull| pull.state == PullRequestState::Open) else {
        return;
    };
    let by_forge = pull.merging.is_some() && pull.merging == head;
    // People lose patience after a while.
    if can && (by_forge || since > SignedDuration::from_mins(30)) {
        pull.state = PullRequestState::Merged;
        pull.ended_by = Some("cleo".to_owned());
    }
    if record.stage == DeliveryStage::NeedsPerson && since > SignedDuration::from_hours(2) {
        pull.state = PullRequestState::Closed;
    }
}

fn steering(shell: &mut Shell) {
    let wish = match shell.chance.below(12) {
        0..3 => Wish::Pause,
        3..6 => Wish::Resume,
        6 => Wish::Fix { word: None },
        7 => Wish::Deliver,
        8 => Wish::Raise {
            tier: *shell.chance.pick(&[Tier::Medium, Tier::High]),
            why: "users would see it".to_owned(),
        },
        9 => Wish::TakeIn,
        10 => Wish::Address,
        _ if shell.chance.percent(10) => Wish::Stop,
        _ => Wish::Resume,
    };
    shell.handle(steer("ben", wish));
}

/// The delivery hears of it later, or after it has tried.
fn switch(shell: &mut Shell) {
    match shell.chance.percent(50) {
        true => {
            shell.switch.mode =
                *shell.chance.pick(&[Mode::Off, Mode::Draft, Mode::Full, Mode::Full, Mode::Shadow])
        }
        false => tell_switch(shell),
    }
}

fn rights(shell: &mut Shell) {
    match shell.has_right {
        true => shell.has_right = shell.chance.percent(60),
        false => {
            shell.has_right = true;
            shell.handle(Input::Rights(Rights::Back));
        }
    }
}

/// Somebody pushes to our branch, on top of it.
fn on_the_branch(shell: &mut Shell) {
    let Some(head) = shell.truth.remote.clone().filter(|_| shell.chance.percent(40)) else { return };
    let tree = shell.truth.new_tree(&mut shell.chance, false);
    let commit = shell.truth.seal(&tree, &[head], "by hand", shell.now, false);
    shell.truth.arrive(&commit, shell.now);
}

fn at_the_forge(shell: &mut Shell) {
    let dice = shell.chance.below(12);
    let Some(pull) = shell.truth.pulls.first_mut() else { return };
    match dice {
        0 => (pull.state, pull.ended_by) = (PullRequestState::Closed, Some("ben".to_owned())),
        1 => (pull.state, pull.ended_by) = (PullRequestState::Merged, Some("ben".to_owned())),
        2 => pull.draft = !pull.draft,
        3 => pull.conflict = !pull.conflict,
        4 => pull.stop_label = dice == 4 && shell.chance.percent(20),
        5..8 => {
            let (id, at) = (5_000 + pull.comments.len() as u64, shell.now);
            let path = shell.chance.percent(70).then(|| "src/cart.rs".to_owned());
            pull.comments.push(CommentSeen {
                id,
                by: "cleo".to_owned(),
                may_write: true,
                bot: false,
                path,
                line: Some(3),
                text: "Why?".to_owned(),
                at,
                in_reply_to: None,
            });
        }
        _ => {}
    }
}
