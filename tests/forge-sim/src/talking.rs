//! Reviews and comments, whoever makes them: a client through the API, or a person through the handle.

use crate::pull::{Comment, Pull, Review, ReviewComment, ReviewThread};
use crate::repository::Repository;
use crate::show;
use crate::world::World;
use serde_json::{Value, json};

/// Repository and number.
pub(crate) type Spot = (u64, u64);

pub(crate) struct LineComment {
    pub(crate) path: String,
    pub(crate) line: Option<u64>,
    pub(crate) side: String,
    pub(crate) body: String,
}

impl World {
    pub(crate) fn spot(&mut self, (repository, number): Spot) -> Option<&mut Pull> {
        let now = self.now;
        let pull = self.repositories.get_mut(&repository)?.pulls.get_mut(&number)?;
        pull.updated = now;
        Some(pull)
    }

    fn comment(&mut self, by: &str, body: &str) -> Comment {
        let (id, now) = (self.next_id(), self.now);
        Comment { id, by: by.to_owned(), body: body.to_owned(), created: now, updated: now }
    }

    /// In the conversation.
    pub(crate) fn add_comment(&mut self, spot: Spot, by: &str, body: &str) -> Option<u64> {
        let comment = self.comment(by, body);
        let id = comment.id;
        self.spot(spot)?.comments.push(comment);
        self.told_of_comment(spot, id, "created", by);
        Some(id)
    }

    pub(crate) fn told_of_comment(&mut self, spot: Spot, id: u64, action: &str, by: &str) {
        let shown = self.shown_comment(spot.0, id).unwrap_or_default();
        let mut issue = show::short_pull(self, spot.0, spot.1);
        issue["pull_request"] = json!({ "url": issue["url"] });
        self.tell(spot.0, "issue_comment", by, json!({ "action": action, "issue": issue, "comment": shown }));
    }

    pub(crate) fn shown_comment(&self, repository: u64, id: u64) -> Option<Value> {
        let found = self.repositories.get(&repository)?;
        let mut all = found.pulls.values().flat_map(|pull| pull.comments.iter().map(move |one| (pull, one)));
        let (pull, comment) = all.find(|(_, one)| one.id == id)?;
        Some(show::issue_comment(self, found, pull.number, comment))
    }

    /// `state` as the API shows it. Its comments begin threads.
    pub(crate) fn add_review(
        &mut self,
        spot: Spot,
        by: &str,
        (state, body): (&'static str, &str),
        commit: Option<&str>,
        lines: Vec<LineComment>,
    ) -> Option<u64> {
        let (id, now) = (self.next_id(), self.now);
        let commit = match commit {
            Some(commit) => commit.to_owned(),
            None => self.spot(spot)?.head_sha.clone(),
        };
        for line in lines {
            self.add_thread(spot, by, id, &commit, line)?;
        }
        let review = Review { id, by: by.to_owned(), state, body: body.to_owned(), commit, at: now };
        let pull = self.spot(spot)?;
        pull.reviews.push(review);
        pull.reviewers.remove(by);
        self.told_of_review(spot, id, "submitted", by);
        Some(id)
    }

    pub(crate) fn told_of_review(&mut self, spot: Spot, id: u64, action: &str, by: &str) {
        let mut review = self.shown_review(spot, id).unwrap_or_default();
        review["state"] = review["state"].as_str().unwrap_or_default().to_lowercase().into();
        let pull = show::short_pull(self, spot.0, spot.1);
        let payload = json!({ "action": action, "review": review, "pull_request": pull });
        self.tell(spot.0, "pull_request_review", by, payload);
    }

    pub(crate) fn shown_review(&self, spot: Spot, id: u64) -> Option<Value> {
        let found = self.repositories.get(&spot.0)?;
        let pull = found.pulls.get(&spot.1)?;
        let review = pull.reviews.iter().find(|review| review.id == id)?;
        Some(show::review(self, found, pull, review))
    }

    /// A comment on a line that begins a thread. Its id.
    pub(crate) fn add_thread(
        &mut self,
        spot: Spot,
        by: &str,
        review: u64,
        commit: &str,
        line: LineComment,
    ) -> Option<u64> {
        let comment = self.comment(by, &line.body);
        let (id, thread) = (comment.id, self.next_id());
        let first = ReviewComment { review, comment, in_reply_to: None };
        let thread = ReviewThread {
            id: thread,
            resolved_by: None,
            path: line.path,
            line: line.line,
            side: line.side,
            commit: commit.to_owned(),
            comments: vec![first],
        };
        self.spot(spot)?.threads.push(thread);
        self.told_of_line(spot, id, by);
        Some(id)
    }

    /// An answer in the thread of a comment.
    pub(crate) fn add_reply(&mut self, spot: Spot, by: &str, answered: u64, body: &str) -> Option<u64> {
        let comment = self.comment(by, body);
        let id = comment.id;
        let threads = &mut self.spot(spot)?.threads;
        let thread =
            threads.iter_mut().find(|thread| thread.comments.iter().any(|one| one.comment.id == answered))?;
        // The API names the comment that began the thread, whichever was answered.
        let (first, review) = thread.comments.first().map(|one| (one.comment.id, one.review))?;
        thread.comments.push(ReviewComment { review, comment, in_reply_to: Some(first) });
        self.told_of_line(spot, id, by);
        Some(id)
    }

    fn told_of_line(&mut self, spot: Spot, id: u64, by: &str) {
        let comment = self.shown_line(spot, id).unwrap_or_default();
        let pull = show::short_pull(self, spot.0, spot.1);
        let payload = json!({ "action": "created", "comment": comment, "pull_request": pull });
        self.tell(spot.0, "pull_request_review_comment", by, payload);
    }

    pub(crate) fn shown_line(&self, spot: Spot, id: u64) -> Option<Value> {
        let found = self.repositories.get(&spot.0)?;
        let pull = found.pulls.get(&spot.1)?;
        self.shown_lines(found, pull).into_iter().find(|one| one["id"] == id)
    }

    pub(crate) fn shown_lines(&self, found: &Repository, pull: &Pull) -> Vec<Value> {
        let comments =
            pull.threads.iter().flat_map(|thread| thread.comments.iter().map(move |one| (thread, one)));
        let mut comments: Vec<_> = comments.collect();
        comments.sort_by_key(|(_, one)| one.comment.id);
        comments.iter().map(|(thread, one)| show::review_comment(self, found, pull, thread, one)).collect()
    }

    pub(crate) fn resolve_thread(&mut self, spot: Spot, thread: u64, by: Option<&str>) -> bool {
        let Some(pull) = self.spot(spot) else { return false };
        let Some(found) = pull.threads.iter_mut().find(|one| one.id == thread) else { return false };
        found.resolved_by = by.map(str::to_owned);
        let action = if by.is_some() { "resolved" } else { "unresolved" };
        let pull = show::short_pull(self, spot.0, spot.1);
        let payload = json!({ "action": action, "thread": { "node_id": format!("PRRT_{thread}"), "comments": [] }, "pull_request": pull });
        self.tell(spot.0, "pull_request_review_thread", by.unwrap_or("ghost"), payload);
        true
    }
}
