//! `make run`: a gateway with its console and a real OpenCode with the plugin, until Ctrl-C. With a model key of the
//! developer's own it uses that; without one a scripted model plays a demo, and the page says so.

use anyhow::Context;
use e2e::gateway::{Gateway, TOKEN};
use e2e::model::Model;
use e2e::opencode::{OpenCode, Options, OwnProvider};
use std::io::Write;
use std::path::PathBuf;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let port = std::env::var("GATEWAY_PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(8000);
    std::net::TcpListener::bind(("127.0.0.1", port))
        .with_context(|| format!("port {port} is taken; set GATEWAY_PORT to a free one"))?;
    let own = OwnProvider::find();
    let model = Model::start().await?;
    let mut gateway = Gateway::prepare_at(port)?;
    if own.is_none() {
        gateway.env.push(("GATEWAY_DEMO".to_owned(), "1".to_owned()));
    }
    gateway.spawn().await?;
    let mut options = Options::new(model.base_url());
    options.gateway = Some(gateway.bridge_url());
    options.token = Some(TOKEN.to_owned());
    options.own.clone_from(&own);
    let opencode = OpenCode::start(options).await?;
    let directory = workspace(&opencode).await?;
    gateway.until("the link", "/api/v1/bridge", |pods| pods[0]["connected"] == true).await?;
    tell(&gateway, &opencode, own.is_some(), &directory)?;
    tokio::signal::ctrl_c().await?;
    Ok(())
}

/// The repository that `GATEWAY_REPOSITORY` names, or a sample.
async fn workspace(opencode: &OpenCode) -> anyhow::Result<PathBuf> {
    let Some(directory) = std::env::var_os("GATEWAY_REPOSITORY").map(PathBuf::from) else {
        return opencode.workspace("sample").await;
    };
    let directory = directory.canonicalize().with_context(|| format!("{}", directory.display()))?;
    opencode.api().open(&directory).await?;
    Ok(directory)
}

fn tell(
    gateway: &Gateway,
    opencode: &OpenCode,
    own: bool,
    directory: &std::path::Path,
) -> anyhow::Result<()> {
    let model = match own {
        true => "It uses your own model provider.",
        false => {
            "There is no model key here: a scripted model plays a demo. Write `scenario: demo` as the task."
        }
    };
    writeln!(
        std::io::stdout().lock(),
        "\n  Open {url}\n\n{model}\nOpenCode itself is at http://127.0.0.1:{opencode_port}.\n\n\
         The same from a terminal:\n\n\
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
    Ok(())
}
