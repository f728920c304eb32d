//! Things as the REST API shows them.

mod account;
mod ci_shown;
mod commits;
mod pull_shown;
mod repository_shown;
mod talk;

pub(crate) use account::{app, installation, short_app, user};
pub(crate) use ci_shown::{check_run, check_suite, combined_status, job, status, workflow_run};
pub(crate) use commits::{branch, commit, comparison, file, git_ref, short_branch, short_commit};
pub(crate) use pull_shown::{label, labels_of, pull, short_pull};
pub(crate) use repository_shown::repository;
pub(crate) use talk::{issue_comment, review, review_comment};

use serde_json::{Map, Value};

/// Adds addresses that all begin alike: `NAME_url` is `START` plus the text behind it.
pub(crate) fn add_urls(into: &mut Value, start: &str, urls: &[(&str, &str)]) {
    if let Some(object) = into.as_object_mut() {
        let pairs =
            urls.iter().map(|(name, end)| (format!("{name}_url"), Value::from(format!("{start}{end}"))));
        object.extend(pairs.collect::<Map<_, _>>());
    }
}
