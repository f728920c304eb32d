//! The form in which a session whose turn failed gets another model, and tries again.

use super::blocks::{OPTION, OPTIONS, input, option, section, select};
use super::{form_ids, modal};
use crate::sessions::ports::ModelView;
use crate::slack::formatting::{cut, esc};
use gateway_domain::SessionCard;
use serde_json::Value;

/// Longest reason that stands above the field.
const WHY: usize = 500;

/// `models`: those that can be used.
pub fn model_form(card: &SessionCard, models: &[ModelView]) -> Value {
    let why = card.failed.as_ref().map_or("The last turn failed.", |failed| failed.why.as_str());
    let now = card.about.model.as_deref().unwrap_or("OpenCode's default");
    let told = section(&format!("⚠️ {}\nModel so far: *{}*", esc(&cut(why, WHY)), esc(&cut(now, WHY))));
    let names = models.iter().filter(|one| one.is_usable()).map(|one| one.choice().label());
    // A name that is cut is another one.
    let names = names.filter(|name| name.chars().count() <= OPTION).take(OPTIONS);
    let options: Vec<_> = names.map(|name| option(&name, &name)).collect();
    if options.is_empty() {
        let none = section("No other model is available right now. Try again when the agent is online.");
        return modal(form_ids::MODEL_FORM, "Change model", None, &card.session, &[told, none]);
    }
    let field = select("static_select", form_ids::VALUE, options, &[]);
    let blocks = [told, input(form_ids::MODEL, "Model", field, false)];
    modal(form_ids::MODEL_FORM, "Change model", Some("Retry"), &card.session, &blocks)
}
