//! `make run`: a gateway with its console and a real OpenCode with the plugin, until Ctrl-C. With a model key of the
//! developer's own it uses that; without one a scripted model plays a demo, and the page says so. `SLACK=sim` puts a
//! simulated Slack beside it.

use playground::run::{Ended, Logs, Playground, Supervisor, Wishes, tell};
use std::io::Write;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    run().await.unwrap_or_else(|error| {
        // What went wrong is for a person: a sentence, and no backtrace.
        let _ = writeln!(std::io::stderr(), "{error:#}");
        ExitCode::FAILURE
    })
}

async fn run() -> anyhow::Result<ExitCode> {
    let wishes = Wishes::read(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))?;
    let logs = Logs::default();
    let playground = tokio::select! {
        started = Playground::start(wishes, &logs) => started?,
        () = logs.print() => return Ok(ExitCode::FAILURE),
    };
    logs.until_quiet().await;
    tell(&playground).await?;
    let mut supervisor = Supervisor::new(playground);
    let ended = supervisor.watch(&logs).await?;
    if ended != Ended::Asked {
        return Ok(ExitCode::FAILURE);
    }
    supervisor.stop(&logs).await?;
    Ok(ExitCode::SUCCESS)
}
