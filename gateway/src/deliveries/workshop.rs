//! What is done with trees and branches: in repositories that only the gateway has (`gateway-outgoing`).

use super::delivery_hands::{Case, other};
use super::ports::{ForgeHands, Site};
use crate::sessions::ports::{ProjectBook, RepositorySource, SessionCards};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use gateway_delivery::{Attempt, CheckResult, MeasuredChange, Outcome};
use gateway_domain::{CheckEnd, CheckRun, CheckVerdict, SafeName};
use gateway_forge::owners_by_path;
use gateway_outgoing::{
    AgentsFolder, Brought, Expected, GitProgram, Leaving, Limits, Outgoing, OutgoingFault, Person, Push,
    Pushed, Remote, SealOrder, Store, bring_over, changed_paths, fetch_base, head_of, measure, push, seal,
};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) struct Workshop {
    pub(super) outgoing: Outgoing,
    pub(super) git: GitProgram,
    pub(super) limits: Limits,
    /// Where agents work.
    pub(super) workspaces: PathBuf,
    pub(super) projects: Arc<dyn ProjectBook>,
    pub(super) cards: Arc<dyn SessionCards>,
    pub(super) forge: Arc<dyn ForgeHands>,
}

/// Where GitHub looks for owners, in this order.
const OWNERS: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// A longer file counts for nothing at GitHub.
const LARGEST_OWNERS: usize = 3 * 1024 * 1024;

/// A future for which a remote was made ready.
type WithRemote<'a> = Box<dyn FnOnce(Remote) -> BoxFuture<'a, Outcome> + Send + 'a>;

impl Workshop {
    /// Where a repository of the projects is. Only the configuration and the project list say so, never an agent.
    pub(super) fn site(&self, repository: &str) -> Option<Site> {
        let of = |source: &RepositorySource| self.forge.site(source.from.as_deref()?);
        self.sources().iter().filter_map(of).find(|site| site.repository == repository)
    }

    fn sources(&self) -> Vec<RepositorySource> {
        let all = self.projects.all().into_iter();
        all.flat_map(|project| self.projects.sources(Some(&project.name), &project.workspace_repositories))
            .collect()
    }

    fn store(&self, case: &Case, site: &Site) -> Result<Store, OutgoingFault> {
        let run = case.name().ok_or_else(|| OutgoingFault::Unsafe("The run has an odd name.".to_owned()))?;
        self.outgoing.store(&site.address, &run)
    }

