//! Names of forms and of their fields, for whoever reads what was submitted.

/// Callback ids of the forms. `private_metadata` holds what each says.
pub const REASON_FORM: &str = "gw1.form.reason"; // `ask digest`
pub const ALLOW_FORM: &str = "gw1.form.allow"; // `ask digest`
pub const OVERRIDE_FORM: &str = "gw1.form.override"; // `ask digest`
pub const WORDS_FORM: &str = "gw1.form.words"; // `ask digest`
pub const START_FORM: &str = "gw1.form.start"; // whatever the opener puts into `Draft::private`
pub const MODEL_FORM: &str = "gw1.form.model"; // the session
pub const DETAILS: &str = "gw1.details"; // the ask

/// Every field's action id: its block id tells which one it is.
pub const VALUE: &str = "value";

pub const REASON: &str = "reason";

/// The question's number follows: `choice.0` holds option numbers, `words.0` own words.
pub const CHOICE: &str = "choice.";
pub const WORDS: &str = "words.";

/// The field's number follows: `field.0`. A choice holds the option's number.
pub const FIELD: &str = "field.";

pub const CATEGORY: &str = "category";
pub const PROJECT: &str = "project";
pub const REPOSITORIES: &str = "repositories";
pub const TITLE: &str = "title";
pub const DESCRIPTION: &str = "description";
pub const PRIORITY: &str = "priority";
pub const AGENT: &str = "agent";
pub const MODEL: &str = "model";

/// Where the session works, and the two places that there are.
pub const PLACE: &str = "place";
pub const DIRECTORY: &str = "directory";
pub const WORKSPACE: &str = "workspace";
