//! What tests begin with.

use gateway_delivery::*;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};

pub(crate) fn start() -> Timestamp {
    Timestamp::from_second(1_795_000_000).unwrap()
}

pub(crate) fn after(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

pub(crate) fn run_id() -> RunId {
    RunId::next_free("HB", date(2026, 11, 28), 7, |_| false).unwrap()
}

pub(crate) fn begun(title: &str, starts: Starts) -> Begun {
    Begun {
        run: run_id(),
        session: "ses_12345678".to_owned(),
        title: title.to_owned(),
        kind: "small_bugfix".to_owned(),
        permits: vec![],
        requester: Requester {
            name: "Anna Berg".to_owned(),
            accounts: vec!["web:anna".to_owned()],
            logins: vec!["annab".to_owned()],
            co_author: None,
        },
        repository: RepositoryAbout {
            name: "acme/shop".to_owned(),
            base: "main".to_owned(),
            default_branch: "main".to_owned(),
            private: true,
        },
        budget: Budget::new(Limits { tokens: 400_000, cost_cents: 500, seconds: 1_500 }, Usage::default()),
        wish: None,
        starts,
        thread_url: Some("https://chat.test/t/1".to_owned()),
        workspace: "shop-12".to_owned(),
        project: None,
    }
}

pub(crate) fn full() -> Settings {
    Settings { mode: Mode::Full, ..Settings::default() }
}

pub(crate) fn file(path: &str, added: u64, deleted: u64) -> ChangedFile {
    ChangedFile {
        path: path.to_owned(),
        old_path: None,
        status: FileStatus::Modified,
        added,
        deleted,
        binary: false,
        mode_changed: false,
        special: None,
        generated: false,
        test: path.starts_with("tests/"),
    }
}

pub(crate) fn change(tree: &str) -> MeasuredChange {
    MeasuredChange {
        tree: tree.to_owned(),
        merge_base: "b0".to_owned(),
        base_head: "b0".to_owned(),
        files: vec![file("src/cart.rs", 19, 6), file("tests/cart.rs", 22, 0)],
        commits: 3,
        dependencies: vec![],
        secrets: vec![],
        steering: vec![],
        unmeasured: vec![],
    }
}

pub(crate) fn decision(tier: Tier) -> Decision {
    Decision {
        deny: vec![],
        ask: vec![],
        warn: vec![],
        tier,
        because: vec![],
        approvals: 0,
        owner_approves: false,
        may_merge_itself: true,
        reviewers: vec!["@acme/identity".to_owned()],
        pack: "sha256:c0de".to_owned(),
        input: "sha256:f00d".to_owned(),
    }
}

pub(crate) fn check(name: &str, state: CheckState) -> CheckSeen {
    let completed_at = (state != CheckState::Pending).then(|| after(100));
    CheckSeen { name: name.to_owned(), state, url: None, completed_at, id: 1, run_id: Some(9) }
}

pub(crate) fn review(by: &str, verdict: ReviewVerdict, commit: &str, at: i64) -> ReviewSeen {
    ReviewSeen {
        id: at.unsigned_abs(),
        by: by.to_owned(),
        may_write: true,
        bot: false,
        verdict,
        commit: commit.to_owned(),
        text: String::new(),
        at: after(at),
    }
}

pub(crate) fn picture(head: &str, checks: Vec<CheckSeen>, at: i64) -> ForgeSeen {
    ForgeSeen {
        asked_at: after(at),
        seen: PullRequestSeen {
            number: 482,
            url: "https://forge.test/482".to_owned(),
            state: PullRequestState::Open,
            draft: true,
            head: head.to_owned(),
            base_head: "b0".to_owned(),
            mergeable: Some(true),
            checks,
            base_checks: vec![],
            required: vec![],
            reviews: vec![],
            comments: vec![],
            ended_by: None,
        },
        owners: vec![],
        others: vec![],
        others_commits: 0,
        stop_label: false,
    }
}
