//! The command line. `serve` is the gateway; `state` and `audit` read its folder; everything else asks a
//! running one over its API.

mod api;
mod asks;
mod audit;
mod bridge;
mod dead_letters;
mod doctor;
mod doctor_cluster;
mod doctor_machine;
mod doctor_opencode;
mod doctor_slack;
mod output;
mod serve;
mod sessions;
mod state;
mod watch;
mod workspaces;

use api::ApiClient;
use clap::{Args, Parser, Subcommand};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(
    name = "gateway",
    version,
    about = "Brings OpenCode sessions into the conversation where a team already is"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the gateway.
    Serve,
    /// Check the configuration and what the gateway needs, with a remedy for each fault.
    Doctor(Remote),
    /// Look at the links to OpenCode pods.
    Bridge {
        #[command(subcommand)]
        command: BridgeCommand,
    },
    /// See who decided what, and check that nobody changed it.
    Audit {
        #[command(subcommand)]
        command: audit::AuditCommand,
        #[command(flatten)]
        folder: Folder,
    },
    /// Check, read and restore what the gateway remembers.
    State {
        #[command(flatten)]
        folder: Folder,
        #[command(subcommand)]
        command: state::StateCommand,
    },
    /// See what could not be posted, send it again or drop it.
    DeadLetters {
        #[command(subcommand)]
        command: dead_letters::DeadLettersCommand,
        #[command(flatten)]
        folder: Folder,
    },
    /// See what waits for a person, and answer it.
    Asks {
        #[command(flatten)]
        remote: Remote,
        #[command(subcommand)]
        command: asks::AsksCommand,
    },
    /// List, make, write to, stop and watch sessions.
    Sessions {
        #[command(flatten)]
        remote: Remote,
        #[command(subcommand)]
        command: sessions::SessionsCommand,
    },
    /// See the places that sessions work in, and remove those that are not needed.
    Workspaces {
        #[command(flatten)]
        remote: Remote,
        #[command(subcommand)]
        command: workspaces::WorkspacesCommand,
    },
}

#[derive(Debug, Subcommand)]
enum BridgeCommand {
    /// Which pods are connected, with which versions, and what is under way.
    Status(Remote),
}

/// Where the running gateway is, and how to print.
#[derive(Clone, Debug, Args)]
struct Remote {
    /// The running gateway.
    #[arg(long, env = "GATEWAY_URL", default_value = "http://127.0.0.1:8000", global = true)]
    url: String,
    /// Print JSON instead of text.
    #[arg(long, global = true)]
    json: bool,
}

/// Where the state lies, and how to print.
#[derive(Clone, Debug, Args)]
struct Folder {
    /// The gateway's state folder.
    #[arg(long, env = "GATEWAY_STATE", default_value = ".session-state", global = true)]
    state: PathBuf,
    /// Print JSON instead of text.
    #[arg(long, global = true)]
    json: bool,
}

pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Serve => serve::run().await,
        Command::Doctor(remote) => doctor::run(&remote).await,
        Command::Bridge { command: BridgeCommand::Status(remote) } => bridge::status(&remote).await,
        Command::State { folder, command } => state::run(&folder, command).await,
        Command::Audit { folder, command } => audit::run(&folder, &command),
        Command::DeadLetters { folder, command } => dead_letters::run(&folder, &command),
        Command::Asks { remote, command } => asks::run(&remote, command).await,
        Command::Sessions { remote, command } => sessions::run(&remote, command).await,
        Command::Workspaces { remote, command } => workspaces::run(&remote, command).await,
    }
}

/// Prints an error with everything that led to it.
pub fn fail(error: &anyhow::Error) -> ExitCode {
    let chain = error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ");
    // When standard error is closed there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "{chain}");
    ExitCode::FAILURE
}
