//! Carries out what a delivery wants done outside, once. Whether it was done before is found out by the order's own key.

mod body_edit;
mod branch_removal;
mod drafts;
mod merging;
mod open_pull;
mod replies;
mod report;
mod reruns;
mod reviewers;

use crate::fault::ForgeFault;
use crate::forge::{Forge, SignIn};
use crate::repo_name::RepoName;
use crate::rights::{self, Rights};
use crate::shown::PullShown;
use crate::trail::Trail;
use crate::visit::Visit;
use gateway_delivery::{Attempt, Order, Outcome};
use jiff::Timestamp;

/// What came of an order, and what is to be noted of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    pub outcome: Outcome,
    /// GitHub's ids of the writes, for the audit log.
    pub request_ids: Vec<String>,
    /// Sentences for people, such as who couldn't be asked for a review.
    pub notes: Vec<String>,
}

pub(crate) type Carry = Result<Outcome, ForgeFault>;

impl Forge {
    /// Orders that stay inside and pushes are not for the forge's API.
    pub async fn carry_out(
        &self,
        repo: &RepoName,
        order: &Order,
        attempt: Attempt,
        now: Timestamp,
    ) -> Outcome {
        self.carry_out_noted(repo, order, attempt, now).await.outcome
    }

    pub async fn carry_out_noted(
        &self,
        repo: &RepoName,
        order: &Order,
        attempt: Attempt,
        now: Timestamp,
    ) -> Carried {
        let trail = Trail::default();
        let visit = self.visit(repo, rights_of(order, &self.sign_in), now, &trail);
        let outcome = match carried(&visit, order, attempt).await {
            Ok(outcome) => outcome,
            Err(ForgeFault::Refused(refusal)) => Outcome::Refused(refusal),
            Err(ForgeFault::NoAnswer { .. }) => Outcome::Unknown,
        };
        let (request_ids, notes) = trail.into_parts();
        Carried { outcome, request_ids, notes }
    }
}

/// The least that the operation needs.
fn rights_of(order: &Order, sign_in: &SignIn) -> Rights {
    match order {
        Order::Report { .. } if matches!(sign_in, SignIn::Personal(_)) => rights::STATUSES,
        Order::Report { .. } => rights::CHECKS,
        Order::Rerun { .. } => rights::ACTIONS,
        Order::Reply { .. } => rights::CONVERSATION,
        Order::Merge { .. } | Order::CancelMerge { .. } => rights::MERGE,
        Order::RemoveBranch { .. } => rights::CONTENTS,
        _ => rights::PULLS,
    }
}

async fn carried(visit: &Visit<'_>, order: &Order, attempt: Attempt) -> Carry {
    match order {
        Order::OpenPull { branch, base, title, section } => {
            let new = open_pull::NewPull { branch, base, title, section };
            Box::pin(open_pull::open(visit, &new, attempt)).await
        }
        Order::EditBody { number, section } => {
            Box::pin(body_edit::edit(visit, *number, section, attempt)).await
        }
        Order::Ready { number, head } => Box::pin(drafts::ready(visit, *number, head, attempt)).await,
        Order::BackToDraft { number } => Box::pin(drafts::back_to_draft(visit, *number, attempt)).await,
        Order::AskReviewers { number, reviewers } => {
            Box::pin(reviewers::ask(visit, *number, reviewers, attempt)).await
        }
        Order::Report { head, external_id, state, title, summary } => {
            let report = report::NewReport { head, external_id, state: *state, title, summary };
            Box::pin(report::report(visit, &report, attempt)).await
        }
        Order::Rerun { head, runs } => Box::pin(reruns::rerun(visit, head, runs, attempt)).await,
        Order::Reply { number, comment, marker, text } => {
            let reply = replies::NewReply { number: *number, comment: *comment, marker, text };
            Box::pin(replies::reply(visit, &reply, attempt)).await
        }
        Order::Merge { number, head } => Box::pin(merging::merge(visit, *number, head, attempt)).await,
        Order::CancelMerge { number } => Box::pin(merging::cancel(visit, *number, attempt)).await,
        Order::RemoveBranch { branch, commit } => {
            Box::pin(branch_removal::remove(visit, branch, commit, attempt)).await
        }
        _ => Err(ForgeFault::other("this isn't done by the forge's API")),
    }
}

impl Visit<'_> {
    pub(crate) async fn pull(&self, number: u64) -> Result<PullShown, ForgeFault> {
        self.get(&format!("/pulls/{number}"), &format!("The pull request #{number}")).await
    }
}

/// The branch is somewhere else. Who moved it, the next look tells.
pub(crate) fn moved(head: &str) -> Outcome {
    Outcome::Moved { head: Some(head.to_owned()), by: Vec::new(), commits: 0 }
}

pub(crate) fn gone(number: u64) -> ForgeFault {
    ForgeFault::gone(format!("The pull request #{number}"))
}
