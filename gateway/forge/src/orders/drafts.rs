//! Out of the draft, and back into it. Only GraphQL can do that.

use super::{Carry, gone, moved};
use crate::fault::ForgeFault;
use crate::visit::Visit;
use gateway_delivery::{Attempt, Outcome};
use serde_json::{Value, json};

const READY: &str = "mutation($id: ID!) { markPullRequestReadyForReview(input: { pullRequestId: $id }) \
    { pullRequest { isDraft headRefOid } } }";
const DRAFT: &str = "mutation($id: ID!) { convertPullRequestToDraft(input: { pullRequestId: $id }) \
    { pullRequest { isDraft } } }";

/// Only if the branch's tip is that commit.
pub(super) async fn ready(visit: &Visit<'_>, number: u64, head: &str, attempt: Attempt) -> Carry {
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
    if !pull.draft {
        return Ok(Outcome::Done);
    }
    if attempt == Attempt::OnlyLook {
        return Ok(Outcome::NotDone);
    }
    let made = visit.graphql(READY, json!({ "id": pull.node_id })).await?;
    let tip = made.pointer("/markPullRequestReadyForReview/pullRequest/headRefOid").and_then(Value::as_str);
    match tip {
        // A person pushed in between: nobody has judged that.
        Some(tip) if tip != head => {
            convert(visit, &pull.node_id).await?;
            Ok(moved(tip))
        }
        _ => Ok(Outcome::Done),
    }
}

pub(super) async fn back_to_draft(visit: &Visit<'_>, number: u64, attempt: Attempt) -> Carry {
    let pull = visit.pull(number).await?;
    if pull.draft || !pull.is_open() {
        return Ok(Outcome::Done);
    }
    if attempt == Attempt::OnlyLook {
        return Ok(Outcome::NotDone);
    }
    convert(visit, &pull.node_id).await?;
    Ok(Outcome::Done)
}

async fn convert(visit: &Visit<'_>, id: &str) -> Result<(), ForgeFault> {
    visit.graphql(DRAFT, json!({ "id": id })).await.map(drop)
}
