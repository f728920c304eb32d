//! Memory of the gateway with 200 idle links and 2,000 idle sessions. The reference holds 200 bare links.

use crate::echo;
use crate::pages;
use crate::process::Process;
use crate::report::Report;
use anyhow::ensure;
use bridge_protocol::Hello;
use e2e::fake_opencode::wire::{Peer, hello};
use e2e::wait;

const LINKS: usize = 200;
const SESSIONS_EACH: usize = 10;

pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let bare = Process::echo()?;
    bare.until_open()?;
    let mut clients = vec![];
    for _ in 0..LINKS {
        clients.push(echo::connect(bare.address).await?);
    }
    let gateway = Process::gateway()?;
    gateway.until_open()?;
    let mut peers = vec![];
    for link in 0..LINKS {
        peers.push(Peer::connect(gateway.address, None, pod(link)).await?);
    }
    until_known(&gateway).await?;
    report.add("gateway_rss_2000_sessions", gateway.rss()?, "MiB", bare.rss()?);
    Ok(())
}

fn pod(link: usize) -> Hello {
    let sessions = (0..SESSIONS_EACH).map(|n| pages::session(link * SESSIONS_EACH + n)).collect();
    Hello { sessions, ..hello(&format!("pod-{link}"), &format!("boot-{link}")) }
}

async fn until_known(gateway: &Process) -> anyhow::Result<()> {
    let all = async || {
        let known = known(gateway).await?;
        ensure!(known == LINKS * SESSIONS_EACH, "{known}");
        Ok(())
    };
    wait::until("all sessions to be known", all).await
}

/// The sessions that the gateway knows, counted page by page.
async fn known(gateway: &Process) -> anyhow::Result<usize> {
    let url = format!("http://{}/api/v1/sessions?limit=500", gateway.address);
    let (mut count, mut after) = (0, String::new());
    loop {
        let page: serde_json::Value =
            e2e::gateway::known().get(format!("{url}{after}")).send().await?.json().await?;
        count += page["items"].as_array().map_or(0, Vec::len);
        let Some(next) = page["next"].as_str() else { return Ok(count) };
        after = format!("&after={next}");
    }
}
