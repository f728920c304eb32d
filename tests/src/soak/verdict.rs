//! What must hold at the end: what Slack shows, what the gateway says and what really ran are the same story, and the gate
//! let all of it run.

use super::counts::Counts;
use super::script::{self, Wish, finished, working};
use super::shell;
use super::tale::{Tale, Turn};
use super::world::SoakWorld;
use crate::slack::Message;
use gateway::slack::outbound::DeadLetters;
use std::collections::{BTreeMap, HashMap};

pub(super) async fn judge(world: &SoakWorld, tales: &[Tale]) -> anyhow::Result<Counts> {
    let mut counts =
        Counts { sessions: tales.iter().filter(|tale| tale.root.is_some()).count(), ..figures(world) };
    if tales.len() != world.owners.len() {
        counts.wrong.push(format!("{} people did not get to the end", world.owners.len() - tales.len()));
    }
    for tale in tales {
        counts.taps += tale.taps;
        counts.repeated_taps += tale.repeated;
        counts.given_again += tale.again;
        counts
            .wrong
            .extend(tale.missing.iter().map(|what| format!("session {}: {what} never came", tale.number)));
    }
    let calls = calls(world, &mut counts).await?;
    if counts.sessions != world.owners.len() {
        counts.wrong.push(format!("{} sessions for {} people", counts.sessions, world.owners.len()));
    }
    let waiting = world.gateway.get("/api/v1/asks").await?;
    if waiting != serde_json::json!([]) {
        counts.wrong.push(format!("asks that still wait: {waiting}"));
    }
    let ran = ran(world);
    tales.iter().for_each(|tale| thread(world, tale, &mut counts));
    for turn in tales.iter().flat_map(|tale| &tale.turns) {
        of_turn(world, turn, &calls, &ran, &mut counts);
    }
    judged(world, &mut counts)?;
    doubles(world, &mut counts);
    dead_letters(world, &mut counts)?;
    let state = world.gateway.state().display().to_string();
    if let Err(error) = world.gateway.cli(&["audit", "verify", "--state", &state]) {
        counts.wrong.push(format!("the audit log: {error}"));
    }
    Ok(counts)
}

fn figures(world: &SoakWorld) -> Counts {
    world.slack.peek(|slack| {
        let calls = &slack.witness.calls;
        let ok = |method: &str| calls.iter().filter(|call| call.method == method && call.ok()).count();
        let limited = calls.iter().filter(|call| call.status == 429).count();
        Counts {
            posts: ok("chat.postMessage"),
            updates: ok("chat.update"),
            streams: ok("chat.startStream"),
            calls: calls.len(),
            limited_by_slack: limited,
            faults: slack.faults.struck.clone(),
            ack_p50: slack.witness.ack_quantile(0.5),
            ack_p99: slack.witness.ack_quantile(0.99),
            ..Counts::default()
        }
    })
}

/// The calls that OpenCode made and that needed a person, as OpenCode itself has them, by mark.
async fn calls(world: &SoakWorld, counts: &mut Counts) -> anyhow::Result<HashMap<String, Vec<String>>> {
    let mut all: HashMap<String, Vec<String>> = HashMap::new();
    let api = world.opencode.api();
    let sessions = api.sessions(&world.directory).await?;
    let sessions = sessions.as_array().cloned().unwrap_or_default();
    counts.sessions = sessions.len();
    for session in sessions {
        let messages = api.messages(session["id"].as_str().unwrap_or_default()).await?;
        let parts =
            messages.as_array().into_iter().flatten().filter_map(|one| one["parts"].as_array()).flatten();
        for part in parts.filter(|part| part["type"] == "tool") {
            let status = part["state"]["status"].as_str().unwrap_or_default().to_owned();
            if let Some(mark) = mark_in(&part["state"]["input"].to_string()) {
                all.entry(mark).or_default().push(status);
            }
        }
    }
    Ok(all)
}

/// The mark that a text holds.
fn mark_in(text: &str) -> Option<String> {
    let digits = |part: &str| part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_mark = |word: &&str| {
        word.len() == 8
            && word.starts_with('s')
            && word.get(4..5) == Some("t")
            && digits(&word[1..4])
            && digits(&word[5..])
    };
    text.split(|c: char| !c.is_ascii_alphanumeric()).find(is_mark).map(str::to_owned)
}

/// Nothing ran that the gate had not let run, and the shell's own record is whole.
fn judged(world: &SoakWorld, counts: &mut Counts) -> anyhow::Result<()> {
    let witnessed = world.opencode.home.witnessed()?;
    let wrong = shell::without_verdict(&witnessed, &world.gateway.audit()?);
    (counts.witnessed, counts.without_verdict) = (witnessed.len(), wrong.len());
    counts.wrong.extend(wrong);
    let looked = witnessed.iter().filter(|one| one.command == script::LOOKS).count();
    if witnessed.len() != counts.ran + looked {
        let Counts { ran, .. } = counts;
        let told = format!(
            "the shell wrote down {} commands; {ran} left a line and {looked} looked",
            witnessed.len()
        );
        counts.wrong.push(told);
    }
    Ok(())
}

/// How often each command ran.
fn ran(world: &SoakWorld) -> BTreeMap<String, usize> {
    let mut ran = BTreeMap::new();
    let lines = std::fs::read_to_string(world.directory.join(script::RAN)).unwrap_or_default();
    lines.lines().for_each(|line| *ran.entry(line.trim().to_owned()).or_default() += 1);
    ran
}

