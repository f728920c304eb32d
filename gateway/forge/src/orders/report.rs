//! Our own check run. Only apps have check runs: for a person's token it is a commit status.

use super::Carry;
use crate::fault::ForgeFault;
use crate::forge::SignIn;
use crate::look::statuses_of;
use crate::repo_name::in_query;
use crate::shown::{CheckRunShown, StatusShown};
use crate::visit::Visit;
use gateway_delivery::{Attempt, Outcome, ReportState};
use gateway_domain::cut;
use hyper::Method;
use serde_json::{Value, json};

/// GitHub takes 65,535 bytes of a summary, 140 characters of a status.
const LONGEST_SUMMARY: usize = 16_000;
const LONGEST_STATUS: usize = 140;

pub(super) struct NewReport<'a> {
    pub(super) head: &'a str,
    pub(super) external_id: &'a str,
    pub(super) state: ReportState,
    pub(super) title: &'a str,
    pub(super) summary: &'a str,
}

impl NewReport<'_> {
    fn status(&self) -> (&'static str, Option<&'static str>) {
        match self.state {
            ReportState::InProgress => ("in_progress", None),
            ReportState::ActionRequired => ("completed", Some("action_required")),
            ReportState::Success => ("completed", Some("success")),
        }
    }

    fn summary(&self) -> String {
        if self.summary.is_empty() { self.title.to_owned() } else { cut(self.summary, LONGEST_SUMMARY) }
    }

    fn body(&self, name: &str) -> Value {
        let (status, conclusion) = self.status();
        let mut body = json!({
            "name": name, "external_id": self.external_id, "status": status,
            "output": { "title": self.title, "summary": self.summary() },
        });
        if let Some(conclusion) = conclusion {
            body["conclusion"] = conclusion.into();
        }
        body
    }

    fn is_in(&self, run: &CheckRunShown) -> bool {
        let (status, conclusion) = self.status();
        let same_text =
            |shown: &Option<String>, text: &str| shown.as_deref().unwrap_or_default().trim() == text.trim();
        run.status == status
            && (status != "completed" || run.conclusion.as_deref() == conclusion)
            && run.output.as_ref().is_some_and(|output| {
                same_text(&output.title, self.title) && same_text(&output.summary, &self.summary())
            })
    }
}

pub(super) async fn report(visit: &Visit<'_>, new: &NewReport<'_>, attempt: Attempt) -> Carry {
    if matches!(visit.forge.sign_in, SignIn::Personal(_)) {
        return as_status(visit, new, attempt).await;
    }
    let name = visit.forge.settings.preset.check_name();
    let there = there(visit, new, &name).await?;
    if there.as_ref().is_some_and(|run| new.is_in(run)) {
        return Ok(Outcome::Done);
    }
    if attempt == Attempt::OnlyLook {
        return Ok(Outcome::NotDone);
    }
    let (mut body, what) = (new.body(&name), "The commit");
    match there {
        Some(run) => visit.change(Method::PATCH, &format!("/check-runs/{}", run.id), body, what).await?,
        None => {
            body["head_sha"] = new.head.into();
            visit.change(Method::POST, "/check-runs", body, what).await?
        }
    };
    Ok(Outcome::Done)
}

/// The newest of ours for this commit.
async fn there(
    visit: &Visit<'_>,
    new: &NewReport<'_>,
    name: &str,
) -> Result<Option<CheckRunShown>, ForgeFault> {
    let app = match &visit.forge.sign_in {
        SignIn::App(key) => format!("&app_id={}", key.app()),
        SignIn::Personal(_) => String::new(),
    };
    let path = format!(
        "/commits/{}/check-runs?check_name={}&filter=all{app}&per_page=100",
        new.head,
        in_query(name)
    );
    let runs: Vec<CheckRunShown> = visit.list(&path, "check_runs").await?;
    let ours = runs.into_iter().filter(|run| run.external_id.as_deref() == Some(new.external_id));
    Ok(ours.max_by_key(|run| run.id))
}

async fn as_status(visit: &Visit<'_>, new: &NewReport<'_>, attempt: Attempt) -> Carry {
    let name = visit.forge.settings.preset.check_name();
    let state = if new.state == ReportState::Success { "success" } else { "pending" };
    let description = cut(new.title, LONGEST_STATUS);
    let all = statuses_of(visit, new.head).await?;
    let same = |one: &StatusShown| one.state == state && one.description.as_deref() == Some(&description);
    if all.iter().any(|one| one.context == name && same(one)) {
        return Ok(Outcome::Done);
    }
    if attempt == Attempt::OnlyLook {
        return Ok(Outcome::NotDone);
    }
    let body = json!({ "state": state, "context": name, "description": description });
    visit.change(Method::POST, &format!("/statuses/{}", new.head), body, "The commit").await?;
    Ok(Outcome::Done)
}
