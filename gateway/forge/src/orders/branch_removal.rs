//! Removes a branch that is done with, only if its tip is the commit that we know.

use super::{Carry, moved};
use crate::repo_name::in_path;
use crate::shown::RefShown;
use crate::visit::Visit;
use gateway_delivery::{Attempt, Outcome};
use hyper::Method;

pub(super) async fn remove(visit: &Visit<'_>, branch: &str, commit: &str, attempt: Attempt) -> Carry {
    let name = in_path(branch);
    let Some(tip) = visit.find::<RefShown>(&format!("/git/ref/heads/{name}")).await? else {
        return Ok(Outcome::Done);
    };
    if tip.object.sha != commit {
        return Ok(moved(&tip.object.sha));
    }
    if attempt == Attempt::OnlyLook {
        return Ok(Outcome::NotDone);
    }
    let answer = visit.write(Method::DELETE, &format!("/git/refs/heads/{name}"), None).await?;
    match answer.status {
        200..300 => Ok(Outcome::Done),
        422 if answer.message().contains("does not exist") => Ok(Outcome::Done),
        _ => Err(visit.refused(&answer, "The branch").await),
    }
}
