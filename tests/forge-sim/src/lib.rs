//! A GitHub that runs on this machine: git, REST, GraphQL, webhooks, an App, and people and a CI that a test plays.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use forge_sim::{CiRule, Fault, ForgeSim, Level, Mishap, Rule};
//!
//! let forge = ForgeSim::start().await?;              // a free port; `Settings` has a standing clock and a seed
//! // REST at `forge.api_url()` ({url}/api/v3), GraphQL at `forge.graphql_url()` ({url}/api/graphql),
//! // git at `shop.git_url()` ({url}/{owner}/{repo}.git) with Basic auth `x-access-token:TOKEN`.
//! let shop = forge.repository("acme", "shop", &[("src/cart.js", "let total = 1\n")])?;
//! let installation = forge.install("acme");          // the App `forge.app_id()` with `forge.app_pem()`, least rights
//! forge.install_with(forge.app_id(), "beta", Some(&["site"]), &[("contents", "read")]);
//! shop.collaborator("ann", Level::Write);            // who can review and be asked
//! shop.rule("main", Rule::RequiredChecks(vec!["test".into()]));
//! shop.ci(CiRule::passes_if("test", |tree| tree.text("src/cart.js").is_some_and(|text| text.contains("total"))));
//!
//! // … the client pushes and opens a pull request; then CI goes on when the test says so:
//! shop.ci_step();                                    // one check appears, begins or ends
//! shop.ci_settle();                                  // all of it
//! let number = shop.pulls()[0].number;
//! shop.line_comment("ann", number, "src/cart.js", 1, "Why not 2?")?;
//! shop.review("ann", number, "APPROVED", "")?;
//! shop.push("ann", "fix", &[("a.txt", Some("over yours\n"))], "Mine")?;
//! shop.merge("ann", number)?;                        // the gates count; `close`, `reopen`, `label`, `force`, `rename` …
//!
//! forge.fail("POST /repos/*/pulls", Fault::StatusAfter(502), 1);      // the pull request is there, the answer isn't
//! forge.fail("graphql markPullRequest*", Fault::TimeoutBefore, 1);
//! forge.fail("git receive-pack *", Fault::Status(500), 2);
//! forge.mishap(Mishap::Doubled, 1);                  // the next webhook comes twice
//! forge.suspend(installation);                       // also `revoke_tokens`, `uninstall`, `set_right`, `skip`
//! forge.webhook("http://127.0.0.1:1/hook", "secret");
//! let opened = forge.count("POST /repos/*/pulls");   // and `seen()`: all requests, never a token
//! let costly = forge.seen().iter().filter(|seen| seen.counted).count();
//! # let _ = (opened, costly); Ok(()) }
//! ```
//!
//! **How strict it is.** A JWT must fit key and clock; tokens are in the form of April 2026, narrowed, expire, and may
//! only what installation and token both allow, now. Every request needs a user agent; a 304 doesn't count against the
//! limit. Pull requests are refused with GitHub's words; `mergeable` is null the first time that anybody asks for a
//! head and base; a draft changes only through GraphQL; a merge wants the rules of the base and, if given, the head's
//! hash. A push is looked at commit by commit (workflow files, rules of branches). Webhooks go out once, and again only
//! when asked. Unknown fields of GraphQL are errors; errors of GraphQL come with status 200.
//!
//! **What it does not imitate:** forks, issues without a pull request, teams' members, CODEOWNERS (nobody is asked by
//! itself), merge queues, rebase merges, deployments, environments, classic branch protection, organisations' rulesets,
//! secondary limits by themselves (only as a fault), signatures that GitHub makes, releases, gists, search, GraphQL's
//! cost of a query (each counts 1) and its types (documents aren't validated against the schema), OAuth and users'
//! tokens of an App, TLS (whoever needs it puts a proxy before it), pages to look at. Line comments aren't moved when the
//! code moves, reviews aren't dismissed by a push. A person's token may what the person may; scopes aren't looked at.
//! Where GitHub documents no word or number, the nearest known one stands here.

mod app;
mod budget;
mod chance;
mod checks;
mod ci;
mod clock;
mod control;
mod core;
mod events;
mod faults;
mod gates;
mod git;
mod graphql;
mod handle;
mod hooks;
mod people;
mod pull;
mod repo_handle;
mod repository;
mod rest;
mod rights;
mod show;
mod talking;
mod witness;
mod world;

pub use checks::Step;
pub use ci::{CiOutcome, CiRule, CiTree};
pub use faults::{Fault, Mishap};
pub use handle::{ForgeSim, Settings};
pub use people::PullSeen;
pub use repo_handle::ForgeRepo;
pub use repository::Rule;
pub use rights::{LEAST, Level, Permissions};
pub use witness::Seen;

/// How long a condition may take to come true on a busy machine.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);
