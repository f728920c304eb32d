//! The form that starts a session. What was typed stays when something was wrong.

use super::blocks::{OPTIONS, context, input, option, section, select, text_field};
use super::{ids, modal};
use crate::projects::Catalogue;
use crate::slack::text::esc;
use serde_json::{Value, json};

pub(super) const CATEGORIES: [&str; 5] = ["feature", "bug", "chore", "research", "other"];
pub(super) const PRIORITIES: [&str; 3] = ["high", "normal", "low"];

/// What was typed so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    pub category: Option<String>,
    pub project: Option<String>,
    /// By name.
    pub repositories: Vec<String>,
    pub title: String,
    pub description: String,
    pub priority: Option<String>,
    /// Whatever the opener wants to know again when it is submitted; 3,000 characters.
    pub private: String,
}

/// The form. Repositories depend on the project, so choosing one brings a `block_actions` to draw it anew.
pub fn start_form(catalogue: &Catalogue, draft: &Draft, problem: Option<&str>) -> Value {
    let mut blocks: Vec<Value> =
        problem.map(|why| section(&format!("⚠️ {}", esc(why)))).into_iter().collect();
    blocks.push(input(
        ids::TITLE,
        "Title",
        text_field(ids::VALUE, false, Some(&draft.title), "Fix the login timeout"),
        false,
    ));
    let hint = "What should be done, and how to see that it is.";
    blocks.push(input(
        ids::DESCRIPTION,
        "Description",
        text_field(ids::VALUE, true, Some(&draft.description), hint),
        true,
    ));
    blocks.extend(project(catalogue, draft));
    let category = draft.category.clone().unwrap_or_else(|| CATEGORIES[0].to_owned());
    blocks.push(choice(ids::CATEGORY, "Category", &CATEGORIES, &category));
    let priority = draft.priority.clone().unwrap_or_else(|| "normal".to_owned());
    blocks.push(choice(ids::PRIORITY, "Priority", &PRIORITIES, &priority));
    modal(ids::START_FORM, "Start a session", Some("Start"), &draft.private, &blocks)
}

fn choice(block: &str, label: &str, words: &[&str], initial: &str) -> Value {
    let options = words.iter().map(|word| option(word, word)).collect();
    input(block, label, select("static_select", ids::VALUE, options, &[initial.to_owned()]), false)
}

fn project(catalogue: &Catalogue, draft: &Draft) -> Vec<Value> {
    let names: Vec<&str> =
        catalogue.projects.iter().map(|project| project.name.as_str()).take(OPTIONS).collect();
    if names.is_empty() {
        return vec![context("No projects are configured; the session works where OpenCode is open.")];
    }
    let options = names.iter().map(|name| option(name, name)).collect();
    let chosen: Vec<String> = draft.project.clone().into_iter().collect();
    let mut field =
        input(ids::PROJECT, "Project", select("static_select", ids::VALUE, options, &chosen), false);
    field["dispatch_action"] = json!(true);
    let mut blocks = vec![field];
    let project = catalogue.projects.iter().find(|project| Some(&project.name) == draft.project.as_ref());
    let repositories = project.map(|project| project.repositories.as_slice()).unwrap_or_default();
    if !repositories.is_empty() {
        let options = repositories.iter().take(OPTIONS).map(|one| option(&one.name, &one.name)).collect();
        let select = select("multi_static_select", ids::VALUE, options, &draft.repositories);
        // Another project has other repositories: a fresh block forgets what was chosen.
        let block = format!("{}.{}", ids::REPOSITORIES, draft.project.as_deref().unwrap_or_default());
        blocks.push(input(&crate::slack::text::cut(&block, 200), "Repositories", select, false));
    }
    blocks
}
