//! The form that starts a session, while somebody fills it in: what it offers, what it says so far, and what is
//! suggested for that.

use super::start_session::FormOrigin;
use super::{OPEN, SlackContext};
use crate::sessions::desk::{Refusal, Task};
use crate::sessions::ports::{ModelView, Project, Repository};
use crate::slack::client::PROMPT;
use crate::slack::config::ChannelRule;
use crate::slack::inbound::event::View;
use crate::slack::render::{Draft, Offer, Pick, form_ids, repository_names, start_form, works_apart};
use gateway_domain::{ModelChoice, ProjectStatus, Suggestion};
use serde_json::json;

/// Who does the work, as it was decided.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct AgentChoice {
    pub(super) agent: Option<String>,
    pub(super) model: Option<ModelChoice>,
}

impl SlackContext {
    /// The projects that are worked on; without any, the directories that OpenCode has open stand for one.
    pub(super) fn offered_projects(&self) -> Vec<Project> {
        let mut all = self.desk.projects();
        all.retain(|project| project.status == ProjectStatus::Active);
        let open = self.desk.directories_as_known();
        if all.is_empty() && !open.is_empty() {
            all.push(Project { name: OPEN.to_owned(), repositories: open, ..Project::default() });
        }
        all
    }

    /// What the form offers for a draft. `models` with their states.
    pub(super) fn offer(&self, draft: &Draft, models: Vec<ModelView>) -> Offer {
        let (projects, agents) = (self.offered_projects(), self.desk.routed_agents());
        let categories = self.desk.vocabulary().categories;
        Offer { projects, categories, agents, models, suggestion: self.suggested(draft) }
    }

    pub(super) fn suggested(&self, draft: &Draft) -> Option<Suggestion> {
        if draft.title.trim().is_empty() {
            return None;
        }
        let project = draft.project.as_deref().filter(|name| *name != OPEN);
        let (title, description) = (&draft.title, &draft.description);
        self.desk.suggest_as_known(Task { project, title, description, ..Task::default() })
    }

    /// Draws the form again as it is now. With `hash` only if nothing else was drawn since; without it this counts, for
    /// it is what the person did last: what happens in a form is worked in its order.
    pub(super) async fn draw_again(&self, id: &str, hash: Option<&str>, draft: &Draft) {
        let offer = self.offer(draft, self.desk.models().await);
        let mut args = json!({ "view_id": id, "view": start_form(&offer, draft, None) });
        if let Some(hash) = hash {
            args["hash"] = json!(hash);
        }
        if let Err(error) = self.client.call("views.update", &args, PROMPT).await {
            tracing::info!(%error, "form not updated; it may be closed or newer");
        }
    }
}

/// What the form says so far.
pub(super) fn draft(view: &View) -> Draft {
    let apart = view.text(form_ids::PLACE).map(|place| place == form_ids::WORKSPACE);
    Draft {
        category: view.text(form_ids::CATEGORY),
        project: view.text(form_ids::PROJECT),
        meant: false,
        apart,
        repositories: view.chosen(form_ids::REPOSITORIES),
        title: view.text(form_ids::TITLE).unwrap_or_default(),
        description: view.text(form_ids::DESCRIPTION).unwrap_or_default(),
        priority: view.text(form_ids::PRIORITY),
        agent: Pick::decode(view.text(form_ids::AGENT).as_deref()),
        model: Pick::decode(view.text(form_ids::MODEL).as_deref()),
        private: view.metadata.clone(),
    }
}

/// A title was entered or a project chosen: the project that the title means, its repositories, and what is suggested.
pub(super) async fn redraw(context: &SlackContext, view: &View) {
    let mut draft = draft(view);
    let rule = rule(context, &draft.private);
    draft.agent = following(view, form_ids::AGENT).unwrap_or_default();
    draft.model = following(view, form_ids::MODEL).unwrap_or_else(|| first_model(&rule));
    let projects = context.offered_projects();
    fill_project(context, &projects, view, &mut draft);
    if !is_drawn_for(view, draft.project.as_deref()) {
        draft.apart = None;
        draft.repositories = first_repositories(&rule, &projects, draft.project.as_deref());
    }
    context.draw_again(&view.id, None, &draft).await;
}

/// What was left at the suggestion goes along when the suggestion changes. None: nobody touched the field.
fn following(view: &View, field: &str) -> Option<Pick> {
    let pick = Pick::decode(Some(view.text(field)?.as_str()));
    let mut suggested = view.values.keys().filter_map(|block| block.strip_prefix(field)?.strip_prefix('.'));
    Some(if suggested.any(|name| pick.is(name)) { Pick::Suggested } else { pick })
}

/// What the channel is for in which the form was opened.
fn rule(context: &SlackContext, private: &str) -> ChannelRule {
    let opened: FormOrigin = serde_json::from_str(private).unwrap_or_default();
    opened.channel.map(|channel| context.settings.channel(&channel)).unwrap_or_default()
}

