//! `gateway reviews …`: overrides of the rules that someone else has to look at.

use super::{ApiClient, Remote, output};
use anyhow::Context;
use clap::Subcommand;
use gateway_domain::{OpenReview, one_line};
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum ReviewsCommand {
    /// List overrides that nobody has reviewed yet
    List,
    /// Say that you looked at an override. Someone else than the person who overrode the rules has to
    Done {
        /// Request ID, from `gateway reviews`
        ask: String,
        /// What you found; everyone sees it
        #[arg(long)]
        note: Option<String>,
    },
}

pub(super) async fn run(remote: &Remote, command: Option<ReviewsCommand>) -> anyhow::Result<ExitCode> {
    let api = ApiClient::new(remote)?;
    match command.unwrap_or(ReviewsCommand::List) {
        ReviewsCommand::List => {
            let all = open(&api).await?;
            let heading = ["REQUEST", "DUE", "BY", "ALLOWED", "REASON"];
            output::list(remote.json, &all, &heading, row, "No overrides to review.")?;
        }
        ReviewsCommand::Done { ask, note } => {
            let told: Value =
                api.post(&format!("/api/v1/asks/{ask}/review"), &json!({ "words": note })).await?;
            match remote.json {
                true => output::json(&told)?,
                false => output::line("Reviewed. The thread and the audit log say so.")?,
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What the running gateway has.
pub(super) async fn open(api: &ApiClient) -> anyhow::Result<Vec<OpenReview>> {
    let told: Value = api.get("/api/v1/reviews").await?;
    serde_json::from_value(told["reviews"].clone())
        .context("The gateway is of another version than this command")
}

fn row(review: &OpenReview) -> Vec<String> {
    let due = review.due.strftime("%Y-%m-%d %H:%M UTC").to_string();
    let by = review.by.name.clone();
    vec![review.ask.clone(), due, by, one_line(&review.what), one_line(&review.reason)]
}