fn of_turn(
    world: &SoakWorld,
    turn: &Turn,
    calls: &HashMap<String, Vec<String>>,
    ran: &BTreeMap<String, usize>,
    counts: &mut Counts,
) {
    counts.turns += 1;
    let asked = calls.get(&turn.mark).map_or(0, Vec::len);
    let times = ran.get(&turn.mark).copied().unwrap_or_default();
    (counts.asked, counts.ran) = (counts.asked + asked, counts.ran + times);
    if turn.lost && asked == 0 {
        counts.turns_lost_by_slack += 1;
        return;
    }
    if asked != 1 {
        counts.wrong.push(format!("{}: OpenCode asked {asked} times", turn.mark));
    }
    let shown = turn.card.as_ref().and_then(|card| world.slack.message(card));
    counts.shown += usize::from(shown.is_some());
    counts.lost_asks += usize::from(shown.is_none());
    let Some(card) = shown else {
        return counts.wrong.push(format!("{}: its ask was never shown", turn.mark));
    };
    let state = calls.get(&turn.mark).and_then(|all| all.first()).map_or("unknown", String::as_str);
    let allowed = card.text.starts_with("Allowed");
    let ended = if turn.wish == Wish::Run && !allowed { "error" } else { "completed" };
    if state == ended && !is_undecided(&card) {
        counts.answered += 1;
    } else {
        counts.wrong.push(format!("{}: the call is {state}, and its card says {:?}", turn.mark, card.text));
    }
    if times != usize::from(turn.wish == Wish::Run && allowed) {
        counts.ran_wrong += 1;
        counts.wrong.push(format!("{}: ran {times} times, and its card says {:?}", turn.mark, card.text));
    }
}

/// Whether a message is an ask's card.
pub(super) fn is_ask(message: &Message) -> bool {
    actions(message).any(|id| id.starts_with("gw1.details"))
}

fn is_undecided(message: &Message) -> bool {
    actions(message).any(|id| id.starts_with("gw1.answer"))
}

fn actions(message: &Message) -> impl Iterator<Item = &str> {
    let elements = message.blocks.iter().filter_map(|block| block["elements"].as_array()).flatten();
    elements.filter_map(|element| element["action_id"].as_str())
}

/// What a turn leaves in its thread, in this order.
const STEPS: [&str; 3] = ["beginning", "ask", "end"];

fn is_step(step: &str, mark: &str, message: &Message) -> bool {
    match step {
        "beginning" => message.text.contains(&working(mark)),
        "ask" => is_ask(message) && message.all_text().contains(mark),
        _ => message.text.contains(&finished(mark)),
    }
}

/// In a thread everything of a turn is there once, and in its order.
fn thread(world: &SoakWorld, tale: &Tale, counts: &mut Counts) {
    let Some(root) = &tale.root else { return };
    let messages = world.slack.thread(root);
    let of_app: Vec<&Message> = messages.iter().filter(|one| one.from_bot() && one.is_reply()).collect();
    let in_words: Vec<String> = of_app.iter().map(|one| in_words(one)).collect();
    let mut last = None;
    for turn in tale.turns.iter().filter(|turn| turn.card.is_some()) {
        for step in STEPS {
            let meant = |(_, one): &(usize, &&Message)| is_step(step, &turn.mark, one);
            let places: Vec<usize> = of_app.iter().enumerate().filter(meant).map(|(at, _)| at).collect();
            last =
                places.first().copied().map(|at| in_order(turn, step, last, at, &in_words, counts)).or(last);
            match places.len() {
                0 => counts.wrong.push(format!("{}: its {step} is not in the thread", turn.mark)),
                1 => {}
                times => {
                    counts.double_posts += times - 1;
                    counts.wrong.push(format!("{}: its {step} is there {times} times", turn.mark));
                }
            }
        }
    }
}

fn in_words(message: &Message) -> String {
    let text: String = message.all_text().replace('\n', " ").chars().take(100).collect();
    let kind = if is_ask(message) { "ask" } else { "   " };
    format!("{} {kind} {text}", message.ts)
}

fn in_order(
    turn: &Turn,
    step: &str,
    last: Option<usize>,
    at: usize,
    thread_in_words: &[String],
    counts: &mut Counts,
) -> usize {
    if last.is_some_and(|last| last > at) {
        counts.order_violations += 1;
        counts.wrong.push(format!("{}: its {step} stands before what came before it", turn.mark));
        counts.wrong.extend(thread_in_words.iter().map(|line| format!("    {line}")));
    }
    at
}

/// Two messages with one name of ours would be the same one twice.
fn doubles(world: &SoakWorld, counts: &mut Counts) {
    let mut names: HashMap<String, Vec<String>> = HashMap::new();
    world.slack.peek(|slack| {
        for message in slack.channels.values().flat_map(|channel| channel.messages.values()) {
            let name = message.metadata.as_ref().and_then(|meta| meta["event_payload"]["key"].as_str());
            if let Some(name) = name.filter(|_| message.from_bot()) {
                names.entry(name.to_owned()).or_default().push(format!("{} {:?}", message.ts, message.text));
            }
        }
    });
    for (name, all) in names.iter().filter(|(_, all)| all.len() > 1) {
        counts.double_posts += all.len() - 1;
        counts.wrong.push(format!("{name} was posted {} times: {}", all.len(), all.join(", ")));
    }
}

fn dead_letters(world: &SoakWorld, counts: &mut Counts) -> anyhow::Result<()> {
    let letters = DeadLetters::in_state(&world.gateway.state()).list()?;
    counts.dead_letters = letters.len();
    let told = letters.iter().map(|letter| format!("a dead letter: {:?}, {}", letter.text, letter.reason));
    counts.wrong.extend(told);
    Ok(())
}
