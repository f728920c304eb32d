//! A GitHub on this machine, for the official clients to run against.

use clap::Parser;
use forge_sim::{CiRule, ForgeSim, Level, Settings};
use std::io::Write;

#[derive(Debug, Parser)]
struct Options {
    /// 0 takes a free port.
    #[arg(long, default_value_t = 7302)]
    port: u16,
    /// Makes acme/shop with the app in it, ann and bob who may write, a branch `fix`, and a CI with one check.
    #[arg(long)]
    seed_repository: bool,
    /// The seed of all chance.
    #[arg(long)]
    seed: Option<u64>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let settings = Settings { port: options.port, seed: options.seed, standing_at: None };
    let forge = ForgeSim::start_with(settings).await?;
    let key = forge.write_key()?;
    let mut token = String::new();
    if options.seed_repository {
        seed(&forge)?;
        token = forge.person_token("ann");
    }
    writeln!(
        std::io::stdout().lock(),
        "\nAddress:      {}\nREST:         {}\nGraphQL:      {}\nApp id:       {}\nApp key:      {}\nPerson token: {token}\n\nCtrl-C stops it.",
        forge.url(),
        forge.api_url(),
        forge.graphql_url(),
        forge.app_id(),
        key.display(),
    )?;
    tokio::signal::ctrl_c().await?;
    Ok(())
}

fn seed(forge: &ForgeSim) -> anyhow::Result<()> {
    let files = [("README.md", "# Shop\n"), ("src/cart.js", "let total = 1\n")];
    let shop = forge.repository("acme", "shop", &files)?;
    forge.install("acme");
    shop.collaborator("ann", Level::Write);
    shop.collaborator("bob", Level::Write);
    shop.ci(CiRule::passes_if("test", |tree| tree.text("broken.txt").is_none()));
    shop.push("bob", "fix", &[("src/cart.js", Some("let total = 2\n"))], "Count right\n")?;
    Ok(())
}
