//! What is really so: trees in the workspace, git at the forge, its pull requests and its CI.

use crate::chance::Chance;
use gateway_delivery::*;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

pub(crate) const OWN_CHECK: &str = "hubble / delivery";

#[derive(Clone, Debug)]
pub(crate) struct Tree {
    /// How each check ends; none at all where CI doesn't run.
    pub(crate) ends: Vec<(String, CheckState)>,
    pub(crate) judge_changed: bool,
    pub(crate) tests: u64,
    pub(crate) deny: bool,
    pub(crate) ask: bool,
    pub(crate) tier: Tier,
    pub(crate) red_here: bool,
    pub(crate) empty: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Commit {
    pub(crate) tree: String,
    pub(crate) parents: Vec<String>,
    pub(crate) ours: bool,
    pub(crate) there_since: Option<Timestamp>,
    /// The doubtful ones were run again then.
    pub(crate) rerun_at: Option<Timestamp>,
}

#[derive(Clone, Debug)]
pub(crate) struct PullTruth {
    pub(crate) branch: String,
    pub(crate) draft: bool,
    pub(crate) state: PullRequestState,
    pub(crate) body: String,
    pub(crate) reviews: Vec<ReviewSeen>,
    pub(crate) comments: Vec<CommentSeen>,
    pub(crate) merging: Option<String>,
    pub(crate) ended_by: Option<String>,
    pub(crate) stop_label: bool,
    pub(crate) conflict: bool,
}

#[derive(Default)]
pub(crate) struct Truth {
    pub(crate) trees: BTreeMap<String, Tree>,
    pub(crate) workspace: String,
    pub(crate) commits: BTreeMap<String, Commit>,
    pub(crate) remote: Option<String>,
    pub(crate) pulls: Vec<PullTruth>,
    pub(crate) base_red: Vec<String>,
    pub(crate) required: Vec<String>,
    pub(crate) next: u64,
}

impl Truth {
    pub(crate) fn new_tree(&mut self, chance: &mut Chance, calm: bool) -> String {
        self.next += 1;
        let name = format!("tree{}", self.next);
        let names = ["unit", "lint", "e2e"];
        let mut ends: Vec<(String, CheckState)> = vec![];
        let has_ci = calm || !chance.percent(5);
        for check in names.iter().filter(|_| has_ci) {
            if !calm && chance.percent(6) {
                continue;
            }
            let end = match chance.below(100) {
                _ if self.base_red.contains(&check.to_string()) => CheckState::Failed,
                _ if calm => CheckState::Passed,
                0..12 => CheckState::Failed,
                12..16 => CheckState::Doubtful,
                _ => CheckState::Passed,
            };
            ends.push(((*check).to_owned(), end));
        }
        let tier = match chance.below(10) {
            _ if calm => Tier::Low,
            0 => Tier::High,
            1..4 => Tier::Medium,
            _ => Tier::Low,
        };
        let mut rare = |percent| !calm && chance.percent(percent);
        let tree = Tree {
            ends,
            judge_changed: rare(10),
            tests: if rare(15) { 1 } else { 10 },
            deny: rare(6),
            ask: rare(12),
            tier,
            red_here: rare(8),
            empty: rare(2),
        };
        self.trees.insert(name.clone(), tree);
        name
    }

    pub(crate) fn seal(
        &mut self,
        tree: &str,
        parents: &[String],
        message: &str,
        at: Timestamp,
        ours: bool,
    ) -> String {
        let bytes = format!("{tree} {parents:?} {message} {at}");
        let name = digest_of(bytes.as_bytes())[7..27].to_owned();
        let (tree, parents) = (tree.to_owned(), parents.to_vec());
        let commit = Commit { tree, parents, ours, there_since: None, rerun_at: None };
        self.commits.entry(name.clone()).or_insert(commit);
        name
    }

    pub(crate) fn arrive(&mut self, commit: &str, now: Timestamp) {
        self.remote = Some(commit.to_owned());
        self.commits.get_mut(commit).unwrap().there_since.get_or_insert(now);
    }

