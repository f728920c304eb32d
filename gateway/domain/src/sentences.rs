//! The gateway's notes: every sentence that it writes into a thread by itself. What the agent reads is in `words.rs`, what a
//! person hears about their own act in `verdict.rs`, what a request says in `display`.

use crate::words::count;

pub(crate) const PICKING_UP: &str = "OpenCode restarted. The agent is picking up where it left off.";
pub(crate) const CONTINUE_AFTER_CRASH: &str =
    "OpenCode crashed while this was running, so it may have run in part. Continue?";
pub(crate) const REMINDER: &str = "Reminder: the agent is still waiting for an answer to its question.";
pub(crate) const NOTHING_TO_RETRY: &str =
    "Nothing to retry: OpenCode has a newer turn. Message the agent instead.";
pub(crate) const SESSION_GONE: &str = "OpenCode rejected the message because it no longer has this session.";

pub(crate) fn others_can_answer(people: &[String]) -> String {
    format!("No answer yet. {} can answer now too.", people.join(", "))
}

pub(crate) fn setup_failed(why: &str) -> String {
    format!("Setting up the session failed: {why} Try again or deny.")
}

pub(crate) fn grant_refused(what: &str, why: &str) -> String {
    format!("The grant for {what} wasn't saved: {why}")
}

pub(crate) fn moved_to(directory: &str) -> String {
    format!("The session now continues in {directory}.")
}

pub(crate) fn handed_over(from: &str, to: &str, by: Option<&str>) -> String {
    match by {
        Some(by) => format!("{by} handed this session over from pod {from} to pod {to}."),
        None => format!("Pod {from} is gone; this session now lives in pod {to}."),
    }
}

pub(crate) fn paused(by: &str) -> String {
    format!("Paused by {by}. Messages are sent when the session is resumed.")
}

pub(crate) fn resumed(by: &str) -> String {
    format!("Resumed by {by}.")
}

pub(crate) fn stopped(by: &str, queued: usize) -> String {
    format!("Stopped by {by}.{}", left_over(queued, ["is queued", "are queued"], "resume"))
}

pub(crate) fn closed(by: &str, queued: usize) -> String {
    format!("Closed by {by}.{}", left_over(queued, ["wasn't sent", "weren't sent"], "reopen"))
}

pub(crate) fn reopened(by: &str) -> String {
    format!("Reopened by {by}.")
}

pub(crate) fn retried(by: &str) -> String {
    format!("{by} retried the turn.")
}

/// Of an agent, a model, or both.
pub(crate) fn switched(by: &str, to: &[String]) -> String {
    format!("{by} switched to {} for the next messages.", to.join(" and "))
}

pub(crate) fn files_changed(files: usize, added: u64, removed: u64) -> String {
    format!("{} changed so far (+{added} −{removed})", count(files, "file"))
}

pub(crate) fn model_silent(attempt: u32, why: &str) -> String {
    format!("The model isn't answering (attempt {attempt}): {why} OpenCode keeps trying.")
}

/// With nothing told for long, that the agent is alive and what it did.
pub(crate) fn still_working(silent: &str, calls: usize, files: usize, latest: &str) -> String {
    let (calls, files) = (count(calls, "tool call"), count(files, "file"));
    let latest = latest.lines().next().filter(|line| !line.is_empty());
    let latest = latest.map(|line| format!(" Latest: {line}")).unwrap_or_default();
    format!("Still working, no milestone for {silent}: {calls}, {files} changed.{latest}")
}

/// ` 2 messages are queued; resume the session to send them.`, or nothing. What is said of one message and of more differs.
fn left_over(messages: usize, [one_stands, more_stand]: [&str; 2], to_send: &str) -> String {
    let (stand, them) = if messages == 1 { (one_stands, "it") } else { (more_stand, "them") };
    match messages {
        0 => String::new(),
        some => format!(" {} {stand}; {to_send} the session to send {them}.", count(some, "message")),
    }
}

pub(crate) fn override_reviewed(by: &str, what: &str, words: &str) -> String {
    let words = if words.is_empty() { String::new() } else { format!(" They wrote: “{words}”.") };
    format!("{by} reviewed what had overridden the rules: {what}.{words}")
}

pub(crate) fn review_overdue(by: &str, what: &str) -> String {
    format!("Nobody has reviewed in time that {by} overrode the rules to allow this: {what}.")
}

pub(crate) fn rules_overridden(by: &str, what: &str, reason: &str) -> String {
    format!(
        "{by} overrode the rules to allow this: {what}. Their reason: “{reason}”. It is in the audit log."
    )
}
