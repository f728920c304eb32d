//! `gateway deliver …`: a session's work becomes a pull request, and what people want of a delivery that is under way.

mod delivery_in_words;

use super::{ApiClient, Remote, output};
use anyhow::bail;
use clap::{Args, Subcommand, ValueEnum};
use delivery_in_words::{HEADING, in_words, row};
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct DeliverCommand {
    /// Session ID, from `gateway sessions list`: its work becomes a pull request, one for each repository with changes
    session: Option<String>,
    /// Go less far than the project allows
    #[arg(long, requires = "session")]
    only: Option<HowFar>,
    #[command(subcommand)]
    then: Option<DeliveryCommand>,
}

#[derive(Debug, Subcommand)]
enum DeliveryCommand {
    /// List deliveries, newest first, and how each stands
    List,
    /// Show one delivery: what happened, what was measured, what the rules said, who approved it
    Show {
        /// Delivery ID, from `gateway deliver list`
        run: String,
    },
    /// Print what a delivery changes, as a patch
    Patch {
        /// Delivery ID
        run: String,
    },
    /// Pause a delivery: nothing more is written outside until someone resumes it
    Pause {
        /// Delivery ID
        run: String,
    },
    /// Resume a paused delivery
    Resume {
        /// Delivery ID
        run: String,
    },
    /// Stop a delivery for good; the work and the pull request stay as they are
    Stop {
        /// Delivery ID
        run: String,
    },
    /// Have the agent try once more to get CI green
    Fix {
        /// Delivery ID
        run: String,
        /// What the agent should know
        word: Vec<String>,
    },
    /// Have the agent address what reviews ask for
    Address {
        /// Delivery ID
        run: String,
    },
    /// Bring commits that others pushed to the branch into the workspace
    TakeIn {
        /// Delivery ID
        run: String,
    },
    /// Say that a change is riskier than it was computed; earlier approvals no longer count
    Raise {
        /// Delivery ID
        run: String,
        risk: Risk,
        /// Why; everyone sees it
        #[arg(required = true)]
        why: Vec<String>,
    },
    /// Set how far deliveries go by themselves, before the next write outside; without a word, show it
    Switch { to: Option<Mode> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum HowFar {
    /// Measure and judge, and write nothing outside
    Shadow,
    /// End with a draft
    Draft,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Risk {
    Medium,
    High,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// Deliver nothing
    Off,
    /// Measure and judge, and write nothing outside
    Shadow,
    /// Open drafts, and make none of them ready
    Draft,
    /// As far as the configuration says
    Full,
}

pub(super) async fn run(remote: &Remote, command: DeliverCommand) -> anyhow::Result<ExitCode> {
    let (api, as_json) = (ApiClient::new(remote)?, remote.json);
    match command {
        DeliverCommand { session: None, then, .. } => {
            carry_out(&api, as_json, then.unwrap_or(DeliveryCommand::List)).await?;
        }
        DeliverCommand { session: Some(session), only, then: None } => {
            let wanted = json!({ "only": only.map(word) });
            told(
                as_json,
                &api.post::<Value>(&format!("/api/v1/sessions/{session}/deliver"), &wanted).await?,
            )?;
        }
        DeliverCommand { session: Some(session), then: Some(_), .. } => {
            bail!("Type `gateway deliver {session}`, or a command without the session")
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn carry_out(api: &ApiClient, as_json: bool, command: DeliveryCommand) -> anyhow::Result<()> {
    match command {
        DeliveryCommand::List => list(api, as_json).await,
        DeliveryCommand::Show { run } => show(api, as_json, &run).await,
        DeliveryCommand::Patch { run } => patch(api, as_json, &run).await,
        DeliveryCommand::Switch { to } => switch(api, as_json, to).await,
        steering => match wish(steering) {
            Some((run, wish)) => {
                told(as_json, &api.post::<Value>(&format!("/api/v1/deliveries/{run}/steer"), &wish).await?)
            }
            None => Ok(()),
        },
    }
}

async fn list(api: &ApiClient, as_json: bool) -> anyhow::Result<()> {
    let all: Vec<Value> = api.get("/api/v1/deliveries").await?;
    let nothing = "No deliveries yet. `gateway deliver SESSION` starts one.";
    Ok(output::list(as_json, &all, &HEADING, row, nothing)?)
}

async fn show(api: &ApiClient, as_json: bool, run: &str) -> anyhow::Result<()> {
    let delivery: Value = api.get(&format!("/api/v1/deliveries/{run}")).await?;
    if as_json {
        return Ok(output::json(&delivery)?);
    }
    Ok(in_words(&delivery).iter().try_for_each(|line| output::line(line))?)
}

async fn switch(api: &ApiClient, as_json: bool, to: Option<Mode>) -> anyhow::Result<()> {
    if let Some(to) = to {
        return told(
            as_json,
            &api.put::<Value>("/api/v1/delivery-mode", &json!({ "mode": word(to) })).await?,
        );
    }
    let shown: Value = api.get("/api/v1/delivery-mode").await?;
    match as_json {
        true => output::json(&shown)?,
        false => output::line(shown["mode"].as_str().unwrap_or_default())?,
    }
    Ok(())
}

/// Which delivery is steered, and how the API has it.
fn wish(command: DeliveryCommand) -> Option<(String, Value)> {
    Some(match command {
        DeliveryCommand::Pause { run } => (run, json!({ "wish": "pause" })),
        DeliveryCommand::Resume { run } => (run, json!({ "wish": "resume" })),
        DeliveryCommand::Stop { run } => (run, json!({ "wish": "stop" })),
        DeliveryCommand::Address { run } => (run, json!({ "wish": "address" })),
        DeliveryCommand::TakeIn { run } => (run, json!({ "wish": "take_in" })),
        DeliveryCommand::Fix { run, word } => {
            let word = (!word.is_empty()).then(|| word.join(" "));
            (run, json!({ "wish": "fix", "word": word }))
        }
        DeliveryCommand::Raise { run, risk, why } => {
            (run, json!({ "wish": "raise", "risk": word(risk), "why": why.join(" ") }))
        }
        DeliveryCommand::List
        | DeliveryCommand::Show { .. }
        | DeliveryCommand::Patch { .. }
        | DeliveryCommand::Switch { .. } => return None,
    })
}

/// As it is typed, which is how the API has it.
fn word(value: impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

fn told(as_json: bool, told: &Value) -> anyhow::Result<()> {
    let sentence = told["sentence"].as_str().unwrap_or("Done.");
    Ok(if as_json { output::json(told) } else { output::line(sentence) }?)
}

async fn patch(api: &ApiClient, as_json: bool, run: &str) -> anyhow::Result<()> {
    let told: Value = api.get(&format!("/api/v1/deliveries/{run}/patch")).await?;
    match (as_json, told["patch"].as_str().unwrap_or_default()) {
        (true, _) => output::json(&told)?,
        (false, "") => output::aside("Nothing was measured yet, so there is no patch.")?,
        (false, text) => output::line(text.trim_end())?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Typed {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        deliver: DeliverCommand,
    }

    fn typed(words: &str) -> Result<DeliverCommand, clap::Error> {
        Typed::try_parse_from(std::iter::once("deliver").chain(words.split(' '))).map(|typed| typed.deliver)
    }

    #[test]
    fn a_session_is_delivered_and_a_delivery_is_steered() {
        // REQ-DELIVER-01
        let begun = typed("ses_00000001 --only draft --json").unwrap();
        assert_eq!((begun.session.as_deref(), begun.only), (Some("ses_00000001"), Some(HowFar::Draft)));
        assert!(begun.then.is_none());
        assert!(typed("--only draft list").is_err());
        assert!(typed("--json list").unwrap().session.is_none());
        assert!(typed("raise HB-20261128-k3f9 low because").is_err());
        assert!(typed("raise HB-20261128-k3f9 high").is_err());
    }

    #[test]
    fn each_wish_goes_out_as_the_api_has_it() {
        // REQ-DELIVER-07, REQ-DELIVER-10, REQ-DELIVER-12
        let wished = |words: &str| wish(typed(words).unwrap().then.unwrap()).unwrap();
        let run = "HB-20261128-k3f9".to_owned();
        assert_eq!(wished("pause HB-20261128-k3f9"), (run.clone(), json!({ "wish": "pause" })));
        assert_eq!(wished("take-in HB-20261128-k3f9").1, json!({ "wish": "take_in" }));
        assert_eq!(wished("fix HB-20261128-k3f9").1, json!({ "wish": "fix", "word": null }));
        let fix = json!({ "wish": "fix", "word": "mind the clock" });
        assert_eq!(wished("fix HB-20261128-k3f9 mind the clock").1, fix);
        let raise = json!({ "wish": "raise", "risk": "high", "why": "it bills" });
        assert_eq!(wished("raise HB-20261128-k3f9 high it bills"), (run, raise));
    }
}
