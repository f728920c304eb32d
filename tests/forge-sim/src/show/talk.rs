//! Reviews and comments.

use super::pull_shown::association;
use super::user;
use crate::clock::written;
use crate::pull::{Comment, Pull, Review, ReviewComment, ReviewThread};
use crate::repository::Repository;
use crate::world::World;
use serde_json::{Value, json};

pub(crate) fn review(world: &World, on: &Repository, pull: &Pull, review: &Review) -> Value {
    let full = on.full_name();
    let url = format!("{}/api/v3/repos/{full}/pulls/{}", world.base, pull.number);
    let page = format!("{}/{full}/pull/{}#pullrequestreview-{}", world.base, pull.number, review.id);
    json!({
        "id": review.id, "node_id": format!("PRR_{}", review.id), "user": user(world, &review.by), "body": review.body,
        "state": review.state, "html_url": page, "pull_request_url": url,
        "_links": { "html": { "href": page }, "pull_request": { "href": url } },
        "submitted_at": written(review.at), "commit_id": review.commit,
        "author_association": association(on, &review.by),
    })
}

pub(crate) fn review_comment(
    world: &World,
    on: &Repository,
    pull: &Pull,
    thread: &ReviewThread,
    one: &ReviewComment,
) -> Value {
    let (full, comment) = (on.full_name(), &one.comment);
    let pull_url = format!("{}/api/v3/repos/{full}/pulls/{}", world.base, pull.number);
    let url = format!("{}/api/v3/repos/{full}/pulls/comments/{}", world.base, comment.id);
    let page = format!("{}/{full}/pull/{}#discussion_r{}", world.base, pull.number, comment.id);
    let mut body = json!({
        "url": url, "pull_request_review_id": one.review, "id": comment.id, "node_id": format!("PRRC_{}", comment.id),
        "diff_hunk": "@@ -1 +1 @@", "path": thread.path, "commit_id": pull.head_sha, "original_commit_id": thread.commit,
        "user": user(world, &comment.by), "body": comment.body, "created_at": written(comment.created),
        "updated_at": written(comment.updated), "html_url": page, "pull_request_url": pull_url,
        "author_association": association(on, &comment.by), "line": thread.line, "original_line": thread.line,
        "start_line": null, "original_start_line": null, "start_side": null, "side": thread.side,
        "position": thread.line, "original_position": thread.line,
        "subject_type": if thread.line.is_some() { "line" } else { "file" },
        "_links": { "self": { "href": url }, "html": { "href": page }, "pull_request": { "href": pull_url } },
        "reactions": reactions(&url),
    });
    if let Some(answered) = one.in_reply_to {
        body["in_reply_to_id"] = answered.into();
    }
    body
}

pub(crate) fn issue_comment(world: &World, on: &Repository, number: u64, comment: &Comment) -> Value {
    let full = on.full_name();
    let api = format!("{}/api/v3/repos/{full}/issues", world.base);
    let url = format!("{api}/comments/{}", comment.id);
    json!({
        "id": comment.id, "node_id": format!("IC_{}", comment.id), "url": url, "issue_url": format!("{api}/{number}"),
        "html_url": format!("{}/{full}/pull/{number}#issuecomment-{}", world.base, comment.id),
        "body": comment.body, "user": user(world, &comment.by), "created_at": written(comment.created),
        "updated_at": written(comment.updated), "author_association": association(on, &comment.by),
        "performed_via_github_app": null, "reactions": reactions(&url),
    })
}

fn reactions(url: &str) -> Value {
    json!({
        "url": format!("{url}/reactions"), "total_count": 0, "+1": 0, "-1": 0, "laugh": 0, "hooray": 0, "confused": 0,
        "heart": 0, "rocket": 0, "eyes": 0,
    })
}
