//! Ids that a peer sends are checked before anything is done with them: they become keys, names of files and words in
//! logs. A session's id fits the pattern that the HTTP API asks for, whoever sends it.

use bridge_protocol::{
    AskTool, Event, EventFrame, HeldTool, Hello, MessageInfo, PartView, PermissionAsk, QuestionAsk,
    ReplyResult, SessionInfo, SessionSnapshot, ToolCall, TurnState,
};
use gateway_domain::{SessionId, visible};

/// Messages, parts and asks. OpenCode's own have 30 characters; other clients may make up longer ones.
const LONGEST: usize = 128;

/// A model's provider makes up the id of a call, and some put a whole signature into it.
const LONGEST_CALL: usize = 16 * 1024;

/// So much of a wrong id is shown.
const SHOWN: usize = 48;

/// What is wrong, as a sentence for the peer.
type CheckResult = Result<(), String>;

/// Also that the event tells of the session that it names.
pub(super) fn event(frame: &EventFrame) -> CheckResult {
    session("session_id", &frame.session_id)?;
    match &frame.event {
        Event::SessionCreated { session } | Event::SessionUpdated { session } => {
            described(session)?;
            same(frame, &session.id)
        }
        Event::MessageStarted { message: one } | Event::MessageCompleted { message: one } => message(one),
        Event::PartStreamed { message_id, part_id, .. }
        | Event::PartCompleted { message_id, part_id, .. }
        | Event::PartAttached { message_id, part_id, .. } => {
            plain("message_id", message_id)?;
            plain("part_id", part_id)
        }
        Event::ToolExecuted { message_id, call: one } => {
            plain("message_id", message_id)?;
            call(one)
        }
        Event::AgentMilestone { milestone_id, .. } => plain("milestone_id", milestone_id),
        Event::AgentChecksWanted { wish_id, .. } => plain("wish_id", wish_id),
        Event::PermissionAsked { ask } => permission(ask).and_then(|()| same(frame, &ask.session_id)),
        Event::QuestionAsked { ask } => question(ask).and_then(|()| same(frame, &ask.session_id)),
        Event::ToolHeld { held: one } => held(one).and_then(|()| same(frame, &one.session_id)),
        Event::PermissionResolved { permission_id, .. } => plain("permission_id", permission_id),
        Event::QuestionResolved { question_id, .. } => plain("question_id", question_id),
        Event::ToolUnheld { hold_id, .. } => of_a_call("hold_id", hold_id),
        _ => Ok(()),
    }
}

pub(super) fn reply(result: &ReplyResult) -> CheckResult {
    match result {
        ReplyResult::Session { session } => described(session),
        ReplyResult::Sessions { sessions } => sessions.iter().try_for_each(snapshot),
        ReplyResult::Messages { messages, .. } => messages.iter().try_for_each(message),
        _ => Ok(()),
    }
}

/// Leaves out of a hello what has wrong ids: one odd session must not keep the pod's others away. Says what was wrong
/// with the first of them.
pub(super) fn trim(hello: &mut Hello) -> CheckResult {
    let mut wrong = Ok(());
    let mut fits = |checked: CheckResult| {
        let fits = checked.is_ok();
        wrong = std::mem::replace(&mut wrong, Ok(())).and(checked);
        fits
    };
    hello.sessions.retain(|one| fits(snapshot(one)));
    hello.permissions.retain(|ask| fits(permission(ask)));
    hello.questions.retain(|ask| fits(question(ask)));
    hello.held.retain(|one| fits(held(one)));
    wrong
}

fn snapshot(snapshot: &SessionSnapshot) -> CheckResult {
    described(&snapshot.session)?;
    let Some(TurnState { user_message_id, last_message_id, .. }) = &snapshot.turn else { return Ok(()) };
    plain("user_message_id", user_message_id)?;
    plain("last_message_id", last_message_id)
}

fn described(info: &SessionInfo) -> CheckResult {
    session("session's id", &info.id)?;
    info.parent_id.as_ref().map_or(Ok(()), |parent| session("parent_id", parent))
}

fn permission(ask: &PermissionAsk) -> CheckResult {
    plain("ask's id", &ask.id)?;
    session("session_id", &ask.session_id)?;
    ask.tool.as_ref().map_or(Ok(()), asking)
}

fn question(ask: &QuestionAsk) -> CheckResult {
    plain("ask's id", &ask.id)?;
    session("session_id", &ask.session_id)?;
    ask.tool.as_ref().map_or(Ok(()), asking)
}

fn asking(tool: &AskTool) -> CheckResult {
    plain("message_id", &tool.message_id)?;
    of_a_call("call_id", &tool.call_id)
}

