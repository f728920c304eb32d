//! The command line. `serve` is the gateway; `state`, `audit` and the tokens of `pod` are in its folder; everything
//! else asks a running one over its API.

mod api;
mod asks_command;
mod audit_bucket;
mod audit_command;
mod audit_export;
mod audit_filter;
mod audit_tiles;
mod audit_witnessed;
mod bridge_command;
mod checks_command;
mod dead_letters_command;
mod deliveries_command;
mod doctor;
mod doctor_audit;
mod doctor_bucket;
mod doctor_cluster;
mod doctor_forge;
mod doctor_machine;
mod doctor_opencode;
mod doctor_reviews;
mod doctor_rules;
mod doctor_sign_in;
mod doctor_slack;
mod evidence_command;
mod fetch_files_command;
mod grants_command;
mod labs_command;
mod link_command;
mod login_command;
mod output;
mod pod_command;
mod policy_command;
mod prove_command;
mod purge_command;
mod reviews_command;
mod rules_command;
mod serve;
mod sessions;
mod state;
mod stored_sign_ins;
mod watch;
mod workspaces_command;

use crate::config;
use crate::lab;
use api::ApiClient;
use clap::{Args, Parser, Subcommand};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(name = "gateway", version, about = "Brings OpenCode sessions into your team's chat and browser")]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the gateway
    #[command(after_help = config::help_on_variables())]
    Serve,
    /// Check the configuration and environment, with a fix for every problem
    Doctor(Remote),
    /// Show connected OpenCode pods
    Bridge {
        #[command(subcommand)]
        command: BridgeCommand,
    },
    /// Give pods their own tokens, and hand sessions over from one to another
    Pod {
        #[command(subcommand)]
        command: pod_command::PodCommand,
    },
    /// Sign this user in, with a code that is confirmed in a browser; other commands then act in that name
    Login(Remote),
    /// End that sign-in
    Logout(Remote),
    /// Print an address that signs a browser in, once
    Link {
        #[command(flatten)]
        remote: Remote,
        /// Name that others see for the person who opens it
        #[arg(long, env = "USER", default_value = "operator")]
        name: String,
    },
    /// Show and verify the audit log
    Audit {
        #[command(subcommand)]
        command: audit_command::AuditCommand,
        #[command(flatten)]
        folder: Folder,
    },
    /// Verify, show, restore and sign session records
    State {
        #[command(flatten)]
        folder: Folder,
        #[command(subcommand)]
        command: state::StateCommand,
    },
    /// Try the configured rules on past requests
    Policy {
        #[command(subcommand)]
        command: policy_command::PolicyCommand,
        #[command(flatten)]
        folder: Folder,
    },
    /// List, resend or drop messages that could not be posted to Slack
    DeadLetters {
        #[command(subcommand)]
        command: dead_letters_command::DeadLettersCommand,
        #[command(flatten)]
        folder: Folder,
    },
    /// List and answer open requests
    Asks {
        #[command(flatten)]
        remote: Remote,
        #[command(subcommand)]
        command: asks_command::AsksCommand,
    },
    /// List and run a session's checks: tests on its work
    Checks {
        #[command(flatten)]
        remote: Remote,
        #[command(subcommand)]
        command: checks_command::ChecksCommand,
    },
    /// List and revoke grants: calls that were allowed for longer than once
    Grants {
        #[command(flatten)]
        remote: Remote,
        #[command(subcommand)]
        command: Option<grants_command::GrantsCommand>,
    },
    /// List overrides of the rules that someone else has to review, and say that you did
    Reviews {
        #[command(flatten)]
        remote: Remote,
        #[command(subcommand)]
        command: Option<reviews_command::ReviewsCommand>,
    },
    /// List, create, message, steer and watch sessions
    Sessions {
        #[command(flatten)]
        remote: Remote,
        #[command(subcommand)]
        command: sessions::SessionsCommand,
    },
    /// Turn a session's work into a pull request; list, show and steer such deliveries
    Deliver {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        command: deliveries_command::DeliverCommand,
    },
    /// Test the rules that judge deliveries
    Rules {
        #[command(subcommand)]
        command: rules_command::RulesCommand,
    },
    /// Verify the evidence of deliveries
    Evidence {
        #[command(subcommand)]
        command: evidence_command::EvidenceCommand,
        #[command(flatten)]
        folder: Folder,
    },
    /// List labs, deploy to one, read its log, remove it
    Labs {
        #[command(flatten)]
        remote: Remote,
        #[command(subcommand)]
        command: labs_command::LabsCommand,
    },
    /// Runs a lab for the gateway that started this, and ends it with that
    #[command(hide = true)]
    LabKeeper {
        /// How many processes it may have at once
        #[arg(long)]
        processes: usize,
        /// Memory that is its own, in MiB
        #[arg(long)]
        memory_mib: u64,
        #[arg(last = true)]
        words: Vec<std::ffi::OsString>,
    },
    /// Fetches the files of a lab from the gateway; what the first container of a lab in a cluster runs
    #[command(hide = true)]
    FetchFiles(fetch_files_command::FetchFiles),
    /// List and remove workspaces
    Workspaces {
        #[command(flatten)]
        remote: Remote,
        #[command(subcommand)]
        command: workspaces_command::WorkspacesCommand,
    },
}

