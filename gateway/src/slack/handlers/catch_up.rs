//! What people wrote in threads while nobody listened. Slack tells an event again for some minutes only, so whoever wrote
//! in a longer absence would wait for ever: each open thread is read from where the gateway went away.

use super::{SlackContext, commands, messages};
use crate::slack::client::{CallFault, PROMPT};
use crate::slack::inbound::event::Message;
use crate::slack::inbound::intake::Intake;
use crate::slack::inbound::parse;
use crate::slack::{SURFACE, message_keys, sentences};
use gateway_domain::{SessionCard, ThreadLocation};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;

/// What is older has been said again since, or nobody waits for it any more.
const REACH: SignedDuration = SignedDuration::from_hours(24);

/// Threads that are read, those in which something happened last first.
const THREADS: usize = 200;

/// Messages of one thread that are looked at.
const MESSAGES: u32 = 200;

/// How often a thread is asked for while Slack says that it was asked too much.
const TRIES: usize = 5;

/// Takes in what was written since then. What has reached a session already is not taken again.
pub(in crate::slack) async fn catch_up(context: &SlackContext, intake: &Intake, since: Timestamp) {
    let now = context.clock.now();
    let since = now.checked_sub(REACH).map_or(since, |earliest| since.max(earliest));
    let mut taken = 0;
    for (card, at) in open_threads(context) {
        for message in written(context, &at, since, now).await {
            taken += usize::from(take(context, intake, &card, &at, &message).await);
        }
    }
    if taken > 0 {
        tracing::info!(taken, %since, "messages taken in that were written while Slack was not connected");
    }
}

fn open_threads(context: &SlackContext) -> Vec<(Arc<SessionCard>, ThreadLocation)> {
    let mut open: Vec<_> = context.desk.cards().iter().filter(|card| card.ended.is_none()).cloned().collect();
    open.sort_by_key(|card| std::cmp::Reverse(card.active_at));
    let with_thread = open.into_iter().filter_map(|card| {
        let at = card.about.thread.clone().filter(|at| at.surface == SURFACE)?;
        Some((card, at))
    });
    with_thread.take(THREADS).collect()
}

/// The replies of that time, as Slack has them.
async fn written(
    context: &SlackContext,
    at: &ThreadLocation,
    since: Timestamp,
    until: Timestamp,
) -> Vec<Value> {
    let args = json!({
        "channel": at.channel, "ts": at.thread, "limit": MESSAGES, "oldest": ts(since), "latest": ts(until),
    });
    for _ in 0..TRIES {
        match context.client.call("conversations.replies", &args, PROMPT).await {
            Ok(Value::Object(mut answer)) => {
                let Some(Value::Array(messages)) = answer.remove("messages") else { return vec![] };
                // Whatever is asked for, the first message is there too.
                return messages.into_iter().filter(|one| one["ts"] != at.thread.as_str()).collect();
            }
            Ok(_) => return vec![],
            Err(CallFault::RateLimited { after, .. }) => tokio::time::sleep(after).await,
            Err(fault) => {
                tracing::warn!(channel = at.channel, %fault, "thread not read; what was written during the absence stays unread");
                return vec![];
            }
        }
    }
    tracing::warn!(channel = at.channel, "thread not read: Slack says that it is asked too much");
    vec![]
}

fn ts(at: Timestamp) -> String {
    format!("{}.{:06}", at.as_second(), at.subsec_microsecond())
}

/// Says whether it was new.
async fn take(
    context: &SlackContext,
    intake: &Intake,
    card: &SessionCard,
    at: &ThreadLocation,
    message: &Value,
) -> bool {
    let said = parse::said(message, &at.channel);
    if context.outlet.is_known(&card.session, &messages::message_id(&context.identity.team, &said)) {
        return false;
    }
    let names_app = messages::names(context, &said.text);
    if names_app && commands::is_command(&messages::without_name(context, &said.text)) {
        tell_to_repeat(context, card, &said).await;
        return true;
    }
    intake.take_missed(&as_event(context, at, message, names_app)).await
}

/// "Stop" or "deploy" may be wrong by now.
async fn tell_to_repeat(context: &SlackContext, card: &SessionCard, said: &Message) {
    let args =
        json!({ "channel": said.channel, "thread_ts": said.thread(), "text": sentences::REPEAT_COMMAND });
    if let Err(fault) = context.client.call("chat.postMessage", &args, PROMPT).await {
        tracing::warn!(session_id = card.session, %fault, "nobody told that a command came too late");
        return;
    }
    let id = messages::message_id(&context.identity.team, said);
    context.outlet.came_from(&card.session, &id, &said.ts).await;
}

/// As Slack would have told it.
fn as_event(context: &SlackContext, at: &ThreadLocation, message: &Value, names_app: bool) -> Value {
    let (team, mut event) = (&context.identity.team, message.clone());
    event["type"] = json!(if names_app { "app_mention" } else { "message" });
    event["channel"] = json!(at.channel);
    let id = message_keys::of_message(team, &at.channel, message["ts"].as_str().unwrap_or_default());
    json!({ "type": "event_callback", "team_id": team, "event_id": format!("missed_{id}"), "event": event })
}
