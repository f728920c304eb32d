//! A Slack that runs on this machine: Web API, Socket Mode, HTTP deliveries, and people who type and click.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use slack_sim::{Fault, Often, SlackSim};
//!
//! let slack = SlackSim::start().await?;          // a free port; tokens in `bot_token`, `app_token`, `signing_secret`
//! let ann = slack.person("ann");                 // made when first named
//! let dev = slack.channel("dev", &[&ann]);       // the app is in it, too; `channel_without_app` makes one it is not in
//! // … start the app with `slack.api_url()`, then wait until it listens:
//! slack.until("a socket", |world| (world.sockets.count() > 0).then_some(())).await?;
//!
//! let receipt = ann.command(&dev, "/agent", "fix the tests").await;   // waits for the acknowledgement, at most 3 s
//! assert!(receipt.acked());
//! let card = slack.until_text(&dev, "Allow?").await?;                 // the message that shows this text
//! ann.click(&card, "Allow once").await?;                              // by the text that the button shows now
//! let typed = ann.says(&dev, "<@U0BOT> hello");                       // mention: `app_mention` and `message`
//! ann.replies(&typed, "in its thread");
//! ann.submit(&[("Reason", "because")]).await?;                        // the modal on top, fields by label or action id
//! slack.fail("chat.postMessage", Fault::RateLimited(2), Often::Next(1));
//! assert_eq!(slack.thread(&typed).len(), 2);
//! # Ok(()) }
//! ```
//!
//! Three ways in: [`SlackSim`] for tests in Rust, `POST /_control/VERB` for others (see `control`), and the page at `/`.
//! Time is the machine's until [`SlackSim::skip`]; how long things last is in [`Pace`]. Chance is seeded: `SLACK_SEED`.
//! `SlackSim::world` reads (and changes) everything there is; the methods are for what tests need all the time.
//!
//! **What it does not imitate:** several workspaces or apps, Enterprise Grid, OAuth, user tokens, user groups, search,
//! canvases, workflows, calls, scheduled messages, unfurling, notifications, presence, the RTM API. Slack turns some
//! blocks into others when it stores them (`markdown` becomes rich text): here they stay as posted. Errors that depend
//! on an administrator's settings do not occur. Where Slack documents no number or code, the file says so; the README
//! beside the official clients (`tests/slack-clients`) lists those.

pub mod api;
pub mod blocks;
mod chance;
mod clock;
mod control;
mod core;
pub mod deliver;
mod faults;
mod files;
mod handle;
mod message;
mod pace;
mod page;
pub mod people;
mod rates;
mod reset;
mod respond;
mod views;
mod witness;
pub mod world;

pub use deliver::Outcome;
pub use faults::{Fault, Faults, Mishap, Oddities, Often};
pub use handle::{Settings, SlackSim};
pub use message::{Ephemeral, Message, Revision, Stream};
pub use pace::Pace;
pub use people::{Receipt, SlackPerson, Spot};
pub use views::View;
pub use witness::{Call, Delivered, ErrorShown, Witness};

/// How long a condition may take to come true on a busy machine.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);
