//! The form that is asked before a session that was started in OpenCode can write.

use gateway_domain::{CATEGORIES, Field};

/// In place of a project: one that is not in the list yet.
pub const NEW_PROJECT: &str = "Create new project";

/// The fields of a builder's configuration (REQ-START-10), without a suggestion yet.
pub fn fields(projects: Vec<String>) -> Vec<Field> {
    let categories = CATEGORIES.map(str::to_owned).to_vec();
    vec![
        field("project", "Project", true, projects),
        field("new_project", "Name of the new project", false, vec![]),
        field("workspace", "Workspace name", true, vec![]),
        Field { multiple: true, ..field("repositories", "Repositories", true, vec![]) },
        field("category", "Category", false, categories),
        field("thread", "Slack channel for the thread (link or ID)", false, vec![]),
    ]
}

fn field(name: &str, label: &str, required: bool, options: Vec<String>) -> Field {
    let (name, label) = (name.to_owned(), label.to_owned());
    Field { name, label, required, options, multiple: false, suggestion: None }
}
