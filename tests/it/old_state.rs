//! A state folder of the gateway of 2026-11-28 is taken over, with an order of each kind still under way.
//!
//! `fixtures/state-2026-11-28` was written by the store of that day: nine records committed, six only in the journal. Git's own
//! files have `dot-` in front of their names there.

use bridge_protocol::{
    AskOutcome, Command, GatewayFrame, Hello, PluginFrame, ReplyResult, Request, SessionSnapshot,
    SessionStatus,
};
use e2e::fake_opencode::wire::{Peer, Received, hello, made_session};
use e2e::gateway::{Gateway, TOKEN};
use e2e::wait;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tokio::sync::mpsc;

/// What goes to the pod, by session. The workspace of `ses_old_make_place` is made by the gateway.
const UNDER_WAY: [(&str, &str, &str); 14] = [
    ("ses_old_reply_once", "permission.reply", "req_per_ses_old_reply_once"),
    ("ses_old_reply_always", "permission.reply", "req_per_ses_old_reply_always"),
    ("ses_old_reply_deny", "permission.reply", "req_per_ses_old_reply_deny"),
    ("ses_old_in_doubt", "permission.reply", "req_per_ses_old_in_doubt"),
    ("ses_old_reply_answers", "question.reply", "req_que_ses_old_reply_answers"),
    ("ses_old_complete", "question.complete", "req_asksesoldcomplete000001"),
    ("ses_old_resume", "session.resume", "req_asksesoldresume000001"),
    ("ses_old_retry", "session.retry", "req_asksesoldretry000004"),
    ("ses_old_say_late", "session.message", "req_asksesoldsaylate000002"),
    ("ses_old_prompt", "session.message", "req_msg_gwold1"),
    ("ses_old_abort", "session.abort", "req_asksesoldabort000002"),
    ("ses_old_release", "hold.release", "req_hold_ses_old_release"),
    ("ses_old_refuse", "hold.release", "req_hold_ses_old_refuse"),
    ("ses_old_move", "session.move", "req_asksesoldmove000003"),
];

const TO_MAKE: &str = "ses_old_make_place";

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap().replacen("dot-", ".", 1);
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to.join(name)),
            false => _ = fs::copy(entry.path(), to.join(name)).unwrap(),
        }
    }
}

fn all_sessions() -> Hello {
    let sessions = UNDER_WAY.iter().map(|(session, ..)| *session).chain([TO_MAKE]).map(|session| {
        let session = made_session(session, session, "/work/app");
        SessionSnapshot { session, status: SessionStatus::Busy, turn: None }
    });
    Hello { sessions: sessions.collect(), ..hello("codev-0", "boot-1") }
}

/// A pod that reports what it is told, and does it or keeps silent about it.
async fn pod(gateway: &Gateway, obeys: bool) -> mpsc::Receiver<Request> {
    let address = SocketAddr::from(([127, 0, 0, 1], gateway.port));
    let (peer, _) = Peer::connect(address, Some(TOKEN), all_sessions()).await.unwrap();
    let (report, told) = mpsc::channel(1_000);
    tokio::spawn(serve(peer, obeys, report));
    told
}

