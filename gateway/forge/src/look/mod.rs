//! Reads a pull request with all that is judged by. What hasn't changed isn't counted by the forge, and what rarely changes
//! is asked for rarely.

mod checks;
mod codeowners;
mod owners;
mod people;
mod pull_now;
mod talk;

use crate::fault::{ForgeFault, LookError};
use crate::forge::Forge;
use crate::memo::Memo;
use crate::pace::Lane;
use crate::repo_name::RepoName;
use crate::rights;
use crate::shown::{Account, CommitShown, CompareShown, PullShown};
use crate::trail::Trail;
use crate::visit::Visit;
use gateway_delivery::{CheckState, ForgeSeen, PullRequestSeen, PullRequestState};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use std::sync::Arc;

pub use codeowners::owners_by_path;

pub(crate) use checks::{check_runs_of, statuses_of};

/// What was read a short while ago, for all pull requests together.
pub(crate) struct Memory {
    /// Who may write, by repository and login.
    people: Memo<bool>,
    required: Memo<Vec<String>>,
    codeowners: Memo<Option<String>>,
    teams: Memo<Vec<String>>,
    /// Between two commits nothing ever changes.
    compared: Memo<Option<Arc<CompareShown>>>,
    pulls: Memo<pull_now::KnownPull>,
}

impl Default for Memory {
    fn default() -> Self {
        let ten = SignedDuration::from_mins(10);
        Self {
            people: Memo::new(ten),
            required: Memo::new(ten),
            codeowners: Memo::new(SignedDuration::from_mins(30)),
            teams: Memo::new(ten),
            compared: Memo::new(SignedDuration::from_hours(24)),
            pulls: Memo::new(SignedDuration::from_hours(24)),
        }
    }
}

#[derive(Deserialize)]
struct IssueShown {
    closed_by: Option<Account>,
}

impl Forge {
    /// `ours`: the commits that we pushed to its branch.
    pub async fn look(
        &self,
        repo: &RepoName,
        number: u64,
        ours: &[String],
        now: Timestamp,
    ) -> Result<ForgeSeen, LookError> {
        let trail = Trail::default();
        let visit = self.visit(repo, rights::READ, now, &trail);
        visit.has_requests_to_spare().await?;
        Box::pin(seen(&visit, number, ours)).await
    }
}

impl Visit<'_> {
    /// Orders come first: near the limit nothing is read for its own sake.
    async fn has_requests_to_spare(&self) -> Result<(), ForgeFault> {
        let lane = Lane { holder: self.signed().await?.holder, graphql: false };
        self.forge.client.pace.spare(&lane, self.now).map_err(crate::client::rate_limited)
    }
}

async fn seen(visit: &Visit<'_>, number: u64, ours: &[String]) -> Result<ForgeSeen, LookError> {
    let pull = visit.pull_now(number).await?;
    let compared = compared(visit, &pull).await?;
    let seen = PullRequestSeen {
        number,
        url: pull.html_url.clone(),
        state: state(&pull),
        draft: pull.draft,
        head: pull.head.sha.clone(),
        base_head: pull.base.sha.clone(),
        mergeable: pull.mergeable,
        checks: Vec::new(),
        base_checks: Vec::new(),
        required: Vec::new(),
        reviews: talk::reviews(visit, &pull).await?,
        comments: talk::comments(visit, &pull).await?,
        ended_by: ended_by(visit, &pull).await?,
    };
    let (others, others_commits) = others(compared.as_deref(), ours);
    let stop = &visit.forge.settings.stop_label;
    let stop_label = pull.labels.iter().any(|label| label.name.eq_ignore_ascii_case(stop));
    let mut look =
        ForgeSeen { asked_at: visit.now, seen, owners: Vec::new(), others, others_commits, stop_label };
    if pull.is_open() {
        with_gates(visit, &pull, compared.as_deref(), &mut look).await?;
    }
    Ok(look)
}

/// What stands between it and its merge. Nobody asks for that once it is over.
async fn with_gates(
    visit: &Visit<'_>,
    pull: &PullShown,
    compared: Option<&CompareShown>,
    look: &mut ForgeSeen,
) -> Result<(), LookError> {
    let seen = &mut look.seen;
    seen.checks = checks::of_commit(visit, &pull.head.sha).await?;
    seen.required = checks::required(visit, &pull.base.branch).await?;
    // Only a failure makes it matter whether the base has it too.
    let is_red =
        seen.checks.iter().any(|check| matches!(check.state, CheckState::Failed | CheckState::Doubtful));
    if let Some(compared) = compared.filter(|_| is_red) {
        seen.base_checks = checks::of_commit(visit, &compared.merge_base_commit.sha).await?;
    }
    if let Some(compared) = compared {
        look.owners = owners::of(visit, pull, compared).await?;
    }
    Ok(())
}

fn state(pull: &PullShown) -> PullRequestState {
    match (pull.is_merged(), pull.is_open()) {
        (true, _) => PullRequestState::Merged,
        (false, true) => PullRequestState::Open,
        (false, false) => PullRequestState::Closed,
    }
}

/// `None`: one of the two commits is gone.
async fn compared(visit: &Visit<'_>, pull: &PullShown) -> Result<Option<Arc<CompareShown>>, ForgeFault> {
    let (key, memo) =
        (format!("{} {}...{}", visit.repo.key(), pull.base.sha, pull.head.sha), &visit.forge.memory.compared);
    if let Some(known) = memo.get(&key, visit.now) {
        return Ok(known);
    }
    let path = format!("/compare/{}...{}?per_page=100", pull.base.sha, pull.head.sha);
    let found: Option<CompareShown> = visit.find(&path).await?;
    let found = found.map(Arc::new);
    memo.put(&key, &found, visit.now);
    Ok(found)
}

/// Who has commits there that are not ours, and how many those are.
fn others(compared: Option<&CompareShown>, ours: &[String]) -> (Vec<String>, u32) {
    let Some(compared) = compared else { return (Vec::new(), 0) };
    let foreign: Vec<&CommitShown> =
        compared.commits.iter().filter(|commit| !ours.contains(&commit.sha)).collect();
    let unseen = compared.total_commits.saturating_sub(compared.commits.len() as u64);
    let mut by = Vec::new();
    for commit in &foreign {
        let account = [&commit.author, &commit.committer]
            .into_iter()
            .flatten()
            .map(|one| one.login.clone())
            .find(|login| !login.is_empty());
        let name = || commit.commit.author.as_ref().map(|author| gateway_domain::one_line(&author.name));
        if let Some(name) = account.or_else(name).filter(|name| !by.contains(name)) {
            by.push(name);
        }
    }
    (by, u32::try_from(foreign.len() as u64 + unseen).unwrap_or(u32::MAX))
}

async fn ended_by(visit: &Visit<'_>, pull: &PullShown) -> Result<Option<String>, ForgeFault> {
    if pull.is_open() {
        return Ok(None);
    }
    if pull.is_merged() {
        return Ok(pull.merged_by.as_ref().map(|account| account.login.clone()));
    }
    let issue: IssueShown = visit.get(&format!("/issues/{}", pull.number), "The pull request").await?;
    Ok(issue.closed_by.map(|account| account.login))
}
