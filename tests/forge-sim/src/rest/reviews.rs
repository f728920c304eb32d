//! Reviews, the people asked for them, and comments on lines.

use super::answer::{Answer, Outcome, Refusal};
use super::pulls::LONGEST_BODY;
use super::request::Call;
use crate::repository::Repository;
use crate::rights::Level;
use crate::show;
use crate::talking::LineComment;
use crate::world::World;
use serde_json::{Value, json};

pub(super) fn list(world: &mut World, call: &Call, at: (&str, &str), number: &str) -> Outcome {
    let spot = world.allowed_pull(call, at, number, "pull_requests", Level::Read)?;
    let (found, pull) = world.pull_and_home(spot)?;
    let shown = pull.reviews.iter().map(|review| show::review(world, found, pull, review)).collect();
    Ok(call.page(&world.base, shown))
}

pub(super) fn create(world: &mut World, call: &Call, at: (&str, &str), number: &str) -> Outcome {
    let spot = world.allowed_pull(call, at, number, "pull_requests", Level::Write)?;
    let by = world.actor(&call.who);
    let state = match call.text("event") {
        Some("APPROVE") => "APPROVED",
        Some("REQUEST_CHANGES") => "CHANGES_REQUESTED",
        Some("COMMENT") => "COMMENTED",
        None => "PENDING",
        Some(_) => return Err(Refusal::invalid("PullRequestReview", "event", "invalid")),
    };
    own_is_not_approved(world, spot, &by, state)?;
    let body = call.text("body").unwrap_or_default();
    if state == "CHANGES_REQUESTED" && body.is_empty() {
        return Err(Refusal::new(422, "Unprocessable Entity"));
    }
    let lines = call.body["comments"].as_array().into_iter().flatten().map(line).collect();
    let id = world.add_review(spot, &by, (state, body), call.text("commit_id"), lines);
    let shown = id.and_then(|id| world.shown_review(spot, id));
    Ok(Answer::ok(shown.ok_or_else(Refusal::not_found)?))
}

fn own_is_not_approved(world: &World, spot: (u64, u64), by: &str, state: &str) -> Result<(), Refusal> {
    let own = world.pull_and_home(spot)?.1.author == by;
    let words = match state {
        "APPROVED" => "Can not approve your own pull request",
        "CHANGES_REQUESTED" => "Can not request changes on your own pull request",
        _ => return Ok(()),
    };
    if own {
        Err(Refusal { errors: vec![words.into()], ..Refusal::new(422, "Unprocessable Entity") })
    } else {
        Ok(())
    }
}

fn line(comment: &Value) -> LineComment {
    let text = |name: &str| comment[name].as_str().unwrap_or_default().to_owned();
    let line = comment["line"].as_u64().or_else(|| comment["position"].as_u64());
    let side = comment["side"].as_str().unwrap_or("RIGHT").to_owned();
    LineComment { path: text("path"), line, side, body: text("body") }
}

pub(super) fn dismiss(
    world: &mut World,
    call: &Call,
    at: (&str, &str),
    number: &str,
    review: &str,
) -> Outcome {
    let spot = world.allowed_pull(call, at, number, "pull_requests", Level::Write)?;
    call.required("PullRequestReview", "message")?;
    let by = world.actor(&call.who);
    let id: u64 = review.parse().map_err(|_| Refusal::not_found())?;
    let reviews = &mut world.pull_mut(spot)?.reviews;
    let found = reviews.iter_mut().find(|one| one.id == id).ok_or_else(Refusal::not_found)?;
    found.state = "DISMISSED";
    world.told_of_review(spot, id, "dismissed", &by);
    Ok(Answer::ok(world.shown_review(spot, id).unwrap_or_default()))
}

pub(super) fn asked(world: &mut World, call: &Call, at: (&str, &str), number: &str) -> Outcome {
    let (id, number) = world.allowed_pull(call, at, number, "pull_requests", Level::Read)?;
    let shown = show::short_pull(world, id, number);
    Ok(Answer::ok(json!({ "users": shown["requested_reviewers"], "teams": shown["requested_teams"] })))
}

