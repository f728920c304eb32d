//! `make run`: a gateway, a real OpenCode with the plugin, and a scripted model in place of a key, until Ctrl-C.

use anyhow::Context;
use e2e::gateway::{Gateway, TOKEN};
use e2e::model::Model;
use e2e::opencode::{OpenCode, Options};
use std::io::Write;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let port = std::env::var("GATEWAY_PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(8000);
    let model = Model::start().await?;
    let gateway = Gateway::start_at(port).await.context("set GATEWAY_PORT to a free port")?;
    let mut options = Options::new(model.base_url());
    options.gateway = Some(gateway.bridge_url());
    options.token = Some(TOKEN.to_owned());
    let opencode = OpenCode::start(options).await?;
    let directory = opencode.workspace("sample").await?;
    gateway.until("the link", "/api/v1/bridge", |pods| pods[0]["connected"] == true).await?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "The gateway runs at {url}, OpenCode at http://127.0.0.1:{opencode_port}.\n\
         There is no model key here: a scripted model plays a demo. In another terminal:\n\n\
         export GATEWAY_URL={url}\n\
         target/debug/gateway sessions create --directory {directory} --title Demo --prompt 'scenario: demo'\n\
         target/debug/gateway sessions watch SESSION\n\
         target/debug/gateway asks list\n\
         target/debug/gateway asks answer ASK once\n\n\
         Ctrl-C stops everything.",
        url = gateway.url(),
        opencode_port = opencode.port,
        directory = directory.display(),
    )?;
    drop(out);
    tokio::signal::ctrl_c().await?;
    Ok(())
}