#[derive(Debug, Subcommand)]
enum BridgeCommand {
    /// List pods with their versions, sessions and commands in flight
    Status(Remote),
}

/// Options that every command has stand apart from its own.
const GLOBAL: &str = "Global options";

/// Where the running gateway is, and how to print.
#[derive(Clone, Debug, Args)]
struct Remote {
    /// Address of the running gateway
    #[arg(long, env = "GATEWAY_URL", default_value = "http://127.0.0.1:8000", global = true, help_heading = GLOBAL)]
    url: String,
    /// Print JSON instead of text
    #[arg(long, global = true, help_heading = GLOBAL)]
    json: bool,
}

/// Where the state lies, and how to print.
#[derive(Clone, Debug, Args)]
struct Folder {
    /// Path of the gateway's state directory
    #[arg(long, env = "GATEWAY_STATE", default_value = ".session-state", global = true, help_heading = GLOBAL)]
    state: PathBuf,
    /// File with the gateway's root secret, if it was given one
    #[arg(long, env = "GATEWAY_ROOT_SECRET_FILE", global = true, help_heading = GLOBAL)]
    root_secret: Option<PathBuf>,
    /// Print JSON instead of text
    #[arg(long, global = true, help_heading = GLOBAL)]
    json: bool,
}

pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Serve => serve::run().await,
        Command::Doctor(remote) => doctor::run(&remote).await,
        Command::Bridge { command: BridgeCommand::Status(remote) } => bridge_command::status(&remote).await,
        Command::Pod { command } => pod_command::run(command).await,
        Command::Login(remote) => login_command::login(&remote).await,
        Command::Logout(remote) => login_command::logout(&remote).await,
        Command::Link { remote, name } => link_command::run(&remote, name).await,
        Command::State { folder, command } => state::run(&folder, command).await,
        Command::Audit { folder, command } => audit_command::run(&folder, &command).await,
        Command::Policy { folder, command } => policy_command::run(&folder, &command),
        Command::DeadLetters { folder, command } => dead_letters_command::run(&folder, &command),
        Command::Asks { remote, command } => asks_command::run(&remote, command).await,
        Command::Checks { remote, command } => checks_command::run(&remote, command).await,
        Command::Grants { remote, command } => grants_command::run(&remote, command).await,
        Command::Reviews { remote, command } => reviews_command::run(&remote, command).await,
        Command::Sessions { remote, command } => sessions::run(&remote, command).await,
        Command::Deliver { remote, command } => deliveries_command::run(&remote, command).await,
        Command::Rules { command } => rules_command::run(command),
        Command::Evidence { command, folder } => evidence_command::run(&folder, &command),
        Command::Labs { remote, command } => labs_command::run(&remote, command).await,
        Command::LabKeeper { processes, memory_mib, words } => {
            Ok(lab::keep(&words, lab::LabLimits { processes, memory_mib }))
        }
        Command::FetchFiles(order) => fetch_files_command::run(order).await,
        Command::Workspaces { remote, command } => workspaces_command::run(&remote, command).await,
    }
}

/// Prints an error with everything that led to it.
pub fn fail(error: &anyhow::Error) -> ExitCode {
    // `gateway sessions list | head` has all that it wanted.
    if output::reader_left(error) {
        return ExitCode::SUCCESS;
    }
    let chain = error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ");
    // When standard error is closed there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "{chain}");
    ExitCode::FAILURE
}
