//! Answers to commands that need something else, and to settings of a channel.

use crate::sessions::ports::Project;
use crate::slack::config::ChannelRule;
use crate::slack::formatting::esc;

/// It has only letters that Slack takes as they are.
pub(crate) fn log_head(line: &str) -> String {
    format!(
        "`{line}`\nKeep this line where the gateway can't change it. `gateway audit verify --head '{line}'` says later whether these entries \
            are still the same."
    )
}

/// The line that is posted by itself.
pub(crate) fn posted_log_head(line: &str) -> String {
    format!(
        "Newest head of the audit log: `{line}`\nSave it elsewhere: this app can edit its messages. `gateway audit verify --head \
            '{line}'` says later whether these entries are still the same."
    )
}

pub(crate) fn no_log_head(why: &str) -> String {
    esc(why)
}

pub(crate) const CHECKS_RUN: &str = "The checks are running. The session's thread says how they end.";
pub(crate) const CHECKS_STOPPED: &str = "No more checks run in this session.";
pub(crate) const NOT_ADMINISTRATOR: &str =
    "Only gateway admins can link a channel to a project. Admins are listed under `slack.administrators`.";
pub(crate) const CHANNEL_HELP: &str = "Write `channel project NAME`, optionally followed by `repository \
    NAME` or `model PROVIDER/MODEL`, or `channel clear`.";
pub(crate) const WHICH_MODEL: &str =
    "Write the model as `provider/model`, such as `anthropic/claude-sonnet-4-5`.";
pub(crate) const WHICH_AGENT: &str = "Write the name of one of OpenCode's agents, such as `build` or `plan`.";

pub(crate) fn channel_set(rule: &ChannelRule) -> String {
    let Some(project) = &rule.project else {
        return "This channel is no longer linked to a project.".to_owned();
    };
    let mut told = format!("This channel is now linked to project *{}*", project);
    if let Some(repository) = &rule.repository {
        told.push_str(&format!(", repository `{}`", repository));
    }
    if let Some(model) = &rule.model {
        told.push_str(&format!(", model `{}/{}`", &model.provider, &model.model));
    }
    told + "."
}

pub(crate) fn no_such_project(projects: &[Project]) -> String {
    let names: Vec<_> = projects.iter().map(|project| project.name.as_str()).collect();
    match names.as_slice() {
        [] => "No projects are configured.".to_owned(),
        names => format!("Use one of the configured projects: {}.", names.join(", ")),
    }
}

pub(crate) fn no_such_repository(project: &Project) -> String {
    let names: Vec<_> = project.repositories.iter().map(|one| one.name.as_str()).collect();
    format!("The project *{}* has these repositories: {}.", &project.name, names.join(", "))
}
