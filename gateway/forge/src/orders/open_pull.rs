//! Opens the pull request as a draft. Its branch finds it again.

use super::Carry;
use crate::fault::ForgeFault;
use crate::refusals::quoted;
use crate::repo_name::in_query;
use crate::shown::PullShown;
use crate::visit::Visit;
use crate::wire::Answer;
use gateway_delivery::{Attempt, Outcome};
use hyper::Method;
use serde_json::json;

pub(super) struct NewPull<'a> {
    pub(super) branch: &'a str,
    pub(super) base: &'a str,
    pub(super) title: &'a str,
    pub(super) section: &'a str,
}

pub(super) async fn open(visit: &Visit<'_>, new: &NewPull<'_>, attempt: Attempt) -> Carry {
    if attempt != Attempt::First {
        if let Some(there) = there(visit, new).await? {
            return Ok(opened(&there));
        }
        if attempt == Attempt::OnlyLook {
            return Ok(Outcome::NotDone);
        }
    }
    let body = json!({
        "head": new.branch, "base": new.base, "title": new.title, "body": new.section, "draft": true,
    });
    let answer = visit.write(Method::POST, "/pulls", Some(body)).await?;
    match answer.status {
        200..300 => {
            let pull: PullShown = answer.json()?;
            label(visit, pull.number).await;
            Ok(opened(&pull))
        }
        422 => not_opened(visit, new, &answer).await,
        _ => Err(visit.refused(&answer, "The repository").await),
    }
}

fn opened(pull: &PullShown) -> Outcome {
    Outcome::Opened { number: pull.number, url: pull.html_url.clone() }
}

/// An open one before a closed one, and one to this base before one that a person sent elsewhere.
async fn there(visit: &Visit<'_>, new: &NewPull<'_>) -> Result<Option<PullShown>, ForgeFault> {
    let head = in_query(&format!("{}:{}", visit.repo.owner(), new.branch));
    let found: Vec<PullShown> = visit.list(&format!("/pulls?head={head}&state=all&per_page=100"), "").await?;
    // An unknown filter is ignored: only what comes from the branch counts.
    let ours = found.into_iter().filter(|pull| pull.head.branch == new.branch);
    Ok(ours.max_by_key(|pull| (pull.is_open(), pull.base.branch == new.base, pull.number)))
}

async fn not_opened(visit: &Visit<'_>, new: &NewPull<'_>, answer: &Answer) -> Carry {
    let words = answer.message();
    if words.contains("already exists") {
        let there = there(visit, new).await?;
        return there
            .as_ref()
            .map(opened)
            .ok_or_else(|| ForgeFault::no_answer("it doesn't show what is there"));
    }
    if words.to_lowercase().contains("draft pull requests are not supported") {
        return Err(ForgeFault::other("this repository can't have draft pull requests"));
    }
    if words.contains("head invalid") {
        return Err(ForgeFault::gone(format!("The branch {}", quoted(new.branch))));
    }
    if words.contains("base invalid") {
        return Err(ForgeFault::gone(format!("The branch {}", quoted(new.base))));
    }
    Err(visit.refused(answer, "The repository").await)
}

/// A pull request without its label is as good as one with it.
async fn label(visit: &Visit<'_>, number: u64) {
    let Some(label) = &visit.forge.settings.label else { return };
    let path = format!("/issues/{number}/labels");
    let labelled = visit.change(Method::POST, &path, json!({ "labels": [label] }), "The pull request").await;
    if let Err(fault) = labelled {
        visit.trail.note(format!("The label {} wasn't set. {fault}", quoted(label)));
    }
}
