//! Asks people and teams for a review. Who can't be asked is named; the others are asked all the same.

use super::{Carry, gone};
use crate::fault::ForgeFault;
use crate::refusals::quoted;
use crate::shown::{PullShown, ReviewShown};
use crate::visit::Visit;
use gateway_delivery::{Attempt, Outcome};
use hyper::Method;
use serde_json::{Value, json};

pub(super) async fn ask(visit: &Visit<'_>, number: u64, reviewers: &[String], attempt: Attempt) -> Carry {
    let pull = visit.pull(number).await?;
    if !pull.is_open() {
        return Err(gone(number));
    }
    let mut left: Vec<&str> = reviewers.iter().map(|name| name.trim_start_matches('@')).collect();
    left.retain(|name| !is_asked(&pull, name));
    if attempt != Attempt::First && !left.is_empty() {
        // Whoever was asked before and has answered isn't asked twice.
        let reviews: Vec<ReviewShown> =
            visit.list(&format!("/pulls/{number}/reviews?per_page=100"), "").await?;
        let by: Vec<String> = reviews.into_iter().filter_map(|review| Some(review.user?.login)).collect();
        left.retain(|name| !by.iter().any(|login| login.eq_ignore_ascii_case(name)));
    }
    if left.is_empty() {
        return Ok(Outcome::Done);
    }
    if attempt == Attempt::OnlyLook {
        return Ok(Outcome::NotDone);
    }
    if !asked(visit, number, &left).await? {
        for name in left.iter().copied() {
            if left.len() == 1 || !asked(visit, number, &[name]).await? {
                visit.trail.note(format!(
                    "{} can't be asked for a review: no access to {}.",
                    quoted(name),
                    visit.repo
                ));
            }
        }
    }
    Ok(Outcome::Done)
}

/// The author can't review their own pull request.
fn is_asked(pull: &PullShown, name: &str) -> bool {
    let team = name.split_once('/').map(|(_, slug)| slug);
    let people = pull.requested_reviewers.iter().chain(&pull.user);
    match team {
        Some(slug) => pull.requested_teams.iter().any(|team| team.slug.eq_ignore_ascii_case(slug)),
        None => people.into_iter().any(|person| person.login.eq_ignore_ascii_case(name)),
    }
}

/// False: one of them has no access.
async fn asked(visit: &Visit<'_>, number: u64, names: &[&str]) -> Result<bool, ForgeFault> {
    let (teams, people): (Vec<&str>, Vec<&str>) = names.iter().copied().partition(|name| name.contains('/'));
    let teams: Vec<&str> = teams.iter().filter_map(|name| name.split('/').nth(1)).collect();
    let mut body = json!({});
    for (key, list) in [("reviewers", people), ("team_reviewers", teams)] {
        if !list.is_empty() {
            body[key] = Value::from(list);
        }
    }
    let answer =
        visit.write(Method::POST, &format!("/pulls/{number}/requested_reviewers"), Some(body)).await?;
    match answer.status {
        200..300 => Ok(true),
        422 => Ok(false),
        _ => Err(visit.refused(&answer, &format!("The pull request #{number}")).await),
    }
}
