//! The form that starts a session. What was typed stays when something was wrong.

use super::blocks::{OPTIONS, context, input, option, section, select, text_field};
use super::pick::Pick;
use super::{form_ids, modal, start_who};
use crate::sessions::ports::ModelView;
use crate::sessions::ports::Project;
use crate::slack::formatting::{cut, esc};
use gateway_domain::{Priority, Suggestion};
use serde_json::{Value, json};

/// A block's name takes 255 characters.
const BLOCK: usize = 200;

/// What there is to choose from.
#[derive(Clone, Debug, Default)]
pub struct Offer {
    pub projects: Vec<Project>,
    pub categories: Vec<String>,
    /// Those that routing knows.
    pub agents: Vec<String>,
    pub models: Vec<ModelView>,
    /// For the title and the description as they are; none while there is no title.
    pub suggestion: Option<Suggestion>,
}

/// What was typed so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    pub category: Option<String>,
    pub project: Option<String>,
    /// Nobody chose the project: the title means it.
    pub meant: bool,
    /// In a workspace of its own; none leaves it to the project.
    pub apart: Option<bool>,
    /// By name.
    pub repositories: Vec<String>,
    pub title: String,
    pub description: String,
    pub priority: Option<String>,
    pub agent: Pick,
    pub model: Pick,
    /// Whatever the opener wants to know again when it is submitted; 3,000 characters.
    pub private: String,
}

/// The form. Repositories depend on the project and the suggestion on the title, so choosing the one and Enter in the
/// other bring a `block_actions` to draw it anew.
pub fn start_form(offer: &Offer, draft: &Draft, problem: Option<&str>) -> Value {
    let mut blocks: Vec<Value> =
        problem.map(|why| section(&format!("⚠️ {}", esc(why)))).into_iter().collect();
    blocks.push(title(draft));
    let hint = "What should be done, and how will we know it's done?";
    let field = text_field(form_ids::VALUE, true, Some(&draft.description), hint);
    blocks.push(input(form_ids::DESCRIPTION, "Description", field, true));
    blocks.extend(project(offer, draft));
    let chosen = offer.projects.iter().find(|project| Some(&project.name) == draft.project.as_ref());
    if let Some(project) = chosen {
        blocks.extend(place(project, draft));
        blocks.extend(repositories(project, draft));
    }
    blocks.extend(start_who::who(offer, draft));
    let categories: Vec<_> = offer.categories.iter().take(OPTIONS).map(|name| option(name, name)).collect();
    // Slack refuses a list with nothing in it.
    if !categories.is_empty() {
        blocks.push(choice(form_ids::CATEGORY, "Category", categories, &draft.category));
    }
    let priorities = Priority::ALL.map(|one| option(one.word(), one.value())).to_vec();
    blocks.push(choice(form_ids::PRIORITY, "Priority", priorities, &draft.priority));
    modal(form_ids::START_FORM, "Start a session", Some("Start"), &draft.private, &blocks)
}

/// Slack tells of Enter, and of nothing when the field is left.
fn title(draft: &Draft) -> Value {
    let mut field = text_field(form_ids::VALUE, false, Some(&draft.title), "Fix the login timeout");
    field["dispatch_action_config"] = json!({ "trigger_actions_on": ["on_enter_pressed"] });
    let mut block = input(form_ids::TITLE, "Title", field, false);
    block["dispatch_action"] = json!(true);
    block
}

/// Nothing is chosen beforehand: what nobody chose is told to nobody.
fn choice(block: &str, label: &str, options: Vec<Value>, chosen: &Option<String>) -> Value {
    let chosen: Vec<String> = chosen.iter().cloned().collect();
    input(block, label, select("static_select", form_ids::VALUE, options, &chosen), true)
}

fn project(offer: &Offer, draft: &Draft) -> Vec<Value> {
    if offer.projects.is_empty() {
        return vec![context(
            "No projects are configured. The session will work in the directory that OpenCode has open.",
        )];
    }
    let label = |project: &Project| match &project.title {
        Some(title) if *title != project.name => format!("{title} ({})", project.name),
        _ => project.name.clone(),
    };
    let options = offer.projects.iter().take(OPTIONS).map(|one| option(&label(one), &one.name)).collect();
    let chosen: Vec<String> = draft.project.clone().into_iter().collect();
    // A field keeps what is chosen in it, nothing included: what is filled in later needs a fresh one.
    let block =
        if draft.meant { format!("{}.meant", form_ids::PROJECT) } else { form_ids::PROJECT.to_owned() };
    let mut field =
        input(&block, "Project", select("static_select", form_ids::VALUE, options, &chosen), false);
    field["dispatch_action"] = json!(true);
    vec![field]
}

/// Only where there is a choice.
fn place(project: &Project, draft: &Draft) -> Option<Value> {
    if project.repositories.is_empty() || project.workspace_repositories.is_empty() {
        return None;
    }
    let options = vec![
        option("The project's own directory", form_ids::DIRECTORY),
        option("A new workspace on its own branch", form_ids::WORKSPACE),
    ];
    let initial = if works_apart(project, draft) { form_ids::WORKSPACE } else { form_ids::DIRECTORY };
    let select = select("static_select", form_ids::VALUE, options, &[initial.to_owned()]);
    Some(input(&of_project(form_ids::PLACE, draft), "Where to work", select, false))
}

/// Whether the draft wants a workspace: where there is no directory to work in, one is made.
pub fn works_apart(project: &Project, draft: &Draft) -> bool {
    !project.workspace_repositories.is_empty()
        && (project.repositories.is_empty() || draft.apart.unwrap_or(false))
}

/// What a session of the project can work on, in a directory or in a workspace.
pub fn repository_names(project: &Project) -> Vec<String> {
    let mut names: Vec<String> = project.repositories.iter().map(|one| one.name.clone()).collect();
    for name in project.workspace_repositories.iter().map(ToString::to_string) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn repositories(project: &Project, draft: &Draft) -> Option<Value> {
    let names = repository_names(project);
    if names.is_empty() {
        return None;
    }
    let options = names.iter().take(OPTIONS).map(|name| option(name, name)).collect();
    let select = select("multi_static_select", form_ids::VALUE, options, &draft.repositories);
    Some(input(&of_project(form_ids::REPOSITORIES, draft), "Repositories", select, false))
}

/// Another project has others: a fresh block forgets what was chosen.
fn of_project(block: &str, draft: &Draft) -> String {
    cut(&format!("{block}.{}", draft.project.as_deref().unwrap_or_default()), BLOCK)
}