    /// Brings the agent's work over, and measures it.
    pub(super) fn measure<'a>(
        &'a self,
        case: &'a Case,
        site: &'a Site,
        since: Option<String>,
    ) -> WithRemote<'a> {
        Box::new(move |remote| {
            async move {
                match self.measured(case, site, &remote, since).await {
                    Ok(outcome) => outcome,
                    Err(fault) => of_fault(&fault),
                }
            }
            .boxed()
        })
    }

    async fn measured(
        &self,
        case: &Case,
        site: &Site,
        remote: &Remote,
        since: Option<String>,
    ) -> Result<Outcome, OutgoingFault> {
        let store = self.store(case, site)?;
        let base_head = fetch_base(&store, remote, &self.git, &case.base).await?;
        let (workspaces, limits) = (self.workspaces.clone(), self.limits.clone());
        let below = PathBuf::from(&case.workspace);
        let sparse = self.sparse(&below);
        let working = tokio::task::spawn_blocking(move || {
            let from = AgentsFolder { workspaces: &workspaces, below: &below, sparse: &sparse };
            let brought = bring_over(&store, from, Leaving::WithFiles, &limits)?;
            let change = measure(&store, &brought, &base_head, &limits)?;
            let since_last_push = match since {
                Some(since) => changed_paths(&store, &since, &brought.tree)?,
                None => vec![],
            };
            Ok::<_, OutgoingFault>((brought, change, since_last_push))
        });
        let (brought, change, since_last_push) = working.await.map_err(broke_off)??;
        Ok(Outcome::Measured { change: Box::new(with_left_behind(change, &brought)), since_last_push })
    }

    fn sparse(&self, below: &Path) -> Vec<String> {
        let name = below.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let own = self.sources().into_iter().find(|source| source.name.as_str() == name);
        own.map(|source| source.sparse).unwrap_or_default()
    }

    pub(super) async fn seal(
        &self,
        case: &Case,
        site: &Site,
        (tree, parents, message): (String, Vec<String>, String),
        author: Person,
        at: Timestamp,
    ) -> Outcome {
        let store = match self.store(case, site) {
            Ok(store) => store,
            Err(fault) => return of_fault(&fault),
        };
        let sealing = tokio::task::spawn_blocking(move || {
            let order = SealOrder {
                tree: &tree,
                parents: &parents,
                author: &author,
                committer: &author,
                at,
                message: &message,
                trailers: &[],
            };
            seal(&store, &order).map(|commit| Outcome::Sealed { commit, tree: tree.clone() })
        });
        match sealing.await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(fault)) => of_fault(&fault),
            Err(_) => Outcome::Unknown,
        }
    }

    pub(super) fn push<'a>(
        &'a self,
        case: &'a Case,
        site: &'a Site,
        (branch, commit, expected): (&'a str, &'a str, Option<&'a str>),
        attempt: Attempt,
    ) -> WithRemote<'a> {
        Box::new(move |remote| {
            async move {
                let store = match self.store(case, site) {
                    Ok(store) => store,
                    Err(fault) => return of_fault(&fault),
                };
                if attempt == Attempt::OnlyLook {
                    return self.is_pushed(&store, &remote, branch, commit).await;
                }
                let expected = expected.map_or(Expected::Absent, Expected::At);
                let order = Push { store: &store, remote: &remote, git: &self.git, branch, commit, expected };
                match push(&order).await {
                    Ok(pushed) => of_push(pushed),
                    Err(OutgoingFault::Failed(_) | OutgoingFault::TimedOut(_)) => Outcome::Unknown,
                    Err(fault) => of_fault(&fault),
                }
            }
            .boxed()
        })
    }

    async fn is_pushed(&self, store: &Store, remote: &Remote, branch: &str, commit: &str) -> Outcome {
        match head_of(store, remote, &self.git, branch).await {
            Ok(head) if head.as_deref() == Some(commit) => Outcome::Done,
            Ok(_) => Outcome::NotDone,
            Err(_) => Outcome::Unknown,
        }
    }

    /// The patch of a measured change, for people.
    pub(super) async fn patch(
        &self,
        case: &Case,
        site: &Site,
        (from, to): (String, String),
        most: usize,
    ) -> Option<String> {
        let store = self.store(case, site).ok()?;
        tokio::task::spawn_blocking(move || store.patch(&from, &to, most).ok()).await.ok()?
    }

    /// Checks of the session that ran on exactly this tree.
    pub(super) fn checks_of(&self, session: &str, tree: &str) -> Vec<CheckResult> {
        let Some(card) = self.cards.card_of(session) else { return vec![] };
        let ran_on_it = |end: &&CheckEnd| {
            end.code
                .as_ref()
                .is_some_and(|code| code.tree.as_deref() == Some(tree) && !code.changed_meanwhile)
        };
        let runs = card.checks.iter().filter(|run| !run.before);
        runs.filter_map(|run| Some(result(run, run.end.as_ref().filter(ran_on_it)?))).collect()
    }

    pub(super) fn forget(&self, run: &SafeName) {
        if let Err(error) = self.outgoing.forget(run) {
            tracing::warn!(%run, %error, "what a delivery left could not be removed");
        }
    }

    /// By the CODEOWNERS of the base branch, as it was when the change was measured.
    pub(super) fn owners(&self, case: &Case, change: &MeasuredChange) -> BTreeMap<String, Vec<String>> {
        let store = self.site(&case.repository).and_then(|site| self.store(case, &site).ok());
        let read = |place: &&str| store.as_ref()?.file(&change.base_head, place, LARGEST_OWNERS);
        let text = OWNERS.iter().find_map(read).unwrap_or_default();
        let paths = change.files.iter().map(|file| file.path.as_str());
        owners_by_path(&String::from_utf8_lossy(&text), paths)
    }
}

/// What stayed behind could be what matters: people are told, and rules see it.
fn with_left_behind(mut change: MeasuredChange, brought: &Brought) -> MeasuredChange {
    change.unmeasured.extend(brought.left_behind.iter().cloned());
    change
}

fn result(run: &CheckRun, end: &CheckEnd) -> CheckResult {
    let passed = match end.verdict {
        CheckVerdict::Passed => Some(true),
        CheckVerdict::Failed | CheckVerdict::TimedOut => Some(false),
        _ => None,
    };
    let counted = end.report.as_ref().map(|report| format!("{}/{}", report.passed, report.total()));
    let counted = counted.or_else(|| end.why.clone()).unwrap_or_else(|| end.verdict.value().to_owned());
    let says = format!("{counted} ({} s)", end.took_ms / 1_000);
    let digest = end.digest.as_ref().map(|digest| format!("sha256:{digest}"));
    CheckResult { name: run.spec.shown_name(), passed, says, digest }
}

fn of_push(pushed: Pushed) -> Outcome {
    match pushed {
        Pushed::Pushed | Pushed::AlreadyThere => Outcome::Done,
        Pushed::Moved { now, by } => Outcome::Moved {
            head: now,
            commits: u32::try_from(by.len()).unwrap_or(u32::MAX),
            by: by.into_iter().map(|stranger| stranger.author).collect(),
        },
        Pushed::Refused(why) => of_refusal(&why),
        Pushed::Unknown(_) => Outcome::Unknown,
    }
}

/// The forge's words, where they say what kind of refusal it is.
fn of_refusal(why: &str) -> Outcome {
    use gateway_delivery::Refusal;
    let small = why.to_lowercase();
    if small.contains("workflow") {
        return Outcome::Refused(Refusal::WorkflowFile { paths: vec![] });
    }
    if small.contains("signature") || small.contains("signed") {
        return Outcome::Refused(Refusal::Unsigned);
    }
    if small.contains("rule") || small.contains("protected") {
        return Outcome::Refused(Refusal::Ruleset { rule: why.to_owned() });
    }
    other(why.trim_end_matches('.'))
}

fn of_fault(fault: &OutgoingFault) -> Outcome {
    other(fault.to_string().trim_end_matches('.'))
}

fn broke_off(_: tokio::task::JoinError) -> OutgoingFault {
    OutgoingFault::Failed("Measuring broke off.".to_owned())
}