async fn serve(mut peer: Peer, obeys: bool, report: mpsc::Sender<Request>) {
    while let Received::Frame(frame) = peer.receive().await {
        let sent = match *frame {
            GatewayFrame::Ping(beat) => peer.send(&PluginFrame::Pong(beat)).await,
            GatewayFrame::Request(request) => {
                let result = result(&request.command, obeys);
                let id = request.request_id.clone();
                let _ = report.send(*request).await;
                match result {
                    Some(result) => peer.reply(&id, result).await,
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        };
        if sent.is_err() {
            return;
        }
    }
}

fn result(command: &Command, obeys: bool) -> Option<ReplyResult> {
    match command {
        Command::SessionMessages { .. } => Some(ReplyResult::Messages { messages: vec![], more: false }),
        Command::PermissionReply { .. } | Command::QuestionReply { .. } if obeys => {
            Some(ReplyResult::Ask { outcome: AskOutcome::Applied })
        }
        _ => obeys.then_some(ReplyResult::Done),
    }
}

/// Everything that was under way, under the ids it had.
async fn until_told_all(told: &mut mpsc::Receiver<Request>) -> BTreeMap<String, Request> {
    let mut all = BTreeMap::new();
    while UNDER_WAY.iter().any(|(.., id)| !all.contains_key(*id)) {
        let next = tokio::time::timeout(Duration::from_secs(60), told.recv()).await;
        let request = next.unwrap_or_else(|_| panic!("only {:?}", all.keys())).unwrap();
        all.insert(request.request_id.clone(), request);
    }
    all
}

fn check(told: &BTreeMap<String, Request>) {
    let expected: BTreeSet<_> = UNDER_WAY.into_iter().collect();
    let found = UNDER_WAY.iter().map(|(.., id)| {
        let command = &told[*id].command;
        (command.session().unwrap(), command.name(), *id)
    });
    assert_eq!(found.collect::<BTreeSet<_>>(), expected);
    assert!(!told.values().any(|request| request.command.session() == Some(TO_MAKE)
        && !matches!(request.command, Command::SessionMessages { .. })));
    let of = |id: &str| serde_json::to_value(&told[id].command).unwrap();
    assert_eq!(of("req_per_ses_old_reply_deny")["message"], "A person denied this: Use make.");
    assert_eq!(of("req_asksesoldretry000004")["model"]["model"], "qwen");
    assert_eq!(of("req_msg_gwold1")["parts"][1]["filename"], "notes.txt");
    assert_eq!(of("req_asksesoldmove000003")["directory"], "/workspaces/shop-login");
}

/// Killed at moments that are spread over its start and over what it does first.
async fn take_over_in_vain(gateway: &mut Gateway) {
    for milliseconds in [0, 5, 15, 30, 50, 80, 120, 200, 400, 700] {
        gateway.launch().unwrap();
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        gateway.kill();
    }
}

async fn until_nothing_is_under_way(gateway: &Gateway) {
    let state = gateway.state().display().to_string();
    let nothing = async || {
        let exported = gateway.cli(&["state", "export", "--state", &state]).unwrap();
        assert_eq!(exported.lines().count(), UNDER_WAY.len() + 1, "{exported}");
        let left: Vec<_> = exported.lines().filter(|line| line.contains("\"outbox\":[{")).collect();
        if left.is_empty() { Ok(()) } else { Err(left.join("\n")) }
    };
    wait::until("nothing to be under way", nothing).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_of_each_kind_that_an_older_gateway_left_are_given_once_more() {
    // REQ-STATE-01, REQ-STATE-03
    let mut gateway = Gateway::prepare().unwrap();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/state-2026-11-28");
    copy(&fixture, &gateway.state());
    take_over_in_vain(&mut gateway).await;
    gateway.spawn().await.unwrap();
    let mut told = pod(&gateway, false).await;
    check(&until_told_all(&mut told).await);
    // In the middle of it, with most of them unanswered.
    gateway.kill();
    gateway.spawn().await.unwrap();
    let mut told = pod(&gateway, true).await;
    check(&until_told_all(&mut told).await);
    let refused = |thread: &Value| thread.to_string().contains("Setting up the session failed");
    gateway
        .until("the word of who makes workspaces", &format!("/api/v1/sessions/{TO_MAKE}/thread"), refused)
        .await
        .unwrap();
    until_nothing_is_under_way(&gateway).await;
    let state = gateway.state().display().to_string();
    // What was taken over is signed in the history too, with the first checkpoint after the kill.
    let is_sound = async || gateway.cli(&["state", "verify", "--state", &state]).is_ok();
    wait::until("a state with nothing wrong", is_sound).await.unwrap();
}