    pub(crate) fn change(&self, tree: &str) -> MeasuredChange {
        let truth = &self.trees[tree];
        let file = |path: &str, added, test| ChangedFile {
            path: path.to_owned(),
            old_path: None,
            status: FileStatus::Modified,
            added,
            deleted: 0,
            binary: false,
            mode_changed: false,
            special: None,
            generated: false,
            test,
        };
        let files = vec![file("src/cart.rs", 5, false), file("tests/cart.rs", truth.tests, true)];
        MeasuredChange {
            tree: tree.to_owned(),
            merge_base: "base0".to_owned(),
            base_head: "base0".to_owned(),
            files: if truth.empty { vec![] } else { files },
            commits: 1,
            dependencies: vec![],
            secrets: vec![],
            steering: vec![],
            unmeasured: vec![],
        }
    }

    pub(crate) fn decision(&self, tree: Option<&str>) -> Decision {
        let finding =
            |rule: &str| Finding { rule: rule.to_owned(), says: "A rule says so".to_owned(), paths: vec![] };
        let truth = tree.and_then(|tree| self.trees.get(tree));
        let some = |yes: bool, rule| if yes { vec![finding(rule)] } else { vec![] };
        Decision {
            deny: some(truth.is_some_and(|tree| tree.deny), "path.forbidden"),
            ask: some(truth.is_some_and(|tree| tree.ask), "size.lines"),
            warn: vec![],
            tier: truth.map_or(Tier::Low, |tree| tree.tier),
            because: vec!["a fact".to_owned()],
            approvals: 0,
            owner_approves: false,
            may_merge_itself: true,
            reviewers: vec!["ben".to_owned()],
            pack: "sha256:pack".to_owned(),
            input: "sha256:input".to_owned(),
        }
    }

    fn checks_of(&self, commit: &str, now: Timestamp) -> Vec<CheckSeen> {
        let Some(truth) = self.commits.get(commit) else { return vec![] };
        let Some(since) = truth.there_since else { return vec![] };
        let age = now.duration_since(since).as_secs();
        let mut seen = vec![];
        for (n, (name, end)) in self.trees[&truth.tree].ends.iter().enumerate() {
            let (begins, ends) = (5 + 11 * n as i64, 40 + 70 * n as i64);
            let again = truth.rerun_at.map(|at| now.duration_since(at).as_secs());
            let state = match (*end, again) {
                _ if age < begins => continue,
                _ if age < ends => CheckState::Pending,
                (CheckState::Doubtful, Some(..60)) => CheckState::Pending,
                (CheckState::Doubtful, Some(_)) if n == 0 => CheckState::Failed,
                (CheckState::Doubtful, Some(_)) => CheckState::Passed,
                (end, _) => end,
            };
            let completed_at =
                (state != CheckState::Pending).then(|| since + SignedDuration::from_secs(ends));
            seen.push(CheckSeen {
                name: name.clone(),
                state,
                url: None,
                completed_at,
                id: n as u64,
                run_id: Some(n as u64),
            });
        }
        let pending = CheckState::Pending;
        seen.push(CheckSeen {
            name: OWN_CHECK.to_owned(),
            state: pending,
            url: None,
            completed_at: None,
            id: 99,
            run_id: None,
        });
        seen
    }

    pub(crate) fn picture(&self, number: usize, now: Timestamp) -> ForgeSeen {
        let pull = &self.pulls[number];
        let head = self.remote.clone().unwrap_or_default();
        let failed = |name: &String| CheckSeen {
            name: name.clone(),
            state: CheckState::Failed,
            url: None,
            completed_at: None,
            id: 7,
            run_id: None,
        };
        let others =
            self.commits.values().filter(|commit| !commit.ours && commit.there_since.is_some()).count();
        ForgeSeen {
            asked_at: now,
            seen: PullRequestSeen {
                number: number as u64 + 1,
                url: format!("https://forge.test/{number}"),
                state: pull.state,
                draft: pull.draft,
                checks: self.checks_of(&head, now),
                head,
                base_head: "base0".to_owned(),
                mergeable: Some(!pull.conflict),
                base_checks: self.base_red.iter().map(failed).collect(),
                required: self.required.clone(),
                reviews: pull.reviews.clone(),
                comments: pull.comments.clone(),
                ended_by: pull.ended_by.clone(),
            },
            owners: vec!["ben".to_owned()],
            others: if others > 0 { vec!["ben".to_owned()] } else { vec![] },
            others_commits: others as u32,
            stop_label: pull.stop_label,
        }
    }
}
