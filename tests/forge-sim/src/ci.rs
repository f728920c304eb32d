//! A toy CI: rules say what becomes of a tree, and a test says when.

use crate::checks::{ACTIONS, CheckRun, Checks, CommitStatus, Output, Step, Suite, WorkflowRun};
use crate::git::Bare;
use crate::show;
use crate::world::World;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// What a rule looks at.
pub struct CiTree {
    pub(crate) bare: Bare,
    pub sha: String,
    pub branch: String,
    /// 1, and more when it is run again.
    pub attempt: u64,
}

impl CiTree {
    pub fn text(&self, path: &str) -> Option<String> {
        self.bare.read(&self.sha, path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    pub fn files(&self) -> Vec<String> {
        self.bare.files(&self.sha)
    }
}

/// What a check comes to.
#[derive(Clone, Debug)]
pub struct CiOutcome {
    /// success, failure, neutral, skipped, cancelled, timed_out, action_required.
    pub conclusion: String,
    pub log: String,
    pub steps: Vec<Step>,
    /// As the API takes them.
    pub annotations: Vec<Value>,
}

impl CiOutcome {
    pub fn success() -> Self {
        Self::of("success", "all is well\n")
    }

    pub fn failure(log: &str) -> Self {
        Self::of("failure", log)
    }

    pub fn of(conclusion: &str, log: &str) -> Self {
        let step =
            |name: &str, conclusion: &str| Step { name: name.to_owned(), conclusion: conclusion.to_owned() };
        Self {
            conclusion: conclusion.to_owned(),
            log: log.to_owned(),
            steps: vec![step("Set up job", "success"), step("Run", conclusion)],
            annotations: Vec::new(),
        }
    }
}

type Decide = Arc<dyn Fn(&CiTree) -> Option<CiOutcome> + Send + Sync>;

/// One check of a repository's CI.
#[derive(Clone)]
pub struct CiRule {
    name: String,
    /// The workflow whose job it is; None: it reports a commit status.
    workflow: Option<String>,
    decide: Decide,
}

impl CiRule {
    /// A job of the workflow `CI`. Where the function says None, the check doesn't appear at all.
    pub fn new(name: &str, decide: impl Fn(&CiTree) -> Option<CiOutcome> + Send + Sync + 'static) -> Self {
        Self { name: name.to_owned(), workflow: Some("CI".to_owned()), decide: Arc::new(decide) }
    }

    /// It fails with a short log where the function says no.
    pub fn passes_if(name: &str, passes: impl Fn(&CiTree) -> bool + Send + Sync + 'static) -> Self {
        Self::new(name, move |tree| {
            Some(if passes(tree) { CiOutcome::success() } else { CiOutcome::failure("1 test failed\n") })
        })
    }

    pub fn passes(name: &str) -> Self {
        Self::passes_if(name, |_| true)
    }

    pub fn in_workflow(mut self, workflow: &str) -> Self {
        self.workflow = Some(workflow.to_owned());
        self
    }

    /// It is a commit status and no check run.
    pub fn as_status(mut self) -> Self {
        self.workflow = None;
        self
    }
}

#[derive(Default)]
pub(crate) struct Toy {
    pub(crate) rules: BTreeMap<u64, Vec<CiRule>>,
    waiting: VecDeque<Job>,
}

#[derive(Clone)]
struct Job {
    repository: u64,
    sha: String,
    branch: String,
    rule: CiRule,
    outcome: CiOutcome,
    attempt: u64,
    /// Once it has appeared: its check run, 1 for a status.
    shown: Option<u64>,
    running: bool,
}

impl World {
    /// CI has seen the push; nothing shows yet.
    pub(crate) fn toy_push(&mut self, repository: u64, branch: &str, sha: &str) {
        let rules = self.toy.rules.get(&repository).cloned().unwrap_or_default();
        let jobs = rules.into_iter().filter_map(|rule| self.job(repository, rule, (branch, sha), 1));
        let jobs: Vec<Job> = jobs.collect();
        self.toy.waiting.extend(jobs);
    }

    fn job(&self, repository: u64, rule: CiRule, (branch, sha): (&str, &str), attempt: u64) -> Option<Job> {
        let bare = self.repositories.get(&repository)?.bare.clone();
        let tree = CiTree { bare, sha: sha.to_owned(), branch: branch.to_owned(), attempt };
        let outcome = (rule.decide)(&tree)?;
        let (sha, branch) = (tree.sha, tree.branch);
        Some(Job { repository, sha, branch, rule, outcome, attempt, shown: None, running: false })
    }

    /// One thing happens in CI: a check appears, begins or ends. False: there is nothing left to do.
    pub(crate) fn toy_step(&mut self, repository: u64, name: Option<&str>) -> bool {
        let meant = |job: &Job| job.repository == repository && name.is_none_or(|name| name == job.rule.name);
        let Some(at) = self.toy.waiting.iter().position(meant) else { return false };
        let Some(job) = self.toy.waiting.remove(at) else { return false };
        if let Some(left) = self.advance(job) {
            self.toy.waiting.push_back(left);
        }
        true
    }

    fn advance(&mut self, mut job: Job) -> Option<Job> {
        match (job.shown, job.running) {
            (None, _) => {
                job.shown = Some(self.appear(&job));
                job.running = job.rule.workflow.is_none();
                Some(job)
            }
            (Some(id), false) => {
                self.change_run(job.repository, id, "created", |run| {
                    "in_progress".clone_into(&mut run.status)
                });
                job.running = true;
                Some(job)
            }
            (Some(id), true) => {
                self.finish(&job, id);
                None
            }
        }
    }

    fn appear(&mut self, job: &Job) -> u64 {
        let Some(workflow) = &job.rule.workflow else {
            let words = (Some("running"), None);
            self.add_status(job.repository, "ci-bot", &job.sha, (&job.rule.name, "pending"), words);
            return 1;
        };
        let workflow = self.workflow_run(job, workflow);
        let suite = self.suite(job.repository, ACTIONS, &job.sha);
        let (id, now) = (self.next_id(), self.now);
        let run = CheckRun {
            id,
            suite,
            app: ACTIONS,
            name: job.rule.name.clone(),
            sha: job.sha.clone(),
            status: "queued".to_owned(),
            conclusion: None,
            external_id: format!("job-{id}"),
            details_url: None,
            started: Some(now),
            completed: None,
            output: Output::default(),
            actions: Value::Null,
            workflow: Some(workflow),
            attempt: job.attempt,
            log: String::new(),
            steps: Vec::new(),
        };
        self.put_run(job.repository, run, "created");
        id
    }

    fn finish(&mut self, job: &Job, id: u64) {
        let outcome = &job.outcome;
        if job.rule.workflow.is_none() {
            let state = if outcome.conclusion == "success" { "success" } else { "failure" };
            self.add_status(
                job.repository,
                "ci-bot",
                &job.sha,
                (&job.rule.name, state),
                (Some(outcome.log.trim()), None),
            );
            return;
        }
        let now = self.now;
        self.change_run(job.repository, id, "completed", |run| {
            "completed".clone_into(&mut run.status);
            run.conclusion = Some(outcome.conclusion.clone());
            run.completed = Some(now);
            run.log.clone_from(&outcome.log);
            run.steps.clone_from(&outcome.steps);
            run.output.annotations.clone_from(&outcome.annotations);
        });
    }

    fn change_run(&mut self, repository: u64, id: u64, action: &str, change: impl FnOnce(&mut CheckRun)) {
        let run = self.repositories.get(&repository).and_then(|found| found.checks.runs.get(&id));
        if let Some(mut run) = run.cloned() {
            change(&mut run);
            self.put_run(repository, run, action);
        }
    }

    /// The run of Actions of this workflow and commit.
    fn workflow_run(&mut self, job: &Job, name: &str) -> u64 {
        let suite = self.suite(job.repository, ACTIONS, &job.sha);
        let (id, now) = (self.next_id(), self.now);
        let Some(found) = self.repositories.get_mut(&job.repository) else { return 0 };
        let is = |run: &&WorkflowRun| run.name == name && run.sha == job.sha;
        if let Some(run) = found.checks.workflows.values().find(is) {
            return run.id;
        }
        let path = format!(".github/workflows/{}.yml", name.to_lowercase());
        let (name, sha, branch) = (name.to_owned(), job.sha.clone(), job.branch.clone());
        found.checks.workflows.insert(
            id,
            WorkflowRun { id, suite, name, path, sha, branch, attempt: 1, created: now, updated: now },
        );
        id
    }

    /// The jobs that failed are queued again. False: there are none, or the run isn't over.
    pub(crate) fn rerun_failed(&mut self, repository: u64, workflow: u64) -> bool {
        let Some(found) = self.repositories.get_mut(&repository) else { return false };
        let jobs = found.checks.jobs(workflow);
        let failed: Vec<String> =
            jobs.iter().filter(|job| !job.passed()).map(|job| job.name.clone()).collect();
        let over = jobs.iter().all(|job| job.status == "completed");
        let Some(run) = found.checks.workflows.get_mut(&workflow).filter(|_| over && !failed.is_empty())
        else {
            return false;
        };
        run.attempt += 1;
        let (sha, branch, attempt) = (run.sha.clone(), run.branch.clone(), run.attempt);
        let rules = self.toy.rules.get(&repository).cloned().unwrap_or_default();
        for rule in rules.into_iter().filter(|rule| failed.contains(&rule.name)) {
            if let Some(job) = self.job(repository, rule, (&branch, &sha), attempt)
                && let Some(job) = self.advance(job)
            {
                self.toy.waiting.push_back(job);
            }
        }
        true
    }

    /// The suite of an app and a commit; made when first needed.
    pub(crate) fn suite(&mut self, repository: u64, app: u64, sha: &str) -> u64 {
        let (id, now) = (self.next_id(), self.now);
        let Some(found) = self.repositories.get_mut(&repository) else { return 0 };
        if let Some(suite) = found.checks.suites.values().find(|suite| suite.app == app && suite.sha == sha) {
            return suite.id;
        }
        let branch = found.bare.branches().into_iter().find(|(_, tip)| tip == sha);
        let branch = branch.map(|(name, _)| name).unwrap_or_default();
        found.checks.suites.insert(id, Suite { id, app, sha: sha.to_owned(), branch, created: now });
        id
    }

    /// Writes a check run, and tells of it and of what is over with it.
    pub(crate) fn put_run(&mut self, repository: u64, run: CheckRun, action: &str) {
        let Some(found) = self.repositories.get_mut(&repository) else { return };
        let (suite, workflow, by) = (run.suite, run.workflow, run.app);
        let id = run.id;
        found.checks.runs.insert(id, run);
        let by = self
            .apps
            .get(&by)
            .map_or_else(|| "github-actions[bot]".to_owned(), |app| format!("{}[bot]", app.slug));
        let shown = self
            .repositories
            .get(&repository)
            .and_then(|found| Some(show::check_run(self, found, found.checks.runs.get(&id)?)));
        self.tell(repository, "check_run", &by, json!({ "action": action, "check_run": shown }));
        if action == "completed" {
            self.told_of_ends(repository, suite, workflow, &by);
        }
    }

    fn told_of_ends(&mut self, repository: u64, suite: u64, workflow: Option<u64>, by: &str) {
        let Some(found) = self.repositories.get(&repository) else { return };
        let over = |runs: &[&CheckRun]| Checks::together(runs).0 == "completed";
        let of_suite: Vec<&CheckRun> = found.checks.runs.values().filter(|run| run.suite == suite).collect();
        let suite = found.checks.suites.get(&suite).filter(|_| over(&of_suite));
        let suite = suite.map(|suite| show::check_suite(self, found, suite));
        let run = workflow.and_then(|id| found.checks.workflows.get(&id));
        let run = run.filter(|run| over(&found.checks.jobs(run.id)));
        let run = run.map(|run| show::workflow_run(self, found, run));
        if let Some(suite) = suite {
            self.tell(repository, "check_suite", by, json!({ "action": "completed", "check_suite": suite }));
        }
        if let Some(run) = run {
            self.tell(
                repository,
                "workflow_run",
                by,
                json!({ "action": "completed", "workflow_run": run, "workflow": null }),
            );
        }
    }

    /// A new status, as the API shows it.
    pub(crate) fn add_status(
        &mut self,
        repository: u64,
        by: &str,
        sha: &str,
        (context, state): (&str, &str),
        (description, target): (Option<&str>, Option<&str>),
    ) -> Value {
        let (id, at) = (self.next_id(), self.now);
        let status = CommitStatus {
            id,
            sha: sha.to_owned(),
            context: context.to_owned(),
            state: state.to_owned(),
            description: description.map(str::to_owned),
            target_url: target.map(str::to_owned),
            by: by.to_owned(),
            at,
        };
        let Some(found) = self.repositories.get_mut(&repository) else { return Value::Null };
        found.statuses.push(status);
        let shown = self
            .repositories
            .get(&repository)
            .and_then(|found| Some(show::status(self, found, found.statuses.last()?)));
        let shown = shown.unwrap_or_default();
        let payload = json!({ "id": id, "sha": sha, "name": "", "context": context, "state": state, "description": description });
        self.tell(repository, "status", by, payload);
        shown
    }
}
