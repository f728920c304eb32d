//! What people said: reviews, the conversation, and comments on lines.

use crate::fault::ForgeFault;
use crate::shown::{Account, CommentShown, PullShown, ReviewShown};
use crate::visit::Visit;
use gateway_delivery::{CommentSeen, ReviewSeen, ReviewVerdict};
use gateway_domain::cut;

/// GitHub's own limit is about that.
const LONGEST: usize = 65_536;

pub(super) async fn reviews(visit: &Visit<'_>, pull: &PullShown) -> Result<Vec<ReviewSeen>, ForgeFault> {
    let path = format!("/pulls/{}/reviews?per_page=100", pull.number);
    let mut seen = Vec::new();
    for review in visit.list::<ReviewShown>(&path, "").await? {
        // Not sent yet: nobody else sees it.
        let (Some(verdict), Some(at)) = (verdict(&review.state), review.submitted_at) else { continue };
        let by = Speaker::of(visit, review.user.as_ref()).await?;
        seen.push(ReviewSeen {
            id: review.id,
            by: by.login,
            may_write: by.may_write,
            bot: by.bot,
            verdict,
            commit: review.commit_id.unwrap_or_default(),
            text: cut(review.body.as_deref().unwrap_or_default(), LONGEST),
            at,
        });
    }
    Ok(seen)
}

fn verdict(state: &str) -> Option<ReviewVerdict> {
    match state {
        "APPROVED" => Some(ReviewVerdict::Approved),
        "CHANGES_REQUESTED" => Some(ReviewVerdict::ChangesRequested),
        "COMMENTED" => Some(ReviewVerdict::Commented),
        "DISMISSED" => Some(ReviewVerdict::Dismissed),
        _ => None,
    }
}

/// The pull request says how many there are: where there are none, nobody asks.
pub(super) async fn comments(visit: &Visit<'_>, pull: &PullShown) -> Result<Vec<CommentSeen>, ForgeFault> {
    let number = pull.number;
    let mut all: Vec<CommentShown> = Vec::new();
    if pull.comments > 0 {
        all.extend(visit.list(&format!("/issues/{number}/comments?per_page=100"), "").await?);
    }
    if pull.review_comments > 0 {
        all.extend(visit.list(&format!("/pulls/{number}/comments?per_page=100"), "").await?);
    }
    let mut seen = Vec::new();
    for comment in all {
        let by = Speaker::of(visit, comment.user.as_ref()).await?;
        seen.push(of_comment(comment, by));
    }
    Ok(seen)
}

fn of_comment(comment: CommentShown, by: Speaker) -> CommentSeen {
    CommentSeen {
        id: comment.id,
        by: by.login,
        may_write: by.may_write,
        bot: by.bot,
        path: comment.path,
        line: comment.line.or(comment.original_line),
        text: cut(comment.body.as_deref().unwrap_or_default(), LONGEST),
        at: comment.created_at,
        in_reply_to: comment.in_reply_to_id,
    }
}

struct Speaker {
    login: String,
    may_write: bool,
    bot: bool,
}

impl Speaker {
    /// An account that is gone has no rights.
    async fn of(visit: &Visit<'_>, account: Option<&Account>) -> Result<Self, ForgeFault> {
        let Some(account) = account else {
            return Ok(Self { login: "ghost".to_owned(), may_write: false, bot: false });
        };
        let bot = account.is_bot();
        let may_write = !bot && visit.may_write(&account.login).await?;
        Ok(Self { login: account.login.clone(), may_write, bot })
    }
}