/// The model that stands in the form before anybody picks one.
pub(super) fn first_model(rule: &ChannelRule) -> Pick {
    rule.model.as_ref().map_or(Pick::Suggested, |model| Pick::Named(model.label()))
}

/// The repositories that stand there beforehand: the channel's, or the only one there is.
pub(super) fn first_repositories(
    rule: &ChannelRule,
    projects: &[Project],
    project: Option<&str>,
) -> Vec<String> {
    let of_channel = rule.repository.clone().filter(|_| rule.project.as_deref() == project);
    of_channel.or_else(|| only_repository(projects, project)).into_iter().collect()
}

/// A project that the title clearly means is filled in where none was chosen (REQ-START-12).
fn fill_project(context: &SlackContext, projects: &[Project], view: &View, draft: &mut Draft) {
    let meant_before = view.values.contains_key(&format!("{}.meant", form_ids::PROJECT));
    draft.meant = meant_before && draft.project.is_some();
    if draft.project.is_some() {
        return;
    }
    let meant = context.desk.infer_project(&draft.title).project.map(|id| id.to_string());
    let known = projects.iter().find(|one| Some(&one.name) == meant.as_ref());
    if let Some(project) = known {
        draft.project = Some(project.name.clone());
        draft.meant = true;
    }
}

/// Whether the repositories on the form are that project's.
fn is_drawn_for(view: &View, project: Option<&str>) -> bool {
    let mut drawn =
        view.values.keys().filter_map(|block| block.strip_prefix(form_ids::REPOSITORIES)?.strip_prefix('.'));
    drawn.any(|name| Some(name) == project)
}

/// What need not be chosen.
fn only_repository(projects: &[Project], project: Option<&str>) -> Option<String> {
    let project = projects.iter().find(|one| Some(one.name.as_str()) == project)?;
    let names = repository_names(project);
    (names.len() == 1).then(|| names[0].clone())
}

/// Where a draft wants to work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum WorkLocation {
    /// The first one is where it works, the others it is told of.
    Directories(Vec<Repository>),
    Workspace(Vec<String>),
}

impl WorkLocation {
    /// For people.
    pub(super) fn told(&self) -> Option<String> {
        match self {
            Self::Directories(all) => all.first().map(|one| one.directory.clone()),
            Self::Workspace(names) => Some(format!("a new workspace with {}", names.join(", "))),
        }
    }
}

/// Where to work, or the field that is wrong and why.
pub(super) fn site(projects: &[Project], draft: &Draft) -> Result<WorkLocation, (&'static str, String)> {
    let none = || (form_ids::PROJECT, "Choose where to work.".to_owned());
    let project = match &draft.project {
        Some(name) => projects.iter().find(|one| one.name == *name),
        None if projects.len() == 1 => projects.first(),
        None => None,
    };
    let project = project.ok_or_else(none)?;
    let mut names = draft.repositories.clone();
    if names.is_empty() {
        names.extend(only_repository(projects, Some(&project.name)));
    }
    if names.is_empty() {
        return Err((form_ids::REPOSITORIES, "Choose where to work.".to_owned()));
    }
    if works_apart(project, draft) {
        return Ok(WorkLocation::Workspace(names));
    }
    let chosen: Vec<_> =
        project.repositories.iter().filter(|one| names.contains(&one.name)).cloned().collect();
    match chosen.is_empty() {
        false => Ok(WorkLocation::Directories(chosen)),
        true => Err((
            form_ids::REPOSITORIES,
            format!("{} has no directory here; choose a new workspace.", names.join(", ")),
        )),
    }
}

/// Agent and model as the form has them. A model that is down is refused, so that its person picks another.
pub(super) async fn routed(context: &SlackContext, draft: &Draft) -> Result<AgentChoice, Refusal> {
    let suggestion = context.suggested(draft);
    let agent = match &draft.agent {
        Pick::Suggested => suggestion.as_ref().map(|suggestion| suggestion.agent.clone()),
        Pick::Named(name) => Some(name.clone()),
        Pick::Own => None,
    };
    let model = match &draft.model {
        Pick::Suggested => {
            let hint = suggestion.and_then(|suggestion| suggestion.model);
            let hint = hint.map(|hint| ModelChoice { provider: hint.provider, model: hint.model });
            known_to_be_up(context, hint).await?
        }
        Pick::Named(name) => {
            let model = ModelChoice::parse(name);
            if let Some(model) = &model {
                context.desk.usable(model).await?;
            }
            model
        }
        Pick::Own => None,
    };
    Ok(AgentChoice { agent, model })
}

/// Nobody saw which model is suggested, so it is used only if it is known to be there.
async fn known_to_be_up(
    context: &SlackContext,
    hint: Option<ModelChoice>,
) -> Result<Option<ModelChoice>, Refusal> {
    let Some(model) = hint else { return Ok(None) };
    context.desk.usable(&model).await?;
    Ok(context.desk.is_up(&model).await.then_some(model))
}
