//! Merges by the forge's own gate: its queue, auto-merge, or at once where all its rules hold. Always only that commit.

use super::{Carry, gone, moved};
use crate::fault::ForgeFault;
use crate::forge::MergeMethod;
use crate::refusals::of_words;
use crate::shown::PullShown;
use crate::visit::Visit;
use gateway_delivery::{Attempt, Outcome, Refusal};
use hyper::Method;
use serde::Deserialize;
use serde_json::{Value, json};

/// By its id, which outlives a new name of the repository.
const GATES: &str = "query($id: ID!) { node(id: $id) { ... on PullRequest { isInMergeQueue isMergeQueueEnabled \
    autoMergeRequest { enabledAt } repository { autoMergeAllowed mergeCommitAllowed squashMergeAllowed \
    rebaseMergeAllowed } } } }";
const ENQUEUE: &str = "mutation($id: ID!, $head: GitObjectID!) { enqueuePullRequest(input: { pullRequestId: $id, \
    expectedHeadOid: $head }) { clientMutationId } }";
const DEQUEUE: &str = "mutation($id: ID!) { dequeuePullRequest(input: { id: $id }) { clientMutationId } }";
const AUTO: &str = "mutation($id: ID!, $head: GitObjectID!, $method: PullRequestMergeMethod!) { \
    enablePullRequestAutoMerge(input: { pullRequestId: $id, expectedHeadOid: $head, mergeMethod: $method }) { \
    clientMutationId } }";
const NO_AUTO: &str = "mutation($id: ID!) { disablePullRequestAutoMerge(input: { pullRequestId: $id }) { \
    clientMutationId } }";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Gates {
    is_in_merge_queue: bool,
    is_merge_queue_enabled: bool,
    auto_merge_request: Option<Value>,
    repository: Allowed,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Allowed {
    auto_merge_allowed: bool,
    merge_commit_allowed: bool,
    squash_merge_allowed: bool,
    rebase_merge_allowed: bool,
}

impl Gates {
    fn allows(&self, method: MergeMethod) -> bool {
        match method {
            MergeMethod::Merge => self.repository.merge_commit_allowed,
            MergeMethod::Squash => self.repository.squash_merge_allowed,
            MergeMethod::Rebase => self.repository.rebase_merge_allowed,
        }
    }

    fn is_on(&self) -> bool {
        self.is_in_merge_queue || self.auto_merge_request.is_some()
    }
}

fn named(method: MergeMethod) -> &'static str {
    match method {
        MergeMethod::Merge => "merge",
        MergeMethod::Squash => "squash",
        MergeMethod::Rebase => "rebase",
    }
}

pub(super) async fn merge(visit: &Visit<'_>, number: u64, head: &str, attempt: Attempt) -> Carry {
    let pull = visit.pull(number).await?;
    if pull.is_merged() {
        return Ok(Outcome::Done);
    }
    if !pull.is_open() {
        return Err(gone(number));
    }
    if pull.head.sha != head {
        return Ok(moved(&pull.head.sha));
    }
    let gates = gates(visit, &pull).await?;
    if gates.is_on() {
        return Ok(Outcome::Done);
    }
    if attempt == Attempt::OnlyLook {
        return Ok(Outcome::NotDone);
    }
    if pull.draft {
        return Err(ForgeFault::other("the pull request is a draft"));
    }
    let wanted = &visit.forge.settings.merge_methods;
    let method = wanted.iter().copied().find(|method| gates.allows(*method)).unwrap_or(MergeMethod::Merge);
    by_gate(visit, &pull, &gates, method).await
}

async fn by_gate(visit: &Visit<'_>, pull: &PullShown, gates: &Gates, method: MergeMethod) -> Carry {
    let (id, head) = (&pull.node_id, &pull.head.sha);
    if gates.is_merge_queue_enabled {
        // Where it isn't ready for the queue yet, auto-merge puts it there in time.
        match visit.graphql(ENQUEUE, json!({ "id": id, "head": head })).await {
            Err(ForgeFault::Refused(Refusal::Other { .. } | Refusal::Ruleset { .. })) => {}
            other => return other.map(|_| Outcome::Done),
        }
    }
    if !gates.repository.auto_merge_allowed && !gates.is_merge_queue_enabled {
        return at_once(visit, pull, method).await;
    }
    let variables = json!({ "id": id, "head": head, "method": named(method).to_uppercase() });
    match visit.graphql(AUTO, variables).await {
        Ok(_) => Ok(Outcome::Done),
        Err(ForgeFault::Refused(Refusal::Other { why })) => not_enabled(visit, pull, method, why).await,
        Err(fault) => Err(fault),
    }
}

/// Auto-merge is only for what isn't ready yet. Where nothing is left, GitHub wants the plain way.
async fn not_enabled(visit: &Visit<'_>, pull: &PullShown, method: MergeMethod, why: String) -> Carry {
    let small = why.to_lowercase();
    if small.contains("clean status") || small.contains("unstable status") {
        return at_once(visit, pull, method).await;
    }
    if small.contains("expected head oid") {
        let now = visit.pull(pull.number).await?;
        return Ok(moved(&now.head.sha));
    }
    Err(ForgeFault::other(why))
}

async fn at_once(visit: &Visit<'_>, pull: &PullShown, method: MergeMethod) -> Carry {
    let body = json!({ "sha": pull.head.sha, "merge_method": named(method) });
    let answer = visit.write(Method::PUT, &format!("/pulls/{}/merge", pull.number), Some(body)).await?;
    match answer.status {
        200..300 => Ok(Outcome::Done),
        409 => Ok(moved(&visit.pull(pull.number).await?.head.sha)),
        405 => Err(ForgeFault::Refused(of_words(&answer.message()))),
        _ => Err(visit.refused(&answer, &format!("The pull request #{}", pull.number)).await),
    }
}

async fn gates(visit: &Visit<'_>, pull: &PullShown) -> Result<Gates, ForgeFault> {
    let mut data = visit.graphql(GATES, json!({ "id": pull.node_id })).await?;
    let odd = |_| ForgeFault::no_answer("it doesn't say how the repository merges");
    serde_json::from_value(data["node"].take()).map_err(odd)
}

pub(super) async fn cancel(visit: &Visit<'_>, number: u64, attempt: Attempt) -> Carry {
    let pull = visit.pull(number).await?;
    if !pull.is_open() {
        return Ok(Outcome::Done);
    }
    let gates = gates(visit, &pull).await?;
    if !gates.is_on() {
        return Ok(Outcome::Done);
    }
    if attempt == Attempt::OnlyLook {
        return Ok(Outcome::NotDone);
    }
    if gates.is_in_merge_queue {
        visit.graphql(DEQUEUE, json!({ "id": pull.node_id })).await?;
    }
    if gates.auto_merge_request.is_some() {
        visit.graphql(NO_AUTO, json!({ "id": pull.node_id })).await?;
    }
    Ok(Outcome::Done)
}
