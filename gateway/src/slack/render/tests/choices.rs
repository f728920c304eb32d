//! What people choose from: another model, lists of a configuration, and how a closed session continues.

use super::{ask, holds_view, model_view, read, session};
use crate::sessions::ports::ModelStanding;
use crate::slack::render::{Shown, model_form, own_words_form, session_card};
use serde_json::json;

#[test]
fn a_failed_session_can_get_another_model_and_a_closed_one_can_be_reopened() {
    // B2, B23
    let at = "2026-11-20T10:00:00Z";
    let failed =
        session(json!({ "doing": "failed", "failed": { "at": at, "why": "Model not found: <a/b>." } }));
    let shown = read(&session_card(&failed, Shown::default()).blocks);
    assert!(shown.contains("[Retry] [Change model…]"), "{shown}");
    let form = model_form(
        &failed,
        &[model_view("qwen", ModelStanding::Down), model_view("small", ModelStanding::Unchecked)],
    );
    holds_view(&form);
    let text = form.to_string();
    assert!(
        text.contains("&lt;a/b&gt;") && text.contains("local/small") && !text.contains("local/qwen"),
        "{text}"
    );
    let none = model_form(&failed, &[]);
    assert!(none.get("submit").is_none(), "nothing to choose: {none}");
    for (how, offered) in [("completed", true), ("deleted", false)] {
        let ended = session(json!({ "doing": "ended", "ended": { "how": how, "by": "anna", "at": at } }));
        let shown = read(&session_card(&ended, Shown::default()).blocks);
        assert_eq!(shown.contains("[Reopen]"), offered, "{shown}");
    }
    let titled = session_card(&failed, Shown { project: Some("Online <shop>"), console: None });
    assert!(read(&titled.blocks).contains("*Project:* Online &lt;shop&gt;"), "B27: not its id");
}

#[test]
fn a_configuration_is_chosen_from_what_there_is() {
    // ACCEPTANCE F9
    let mut fields = crate::sessions::builder_form::fields(vec!["Shop (P-001)".into()]);
    for field in &mut fields {
        if field.name == "repositories" {
            field.options = vec!["api".into(), "docs".into(), "web".into()];
            field.suggestion = Some("api, web".into());
        }
    }
    let held = json!({ "tool": "write", "file": "a.rs" });
    let asked = json!({ "kind": "configuration", "fields": fields, "held": held });
    let form = own_words_form(&ask(asked));
    holds_view(&form);
    let field = |label: &str| {
        let mut all = form["blocks"].as_array().unwrap().iter();
        all.find(|block| block["label"]["text"] == label).unwrap()["element"].clone()
    };
    let repositories = field("Repositories");
    assert_eq!(
        (&repositories["type"], repositories["initial_options"].as_array().unwrap().len()),
        (&json!("multi_static_select"), 2)
    );
    assert_eq!(field("Category")["type"], "static_select");
}
