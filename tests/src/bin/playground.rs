//! `make run`: a gateway with its console and a real OpenCode with the plugin, until Ctrl-C. With a model key of the
//! developer's own it uses that; without one a scripted model plays a demo, and the page says so.

use anyhow::Context;
use e2e::gateway::{Gateway, TOKEN};
use e2e::model::Model;
use e2e::opencode::{OpenCode, Options, OwnProvider, free_port};
use std::io::Write;
use std::net::TcpListener;
use std::path::PathBuf;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let port = std::env::var("GATEWAY_PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(8000);
    TcpListener::bind(("127.0.0.1", port))
        .with_context(|| format!("port {port} is taken; set GATEWAY_PORT to a free one"))?;
    let own = OwnProvider::find();
    let model = Model::start().await?;
    let mut gateway = Gateway::prepare_at(port)?;
    if own.is_none() {
        gateway.env.push(("GATEWAY_DEMO".to_owned(), "1".to_owned()));
    }
    let mut options = Options::new(model.base_url());
    let web_ui = show_web_ui(&mut gateway, &mut options)?;
    gateway.spawn().await?;
    options.gateway = Some(gateway.bridge_url());
    options.token = Some(TOKEN.to_owned());
    options.own.clone_from(&own);
    let opencode = OpenCode::start(options).await?;
    let directory = workspace(&opencode).await?;
    gateway.until("the link", "/api/v1/bridge", |pods| pods[0]["connected"] == true).await?;
    tell(&gateway, &web_ui, own.is_some(), &directory)?;
    tokio::signal::ctrl_c().await?;
    Ok(())
}

/// OpenCode asks for a password that only the gateway knows; people open its web UI through the gateway.
fn show_web_ui(gateway: &mut Gateway, options: &mut Options) -> anyhow::Result<String> {
    let (port, password) = (free_port()?, format!("{:032x}", rand::random::<u128>()));
    let beside = gateway.port.checked_add(1).filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    let web_ui = format!("127.0.0.1:{}", beside.map_or_else(free_port, Ok)?);
    let settings = [
        ("GATEWAY_OPENCODE_URL", format!("http://127.0.0.1:{port}")),
        ("GATEWAY_OPENCODE_UI_LISTEN", web_ui.clone()),
        ("GATEWAY_OPENCODE_PASSWORD", password.clone()),
    ];
    gateway.env.extend(settings.map(|(name, value)| (name.to_owned(), value)));
    options.port = Some(port);
    options.password = Some(password);
    Ok(format!("http://{web_ui}"))
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

fn tell(gateway: &Gateway, web_ui: &str, own: bool, directory: &std::path::Path) -> anyhow::Result<()> {
    let model = match own {
        true => "It uses your own model provider.",
        false => {
            "There is no model key here: a scripted model plays a demo. Write `scenario: demo` as the task."
        }
    };
    writeln!(
        std::io::stdout().lock(),
        "\n  Open {url}\n\n{model}\nOpenCode's own web UI is at {web_ui}, through the gateway.\n\n\
         The same from a terminal:\n\n\
         export GATEWAY_URL={url}\n\
         target/debug/gateway sessions create --directory {directory} --title Demo --prompt 'scenario: demo'\n\
         target/debug/gateway sessions watch SESSION\n\
         target/debug/gateway asks list\n\
         target/debug/gateway asks answer ASK once\n\n\
         Ctrl-C stops everything.",
        url = gateway.url(),
        directory = directory.display(),
    )?;
    Ok(())
}
