//! What people and the toy CI do in a repository, by the hand of a test.

use crate::checks::{ACTIONS, CheckRun, Output};
use crate::ci::CiRule;
use crate::pull::Pull;
use crate::repo_handle::ForgeRepo;
use crate::rest::merges::merge_as;
use crate::rest::pulls::{NewPull, open, set_state};
use crate::talking::LineComment;
use anyhow::{Context, bail};
use serde_json::{Value, json};

/// A pull request as a test looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullSeen {
    pub number: u64,
    pub title: String,
    pub body: String,
    pub author: String,
    pub open: bool,
    pub draft: bool,
    pub merged: bool,
    pub head: String,
    pub head_sha: String,
    pub base: String,
    pub labels: Vec<String>,
    pub reviewers: Vec<String>,
    /// Who closed or merged it.
    pub ended_by: Option<String>,
    pub auto_merge: bool,
    /// Author and text of what stands in the conversation.
    pub comments: Vec<(String, String)>,
    /// Author and text of comments on lines, thread by thread.
    pub line_comments: Vec<(String, String)>,
    /// Author, state and commit.
    pub reviews: Vec<(String, String, String)>,
}

impl ForgeRepo {
    /// All pull requests, oldest first.
    pub fn pulls(&self) -> Vec<PullSeen> {
        self.look(|found| found.pulls.values().map(seen).collect()).unwrap_or_default()
    }

    pub fn pull(&self, number: u64) -> Option<PullSeen> {
        self.look(|found| found.pulls.get(&number).map(seen)).flatten()
    }

    /// Somebody opens a pull request from a branch.
    pub fn open_pull(&self, who: &str, head: &str, base: &str, title: &str) -> anyhow::Result<u64> {
        let wanted = NewPull {
            title: title.to_owned(),
            body: None,
            head: head.to_owned(),
            base: base.to_owned(),
            draft: false,
            maintainer_can_modify: false,
        };
        let opened = self.sim.enter(|world| open(world, self.id, who, wanted));
        opened.map_err(|refusal| anyhow::anyhow!("{refusal:?}"))
    }

    /// `state`: `APPROVED`, `CHANGES_REQUESTED` or `COMMENTED`. The review's id.
    pub fn review(&self, who: &str, number: u64, state: &str, text: &str) -> anyhow::Result<u64> {
        self.review_with(who, number, state, text, &[])
    }

    /// With comments on lines: path, line, text.
    pub fn review_with(
        &self,
        who: &str,
        number: u64,
        state: &str,
        text: &str,
        lines: &[(&str, u64, &str)],
    ) -> anyhow::Result<u64> {
        let state = match state {
            "APPROVED" => "APPROVED",
            "CHANGES_REQUESTED" => "CHANGES_REQUESTED",
            "COMMENTED" => "COMMENTED",
            other => bail!("no such verdict: {other}"),
        };
        let lines = lines.iter().map(|(path, line, body)| LineComment {
            path: (*path).to_owned(),
            line: Some(*line),
            side: "RIGHT".to_owned(),
            body: (*body).to_owned(),
        });
        let lines = lines.collect();
        self.sim.enter(|world| {
            world.account(who, "User");
            world
                .add_review((self.id, number), who, (state, text), None, lines)
                .context("no such pull request")
        })
    }

    /// In the conversation. The comment's id.
    pub fn comment(&self, who: &str, number: u64, text: &str) -> anyhow::Result<u64> {
        self.sim.enter(|world| {
            world.account(who, "User");
            world.add_comment((self.id, number), who, text).context("no such pull request")
        })
    }

    /// On a line. The comment's id.
    pub fn line_comment(
        &self,
        who: &str,
        number: u64,
        path: &str,
        line: u64,
        text: &str,
    ) -> anyhow::Result<u64> {
        let before = self.line_ids(number);
        self.review_with(who, number, "COMMENTED", "", &[(path, line, text)])?;
        let new = self.line_ids(number).into_iter().find(|id| !before.contains(id));
        new.context("no comment was made")
    }

    fn line_ids(&self, number: u64) -> Vec<u64> {
        let ids = |pull: &Pull| {
            pull.threads.iter().flat_map(|thread| &thread.comments).map(|one| one.comment.id).collect()
        };
        self.look(|found| found.pulls.get(&number).map(ids)).flatten().unwrap_or_default()
    }

    pub fn reply(&self, who: &str, number: u64, comment: u64, text: &str) -> anyhow::Result<u64> {
        self.sim.enter(|world| {
            world.account(who, "User");
            world.add_reply((self.id, number), who, comment, text).context("no such comment")
        })
    }

    pub fn close(&self, who: &str, number: u64) -> anyhow::Result<()> {
        let done = self.sim.enter(|world| set_state(world, (self.id, number), Some("closed"), who));
        done.map_err(|refusal| anyhow::anyhow!("{refusal:?}"))
    }