pub(super) fn ask(world: &mut World, call: &Call, at: (&str, &str), number: &str) -> Outcome {
    let spot = world.allowed_pull(call, at, number, "pull_requests", Level::Write)?;
    let (found, pull) = world.pull_and_home(spot)?;
    let (people, teams) = (call.texts("reviewers"), call.texts("team_reviewers"));
    if people.contains(&pull.author) {
        return Err(Refusal::new(422, "Review cannot be requested from pull request author."));
    }
    if people.iter().any(|login| !found.collaborators.contains_key(login)) {
        return Err(Refusal::new(
            422,
            format!(
                "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the {} repository.",
                found.full_name()
            ),
        ));
    }
    let by = world.actor(&call.who);
    let pull = world.pull_mut(spot)?;
    pull.reviewers.extend(people);
    pull.teams.extend(teams);
    world.told_of_pull(spot.0, spot.1, "review_requested", &by);
    Ok(Answer::created(show::short_pull(world, spot.0, spot.1)))
}

pub(super) fn unask(world: &mut World, call: &Call, at: (&str, &str), number: &str) -> Outcome {
    let spot = world.allowed_pull(call, at, number, "pull_requests", Level::Write)?;
    let by = world.actor(&call.who);
    let (people, teams) = (call.texts("reviewers"), call.texts("team_reviewers"));
    let pull = world.pull_mut(spot)?;
    pull.reviewers.retain(|login| !people.contains(login));
    pull.teams.retain(|slug| !teams.contains(slug));
    world.told_of_pull(spot.0, spot.1, "review_request_removed", &by);
    Ok(Answer::ok(show::short_pull(world, spot.0, spot.1)))
}

pub(super) fn lines(world: &mut World, call: &Call, at: (&str, &str), number: &str) -> Outcome {
    let spot = world.allowed_pull(call, at, number, "pull_requests", Level::Read)?;
    let (found, pull) = world.pull_and_home(spot)?;
    Ok(call.page(&world.base, world.shown_lines(found, pull)))
}

pub(super) fn comment(world: &mut World, call: &Call, at: (&str, &str), number: &str) -> Outcome {
    let spot = world.allowed_pull(call, at, number, "pull_requests", Level::Write)?;
    let by = world.actor(&call.who);
    let body = short_text(call)?;
    if let Some(answered) = call.body["in_reply_to"].as_u64() {
        return replied(world, spot, &by, answered, &body);
    }
    let commit = call.required("PullRequestReviewComment", "commit_id")?;
    let line = LineComment { body, ..line(&call.body) };
    if line.path.is_empty() {
        return Err(Refusal::invalid("PullRequestReviewComment", "path", "missing_field"));
    }
    let review = world.next_id();
    let id = world.add_thread(spot, &by, review, &commit, line);
    let shown = id.and_then(|id| world.shown_line(spot, id));
    Ok(Answer::created(shown.ok_or_else(Refusal::not_found)?))
}

pub(super) fn reply(
    world: &mut World,
    call: &Call,
    at: (&str, &str),
    number: &str,
    comment: &str,
) -> Outcome {
    let spot = world.allowed_pull(call, at, number, "pull_requests", Level::Write)?;
    let by = world.actor(&call.who);
    let body = short_text(call)?;
    let answered = comment.parse().map_err(|_| Refusal::not_found())?;
    replied(world, spot, &by, answered, &body)
}

fn replied(world: &mut World, spot: (u64, u64), by: &str, answered: u64, body: &str) -> Outcome {
    let id = world.add_reply(spot, by, answered, body).ok_or_else(Refusal::not_found)?;
    Ok(Answer::created(world.shown_line(spot, id).unwrap_or_default()))
}

/// The `body` of a comment: there, and not too long.
pub(super) fn short_text(call: &Call) -> Result<String, Refusal> {
    let body = call.required("IssueComment", "body")?;
    if body.chars().count() > LONGEST_BODY {
        return Err(Refusal::custom("IssueComment", "body is too long (maximum is 65536 characters)"));
    }
    Ok(body)
}

/// What somebody may in a repository.
pub(super) fn permission(world: &mut World, call: &Call, at: (&str, &str), login: &str) -> Outcome {
    let id = world.allowed(call, at, "metadata", Level::Read)?;
    let found: &Repository = world.repositories.get(&id).ok_or_else(Refusal::not_found)?;
    let level = found.collaborators.get(login).map_or("none", |level| level.name());
    let level = if level == "none" && !found.private { "read" } else { level };
    let mut user = show::user(world, login);
    user["permissions"] = json!({
        "admin": level == "admin", "maintain": level == "admin", "push": matches!(level, "write" | "admin"),
        "triage": matches!(level, "write" | "admin"), "pull": level != "none",
    });
    user["role_name"] = level.into();
    Ok(Answer::ok(json!({ "permission": level, "role_name": level, "user": user })))
}
