//! A Slack on this machine, for people to look at and for the official clients to run against.

use clap::Parser;
use slack_sim::{Pace, Settings, SlackSim};
use std::io::Write;

#[derive(Debug, Parser)]
struct Options {
    /// 0 takes a free port.
    #[arg(long, default_value_t = 7301)]
    port: u16,
    /// Makes ann and bob, and the channels #general and #dev with the app in them.
    #[arg(long)]
    seed_workspace: bool,
    /// Redeliveries come within seconds instead of minutes.
    #[arg(long)]
    quick_retries: bool,
    /// The seed of all chance.
    #[arg(long)]
    seed: Option<u64>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let pace = if options.quick_retries { Pace::quick_retries() } else { Pace::real() };
    let slack = SlackSim::start_with(Settings { port: options.port, pace, seed: options.seed }).await?;
    if options.seed_workspace {
        slack.seed_workspace();
    }
    writeln!(
        std::io::stdout().lock(),
        "\nSeed:           {}\nPage:           {}\nWeb API:        {}\nBot token:      {}\nApp token:      {}\nSigning secret: {}\n\nCtrl-C stops it.",
        slack.seed(),
        slack.url(),
        slack.api_url(),
        slack.bot_token(),
        slack.app_token(),
        slack.signing_secret(),
    )?;
    tokio::signal::ctrl_c().await?;
    Ok(())
}