    pub fn reopen(&self, who: &str, number: u64) -> anyhow::Result<()> {
        let done = self.sim.enter(|world| set_state(world, (self.id, number), Some("open"), who));
        done.map_err(|refusal| anyhow::anyhow!("{refusal:?}"))
    }

    /// By the button of the page: the gates count.
    pub fn merge(&self, who: &str, number: u64) -> anyhow::Result<String> {
        let done = self.sim.enter(|world| merge_as(world, (self.id, number), who, None, "merge", None));
        done.map_err(|refusal| anyhow::anyhow!("{}", refusal.message))
    }

    pub fn label(&self, who: &str, number: u64, label: &str) {
        self.sim.enter(|world| {
            if let Some(pull) = world.spot((self.id, number)) {
                pull.labels.insert(label.to_owned());
                world.told_of_pull(self.id, number, "labeled", who);
            }
        });
    }

    pub fn ready(&self, who: &str, number: u64) {
        self.sim.enter(|world| world.set_draft((self.id, number), false, who));
    }

    /// One more check of the toy CI, for pushes from now on.
    pub fn ci(&self, rule: CiRule) {
        self.sim.note(|world| world.toy.rules.entry(self.id).or_default().push(rule));
    }

    pub fn clear_ci(&self) {
        self.sim.note(|world| world.toy.rules.remove(&self.id));
    }

    /// One thing happens in CI: a check appears, begins or ends. False when there is nothing left to do.
    pub fn ci_step(&self) -> bool {
        self.sim.enter(|world| world.toy_step(self.id, None))
    }

    /// CI does all that it has to do.
    pub fn ci_settle(&self) {
        while self.ci_step() {}
    }

    /// One check is done, the others stay where they are.
    pub fn ci_settle_check(&self, name: &str) {
        while self.sim.enter(|world| world.toy_step(self.id, Some(name))) {}
    }

    /// A check run of Actions by hand; with a conclusion it is completed. Its id.
    pub fn check_run(&self, sha: &str, name: &str, status: &str, conclusion: Option<&str>) -> u64 {
        self.sim.enter(|world| {
            let suite = world.suite(self.id, ACTIONS, sha);
            let (id, now) = (world.next_id(), world.now);
            let run = CheckRun {
                id,
                suite,
                app: ACTIONS,
                name: name.to_owned(),
                sha: sha.to_owned(),
                status: status.to_owned(),
                conclusion: conclusion.map(str::to_owned),
                external_id: String::new(),
                details_url: None,
                started: Some(now),
                completed: conclusion.map(|_| now),
                output: Output::default(),
                actions: Value::Null,
                workflow: None,
                attempt: 1,
                log: String::new(),
                steps: Vec::new(),
            };
            world.put_run(self.id, run, if conclusion.is_some() { "completed" } else { "created" });
            id
        })
    }

    /// A commit status by hand.
    pub fn status(&self, sha: &str, context: &str, state: &str) {
        self.sim.enter(|world| world.add_status(self.id, "ci-bot", sha, (context, state), (None, None)));
    }

    /// Check runs of a commit as they stand: name, status, conclusion; the latest of each name.
    pub fn checks(&self, sha: &str) -> Vec<(String, String, Option<String>)> {
        let shown = |run: &CheckRun| (run.name.clone(), run.status.clone(), run.conclusion.clone());
        self.look(|found| found.checks.of(sha, true).into_iter().map(shown).collect()).unwrap_or_default()
    }

    /// Somebody clicks a button of a check run.
    pub fn click(&self, who: &str, check_run: u64, identifier: &str) {
        self.sim.enter(|world| {
            let run = world.repositories.get(&self.id).and_then(|found| {
                Some(crate::show::check_run(world, found, found.checks.runs.get(&check_run)?))
            });
            let action = json!({ "identifier": identifier });
            let payload =
                json!({ "action": "requested_action", "check_run": run, "requested_action": action });
            world.tell(self.id, "check_run", who, payload);
        });
    }
}

fn seen(pull: &Pull) -> PullSeen {
    let texts = |set: &std::collections::BTreeSet<String>| set.iter().cloned().collect();
    let lines = pull.threads.iter().flat_map(|thread| &thread.comments);
    let reviews = pull.reviews.iter();
    PullSeen {
        number: pull.number,
        title: pull.title.clone(),
        body: pull.body.clone().unwrap_or_default(),
        author: pull.author.clone(),
        open: pull.open,
        draft: pull.draft,
        merged: pull.merged.is_some(),
        head: pull.head.clone(),
        head_sha: pull.head_sha.clone(),
        base: pull.base.clone(),
        labels: texts(&pull.labels),
        reviewers: texts(&pull.reviewers),
        ended_by: pull.closed_by.clone(),
        auto_merge: pull.auto_merge.is_some(),
        comments: pull.comments.iter().map(|one| (one.by.clone(), one.body.clone())).collect(),
        line_comments: lines.map(|one| (one.comment.by.clone(), one.comment.body.clone())).collect(),
        reviews: reviews.map(|one| (one.by.clone(), one.state.to_owned(), one.commit.clone())).collect(),
    }
}
