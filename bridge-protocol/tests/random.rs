//! Random frames and random damage: reading never panics, and what was read is written back the same.
//! The same property as the fuzz target `fuzz/fuzz_targets/decode.rs`, bounded and repeatable.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test may panic and print"
)]

use bridge_protocol::{
    Command, Event, EventFrame, GatewayFrame, PartKind, PermissionReply, PluginFrame, PromptPart, Request,
    Role,
};
use proptest::prelude::*;
use std::path::Path;

fn assert_stable(text: &str) {
    if let Ok(frame) = PluginFrame::decode(text) {
        assert_eq!(PluginFrame::decode(&frame.encode()).as_ref(), Ok(&frame));
    }
    if let Ok(frame) = GatewayFrame::decode(text) {
        assert_eq!(GatewayFrame::decode(&frame.encode()).as_ref(), Ok(&frame));
    }
}

fn golden() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    ["", "newer", "bad"]
        .iter()
        .flat_map(|sub| std::fs::read_dir(folder.join(sub)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}

fn event() -> impl Strategy<Value = Event> {
    let streamed = (any::<String>(), any::<String>(), any::<u32>(), any::<String>()).prop_map(
        |(message_id, part_id, offset, content)| Event::PartStreamed {
            message_id,
            part_id,
            role: Role::Assistant,
            kind: PartKind::Text,
            offset: u64::from(offset),
            content,
        },
    );
    let milestone = (any::<String>(), any::<String>()).prop_map(|(description, details)| {
        Event::AgentMilestone { milestone_id: "m".into(), kind: "phase".into(), description, details }
    });
    let answers = any::<Option<Vec<Vec<String>>>>();
    let resolved =
        (any::<String>(), answers, any::<bool>()).prop_map(|(question_id, answers, by_gateway)| {
            Event::QuestionResolved { question_id, answers, by_gateway }
        });
    prop_oneof![streamed, milestone, resolved, Just(Event::SessionIdle {})]
}

fn command() -> impl Strategy<Value = Command> {
    let reply = prop_oneof![
        Just(PermissionReply::Once),
        Just(PermissionReply::Always),
        any::<String>().prop_map(|message| PermissionReply::Reject { message }),
    ];
    let permission = (any::<String>(), reply).prop_map(|(permission_id, reply)| Command::PermissionReply {
        session_id: "ses_1".into(),
        directory: "/w".into(),
        permission_id,
        reply,
        tool: None,
    });
    let message = (any::<String>(), any::<bool>()).prop_map(|(text, no_reply)| Command::SessionMessage {
        session_id: "ses_1".into(),
        message_id: "msg_1".into(),
        parts: vec![PromptPart::Text { id: "prt_1".into(), text }],
        agent: None,
        model: None,
        no_reply,
    });
    prop_oneof![permission, message, Just(Command::SessionList { directory: None })]
}

proptest! {
    #[test]
    fn events_survive_the_wire(seq in 0..u64::MAX, session_id: String, at: i64, traceparent: Option<String>, event in event()) {
        let frame = PluginFrame::Event(Box::new(EventFrame { seq, session_id, at, traceparent, event }));
        prop_assert_eq!(PluginFrame::decode(&frame.encode()), Ok(frame));
    }

    #[test]
    fn commands_survive_the_wire(request_id: String, deadline_ms: u64, traceparent: Option<String>, command in command()) {
        let frame = GatewayFrame::Request(Box::new(Request { request_id, deadline_ms, traceparent, command }));
        prop_assert_eq!(GatewayFrame::decode(&frame.encode()), Ok(frame));
    }

    #[test]
    fn any_text_is_read_or_refused(text: String) {
        assert_stable(&text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    /// Golden frames with bytes changed, cut out or put in: what a fuzzer would try first.
    #[test]
    fn damaged_golden_frames_are_read_or_refused(
        which: prop::sample::Index, at: prop::sample::Index, cut in 0usize..8, put in "[\\PC\\x00]{0,4}",
    ) {
        thread_local!(static GOLDEN: Vec<String> = golden());
        GOLDEN.with(|golden| {
            let original: Vec<char> = golden[which.index(golden.len())].chars().collect();
            let at = at.index(original.len() + 1);
            let end = (at + cut).min(original.len());
            let damaged: String =
                original[..at].iter().copied().chain(put.chars()).chain(original[end..].iter().copied()).collect();
            assert_stable(&damaged);
        });
    }
}