fn held(held: &HeldTool) -> CheckResult {
    of_a_call("hold_id", &held.hold_id)?;
    session("session_id", &held.session_id)?;
    held.parents.iter().try_for_each(|parent| session("parent", parent))?;
    held.message_id.as_ref().map_or(Ok(()), |message| plain("message_id", message))?;
    of_a_call("call_id", &held.call_id)
}

fn message(message: &MessageInfo) -> CheckResult {
    plain("message's id", &message.id)?;
    message.parent_id.as_ref().map_or(Ok(()), |parent| plain("parent_id", parent))?;
    message.parts.iter().try_for_each(|part| match part {
        PartView::Tool(one) => call(one),
        PartView::Text { id, .. }
        | PartView::Reasoning { id, .. }
        | PartView::File { id, .. }
        | PartView::Other { id, .. } => plain("part's id", id),
    })
}

fn call(call: &ToolCall) -> CheckResult {
    plain("part_id", &call.part_id)?;
    of_a_call("call_id", &call.call_id)
}

/// Otherwise a pod could tell of one session under the name of another.
fn same(frame: &EventFrame, told: &str) -> CheckResult {
    match told == frame.session_id {
        true => Ok(()),
        false => Err(format!(
            "The event names session {}, but its content is about session {told}; both must be the same.",
            frame.session_id
        )),
    }
}

fn session(what: &str, id: &str) -> CheckResult {
    SessionId::parse(id).map(drop).map_err(|error| format!("The {what} {} is not valid. {error}", shown(id)))
}

fn plain(what: &str, id: &str) -> CheckResult {
    let fits = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'/' | b'\\');
    if (1..=LONGEST).contains(&id.len()) && id.bytes().all(fits) {
        return Ok(());
    }
    Err(format!(
        "The {what} {} is not valid. It must have 1 to {LONGEST} visible ASCII characters, without spaces, \
            '/' and '\\'.",
        shown(id)
    ))
}

fn of_a_call(what: &str, id: &str) -> CheckResult {
    if id.len() <= LONGEST_CALL && !id.contains(['\n', '\t']) && visible(id) == id {
        return Ok(());
    }
    Err(format!(
        "The {what} {} is not valid. It can have up to {LONGEST_CALL} bytes and no hidden characters.",
        shown(id)
    ))
}

fn shown(id: &str) -> String {
    let head: String = id.chars().take(SHOWN).collect();
    let more = if head.len() < id.len() { "…" } else { "" };
    format!("{:?}{more}", visible(&head))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION: &str = "ses_e0441ef4affecyhAco2zz4wCtY";

    fn tells(session_id: &str, event: Event) -> CheckResult {
        super::event(&EventFrame {
            seq: 1,
            session_id: session_id.to_owned(),
            at: 0,
            traceparent: None,
            event,
        })
    }

    #[test]
    fn ids_of_a_real_opencode_are_taken() {
        // A1
        let milestone = |id: &str| Event::AgentMilestone {
            milestone_id: id.to_owned(),
            kind: String::new(),
            description: String::new(),
            details: String::new(),
        };
        assert_eq!(tells(SESSION, milestone("mil_0b0a9a0e-8f9f-4a6b-9c57-0a4c0e0f2b9d")), Ok(()));
        assert_eq!(plain("id", "msg_1fbbe10e9001"), Ok(()));
        for id in ["", "call_9_0", "toolu_01A+b/c==", "functions.bash:0", &"x".repeat(5_000)] {
            assert_eq!(of_a_call("call_id", id), Ok(()), "{id}");
        }
    }

    #[test]
    fn ids_that_lead_elsewhere_or_hide_something_are_refused() {
        // A1, REQ-HARD-04
        for bad in ["", "short", "../../../outside/pwn", "ses_12345678\n", "ses_1234\u{202e}5678"] {
            assert!(tells(bad, Event::SessionIdle {}).is_err(), "{bad:?}");
        }
        for bad in ["", "../x", "a\\b", "a b", "a\0b", "a\u{202e}b", &"x".repeat(129)] {
            assert!(plain("id", bad).is_err(), "{bad:?}");
        }
        for bad in ["a\nb", "a\u{7}b", "a\u{202e}b", &"x".repeat(20_000)] {
            assert!(of_a_call("call_id", bad).is_err(), "{bad:?}");
        }
        let told = tells("../\u{202e}x\n", Event::SessionIdle {}).unwrap_err();
        assert!(told.contains("8 to 128 characters") && !told.contains(['\n', '\u{202e}']), "{told}");
    }
}
