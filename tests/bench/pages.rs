//! Memory that open pages cost: each holds the stream of a thread and the stream of all cards. The reference is a bare
//! server with as many streams.

use crate::process::Process;
use crate::report::Report;
use bridge_protocol::{Hello, SessionInfo, SessionSnapshot, SessionStatus};
use e2e::fake_opencode::wire::{Peer, hello};
use e2e::wait;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};

const PAGES: usize = 500;

/// Sessions that they look at: five people at each.
const SESSIONS: usize = 100;

/// A stream whose first event was read.
type Open = BoxStream<'static, reqwest::Result<Vec<u8>>>;

pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let bare = Process::sse()?;
    bare.until_open()?;
    let before = bare.rss()?;
    let held = open(&bare, |_| "/hold".to_owned(), |_| "/hold".to_owned()).await?;
    let reference = bare.rss()? - before;
    drop(held);

    let gateway = Process::gateway()?;
    gateway.until_open()?;
    let (peer, _) = Peer::connect(gateway.address, None, pod(SESSIONS)).await?;
    let link = tokio::spawn(peer.answer_everything());
    until_drawn(&gateway, SESSIONS).await?;
    let before = gateway.rss()?;
    let thread = |page| format!("/api/v1/sessions/{}/thread/events", session_id(page % SESSIONS));
    let held = open(&gateway, thread, |_| "/api/v1/cards/events".to_owned()).await?;
    report.add("console_pages_500_rss", gateway.rss()? - before, "MiB", reference);
    drop(held);
    link.abort();
    Ok(())
}

/// The two streams of each page, each after its first piece.
async fn open(
    server: &Process,
    one: impl Fn(usize) -> String,
    other: impl Fn(usize) -> String,
) -> anyhow::Result<Vec<Open>> {
    let (mut held, http) = (Vec::with_capacity(PAGES * 2), e2e::gateway::known());
    for page in 0..PAGES {
        for path in [one(page), other(page)] {
            let response = http.get(format!("http://{}{path}", server.address)).send().await?;
            let mut stream =
                response.error_for_status()?.bytes_stream().map_ok(|piece| piece.to_vec()).boxed();
            anyhow::ensure!(stream.next().await.transpose()?.is_some(), "{path} ended at once");
            held.push(stream);
        }
    }
    Ok(held)
}

/// Opens every session's thread once, so that each has its card. The pod's hello may still be on its way.
pub(crate) async fn until_drawn(gateway: &Process, sessions: usize) -> anyhow::Result<()> {
    for n in 0..sessions {
        let url = format!("http://{}/api/v1/sessions/{}/thread", gateway.address, session_id(n));
        let drawn = async || e2e::gateway::known().get(&url).send().await?.error_for_status();
        wait::until(format!("the thread of session {n}"), drawn).await?;
    }
    Ok(())
}

pub(crate) fn pod(sessions: usize) -> Hello {
    Hello { sessions: (0..sessions).map(session).collect(), ..hello("pages", "boot") }
}

pub(crate) fn session_id(n: usize) -> String {
    format!("ses_{n:026}")
}

pub(crate) fn session(n: usize) -> SessionSnapshot {
    let session = SessionInfo {
        id: session_id(n),
        title: format!("Session number {n} of the measurement"),
        directory: format!("/workspace/.builders/session-{n}/repos/shop"),
        parent_id: None,
        agent: Some("build".to_owned()),
        model: None,
        created_at: 1_795_224_899_765,
        updated_at: 1_795_224_900_829,
        archived: false,
    };
    SessionSnapshot { session, status: SessionStatus::Idle, turn: None }
}
